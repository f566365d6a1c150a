import pytest
from django.utils import timezone

from accounts.models import Role, Team, User
from customers import access, services
from customers.models import Contact, Customer
from customers.tests.making import a_contact, a_customer, a_request

Cast = dict[str, User]


@pytest.fixture
def book(cast: Cast, sales: Team) -> dict[str, Customer]:
    """One of each kind of belonging, each with a contact."""
    customers = {
        "alice's": a_customer("alice's", owner=cast["alice"]),
        "carol's": a_customer("carol's", owner=cast["carol"]),
        "bob's": a_customer("bob's", owner=cast["bob"]),
        "of the team above": a_customer("of the team above", team=sales),
        "nobody's": a_customer("nobody's"),
    }
    for customer in customers.values():
        a_contact(customer)
    return customers


def seen(user: User) -> set[str]:
    """Names of the customers a user sees; every fact follows."""
    names = set(Customer.objects.visible_to(user).values_list("name", flat=True))
    assert set(Contact.objects.visible_to(user).values_list("customer__name", flat=True)) == names
    return names


@pytest.mark.parametrize(
    "name, expected",
    [
        ("alice", {"alice's"}),
        ("bob", {"alice's", "bob's"}),
        ("carol", {"carol's"}),
        *[(name, set()) for name in ("dan", "tess", "logan")],
        *[
            (name, {"alice's", "carol's", "bob's", "of the team above", "nobody's"})
            for name in ("dora", "audrey", "adam")
        ],
    ],
)
def test_who_sees_whom(cast: Cast, book: dict[str, Customer], name: str, expected: set[str]) -> None:
    assert seen(cast[name]) == expected


def test_the_lead_of_a_team_sees_the_teams_below_it(
    cast: Cast, book: dict[str, Customer], sales: Team
) -> None:
    cast["bob"].team = sales

    assert seen(cast["bob"]) == {"alice's", "carol's", "bob's", "of the team above"}


@pytest.mark.parametrize("role", [Role.ACCOUNT_MANAGER, Role.TEAM_LEAD])
def test_without_a_team_one_sees_one_s_own(cast: Cast, book: dict[str, Customer], role: Role) -> None:
    cast["bob"].team, cast["bob"].role = None, role

    assert seen(cast["bob"]) == {"bob's"}


def test_who_has_left_sees_nobody(cast: Cast, book: dict[str, Customer]) -> None:
    for user in cast.values():
        user.is_active = False

    assert {name: seen(user) for name, user in cast.items()} == {name: set() for name in cast}


@pytest.mark.parametrize(
    "name, department", [("dan", "service"), ("tess", "technical"), ("logan", "logistics")]
)
def test_a_department_sees_whom_it_has_an_open_request_of_and_as_long_as_it_is_open(
    cast: Cast, book: dict[str, Customer], name: str, department: str
) -> None:
    request = a_request(book["alice's"], cast["alice"], department=department)
    a_request(book["carol's"], cast["carol"], department="sales")

    assert {other: seen(cast[other]) for other in ("dan", "tess", "logan")} == {
        "dan": set(),
        "tess": set(),
        "logan": set(),
    } | {name: {"alice's"}}

    services.resolve_request(request, by=cast[name], at=timezone.now(), resolution="Done.")
    assert seen(cast[name]) == set()


def test_the_rule_has_its_words(cast: Cast) -> None:
    assert {name: access.scope_name(user) for name, user in cast.items()} == {
        "alice": "Your customers",
        "carol": "Your customers",
        "bob": "Your team's customers",
        "dora": "All customers",
        "audrey": "All customers",
        "adam": "All customers",
        "dan": "Customers with a task for your department, and whom you serve",
        "tess": "Customers with a task for your department, and whom you serve",
        "logan": "Customers with a task for your department, and whom you serve",
    }
