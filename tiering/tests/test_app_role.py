"""The product works under a role that owns nothing and cannot rewrite history."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from customers.services import log_interaction
from customers.tests.making import a_customer
from tiering import services, verifying
from tiering.models import Grading, Movement, Scheme, TierChange
from tiering.tests.conftest import AT, Q2, bought, regraded, tier, tier_of
from toolbox import append_only

ROLE = f"tierbook_app_{os.getpid()}"
DENIED = "permission denied for table"


@pytest.fixture
def role(db: None) -> str:
    """Gone with the transaction of the test."""
    if connection.vendor == "postgresql":
        execute(f"CREATE ROLE {ROLE}")
    return ROLE


@pytest.fixture
def granted(role: str) -> str:
    call_command("grant_app_role", role)
    return role


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    execute(f"SET ROLE {role}")
    try:
        yield
    finally:
        execute("RESET ROLE")


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.postgres
def test_a_whole_regrade_and_what_people_do_works_under_it(
    granted: str, scheme: Scheme, alice: User, dora: User
) -> None:
    acme = a_customer("Acme", owner=alice)
    bought(acme, 30, quarter=Q2)
    bought(acme, 85)

    with acting_as(granted):
        regraded(scheme, as_of=Q2)
        regraded(scheme)
        beta = a_customer("Beta", owner=alice)
        log_interaction(beta, by=alice, at=timezone.now(), channel="phone", note="Hello.")
        services.rate(
            acme, indicator="expansion_plan", rating=4, evidence="Seen.", by=alice, on=timezone.localdate()
        )
        services.remark(TierChange.objects.latest("pk"), words="As expected.", by=dora, at=AT)
        override = services.set_by_hand(
            acme, tier=tier("potential"), reason="Why.", expires_on=timezone.localdate(), by=dora, at=AT
        )
        services.end_by_hand(override, by=dora, at=AT)
        wrong = [
            checked.findings
            for checked in verifying.verify(verifying.runs_of(everything=True), today=timezone.localdate())
            if not checked.findings.is_fine
        ]
        execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert (tier_of(acme), wrong) == ("core", [])


@pytest.mark.postgres
@pytest.mark.parametrize(
    "act",
    [
        lambda: TierChange.objects.update(words="Never."),
        lambda: Grading.objects.all().delete(),
        lambda: Customer.history.update(history_date=AT),
        lambda: execute("TRUNCATE tiering_grading"),
        lambda: execute("DELETE FROM django_migrations"),
    ],
    ids=["change", "delete", "profiles", "empty", "migrations"],
)
def test_it_may_not_rewrite_history(granted: str, scheme: Scheme, act: Callable[[], object]) -> None:
    bought(a_customer(), 85)
    regraded(scheme)

    with acting_as(granted), pytest.raises(ProgrammingError, match=DENIED), transaction.atomic():
        act()


@pytest.mark.postgres
def test_it_may_not_take_the_triggers_away(granted: str) -> None:
    with (
        acting_as(granted),
        pytest.raises(ProgrammingError, match="must be owner"),
        append_only.unlocked(connection),
    ):
        pass

    assert append_only.missing(connection) == []


@pytest.mark.postgres
def test_rights_given_by_mistake_are_taken_back(granted: str) -> None:
    execute(f"GRANT ALL ON tiering_grading, tiering_movement TO {granted}")

    call_command("grant_app_role", granted)

    assert rights(granted, "tiering_grading") == {"SELECT", "INSERT"}
    assert rights(granted, Movement._meta.db_table) == {"SELECT", "INSERT", "UPDATE", "DELETE"}


def rights(role: str, table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT privilege_type FROM information_schema.role_table_grants"
            " WHERE grantee = %s AND table_name = %s",
            [role, table],
        )
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.postgres
def test_the_statements_can_be_read_before(role: str) -> None:
    out = StringIO()

    call_command("grant_app_role", role, "--print", stdout=out)

    lines = out.getvalue().splitlines()
    assert f'GRANT SELECT, INSERT ON "tiering_grading" TO "{role}";' in lines
    assert f'GRANT SELECT, INSERT, UPDATE, DELETE ON "customers_order" TO "{role}";' in lines
    assert rights(role, "customers_order") == set()


@pytest.mark.postgres
@pytest.mark.parametrize(
    "name, why", [("nobody_of_that_name", "There is no role"), ("tierbook", "no grant holds it back")]
)
def test_a_role_that_would_be_no_help_is_refused(db: None, name: str, why: str) -> None:
    owner = connection.settings_dict["USER"]
    with pytest.raises(CommandError, match=why):
        call_command("grant_app_role", owner if name == "tierbook" else name)


def test_sqlite_has_no_roles(role: str) -> None:
    if connection.vendor == "sqlite":
        with pytest.raises(CommandError, match="Only PostgreSQL knows roles"):
            call_command("grant_app_role", role)
