"""The database itself keeps what happened, whoever asks it to forget."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core import checks
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations import Migration

from accounts.models import User
from customers.models import Customer
from customers.services import save_fact, write_note
from customers.tests.making import a_customer, a_figure, a_rating, a_talk, an_order
from tiering import services
from tiering.models import (
    CategoryCorrection,
    Condition,
    Decision,
    Dimension,
    Floor,
    Hold,
    Indicator,
    Movement,
    Run,
    Scheme,
    SchemeVersion,
    TierChange,
)
from tiering.tests.conftest import AT, Q3, bought, graded, regraded, started, tier
from toolbox import append_only

MOVING = ["customers_assessment", "customers_figure", "customers_interaction", "customers_memo"]
"""Whose they are may change, in a merge; nothing else."""
KEPT = [
    "customers_correction",
    "customers_historicalcustomer",
    "tiering_categorycorrection",
    "tiering_condition",
    "tiering_decision",
    "tiering_dimension",
    "tiering_floor",
    "tiering_grading",
    "tiering_hold",
    "tiering_indicator",
    "tiering_movement",
    "tiering_remark",
    "tiering_tierchange",
]
REFUSED = "History is append-only"


@pytest.fixture
def book(scheme: Scheme, dora: User) -> Customer:
    """Something in every table of history."""
    customer = a_customer("Acme", owner=dora)
    bought(customer, 85)
    a_rating(customer, dora, Q3, 4, "expansion_plan")
    a_figure(customer, dora, Q3, 30, "industry_outlook")
    a_talk(customer, dora)
    write_note(customer, by=dora, at=AT - timedelta(hours=1), words="Called back.")
    corrected(customer, dora)
    run = regraded(scheme)
    Decision.objects.create(run=run, customer=customer, is_accepted=True, by=dora, at=AT)
    Hold.objects.create(run=run, customer=customer, from_tier=tier("core"), to_tier=tier("regular"))
    CategoryCorrection.objects.create(change=TierChange.objects.get(), category="payment", by=dora, at=AT)
    services.remark(TierChange.objects.get(), words="As expected.", by=dora, at=AT)
    return customer


def corrected(customer: Customer, by: User) -> None:
    order = an_order(customer, Q3, 1_00)
    order.category = "gears"
    save_fact(order, changed=["category"], by=by)


def model_of(table: str) -> Any:
    return next(model for model in apps.get_models() if model._meta.db_table == table)


def some_column(model: type[models.Model]) -> str:
    """Any that is no key."""
    return next(f.name for f in model._meta.concrete_fields if not f.primary_key and not f.is_relation)


def test_these_are_the_tables_of_history(db: None) -> None:
    downstream = "maintenance_"  # tried there
    tables = [table for table in append_only.tables(connection) if not table.startswith(downstream)]
    assert tables == sorted([*KEPT, *MOVING, "tiering_schemeversion"])
    assert append_only.missing(connection) == []


Way = Callable[[Any], object]
WAYS: dict[str, Way] = {
    "update": lambda model: model._base_manager.update(**{some_column(model): models.F(some_column(model))}),
    "delete": lambda model: model._base_manager.all()._raw_delete("default"),
    "one by one": lambda model: model._base_manager.first().delete(),
    "again": lambda model: model._base_manager.first().save(),
    "by hand": lambda model: by_hand(
        f"UPDATE {model._meta.db_table} SET {some_column(model)} = {some_column(model)}"
    ),
}


def by_hand(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("table", KEPT)
def test_what_happened_is_neither_changed_nor_deleted(book: Customer, table: str, way: str) -> None:
    model = model_of(table)
    before = list(model._base_manager.order_by("pk").values())
    assert before

    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        WAYS[way](model)

    assert list(model._base_manager.order_by("pk").values()) == before


@pytest.mark.parametrize("table", MOVING)
def test_of_what_moves_in_a_merge_only_whose_it_is_changes(book: Customer, table: str) -> None:
    model, other = model_of(table), a_customer("Other")
    row = model._base_manager.get()
    for field in model._meta.concrete_fields:
        if field.name in {"id", "customer"}:
            continue
        value: Any = AT if "date" in type(field).__name__.lower() else models.Value("9")
        if field.is_relation:
            value = User.objects.create_user(f"another-{field.name}", role="director").pk
        if isinstance(field, models.IntegerField):
            value = 1
        with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
            model._base_manager.update(**{field.attname: value})
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        model._base_manager.all()._raw_delete("default")

    model._base_manager.update(customer=other)

    moved = model._base_manager.get()
    assert moved.customer == other
    moved.customer_id = row.customer_id
    assert moved.__dict__ | {"_state": 0} == row.__dict__ | {"_state": 0}


@pytest.mark.postgres
@pytest.mark.parametrize("table", [*KEPT, *MOVING])
def test_no_table_of_history_is_emptied(book: Customer, table: str) -> None:
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        by_hand(f"SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE {table} CASCADE")


def test_a_customer_with_a_history_is_not_deleted(book: Customer) -> None:
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        book.delete()


def test_proposed_changes_can_be_taken_back_until_they_are_published(scheme: Scheme) -> None:
    bought(a_customer(), 85)
    run = started(scheme)
    Run.objects.filter(pk=run.pk).update(state=Run.State.CANCELLED)
    Run.objects.filter(pk=graded(started(scheme)).pk).update(state=Run.State.CANCELLED)

    assert Movement.objects.update(reason={}) == Movement.objects.count() == 1
    assert Movement.objects.all().delete()[0] == 1


def test_a_scheme_version_can_be_changed_until_it_is_put_in_force(scheme: Scheme, dora: User) -> None:
    def parts(version: SchemeVersion) -> list[models.QuerySet[Any]]:
        dimensions = Dimension.objects.filter(version=version)
        indicators = Indicator.objects.filter(dimension__in=dimensions)
        floors = Floor.objects.filter(version=version)
        return [indicators, dimensions, Condition.objects.filter(floor__in=floors), floors]

    in_force = scheme.published()
    with append_only.unlocked(connection):
        core = in_force.floors.get(tier__key="core")
        Condition.objects.create(floor=core, indicator="annual_amount", at_least=1)
    draft = services.copy_version(scheme.published(), by=dora)
    for rows in parts(draft):
        assert rows.update(id=models.F("id")) == rows.count() > 0
    assert draft.delete()[0] > 1

    version = services.copy_version(scheme.published(), by=dora)
    services.put_in_force(version, by=dora, at=AT, note="")
    for rows in [*parts(version), *parts(SchemeVersion.objects.get(state="retired", scheme=scheme))]:
        with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
            rows.update(id=models.F("id"))
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        version.delete()


def test_of_a_version_in_force_only_its_state_goes_on(scheme: Scheme) -> None:
    version = SchemeVersion.objects.filter(scheme=scheme)
    changes: list[dict[str, Any]] = [
        {"note": "Other"},
        {"coverage_floor": 0},
        {"published_at": AT},
        {"number": 9},
    ]
    for change in changes:
        with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
            version.update(**change)
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        version._raw_delete("default")

    assert version.update(state=SchemeVersion.State.RETIRED) == 1


def test_the_owner_of_the_tables_may_unlock_them_for_a_while(book: Customer) -> None:
    with append_only.unlocked(connection):
        assert TierChange.objects.update(words="Mended.") == 1

    assert append_only.missing(connection) == []


def test_what_goes_wrong_meanwhile_leaves_them_locked(book: Customer) -> None:
    def mend_badly() -> None:
        with append_only.unlocked(connection):
            TierChange.objects.update(words="Mended.")
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - its own
        mend_badly()

    assert append_only.missing(connection) == []
    assert TierChange.objects.get().words == ""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model, name", [(Run, "period"), (SchemeVersion, "note"), (Dimension, "name_en")])
def test_a_migration_may_remake_a_table_of_which_conditions_speak(
    model: type[models.Model], name: str
) -> None:
    column: Any = model._meta.get_field(name)
    wider: Any = models.CharField(max_length=200)
    wider.set_attributes_from_name(column.name)
    emit_pre_migrate_signal(0, interactive=False, db="default", plan=[(Migration("wider", "tiering"), False)])
    try:
        for before, after in ((column, wider), (wider, column)):
            with connection.schema_editor() as editor:
                editor.alter_field(model, before, after)
    finally:
        emit_post_migrate_signal(0, interactive=False, db="default")

    assert append_only.missing(connection) == []


def remove_a_trigger() -> None:
    by_hand(
        "DROP TRIGGER append_only ON tiering_remark"
        if connection.vendor == "postgresql"
        else "DROP TRIGGER append_only_tiering_remark_update"
    )


def warnings() -> list[str]:
    return [
        message.msg
        for message in checks.run_checks(tags=[checks.Tags.database], databases=["default"])
        if message.id == "tierbook.W001"
    ]


def test_a_trigger_that_is_missing_is_told_and_made_anew(db: None) -> None:
    assert warnings() == []
    remove_a_trigger()
    assert warnings() == ["Rows of “tiering_remark” can be changed and deleted, though they are history."]

    call_command("migrate", verbosity=0)

    assert warnings() == []


@pytest.mark.postgres
def test_a_trigger_that_is_switched_off_is_told(db: None) -> None:
    by_hand("ALTER TABLE tiering_grading DISABLE TRIGGER append_only")

    assert append_only.missing(connection) == ["tiering_grading"]
