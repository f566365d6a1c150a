"""The tree of teams, and what roles say."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Department, Role, Team, User
from toolbox.tests.racing import race


def names(team: Team) -> set[str]:
    return set(Team.objects.subtree_of(team).values_list("name", flat=True))


def test_a_team_has_itself_and_all_below_it(sales: Team, east: Team, south: Team) -> None:
    Team.objects.create(name="Shanghai", parent=east)
    Team.objects.create(name="Service")
    assert names(sales) == {"Sales", "East", "South", "Shanghai"}
    assert names(east) == {"East", "Shanghai"}
    assert names(south) == {"South"}


def test_a_team_that_moves_takes_along_what_is_below_it(sales: Team, east: Team, south: Team) -> None:
    shanghai = Team.objects.create(name="Shanghai", parent=east)
    Team.objects.create(name="Pudong", parent=shanghai)
    shanghai.parent = south
    shanghai.save()
    assert names(east) == {"East"}
    assert names(south) == {"South", "Shanghai", "Pudong"}
    assert names(sales) == {"Sales", "East", "South", "Shanghai", "Pudong"}


def test_a_team_that_becomes_a_root_leaves_the_tree(sales: Team, east: Team, south: Team) -> None:
    shanghai = Team.objects.create(name="Shanghai", parent=east)
    east.parent = None
    east.save()
    assert names(sales) == {"Sales", "South"}
    assert names(east) == {"East", "Shanghai"}
    shanghai.refresh_from_db()
    assert shanghai.path == f"/{east.pk}/{shanghai.pk}/"


def test_a_number_that_begins_alike_is_another_team(db: None) -> None:
    first = Team.objects.create(name="One")
    tens = [Team.objects.create(name=f"Team {n}") for n in range(12)]
    assert names(first) == {"One"}
    assert [names(team) for team in tens] == [{team.name} for team in tens]


@pytest.mark.parametrize("under", ["Sales", "East", "Shanghai"])
def test_no_team_is_part_of_itself_or_of_one_below_it(sales: Team, east: Team, under: str) -> None:
    Team.objects.create(name="Shanghai", parent=east)
    sales.parent = Team.objects.get(name=under)
    with pytest.raises(ValidationError) as refusal:
        sales.full_clean()
    assert list(refusal.value.message_dict) == ["parent"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_moves_at_the_same_time_close_no_circle(east: Team, south: Team) -> None:
    """Each is right by itself: East below South, and South below East."""
    east_too, south_too = Team.objects.get(pk=east.pk), Team.objects.get(pk=south.pk)
    east_too.parent, south_too.parent = south, east
    south_too.full_clean()

    with pytest.raises(ValidationError):
        race(east_too.save, south_too.save)

    assert names(south) == {"South", "East"}
    assert names(Team.objects.get(pk=east.pk)) == {"East"}


def test_a_team_may_move_beside_itself(east: Team, south: Team) -> None:
    east.parent = south
    east.full_clean()


def test_a_name_is_the_persons_else_the_account(alice: User) -> None:
    assert alice.name == "alice"
    alice.display_name = "张爱丽"
    assert (alice.name, str(alice)) == ("张爱丽", "张爱丽")


@pytest.mark.parametrize(
    "name, department",
    [("dan", Department.SERVICE), ("tess", Department.TECHNICAL), ("logan", Department.LOGISTICS)]
    + [(name, Department.SALES) for name in ("alice", "bob", "dora", "audrey", "adam")],
)
def test_everybody_has_a_department(cast: dict[str, User], name: str, department: Department) -> None:
    assert cast[name].department == department


@pytest.mark.parametrize(
    "may, who",
    [
        ("sees_all", {"dora", "audrey", "adam"}),
        ("is_support", {"dan", "tess", "logan"}),
        ("may_write", {"alice", "bob", "carol", "dan", "tess", "logan", "dora", "adam"}),
        ("may_edit_customers", {"alice", "bob", "carol", "dora", "adam"}),
        ("may_assign", {"bob", "dora", "adam"}),
        ("may_grade", {"dora", "adam"}),
        ("may_load_orders", {"dora", "adam"}),
        ("may_administer", {"adam"}),
    ],
)
def test_what_each_role_may(cast: dict[str, User], may: str, who: set[str]) -> None:
    assert {name for name, user in cast.items() if getattr(user, may)} == who


def test_a_role_there_is_not_is_refused_by_the_database(db: None) -> None:
    assert Role.values == [role.value for role in Role]
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="x", role="emperor")
