"""The pages on which files are sent, and the tasks behind them."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django_celery_beat.models import PeriodicTask
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from accounts.models import User
from customers import tasks
from customers.imports import kinds, loading, uploads
from customers.models import Customer, Order, Upload

pytestmark = pytest.mark.django_db
State = Upload.State
GOOD = "订单号,客户编号,客户名称,日期,金额\n1,K1,苏州精工,2026-01-02,100\n2,K1,苏州精工,2026-02-02,-20\n"
BAD = "订单号,客户编号,日期,金额\n1,K1,never,100\n"
HTMX = {"HX-Request": "true"}
Capture = Callable[..., Any]


def a_file(text: str = GOOD, name: str = "orders.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def sent(by: User, text: str = GOOD, **more: Any) -> Upload:
    upload = uploads.receive(a_file(text), kind=Upload.Kind.ORDERS, by=by, options={"mapping": "generic"})
    Upload.objects.filter(pk=upload.pk).update(**more)
    upload.refresh_from_db()
    return upload


def checked(by: User, text: str = GOOD) -> Upload:
    upload = sent(by, text)
    tasks.check_upload(upload.pk)
    upload.refresh_from_db()
    return upload


def url(name: str, *args: object) -> str:
    return reverse(f"customers:{name}", args=args)


def test_a_file_goes_from_form_to_book(
    client: Client, dora: User, django_capture_on_commit_callbacks: Capture
) -> None:
    client.force_login(dora)
    assertContains(client.get(url("upload_orders")), "at most 20 MB")
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(url("upload_orders"), {"file": a_file(), "mapping": "generic"})
    upload = Upload.objects.get()
    assertRedirects(response, url("upload", upload.pk))
    assert (upload.state, upload.by, upload.name, upload.total) == (State.CHECKED, dora, "orders.csv", 2)
    page = client.get(url("upload", upload.pk))
    assertContains(page, "What would happen")
    assertContains(page, "苏州精工")
    assertNotContains(page, "hx-trigger")
    assert Order.objects.count() == 0
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("upload_load", upload.pk))
    upload.refresh_from_db()
    assert (upload.state, upload.percent, upload.report["orders_new"]) == (State.LOADED, 100, 1)
    assert Order.objects.count() == 2
    assertContains(client.get(url("upload", upload.pk)), "What was done")
    assertContains(client.get(url("upload", upload.pk)), "1 new customer came without an account manager.")
    assert list(client.get("/customers/?unowned=true&sort=updated").context["page"].rows) == list(
        Customer.objects.all()
    )
    assert Customer.objects.get().history.get().history_user == dora


def test_a_file_with_errors_shows_them_and_is_not_loaded(client: Client, dora: User) -> None:
    upload = checked(dora, BAD)
    assert upload.state == State.REFUSED
    client.force_login(dora)
    page = client.get(url("upload", upload.pk))
    for words in ("1 error", "C2", "never", "This is not a date.", "2026-09-30"):
        assertContains(page, words)
    assertNotContains(page, "Load it")
    client.post(url("upload_load", upload.pk))
    upload.refresh_from_db()
    assert upload.state == State.REFUSED


def test_a_file_that_is_no_table_is_refused_with_its_reason(dora: User) -> None:
    upload = checked(dora, "PK\x03\x04 no workbook")
    assert upload.state == State.REFUSED
    assert [(e["row"], e["problem"]) for e in upload.errors] == [
        (None, "The workbook is damaged or not complete. Open it in Excel or WPS and save it again as .xlsx.")
    ]


def test_errors_are_worded_in_the_senders_language(client: Client, dora: User) -> None:
    client.force_login(dora)
    client.post(
        url("upload_orders"),
        {"file": a_file(BAD), "mapping": "generic"},
        headers={"Accept-Language": "zh-hans"},
    )
    assert Upload.objects.get().options == {"mapping": "generic", "language": "zh-hans"}


def test_wrong_types_and_sizes_are_refused_and_the_choice_is_kept(
    client: Client, dora: User, settings: Any
) -> None:
    client.force_login(dora)
    answer = client.post(url("upload_orders"), {"file": a_file(name="a.pdf"), "mapping": "online_retail"})
    assertContains(answer, "is neither a workbook nor a CSV file", status_code=422)
    assertContains(answer, '<option value="online_retail" selected>', status_code=422)
    settings.UPLOAD_LIMIT_MB = 0
    answer = client.post(url("upload_orders"), {"file": a_file(), "mapping": "generic"})
    assertContains(answer, "is larger than 0 MB", status_code=422)
    answer = client.post(url("upload_orders"), {"mapping": "generic"})
    assertContains(answer, "This field is required.", status_code=422)
    assert not Upload.objects.exists()


def test_only_who_may_load_orders_sends_them(client: Client, cast: dict[str, User]) -> None:
    answers = {}
    for name, user in cast.items():
        client.force_login(user)
        answers[name] = (client.get(url("uploads")).status_code, client.get(url("upload_orders")).status_code)
    assert answers == {
        "alice": (200, 403), "bob": (200, 403), "carol": (200, 403), "dan": (403, 403), "tess": (403, 403),
        "logan": (403, 403), "dora": (200, 200), "audrey": (403, 403), "adam": (200, 200),
    }  # fmt: skip


def test_a_file_is_its_senders_alone(client: Client, dora: User, alice: User, adam: User) -> None:
    upload = checked(dora)
    client.force_login(alice)
    assertNotContains(client.get(url("uploads")), "orders.csv")
    assert client.get(url("upload", upload.pk)).status_code == 404
    assert client.post(url("upload_load", upload.pk)).status_code == 404
    assert client.post(url("upload_discard", upload.pk)).status_code == 404
    assert client.get(url("upload", 10**9)).status_code == 404
    client.force_login(adam)
    assert client.get(url("upload", upload.pk)).status_code == 200


def test_who_may_no_longer_send_may_not_load(client: Client, alice: User) -> None:
    upload = checked(alice)
    client.force_login(alice)
    assertNotContains(client.get(url("upload", upload.pk)), "Load it")
    assert client.post(url("upload_load", upload.pk)).status_code == 403
    assert client.post(url("upload_discard", upload.pk)).status_code == 403
    assert client.get(url("upload_load", upload.pk)).status_code == 405


def test_a_discarded_file_is_gone(client: Client, dora: User) -> None:
    upload = checked(dora)
    client.force_login(dora)
    client.post(url("upload_discard", upload.pk))
    assert Upload.objects.get().state == State.DISCARDED
    assert not upload.file.storage.exists(str(upload.file.name))
    assertContains(client.get(url("upload", upload.pk)), "nothing of it was loaded")
    client.post(url("upload_load", upload.pk))
    assert Upload.objects.get().state == State.DISCARDED


@pytest.mark.parametrize("state", [State.CHECKING, State.LOADING, State.LOADED])
def test_what_is_worked_on_or_loaded_is_not_discarded(client: Client, dora: User, state: str) -> None:
    upload = sent(dora, state=state)
    client.force_login(dora)
    client.post(url("upload_discard", upload.pk))
    assert Upload.objects.get().state == state


def test_a_busy_file_asks_for_itself_again(client: Client, dora: User) -> None:
    upload = sent(dora, state=State.LOADING, done=40, total=80)
    client.force_login(dora)
    answer = client.get(url("upload", upload.pk), headers=HTMX)
    assertContains(answer, 'hx-trigger="every 1s"')
    assertContains(answer, "40 of 80 rows read")
    assertNotContains(answer, "<html")


def test_progress_moves_while_the_file_is_read(dora: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "SECONDS_PER_PROGRESS", 0)
    rows = "".join(f"{n},K1,A,2026-01-02,1\n" for n in range(12_000))
    with CaptureQueriesContext(connection) as queries:
        upload = checked(dora, "订单号,客户编号,客户名称,日期,金额\n" + rows)
        uploads.ask_to_load(upload)
        tasks.load_upload(upload.pk)
    shown = [match[1] for query in queries if (match := re.search(r'SET "done" = (\d+000),', query["sql"]))]
    assert shown == ["5000", "10000", "5000", "10000"]


def test_a_task_that_comes_twice_does_no_harm(dora: User) -> None:
    upload = checked(dora)
    tasks.check_upload(upload.pk)
    assert uploads.ask_to_load(upload)
    assert not uploads.ask_to_load(upload)
    tasks.load_upload(upload.pk)
    tasks.load_upload(upload.pk)
    assert (Upload.objects.get().state, Order.objects.count()) == (State.LOADED, 2)


def test_two_workers_at_one_file_load_it_once(dora: User) -> None:
    """The slower one finds the upload loaded at the end of its transaction, and rolls back."""
    upload = checked(dora)
    uploads.ask_to_load(upload)
    tasks.load_upload(upload.pk)
    with pytest.raises(kinds.LostUploadError):
        loading.load(upload)
    assert Order.objects.count() == 2


def test_a_file_loaded_twice_changes_nothing_and_says_so(client: Client, dora: User) -> None:
    for upload in (checked(dora), checked(dora)):
        uploads.ask_to_load(upload)
        tasks.load_upload(upload.pk)
    client.force_login(dora)
    assertContains(
        client.get(url("upload", Upload.objects.latest("pk").pk)),
        "every order in this file is on record already",
    )
    assertNotContains(client.get(url("upload", Upload.objects.latest("pk").pk)), "account manager.")
    assert Order.objects.count() == 2


def test_what_changed_since_the_check_refuses_the_load(dora: User) -> None:
    upload = checked(dora)
    other = checked(dora, GOOD.replace(",100", ",200"))
    for one in (other, upload):
        uploads.ask_to_load(one)
        tasks.load_upload(one.pk)
    upload.refresh_from_db()
    assert (upload.state, len(upload.errors)) == (State.REFUSED, 1)
    assert "¥200" in upload.errors[0]["problem"]
    assert Order.objects.count() == 2


@pytest.mark.parametrize("language, words", [("en", "Something went wrong"), ("zh-hans", "系统出现问题")])
def test_a_fault_of_ours_is_told_in_the_senders_language(dora: User, language: str, words: str) -> None:
    """The file is gone from the disk when it is to be loaded."""
    with translation.override(language):
        upload = checked(dora)
    uploads.ask_to_load(upload)
    upload.file.delete(save=False)

    with pytest.raises(FileNotFoundError):
        tasks.load_upload(upload.pk)

    upload.refresh_from_db()
    assert upload.state == State.FAILED
    assert words in upload.errors[0]["problem"]
    assert "FileNotFoundError" in upload.errors[0]["problem"]
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "state, end, orders",
    [(State.UPLOADED, "checked", 0), (State.CHECKING, "checked", 0), (State.LOADING, "loaded", 2)],
)
def test_what_a_lost_worker_left_is_taken_up_again(dora: User, state: str, end: str, orders: int) -> None:
    long_ago = timezone.now() - timedelta(minutes=6)
    upload = sent(dora, state=state, done=1, touched_at=long_ago)
    fresh = sent(dora, state=state, done=1)
    tasks.wake_stale_uploads()
    upload.refresh_from_db()
    fresh.refresh_from_db()
    assert (upload.state, fresh.state, Order.objects.count()) == (end, state, orders)


def test_a_file_that_brings_its_worker_down_is_given_up(dora: User) -> None:
    with translation.override("zh-hans"):
        upload = sent(dora)
    for _time in range(3):
        assert Upload.objects.get().state == State.UPLOADED
        taken_and_left(upload)
        uploads.stale(at=timezone.now())
    upload.refresh_from_db()
    assert upload.state == State.FAILED
    assert "3 次" in upload.errors[0]["problem"]


def taken_and_left(upload: Upload) -> None:
    """A worker began to check it, and was killed more than five minutes ago."""
    uploads.take(upload.pk)
    Upload.objects.update(touched_at=timezone.now() - timedelta(minutes=6))


@pytest.mark.parametrize("state", [State.UPLOADED, State.LOADING])
def test_a_file_that_waits_for_a_busy_worker_goes_on_waiting(dora: User, state: str) -> None:
    upload = checked(dora) if state == State.LOADING else sent(dora)
    Upload.objects.filter(pk=upload.pk).update(state=state, done=0)
    for _time in range(5):
        Upload.objects.update(touched_at=timezone.now() - timedelta(minutes=6))
        assert sorted(uploads.stale(at=timezone.now())) == [[], [upload.pk]]
    assert Upload.objects.get().state == state


def test_a_file_that_cannot_be_recorded_leaves_nothing_on_the_disk(dora: User) -> None:
    def stored() -> set[Path]:
        return {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}

    before = stored()
    with pytest.raises(TypeError):
        uploads.receive(a_file(), kind=Upload.Kind.ORDERS, by=dora, options={"mapping": object()})
    assert stored() == before


@pytest.mark.parametrize(
    "state, days, is_kept",
    [
        (State.LOADED, 31, False),
        (State.REFUSED, 31, False),
        (State.FAILED, 31, False),
        (State.LOADED, 29, True),
        (State.CHECKED, 31, True),
        (State.UPLOADED, 31, True),
    ],
)
def test_files_are_deleted_a_month_after_they_were_done_with(
    client: Client, dora: User, state: str, days: int, is_kept: bool
) -> None:
    upload = sent(dora, state=state, touched_at=timezone.now() - timedelta(days=days))
    path = Path(upload.file.path)

    for _night in range(2):
        tasks.delete_old_files()

    assert path.exists() == is_kept
    assert bool(Upload.objects.get().file) == is_kept
    client.force_login(dora)
    assertContains(client.get(url("upload", upload.pk)), "orders.csv")


def test_files_are_looked_after_by_the_schedule(db: None) -> None:
    scheduled = PeriodicTask.objects.filter(task__startswith="customers.").values_list("task", flat=True)
    assert set(scheduled) == {
        "customers.tasks.wake_stale_uploads", "customers.tasks.delete_old_files", "customers.tasks.find_duplicates",
        "customers.tasks.wake_stale_imports", "customers.tasks.tell_watchers",
    }  # fmt: skip
    assert set(scheduled) <= set(current_app.tasks)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_files_asks_as_much_for_many(
    client: Client, dora: User, alice: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Session, user, files."""
    for _n in range(rows):
        checked(dora)
    checked(alice)
    client.force_login(dora)
    with django_assert_num_queries(3):
        page = client.get(url("uploads"))
    assertContains(page, "orders.csv", count=rows)


def test_the_page_of_a_file_asks_little(
    client: Client, dora: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Session, user, file, what it says."""
    upload = checked(dora)
    client.force_login(dora)
    with django_assert_num_queries(4):
        client.get(url("upload", upload.pk))


def test_while_a_file_is_busy_its_report_stays_where_it_is(
    client: Client, dora: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    upload = checked(dora)
    uploads.ask_to_load(upload)
    client.force_login(dora)
    with django_assert_num_queries(3) as asked:
        client.get(url("upload", upload.pk), headers=HTMX)
    assert not any('"report"' in query["sql"] for query in asked)
