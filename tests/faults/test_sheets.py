"""A sheet that is imported, undone or exported while workers are killed and PostgreSQL is restarted."""

import csv
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from accounts.exports import keeping
from accounts.models import Export, Notice, User
from customers.imports import life
from customers.models import Customer, Figure, Import, Order, Standing
from customers.tasks import work_import
from tests.faults import book
from tests.faults.machine import goes_on
from tests.faults.scene import Scene

pytestmark = pytest.mark.faults
long = pytest.mark.long

ROWS = 200
"""As many are new, and as many are on record."""


def some(*places: str, sooner: str) -> list[object]:
    """Faults at these places; one of them is tried with the tests."""
    return [
        pytest.param(order, id=order, marks=[] if order == sooner else [long])
        for place in places
        for order in (f"{place}=kill@1", f"{place}=kill_group@1")
    ]


def dora() -> User:
    return User.objects.get(username="dora")


def send(scene: Scene, kind: str, text: str) -> Import:
    """Read and compared."""
    file = SimpleUploadedFile("sheet.csv", text.encode())
    parent = life.receive(file, kind=kind, by=dora(), goes_straight_on=True)
    work_import.delay(parent.pk)
    assert (scene.settle_sheet(parent), parent.errors) == (Import.State.PLANNED, [])
    return parent


def ask_to_commit(scene: Scene, parent: Import) -> None:
    assert life.ask_to_commit(parent, leaves_out_likely=False)
    scene.repaired()
    work_import.delay(parent.pk)


# Committed


def of_customers() -> str:
    """Every value is another one than on record."""
    said = dict(Figure.objects.order_by("pk").values_list("customer_id", "value"))
    known = Customer.objects.order_by("pk").values_list("code", "name", "pk")[:ROWS]
    rows = [(code, name, (said.get(pk, 0) + 1) % 100) for code, name, pk in known]
    rows += [(f"N{n}", f"新{n}", n % 100) for n in range(ROWS)]
    lines = [f"{code},{name},from the sheet,{value}" for code, name, value in rows]
    return "\n".join(["客户编号,客户名称,备注,行业发展前景", *lines])


def written() -> tuple[int, ...]:
    """Customers, standings, those with the note, rows of history that say so, values."""
    history = Customer.history.filter(notes="from the sheet")
    return (
        Customer.objects.count(),
        Standing.objects.count(),
        Customer.objects.filter(notes="from the sheet").count(),
        history.filter(history_type="+").count(),
        history.filter(history_type="~").count(),
        Figure.objects.filter(source__contains="sheet.csv").count(),
    )


NOTHING = (book.CUSTOMERS, book.CUSTOMERS, 0, 0, 0, 0)
EVERYTHING = (book.CUSTOMERS + ROWS, book.CUSTOMERS + ROWS, 2 * ROWS, ROWS, ROWS, 2 * ROWS)


@pytest.mark.parametrize("orders", some("import.batch", "import.written", sooner="import.batch=kill@1"))
def test_a_worker_is_killed_while_it_commits_a_sheet(scene: Scene, orders: str) -> None:
    scene.worker(orders)
    parent = send(scene, "customers", of_customers())
    ask_to_commit(scene, parent)
    scene.wait_until_struck()

    assert written() == NOTHING
    assert (scene.settle_sheet(parent), written()) == (Import.State.DONE, EVERYTHING)


@long
@pytest.mark.parametrize("nth", [1, 2])
def test_a_worker_is_killed_while_it_reads_or_compares_a_sheet(scene: Scene, nth: int) -> None:
    scene.worker(f"import.taken=kill@{nth}")
    ask_to_commit(scene, parent := send(scene, "customers", of_customers()))

    assert (scene.settle_sheet(parent), written()) == (Import.State.DONE, EVERYTHING)
    scene.wait_until_struck(nth)


@long
@pytest.mark.parametrize("place", ["import.batch", "import.written"])
@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGKILL], ids=["immediate", "kill"])
def test_postgresql_is_restarted_while_a_sheet_is_committed(
    scene: Scene, place: str, number: signal.Signals
) -> None:
    scene.fault = f"{number.name} of PostgreSQL at {place}, back after 1 s"
    scene.worker(f"{place}=sleep:4@1")
    parent = send(scene, "customers", of_customers())
    ask_to_commit(scene, parent)
    scene.wait_until_struck()
    scene.break_postgresql(number)

    assert (scene.settle_sheet(parent), written()) == (Import.State.DONE, EVERYTHING)


@long
@pytest.mark.parametrize("place", ["import.batch", "import.written"])
def test_who_commits_a_sheet_is_frozen_beyond_its_lease_and_goes_on_later(scene: Scene, place: str) -> None:
    scene.worker(f"{place}=freeze@1")
    parent = send(scene, "customers", of_customers())
    ask_to_commit(scene, parent)
    scene.wait_until_struck()

    assert (scene.settle_sheet(parent), written()) == (Import.State.DONE, EVERYTHING)
    assert goes_on(scene.struck()[0])
    assert (scene.settle_sheet(parent), written()) == (Import.State.DONE, EVERYTHING)


@long
def test_a_sheet_that_brings_its_worker_down_each_time_is_given_up_and_committed_once_that_is_mended(
    scene: Scene,
) -> None:
    scene.worker("import.batch=kill")
    parent = send(scene, "customers", of_customers())
    ask_to_commit(scene, parent)
    assert (scene.settle_sheet(parent), written()) == (Import.State.FAILED, NOTHING)
    person = Client()
    person.force_login(dora())
    assert parent.errors[0]["problem"] in person.get(f"/imports/{parent.pk}/").content.decode()

    scene.dismiss()
    scene.worker()
    assert person.post(f"/imports/{parent.pk}/again/").status_code == 302
    assert (scene.settle_sheet(parent), written()) == (Import.State.DONE, EVERYTHING)


# Undone


def of_lines() -> str:
    rows = [f"L{n},N{n // 2},新{n // 2},2026-01-05,{n + 1},齿轮" for n in range(ROWS)]
    return "\n".join(["订单号,客户编号,客户名称,订单日期,金额,产品类别", *rows])


@pytest.mark.parametrize("orders", some("import.undo_batch", sooner="import.undo_batch=kill@1"))
def test_a_worker_is_killed_while_it_undoes_a_sheet(scene: Scene, orders: str) -> None:
    scene.worker(orders)
    before = Customer.objects.count(), Order.objects.count()
    parent = send(scene, "order_lines", of_lines())
    ask_to_commit(scene, parent)
    assert scene.settle_sheet(parent) == Import.State.DONE
    after = Customer.objects.count(), Order.objects.count()
    assert after == (before[0] + ROWS // 2, before[1] + ROWS)

    assert life.ask_to_undo(parent, leaves_obstacles=False, at=timezone.now())
    scene.repaired()
    work_import.delay(parent.pk)
    scene.wait_until_struck()
    assert (Customer.objects.count(), Order.objects.count()) == after

    assert (scene.settle_sheet(parent), parent.obstacles) == (Import.State.UNDONE, [])
    assert (Customer.objects.count(), Order.objects.count()) == before
    assert Customer.history.filter(code__startswith="N", history_type="-").count() == ROWS // 2


# Exported


def ask_for_an_export() -> Export:
    wish = keeping.wish(
        "customers", about=None, query=QueryDict("sort=name"), columns=["code", "name"], kind="csv", by=dora()
    )
    return keeping.queue(wish, at=timezone.now())


def assert_it_is_whole(export: Export) -> None:
    """One file, every row once, told once."""
    with Path(export.file.path).open(encoding="utf-8-sig") as stream:
        codes = [row[0] for row in csv.reader(stream)][1:]
    assert sorted(codes) == sorted(Customer.objects.values_list("code", flat=True))
    assert Notice.objects.filter(kind=keeping.NOTICE, facts={"export": export.pk}).count() == 1
    assert export.total == export.done == book.CUSTOMERS


@pytest.mark.parametrize(
    "orders", some("export.progress", "export.written", "export.stored", sooner="export.stored=kill@1")
)
def test_a_worker_is_killed_while_it_writes_an_export(scene: Scene, orders: str) -> None:
    scene.worker(orders)
    export = ask_for_an_export()
    scene.repaired()
    scene.wait_until_struck()
    export.refresh_from_db()
    assert (export.state, export.file.name) == (Export.State.WRITING, "")

    assert scene.settle_sheet(export) == Export.State.READY
    assert_it_is_whole(export)
    keeping.delete_old_files(at=timezone.now() + keeping.STALE_AFTER)
    assert_it_is_whole(export)
    keeping.delete_old_files(at=timezone.now() + timedelta(hours=settings.EXPORT_KEEP_HOURS + 25))
    assert list(Path(settings.MEDIA_ROOT, keeping.FOLDER).iterdir()) == []


@long
@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGKILL], ids=["immediate", "kill"])
def test_postgresql_is_restarted_while_an_export_is_written(scene: Scene, number: signal.Signals) -> None:
    scene.fault = f"{number.name} of PostgreSQL while it is written, back after 1 s"
    scene.worker("export.written=sleep:4@1")
    export = ask_for_an_export()
    scene.wait_until_struck()
    scene.break_postgresql(number)

    assert scene.settle_sheet(export) == Export.State.READY
    assert_it_is_whole(export)
