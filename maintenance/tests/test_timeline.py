"""One timeline for all departments: the stream and its filters, notes, mentions, files, watching."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from accounts.models import Notice, OptOut, User
from accounts.notices import words
from customers import services, stream, telling
from customers.models import Attachment, Customer, Interaction, Memo, Watch
from customers.stream import Asked
from customers.tests.making import a_customer, a_file, a_note, a_request, a_talk, at, serves
from maintenance import casework
from maintenance.models import Invitation, Obligation, Survey
from maintenance.services import excuse, replan, skip
from maintenance.surveys import answering, inviting, tokens
from tiering import services as judging
from tiering.tests.conftest import tier

NOW = timezone.now()
TODAY = timezone.localdate()
PDF = b"%PDF-1.7 the offer"


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice)


@pytest.fixture
def beta(carol: User) -> Customer:
    return a_customer("Beta", owner=carol)


def entries(customer: Customer, user: User, *, size: int = 100, **asked: Any) -> list[stream.paging.Entry]:
    """All of them, page by page."""
    found, cursor = [], "-"
    while cursor:
        page = stream.page(customer, user, asked=Asked(**asked), cursor=cursor, size=size)
        found += page.rows
        cursor = page.next_cursor
    return found


def keys(customer: Customer, user: User, **asked: Any) -> list[str]:
    return [entry.source.key for entry in entries(customer, user, **asked)]


def everything(customer: Customer, cast: dict[str, User]) -> None:
    """Something of every source, by every department."""
    alice, dan, tess, dora = cast["alice"], cast["dan"], cast["tess"], cast["dora"]
    a_talk(customer, alice, "Talked.")
    request = a_request(customer, alice, department="service", opened=NOW - timedelta(hours=1))
    services.resolve_request(request, by=dan, at=NOW, resolution="Answered.")
    judging.set_by_hand(customer, tier=tier("core"), reason="Asked.", expires_on=TODAY, by=dora, at=NOW)
    judging.end_by_hand(customer.overrides.get(), by=dora, at=NOW + timedelta(seconds=1))
    judging.set_by_hand(
        customer, tier=tier("core"), reason="Again.", expires_on=TODAY, by=dora, at=NOW + timedelta(seconds=2)
    )
    replan([customer.pk], today=TODAY)
    first, second, third = (
        Obligation.objects.open().filter(customer=customer, department="sales").order_by("pk")[:3]
    )
    skip(first, by=alice, at=NOW, reason="Closed.")
    excuse(second, by=dora, at=NOW, reason="Flood.")
    Obligation.objects.filter(pk=third.pk).update(missed_on=TODAY - timedelta(days=3))
    technical = Obligation.objects.open().filter(customer=customer, department="technical").earliest("pk")
    Obligation.objects.filter(pk=technical.pk).update(state="done", completed_at=NOW, completed_by=tess)
    case = casework.open_case(
        customer, kind="complaint", subject="Cracked", department="service", by=alice, at=NOW
    )
    casework.take(case, "solve", by=dan, at=NOW, words="Sent anew.", cause="product")
    [invitation] = inviting.invite(
        [customer.pk], survey=Survey.objects.get(key="quarterly"), channel="link", by=alice, at=NOW
    ).invited
    tokens.mint(invitation)
    said = {q.pk: "Fine." if q.kind == "words" else 4 for q in invitation.survey.questions.all()}
    answering.answer(invitation, said, at=NOW)
    serves(customer, alice, technical=tess)
    serves(customer, alice, technical=None)
    a_note(customer, alice, "Look.", a_file())
    handover = services.ask([customer.pk], giver=alice, taker=cast["bob"], by=dora, at=NOW)
    services.decline(handover, by=cast["bob"], at=NOW, reason="No time.")
    customer.refresh_from_db()
    customer.notes = "New notes."
    services.save_customer(customer, version=customer.version, by=alice)


def test_every_department_s_entries_stand_in_one_stream(
    cast: dict[str, User], acme: Customer, beta: Customer
) -> None:
    everything(acme, cast)
    everything(beta, cast | {"alice": cast["carol"]})

    found = entries(acme, cast["dora"])
    assert {entry.source.key for entry in found} == set(stream.sources)
    moments = [entry.at for entry in found]
    assert moments == sorted(moments, reverse=True)
    texts = "\n".join(f"{entry.said.title} {entry.said.text}" for entry in found)
    for words_ in (
        "Talked.",
        "Cracked",
        "Sent anew.",
        "Flood.",
        "Closed.",
        "Fine.",
        "Look.",
        "No time.",
        "New notes.",
    ):
        assert words_ in texts
    assert "4 / 5" in texts
    assert not any(entry.by == cast["carol"] for entry in found)


@pytest.mark.parametrize("size", [1, 3, 7])
def test_pages_of_any_size_hold_each_entry_once(cast: dict[str, User], acme: Customer, size: int) -> None:
    everything(acme, cast)
    same = datetime.fromisoformat("2026-05-05T00:00:00+08:00")
    for _n in range(5):  # at the very same moment, where days stand, too
        a_talk(acme, cast["alice"], when=same)
    Obligation.objects.filter(customer=acme, missed_on__isnull=False).update(missed_on=same.date())

    whole = [(entry.source.key, entry.row.pk) for entry in entries(acme, cast["dora"])]
    paged = [(entry.source.key, entry.row.pk) for entry in entries(acme, cast["dora"], size=size)]
    assert paged == whole
    assert len(set(whole)) == len(whole)


def test_a_longer_story_asks_no_more(
    cast: dict[str, User], acme: Customer, django_assert_max_num_queries: Any
) -> None:
    everything(acme, cast)
    with django_assert_max_num_queries(30) as few:
        stream.page(acme, cast["dora"], asked=Asked(), cursor="", size=25)
    Interaction.objects.bulk_create(
        Interaction(customer=acme, by=cast["alice"], at=NOW - timedelta(hours=n), channel="phone", department="sales", note="n")
        for n in range(300)
    )  # fmt: skip
    for n in range(10):
        a_note(acme, cast["alice"], f"Note {n}", a_file())
        acme.refresh_from_db()
        acme.city, acme.province = "", ""
        acme.notes = f"N{n}"
        services.save_customer(acme, version=acme.version, by=cast["alice"])
    with django_assert_max_num_queries(len(few)):
        stream.page(acme, cast["dora"], asked=Asked(), cursor="", size=200)


def test_the_stream_is_narrowed_by_kind_department_person_and_period(
    cast: dict[str, User], acme: Customer
) -> None:
    alice, dan, tess = cast["alice"], cast["dan"], cast["tess"]
    long_ago = at(TODAY - timedelta(days=40))
    a_talk(acme, alice, "Old.", when=long_ago)
    a_talk(acme, tess, "Technical.")
    a_note(acme, dan, "By service.")

    def texts(**asked: Any) -> list[str]:
        return [entry.said.text for entry in entries(acme, cast["dora"], **asked)]

    assert texts(kind="note") == ["By service."]
    assert texts(kind="contact") == ["Technical.", "Old."]
    assert texts(department="technical") == ["Technical."]
    assert texts(department="service") == ["By service."]
    assert texts(department="logistics") == []
    assert texts(person=dan.pk) == ["By service."]
    assert texts(person=alice.pk, kind="contact") == ["Old."]
    assert texts(until=TODAY - timedelta(days=40), kind="contact") == ["Old."]
    assert texts(since=TODAY - timedelta(days=39), kind="contact") == ["Technical."]
    assert texts(since=TODAY - timedelta(days=40), until=TODAY - timedelta(days=40), kind="contact") == [
        "Old."
    ]
    assert keys(acme, cast["dora"], department="sales") == ["contact", "save"]


def test_a_supporting_department_sees_of_promises_what_it_owes_itself(
    cast: dict[str, User], acme: Customer
) -> None:
    everything(acme, cast)
    serves(acme, cast["alice"], technical=cast["tess"])
    assert {e.row.department for e in entries(acme, cast["tess"], kind="promise")} == {"technical"}
    assert {e.row.department for e in entries(acme, cast["alice"], kind="promise")} == {"sales", "technical"}


@pytest.mark.parametrize(
    "cursor", ["x", "W10", "e30", "WzEsMiwzXQ", "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwibWVtbyIsMV0", "\0"]
)
def test_a_broken_cursor_is_the_first_page(client: Client, alice: User, acme: Customer, cursor: str) -> None:
    a_talk(acme, alice)
    client.force_login(alice)
    page = client.get(f"/customers/{acme.pk}/timeline/", {"cursor": cursor, "kind": "contact"})
    assert [entry.source.key for entry in page.context["timeline"].rows] == ["contact"]


@pytest.mark.parametrize("asked", [{"kind": "nonsense"}, {"person": "999999"}, {"since": "soon"}])
def test_what_is_not_understood_shows_nothing_and_says_so(
    client: Client, alice: User, acme: Customer, asked: dict[str, str]
) -> None:
    a_talk(acme, alice)
    client.force_login(alice)
    page = client.get(f"/customers/{acme.pk}/timeline/", asked)
    assert (page.status_code, page.context["timeline"].rows) == (200, [])
    assert page.context["form"].errors


# Notes and mentions


def told(user: User) -> list[str]:
    """Titles of the notices of a reader, the newest first."""
    notices = list(Notice.objects.visible_to(user).order_by("-pk"))
    return [said.title for _notice, said in words(notices, user) if said]


def test_whoever_is_mentioned_and_sees_the_customer_is_told_once(
    client: Client, cast: dict[str, User], acme: Customer
) -> None:
    client.force_login(cast["alice"])
    url = f"/customers/{acme.pk}/note/"
    answer = client.post(url, {"words": "@bob @Bob @carol @alice please <b>"}, headers={"hx-request": "true"})

    assert answer.status_code == 200
    assert "&lt;b&gt;" in answer.text
    assert '<span class="mention">@bob</span>' in answer.text
    memo = acme.memos.get()
    assert list(memo.mentions.order_by("pk").values_list("person__username", flat=True)) == ["bob", "alice"]
    assert {name: told(user) for name, user in cast.items() if told(user)} == {
        "bob": ["alice mentions you at Acme"]
    }
    services.seat([acme.pk], team={"service": cast["dan"]}, by=cast["alice"], at=NOW)
    a_note(acme, cast["alice"], "@dan")
    assert told(cast["dan"]) == ["alice mentions you at Acme"]
    services.seat([acme.pk], team={"service": None}, by=cast["alice"], at=NOW)
    assert told(cast["dan"]) == []  # no longer theirs to see


def test_only_whoever_sees_the_customer_is_offered_for_a_mention(
    client: Client, cast: dict[str, User], acme: Customer
) -> None:
    def offered(name: str, q: str = "") -> list[str]:
        client.force_login(cast[name])
        return sorted(
            p["handle"] for p in client.get(f"/customers/{acme.pk}/people/", {"q": q}).json()["people"]
        )

    assert offered("alice") == ["adam", "audrey", "bob", "dora"]
    assert offered("alice", "BO") == ["bob"]
    assert offered("alice", "car") == []
    client.force_login(cast["carol"])
    assert client.get(f"/customers/{acme.pk}/people/").status_code == 404


def test_a_note_is_no_contact_and_cannot_be_written_to_an_archived_customer(
    acme: Customer, alice: User
) -> None:
    a_note(acme, alice)
    assert not acme.interactions.exists()
    services.archive([acme.pk], by=alice, at=NOW)
    acme.refresh_from_db()
    with pytest.raises(ValidationError):
        a_note(acme, alice)


def test_notes_move_with_their_files_in_a_merge(acme: Customer, alice: User) -> None:
    twin = a_customer("Twin", owner=alice)
    memo = a_note(twin, alice, "Mine.", a_file())
    services.watch(twin, by=alice, at=NOW)
    services.merge(acme, twin, fields={}, by=alice, at=NOW)
    assert Memo.objects.get(pk=memo.pk).customer == acme
    assert memo.attachments.get().customer == acme
    assert Watch.objects.get().customer == acme


# Files


def post_files(client: Client, customer: Customer, *files: Any, words: str = "See.") -> Any:
    return client.post(
        f"/customers/{customer.pk}/note/",
        {"words": words, "attached": list(files)},
        headers={"hx-request": "true"},
    )


def test_a_file_is_kept_in_private_and_comes_back_as_it_was(
    client: Client, cast: dict[str, User], acme: Customer, beta: Customer
) -> None:
    client.force_login(cast["alice"])
    assert post_files(client, acme, a_file("报价 单.pdf", PDF), a_file("b.txt", b"text")).status_code == 200
    file = Attachment.objects.earliest("pk")
    assert (file.name, file.size, file.media_type) == ("报价 单.pdf", len(PDF), "application/pdf")
    assert "报价" not in str(file.file.name)
    assert file.digest not in str(file.file.name)

    url = f"/customers/{acme.pk}/files/{file.pk}/"
    answer = client.get(url)
    assert b"".join(answer.streaming_content) == PDF  # type: ignore[attr-defined]
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
    assert client.get(f"/customers/{beta.pk}/files/{file.pk}/").status_code == 404
    client.force_login(cast["carol"])
    assert [
        client.get(url).status_code,
        client.get(f"/customers/{beta.pk}/files/{file.pk}/").status_code,
    ] == [404, 404]
    assert client.get(f"/files/{file.file.name}").status_code == 404


@pytest.mark.parametrize(
    "files",
    [
        [("evil.html", b"<script>")],
        [("evil.pdf", b"MZ\x90")],
        [("empty.pdf", b"")],
        [("good.pdf", PDF), ("evil.png", PDF)],
        [("big.pdf", PDF + b"x" * 1024 * 1024)],
        [(f"{n}.pdf", PDF) for n in range(4)],
    ],
)
def test_a_file_that_is_refused_keeps_the_words_and_leaves_nothing(
    client: Client, alice: User, acme: Customer, settings: Any, files: list[tuple[str, bytes]]
) -> None:
    settings.ATTACHMENT_LIMIT_MB, settings.ATTACHMENTS_AT_ONCE = 1, 3
    client.force_login(alice)
    answer = post_files(client, acme, *(a_file(*file) for file in files), words="Long story.")
    assert answer.status_code == 422
    assert "Long story." in answer.text
    assert not Memo.objects.exists()
    assert not Attachment.objects.exists()


def test_of_a_note_that_fails_after_its_files_nothing_is_left(
    acme: Customer, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept() -> set[str]:
        root = Path(default_storage.location) / "attachments"  # type: ignore[attr-defined]
        return {path.name for path in root.rglob("*") if path.is_file()}

    def fail(*_told: object) -> None:
        raise OSError("the disk is full")

    before = kept()
    monkeypatch.setattr(telling, "tell_mentioned", fail)
    with pytest.raises(OSError, match="the disk is full"):
        a_note(acme, alice, "See.", a_file(), a_file())
    assert (Memo.objects.count(), Attachment.objects.count(), kept()) == (0, 0, before)


def test_whoever_attached_a_file_or_leads_deletes_it_and_its_line_stays(
    client: Client, cast: dict[str, User], acme: Customer, django_capture_on_commit_callbacks: Any
) -> None:
    serves(acme, cast["alice"], technical=cast["tess"])
    file = a_note(acme, cast["alice"], "See.", a_file()).attachments.get()
    kept = str(file.file.name)
    url = f"/customers/{acme.pk}/files/{file.pk}/"
    for name in ("tess", "audrey"):
        client.force_login(cast[name])
        assert client.post(f"{url}delete/").status_code == 403
    assert default_storage.exists(kept)
    client.force_login(cast["bob"])
    for _again in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            assert client.post(f"{url}delete/").status_code == 302
    assert not default_storage.exists(kept)
    assert client.get(url).status_code == 404
    file.refresh_from_db()
    assert (file.deleted_by, file.file.name) == (cast["bob"], "")
    assert "deleted by bob" in client.get(f"/customers/{acme.pk}/timeline/").text


# Watching


def later(minutes: int) -> datetime:
    return timezone.now() + timedelta(minutes=minutes)


def test_who_watches_is_told_once_what_others_did(
    cast: dict[str, User], acme: Customer, beta: Customer
) -> None:
    bob, dora = cast["bob"], cast["dora"]
    a_talk(acme, cast["alice"], "Before.")
    services.watch(acme, by=bob, at=timezone.now())
    services.watch(acme, by=bob, at=timezone.now())
    services.watch(beta, by=dora, at=timezone.now())
    assert telling.tell_watchers(at=later(2)) == 0

    Watch.objects.update(told_until=timezone.now(), since=NOW)
    a_talk(acme, cast["alice"], "Today.")
    a_talk(acme, cast["alice"], "Of last week, learnt today.", when=timezone.now() - timedelta(days=7))
    a_talk(acme, bob, "My own.")
    a_note(acme, cast["alice"], "@bob look")  # told as a mention already
    a_talk(beta, dora, "My own.")
    assert telling.tell_watchers(at=later(2)) == 1
    assert telling.tell_watchers(at=later(2)) == 0
    assert telling.tell_watchers(at=later(9)) == 0
    assert told(bob) == ["New at Acme", "alice mentions you at Acme"]
    assert Notice.objects.get(kind="watched").facts["count"] == 2
    assert told(dora) == []


def test_whoever_may_no_longer_see_the_customer_or_wants_no_bell_is_not_told(
    cast: dict[str, User], acme: Customer
) -> None:
    serves(acme, cast["alice"], technical=cast["tess"])
    for name in ("tess", "bob", "dora"):
        services.watch(acme, by=cast[name], at=timezone.now())
    serves(acme, cast["alice"], technical=None)
    OptOut.objects.create(user=cast["bob"], kind="watched", channel="bell")
    Watch.objects.update(told_until=timezone.now(), since=NOW)
    a_talk(acme, cast["alice"])
    telling.tell_watchers(at=later(2))
    unread = Notice.objects.filter(kind="watched", read_at=None)
    assert list(unread.values_list("recipient__username", flat=True)) == ["dora"]
    assert not Notice.objects.filter(kind="watched", recipient=cast["tess"]).exists()


def test_a_supporting_department_is_told_of_what_its_timeline_shows(
    cast: dict[str, User], acme: Customer
) -> None:
    alice, tess, bob = cast["alice"], cast["tess"], cast["bob"]
    serves(acme, alice, technical=tess)
    judging.set_by_hand(acme, tier=tier("core"), reason="r", expires_on=TODAY, by=cast["dora"], at=NOW)
    replan([acme.pk], today=TODAY)
    for person in (tess, bob):
        services.watch(acme, by=person, at=timezone.now())
    theirs = Obligation.objects.open().filter(department="sales").earliest("pk")
    skip(theirs, by=alice, at=timezone.now(), reason="Closed.")
    assert telling.tell_watchers(at=later(2)) == 1
    assert told(tess) == []
    assert told(bob) == ["New at Acme"]
    Watch.objects.update(told_until=timezone.now())
    own = Obligation.objects.open().filter(department="technical").earliest("pk")
    skip(own, by=alice, at=timezone.now(), reason="Closed.")
    telling.tell_watchers(at=later(4))
    assert told(tess) == ["New at Acme"]


def test_a_watch_is_begun_and_ended_by_a_button(
    client: Client, alice: User, acme: Customer, beta: Customer
) -> None:
    client.force_login(alice)
    url = f"/customers/{acme.pk}/watch/"
    client.post(url, {"do": "start"})
    client.post(url, {"do": "start"})
    assert Watch.objects.get().person == alice
    assert "Stop watching" in client.get(f"/customers/{acme.pk}/").text
    client.post(url, {"do": "stop", "from": "timeline"})
    assert not Watch.objects.exists()
    assert client.post(f"/customers/{beta.pk}/watch/").status_code == 404


# The API


def test_the_api_gives_the_same_stream_and_takes_notes(
    client: Client, cast: dict[str, User], acme: Customer
) -> None:
    for n in range(3):
        a_talk(acme, cast["alice"], f"Talk {n}.", when=NOW - timedelta(days=n))
    client.force_login(cast["alice"])
    base = f"/api/v1/customers/{acme.pk}/"
    made = client.post(f"{base}notes/", {"words": "@bob hello"}, content_type="application/json")
    assert (made.status_code, made.json()["mentions"]) == (201, [cast["bob"].pk])
    with_file = client.post(f"{base}notes/", {"words": "x", "attached": [a_file()]})
    assert with_file.status_code == 201
    assert client.post(f"{base}notes/", {"words": "x", "attached": [a_file("a.exe")]}).status_code == 400
    found = client.get(f"{base}timeline/", {"kind": "contact"}).json()
    assert [row["text"] for row in found["results"]] == ["Talk 0.", "Talk 1.", "Talk 2."]
    assert found["next"] is None
    notes = client.get(f"{base}timeline/", {"kind": "note"}).json()["results"]
    assert [[file["name"] for file in row["files"]] for row in notes] == [["offer.pdf"], []]
    assert client.get(f"{base}timeline/", {"kind": "nonsense"}).status_code == 400
    client.force_login(cast["audrey"])
    assert client.post(f"{base}notes/", {"words": "x"}, content_type="application/json").status_code == 403


def test_an_answered_survey_is_told_by_itself(cast: dict[str, User], acme: Customer) -> None:
    everything(acme, cast)
    [entry] = entries(acme, cast["alice"], kind="survey")
    assert Invitation.objects.get().interaction_id not in {
        each.row.pk for each in entries(acme, cast["alice"], kind="contact")
    }
    assert entry.by is None
    assert Invitation.objects.get().pk == entry.row.pk
