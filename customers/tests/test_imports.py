"""The engine of imports, tried with customers: planned, committed, refused, undone."""

import os
import signal
import subprocess
import sys
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Team, User
from customers import services
from customers.imports import batches, life, telling
from customers.models import Customer, Import, SavedMapping, Seat
from customers.services.profile import next_code
from customers.tests.imports_making import (
    State,
    a_sheet,
    a_text,
    commit,
    committed,
    counted,
    planned,
    said,
    undo,
)
from customers.tests.making import a_contact, a_customer, an_order
from toolbox import failpoints

pytestmark = pytest.mark.django_db
HEAD = "客户编号,客户名称,省份,城市,行业,规模,备注\n"
TWO = HEAD + "K1,苏州精工机械,江苏,苏州,C34,大型,第一\nK2,Acme,,,,,\n"


def profile(code: str) -> tuple[Any, ...]:
    one = Customer.objects.get(code=code)
    return one.name, one.province, one.city, one.industry, one.size, one.notes


def test_new_customers_are_created_with_all_their_columns_and_belong_to_who_sent_them(alice: User) -> None:
    parent = planned(TWO, "customers", alice)
    assert (parent.state, counted(parent)) == (State.PLANNED, (2, 0, 0, 0, 0))
    assert Customer.objects.count() == 0
    parent = commit(parent)
    assert parent.state == State.DONE
    assert profile("K1") == ("苏州精工机械", "32", "3205", "C34", "large", "第一")
    made = Customer.objects.get(code="K2")
    assert (made.owner, made.team, made.version) == (alice, alice.team, 1)
    assert made.standing.tier is None
    assert [(row.history_type, row.history_user) for row in made.history.all()] == [("+", alice)]
    assert list(Customer.objects.visible_to(alice).matching("szjg").values_list("code", flat=True)) == ["K1"]


def test_the_same_file_twice_changes_nothing(alice: User) -> None:
    committed(TWO, "customers", alice)
    again = planned(TWO, "customers", alice)
    assert counted(again) == (0, 0, 2, 0, 0)
    assert not life.ask_to_commit(again, leaves_out_likely=False)


def test_only_what_differs_is_changed_and_empty_cells_leave_what_is_there(alice: User) -> None:
    committed(TWO, "customers", alice)
    parent = planned(HEAD + "K1,苏州精工机械,浙江,杭州,,,第二\nK2,Acme,,,,,\n", "customers", alice)
    assert (counted(parent), parent.counts["cells"]) == (
        (0, 1, 1, 0, 0),
        {"province": 1, "city": 1, "notes": 1},
    )
    commit(parent)
    assert profile("K1") == ("苏州精工机械", "33", "3301", "C34", "large", "第二")
    one = Customer.objects.get(code="K1")
    assert (one.version, one.history.count(), one.history.first().history_user) == (2, 2, alice)


@pytest.mark.parametrize(
    "mode, expected", [("both", (1, 1, 0, 0, 0)), ("create", (1, 0, 0, 1, 0)), ("update", (0, 1, 0, 1, 0))]
)
def test_rows_that_the_mode_does_not_want_are_left_out(
    alice: User, mode: str, expected: tuple[int, ...]
) -> None:
    a_customer("Old", owner=alice, code="K1")
    parent = committed("客户编号,客户名称\nK1,New\nK2,Beta\n", "customers", alice, mode=mode)
    assert counted(parent) == expected
    found = dict(Customer.objects.values_list("code", "name"))
    assert (
        found
        == {
            "both": {"K1": "New", "K2": "Beta"},
            "create": {"K1": "Old", "K2": "Beta"},
            "update": {"K1": "New"},
        }[mode]
    )


def test_a_row_without_a_code_is_found_by_its_name_and_gets_a_code_when_it_is_new(alice: User) -> None:
    a_customer("Acme", owner=alice, code="A1")
    text = "公司名称,备注\nAcme,hello\n重庆长安,new\n"
    parent = committed(text, "customers", alice)
    assert counted(parent) == (1, 1, 0, 0, 0)
    made = Customer.objects.get(name="重庆长安")
    assert made.code.startswith("C0")
    assert Customer.objects.get(code="A1").notes == "hello"
    assert counted(planned(text, "customers", alice)) == (0, 0, 2, 0, 0)


def test_what_is_wrong_is_said_for_each_cell_and_nothing_is_committed(alice: User, carol: User) -> None:
    a_customer("Foreign", owner=carol, code="F1")
    gone = a_customer("Gone", owner=alice, code="G1")
    services.archive([gone.pk], by=alice, at=timezone.now())
    text = HEAD + (
        "K1,A,Atlantis,,,,\n"
        "K2,B,江苏,杭州,,,\n"
        "F1,Foreign,,,,,\n"
        "G1,Gone,,,,,\n"
        "K1,C,,,,,\n"
        "K5,,,,,,\n"
        "K6,D,,,,huge,\n"
    )
    parent = planned(text, "customers", alice)
    assert said(parent) == [
        (2, "C", "This province is not known."),
        (3, "D", "This city is not in the chosen province."),
        (4, "A", "This code is taken, and its customer is not among those you may see."),
        (5, "A", "This customer is archived."),
        (6, "A", "This customer stands in row 2 already."),
        (7, "B", "“Customer name” is missing."),
        (8, "F", "This is none of the choices."),
    ]
    assert parent.errors[0] | {"sheet": "sheet", "header": "省份", "value": "Atlantis"} == parent.errors[0]
    assert not life.ask_to_commit(parent, leaves_out_likely=False)


def test_whose_customers_are_follows_the_rights_of_the_sender(
    alice: User, bob: User, carol: User, dora: User
) -> None:
    a_customer("Acme", owner=alice, code="A1")
    head = "客户编号,客户名称,客户经理\n"
    assert counted(planned(head + "A1,Acme,alice\n", "customers", alice)) == (0, 0, 1, 0, 0)
    refused = planned(head + "A1,Acme,carol\nB1,Beta,carol\n", "customers", alice)
    assert [row[:2] for row in said(refused)] == [(2, "C"), (3, "C")]
    assert [row[:2] for row in said(planned(head + "A1,Acme,carol\n", "customers", bob))] == [(2, "C")]
    committed(head + "A1,Acme,carol\n", "customers", dora)
    moved = Customer.objects.get(code="A1")
    assert (moved.owner, moved.team) == (carol, Team.objects.get(name="South"))
    assert counted(planned(head + "A1,Acme,alice\n", "customers", alice))[4] == 1


def test_what_changed_meanwhile_is_named_and_nothing_is_committed(alice: User, bob: User) -> None:
    one, other = (a_customer(name, owner=alice, code=name) for name in ("A1", "A2"))
    parent = planned("客户编号,客户名称,备注\nA1,A1,x\nA2,A2,y\nA3,A3,z\n", "customers", alice)
    assert counted(parent) == (1, 2, 0, 0, 0)
    other.notes = "theirs"
    services.save_customer(other, version=1, by=bob)
    a_customer("A3", owner=alice, code="A3")
    parent = commit(parent)
    assert parent.state == State.STALE
    assert [(row["row"], row["cells"]) for row in parent.obstacles] == [
        (3, [{"label": "Customer notes", "seen": "", "now": "theirs"}]),
        (4, []),
    ]
    one.refresh_from_db()
    assert one.notes == ""
    assert life.ask_to_plan(parent)
    life.work(parent.pk)
    parent.refresh_from_db()
    assert counted(parent) == (0, 3, 0, 0, 0)
    assert commit(parent).state == State.DONE


def test_an_undo_restores_cells_and_removes_what_was_created(alice: User) -> None:
    old = a_customer("Acme", owner=alice, code="A1", notes="before", city="", province="")
    parent = committed("客户编号,客户名称,备注,省份\nA1,Acme Ltd,after,江苏\nA2,Beta,,\n", "customers", alice)
    parent = undo(parent)
    old.refresh_from_db()
    assert (parent.state, old.name, old.notes, old.province) == (State.UNDONE, "Acme", "before", "")
    assert not Customer.objects.filter(code="A2").exists()
    assert [row.history_type for row in Customer.history.filter(code="A2").order_by("history_id")] == [
        "+",
        "-",
    ]
    assert counted(planned("客户编号,客户名称\nA2,Beta\n", "customers", alice)) == (1, 0, 0, 0, 0)


def test_a_later_edit_stands_in_the_way_of_an_undo_and_stays(alice: User) -> None:
    one = a_customer("Acme", owner=alice, code="A1", notes="before")
    parent = committed(
        "客户编号,客户名称,备注,省份\nA1,Acme,after,江苏\nA2,Beta,,\nA3,Gamma,,\n", "customers", alice
    )
    one.refresh_from_db()
    one.notes = "mine"
    services.save_customer(one, version=one.version, by=alice)
    an_order(Customer.objects.get(code="A2"), date(2026, 1, 1))
    parent = undo(parent)
    assert parent.state == State.DONE
    assert [(row["row"], row["column"], row["problem"]) for row in parent.obstacles] == [
        (3, "", "Something hangs on this customer by now: orders."),
        (2, "Customer notes", "Changed since: the sheet said “after”, now it says “mine”."),
    ]
    assert Customer.objects.count() == 3
    parent = undo(parent, leaves_obstacles=True)
    one.refresh_from_db()
    assert (parent.state, one.notes, one.province) == (State.UNDONE, "mine", "")
    assert sorted(Customer.objects.values_list("code", flat=True)) == ["A1", "A2"]


def test_possible_duplicates_are_named_and_can_be_left_out(alice: User) -> None:
    a_customer("苏州精工机械有限公司", owner=alice, code="A1")
    text = "客户编号,客户名称\nB1,苏州市精工机械\nB2,重庆长安汽车\n"
    parent = planned(text, "customers", alice)
    assert (parent.counts["new"], parent.counts["likely"]) == (2, 1)
    commit(parent, leaves_out_likely=True)
    assert sorted(Customer.objects.values_list("code", flat=True)) == ["A1", "B2"]
    assert undo(parent).state == State.UNDONE


@pytest.mark.parametrize("is_of_earlier_release", [False, True])
def test_rows_that_are_scattered_over_a_long_plan_are_found_without_unpacking_all_of_it(
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
    is_of_earlier_release: bool,
) -> None:
    monkeypatch.setattr(batches, "SIZE", 4)
    wanted = {2, 3, 4, 5, 9, 20, 21}
    for row in wanted:
        a_customer(f"重庆长安{chr(0x4E00 + row)}汽车有限公司", owner=alice, code=f"A{row}")
    rows = [
        f"B{row},{f'重庆长安{chr(0x4E00 + row)}汽车公司' if row in wanted else f'{chr(0x5E00 + 40 * row)}{row}'}"
        for row in range(2, 24)
    ]
    parent = planned("\n".join(["客户编号,客户名称", *rows]), "customers", alice)
    assert (parent.counts["new"], parent.batches.count()) == (22, 6)
    if is_of_earlier_release:
        parent.batches.update(likely=None)
    assert batches.likely_rows(parent) == sorted(wanted)
    for start in range(8):
        for size in (1, 2, 5):
            found = batches.likely(parent, start=start, size=size)
            assert [row.number for row in found] == sorted(wanted)[start : start + size]
    if not is_of_earlier_release:
        with django_assert_num_queries(2):  # what the batches hold, and the one that is needed
            batches.likely(parent, start=5, size=2)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_text_files_come_in_their_own_encoding(alice: User, encoding: str) -> None:
    parent = committed(a_text(TWO, encoding=encoding), "customers", alice)
    assert counted(parent) == (2, 0, 0, 0, 0)
    assert profile("K1")[0] == "苏州精工机械"


def test_titles_two_header_rows_and_totals_are_recognised(alice: User) -> None:
    sheet = a_sheet(
        ["客户信息表", None, None, None],
        ["基本信息", None, "位置", None],
        ["客户编号", "客户名称", "省份", "城市"],
        ["K1", "A", "江苏", "苏州"],
        ["K2", "B", "浙江", "杭州"],
        ["合计", 2, None, None],
        merged=["A1:D1", "A2:B2", "C2:D2"],
    )
    parent = planned(sheet, "customers", alice)
    assert (parent.found["header_rows"], [row["row"] for row in parent.found["skipped"]]) == ([2, 3], [6])
    assert counted(parent) == (2, 0, 0, 0, 0)


def test_a_saved_mapping_is_applied_to_the_same_headers(alice: User, bob: User) -> None:
    from customers.imports import reading

    text = "代号,抬头,杂项\nK1,A,x\n"
    parent = planned(text, "customers", alice, reading={"map": {"代号": "code", "抬头": "name", "杂项": ""}})
    assert parent.mapping == {"code": 0, "name": 1}
    reading.save_mapping(parent, name="ERP", is_shared=True)
    theirs = planned("抬头,代号,杂项\nA,K1,x\n", "customers", bob)
    assert (theirs.mapping, theirs.mapping_name) == ({"code": 1, "name": 0}, "ERP")
    SavedMapping.objects.update(is_shared=False)
    assert planned(text, "customers", bob).mapping_name == ""


def test_a_saved_mapping_knows_which_of_two_equal_headers_was_chosen(alice: User) -> None:
    from customers.imports import reading

    text = "客户编号,客户名称,备注,备注\nK1,A,x,y\n"
    for letter, at in (("C", 2), ("D", 3)):
        parent = planned(text, "customers", alice, reading={"map": {letter: "notes"}})
        reading.save_mapping(parent, name="ERP", is_shared=False)
        again = planned(text, "customers", alice)
        assert (again.mapping["notes"], again.mapping_name) == (at, "ERP")


def test_the_number_of_questions_does_not_grow_with_the_rows(alice: User) -> None:
    def asked(rows: int) -> tuple[int, int]:
        text = "客户编号,客户名称,备注\n" + "".join(f"Q{rows}-{n},N{rows}-{n},x\n" for n in range(rows))
        with CaptureQueriesContext(connection) as plans:
            parent = planned(text, "customers", alice)
        with CaptureQueriesContext(connection) as commits:
            commit(parent)
        return len(plans), len(commits)

    few, many = asked(3), asked(3_000)
    assert many[0] <= few[0] + 4
    assert many[1] <= few[1] + 12


def test_a_commit_that_breaks_in_the_middle_leaves_nothing_and_can_be_done_again(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = planned(TWO, "customers", alice)
    failpoints.arm("import.batch=raise")
    try:
        life.ask_to_commit(parent, leaves_out_likely=False)
        with pytest.raises(failpoints.FailpointError):
            life.work(parent.pk)
    finally:
        failpoints.arm("")
    parent.refresh_from_db()
    assert (parent.state, Customer.objects.count()) == (State.FAILED, 0)
    assert life.try_again(parent)
    life.work(parent.pk)
    parent.refresh_from_db()
    assert (parent.state, Customer.objects.count()) == (State.DONE, 2)


def test_a_worker_that_was_lost_is_followed_by_another_and_given_up_the_third_time(alice: User) -> None:
    parent = life.receive(a_text(TWO), kind="customers", by=alice)
    long_ago = timezone.now() - life.STALE_AFTER * 2
    for attempts in (1, 2):
        Import.objects.filter(pk=parent.pk).update(taken_at=long_ago, touched_at=long_ago, attempts=attempts)
        assert life.stale(at=timezone.now()) == [parent.pk]
    Import.objects.filter(pk=parent.pk).update(taken_at=long_ago, touched_at=long_ago, attempts=3)
    assert life.stale(at=timezone.now()) == []
    parent.refresh_from_db()
    assert parent.state == State.FAILED
    assert life.try_again(parent)
    life.work(parent.pk)
    parent.refresh_from_db()
    assert parent.state == State.READ


def test_who_lost_the_step_to_another_worker_writes_nothing(alice: User) -> None:
    parent = planned(TWO, "customers", alice)
    life.ask_to_commit(parent, leaves_out_likely=False)
    Import.objects.filter(pk=parent.pk).update(taken_at=timezone.now(), attempts=2)
    parent.refresh_from_db()
    parent.attempts = 1
    from customers.imports import committing

    with pytest.raises(life.LostError):
        committing.commit(parent)
    assert Customer.objects.count() == 0


def test_renamed_customers_are_found_by_their_contacts_still(alice: User) -> None:
    a_contact(a_customer("Acme", owner=alice, code="A1"), "韩梅梅")
    committed("客户编号,客户名称\nA1,重庆长安\n", "customers", alice)
    for word in ("cqca", "韩梅梅"):
        assert Customer.objects.matching(word).get().code == "A1"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point, committed_rows", [("import.batch", 0), ("import.written", 0)])
def test_a_worker_killed_in_the_middle_of_a_commit_leaves_nothing_and_is_followed(
    alice: User, point: str, committed_rows: int
) -> None:
    """A process of its own, killed without a word inside the transaction; then as the sweep finds it."""
    parent = planned(TWO, "customers", alice)
    assert life.ask_to_commit(parent, leaves_out_likely=False)
    address = (
        urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    )
    code = f"import django; django.setup(); from customers.imports import life; life.work({parent.pk})"
    environment = os.environ | {
        "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "crm.settings", "FAILPOINTS": f"{point}=kill",
    }  # fmt: skip
    killed = subprocess.run([sys.executable, "-c", code], env=environment, check=False, cwd=settings.BASE_DIR)
    assert killed.returncode == -signal.SIGKILL
    parent.refresh_from_db()
    assert (parent.state, Customer.objects.count()) == (State.COMMITTING, committed_rows)
    Import.objects.filter(pk=parent.pk).update(touched_at=timezone.now() - life.STALE_AFTER * 2)
    assert life.stale(at=timezone.now()) == [parent.pk]
    life.work(parent.pk)
    parent.refresh_from_db()
    assert (parent.state, Customer.objects.count()) == (State.DONE, 2)


def test_a_text_with_characters_that_no_database_keeps_is_refused_as_a_whole(alice: User) -> None:
    parent = planned("客户编号,客户名称,备注\nK1,A,x\0y\n", "customers", alice)
    assert (parent.state, [error["problem"] for error in parent.errors]) == (
        State.FAILED,
        [
            "Row 2 of the text file holds a character that no text has (NUL). Save the table again as .xlsx, or as CSV in UTF-8."
        ],
    )


NO_HEADERS = (
    "No row of headers was recognised in sheet “sheet”. Put headers such as Customer code, Customer name, Kind above the"
    " columns, or say which column is which."
)
TWICE = "In sheet “sheet”, columns B, C could each be “Customer name”. Say which one is."


@pytest.mark.parametrize(
    "text, problem",
    [
        pytest.param("N1,杭州甲公司,浙江\nN2,杭州乙公司,浙江\n", NO_HEADERS, id="data that only looks like headers"),
        pytest.param("甲,乙\n1,2\n", NO_HEADERS, id="headers nobody knows"),
        pytest.param("客户编号,客户名称,客户名称\nN1,甲,乙\n", TWICE, id="a header that comes twice"),
        pytest.param(
            "客户编号,客户编号,客户名称,客户名称\nN1,N2,甲,乙\n",
            f"In sheet “sheet”, columns A, B could each be “Customer code”. Say which one is. {TWICE.replace('B, C', 'C, D')}",
            id="tables beside each other",
        ),
        pytest.param(
            "客户编号,N1,N2\n客户名称,甲,乙\n省份,浙江,江苏\n",
            "In sheet “sheet” the headers stand below each other, in column A. Copy the table and paste it transposed, so that each record is a row.",
            id="a table that lies on its side",
        ),
        pytest.param(
            "省份,备注\n江苏,x\n",
            "There is no column “Customer code” or “Customer name” in sheet “sheet”. Add it, or say which column it is.",
            id="nobody to whom it could belong",
        ),
    ],
)  # fmt: skip
def test_a_sheet_whose_columns_are_not_clear_is_not_guessed_at(alice: User, text: str, problem: str) -> None:
    parent = planned(text, "customers", alice)
    assert (parent.state, [error["problem"] for error in parent.errors]) == (State.FAILED, [problem])


def test_headers_that_only_look_like_ours_are_not_proposed(alice: User) -> None:
    parent = life.receive(a_text("N1,杭州甲公司\nN2,杭州乙公司\n"), kind="customers", by=alice)
    life.work(parent.pk)
    parent.refresh_from_db()
    assert (parent.state, parent.mapping) == (State.READ, {})


def test_of_headers_that_come_twice_one_is_chosen_by_its_letter(alice: User) -> None:
    text = "客户编号,客户名称,客户名称\nN1,甲,乙\n"
    assert committed(text, "customers", alice, reading={"map": {"B": ""}}).state == State.DONE
    assert Customer.objects.get().name == "乙"
    assert committed(text, "customers", alice, reading={"map": {"B": "name"}}).state == State.DONE
    assert Customer.objects.get().name == "甲"


def test_of_headers_that_come_twice_all_may_be_left_out(alice: User) -> None:
    text = "客户编号,客户名称,备注,备注\nN1,甲,x,y\n"
    assert planned(text, "customers", alice).state == State.FAILED
    said_with_it = {"map": {"C": "", "d": ""}}
    assert committed(text, "customers", alice, reading=said_with_it).state == State.DONE
    assert Customer.objects.get().notes == ""


def test_headers_of_another_table_below_are_no_data(alice: User) -> None:
    text = "客户编号,客户名称\nN1,甲\n\n供应商编号,供应商名称\nS1,乙\n"
    parent = planned(text, "customers", alice)
    assert said(parent) == [(4, "A", "Another table seems to begin here.")]
    parent = planned(text, "customers", alice, reading={"last_row": 2})
    assert (said(parent), parent.counts["new"]) == ([], 1)


def test_a_row_of_a_text_file_with_more_cells_than_headers_is_refused(alice: User) -> None:
    parent = planned("客户编号,客户名称,备注\nN1,甲,\nN2,乙,丙公司,x\nN3,丁,y,\n", "customers", alice)
    assert said(parent) == [(3, "D", "This cell stands beyond the last header.")]
    assert (parent.errors[0]["value"], parent.counts["new"]) == ("x", 2)


def test_errors_in_a_text_file_are_errors(alice: User) -> None:
    parent = planned("客户编号,客户名称,备注\nN1,#N/A,#REF!\nN2,甲,# 1\n", "customers", alice)
    assert said(parent) == [
        (2, "B", "The cell holds the error #N/A."),
        (2, "C", "The cell holds the error #REF!."),
    ]


def test_blank_cells_and_the_end_of_a_dos_file_are_nothing(alice: User) -> None:
    parent = committed(
        "客户编号,客户名称,合作开始日期,备注\nN1,甲,  ,\u3000\n  ,,\u3000\n\x1a", "customers", alice
    )
    assert counted(parent) == (1, 0, 0, 0, 0)


# The service team

SEATED = "客户编号,客户名称,技术顾问,售后专员,物流专员\n"


def seats(code: str) -> dict[str, str]:
    taken = Seat.objects.taken().filter(customer__code=code)
    return dict(taken.values_list("department", "person__username"))


@pytest.mark.usefixtures("tess", "dan", "logan")
def test_the_service_team_comes_in_by_name_or_user_name_and_is_taken_back(
    alice: User, tess: User, dan: User
) -> None:
    tess.display_name = "谭思"
    tess.save()
    old = a_customer("Acme", owner=alice, code="A1")
    services.seat([old.pk], team={"service": dan}, by=alice, at=timezone.now())
    text = SEATED + "A1,Acme,谭思,,LOGAN\nB1,Beta,tess,dan,\n"
    parent = planned(text, "customers", alice)
    assert (counted(parent), parent.errors) == ((1, 1, 0, 0, 0), [])
    assert parent.counts["cells"] == {"technical": 1, "logistics": 1}
    commit(parent)
    assert seats("A1") == {"technical": "tess", "service": "dan", "logistics": "logan"}
    assert seats("B1") == {"technical": "tess", "service": "dan"}
    assert set(Customer.objects.visible_to(tess)) == set(Customer.objects.all())
    assert counted(planned(text, "customers", alice)) == (0, 0, 2, 0, 0)
    old.refresh_from_db()
    assert old.version == 1  # the profile is the same
    assert undo(parent).state == State.UNDONE
    assert (seats("A1"), Customer.objects.filter(code="B1").exists()) == ({"service": "dan"}, False)
    assert Seat.objects.filter(customer=old).count() == 3  # what was is on record


def test_whoever_does_not_work_in_the_department_is_refused(alice: User, tess: User, dan: User) -> None:
    for user in (dan, User.objects.create_user("dan2", role="service")):
        user.display_name = "Dan Li"
        user.save()
    gone = User.objects.create_user("gone", role="logistics", is_active=False)
    kept = a_customer("Kept", owner=alice, code="K1")
    Seat.objects.create(customer=kept, department="logistics", person=gone, since=timezone.now(), by=alice)
    rows = "A1,A,dan,,\nA2,B,,Dan Li,\nA3,C,,,gone\nA4,D,alice,,\nK1,Kept,,,gone\n"
    parent = planned(SEATED + rows, "customers", alice)
    nobody = "Nobody of this name works in the department."
    assert said(parent) == [
        (2, "C", nobody),
        (3, "D", "Several are called so."),
        (4, "E", nobody),
        (5, "C", nobody),
    ]
    assert parent.counts["unchanged"] == 1  # what is on record is no error, though its person left


def test_a_service_team_that_changed_after_the_preview_is_named(alice: User, tess: User, dan: User) -> None:
    old = a_customer("Acme", owner=alice, code="A1")
    parent = planned(SEATED + "A1,Acme,tess,,\n", "customers", alice)
    services.seat([old.pk], team={"service": dan}, by=alice, at=timezone.now())
    parent = commit(parent)
    assert (parent.state, seats("A1")) == (State.STALE, {"service": "dan"})
    assert [row["cells"] for row in parent.obstacles] == [
        [{"label": "After-sales specialist", "seen": "", "now": "dan"}]
    ]


def test_a_seat_given_since_stands_in_the_way_of_an_undo(alice: User, tess: User, dan: User) -> None:
    old = a_customer("Acme", owner=alice, code="A1")
    other = User.objects.create_user("tom", role="technical")
    parent = committed(SEATED + "A1,Acme,tess,,\nB1,Beta,,dan,\n", "customers", alice)
    new = Customer.objects.get(code="B1")
    services.seat([old.pk, new.pk], team={"technical": other}, by=alice, at=timezone.now())
    parent = undo(parent)
    assert parent.state == State.DONE
    assert [(row["row"], row["column"], row["problem"]) for row in parent.obstacles] == [
        (3, "", "Something hangs on this customer by now: seats in service teams."),
        (2, "Technical adviser", "Changed since: the sheet said “tess”, now it says “tom”."),
    ]
    undo(parent, leaves_obstacles=True)
    assert (seats("A1"), seats("B1")) == ({"technical": "tom"}, {"technical": "tom", "service": "dan"})


@pytest.mark.parametrize("rows", [2, 40])
def test_a_service_team_costs_no_query_for_each_row(alice: User, tess: User, dan: User, rows: int) -> None:
    parent = planned(SEATED + "".join(f"A{n},甲{n}乙,tess,dan,\n" for n in range(rows)), "customers", alice)
    assert parent.errors == []
    with CaptureQueriesContext(connection) as asked:
        commit(parent)
    assert Seat.objects.count() == 2 * rows
    assert len([one for one in asked if "customers_seat" in one["sql"]]) == 4


def test_a_column_that_refuses_most_rows_may_mean_something_else(alice: User, client: Client) -> None:
    rows = [f"K{n},Acme {n},{word}" for n, word in enumerate(["在营", "在营", "吊销", "活跃"])]
    parent = planned("客户编号,客户名称,客户状态\n" + "\n".join(rows), "customers", alice)
    assert parent.error_count == 3
    (sentence,) = telling.doubtful(parent)
    assert sentence.startswith("3 of 4 rows are refused for column C, “客户状态”.")
    client.force_login(alice)
    assert sentence in client.get(reverse("customers:import", args=[parent.pk])).content.decode()


def test_a_code_that_is_made_is_none_of_those_that_come_further_below(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "SIZE", 2)
    free = int(next_code().removeprefix("C"))
    rows = ["Acme,", "Bolt,", f"Cord,C{free:06d}", f"Dart,C{free + 1:06d}", "Echo,"]
    parent = committed("客户名称,客户编号\n" + "\n".join(rows), "customers", alice)
    assert parent.state == State.DONE
    codes = dict(Customer.objects.values_list("name", "code"))
    given = {name: f"C{free + n:06d}" for n, name in enumerate(["Cord", "Dart", "Acme", "Bolt"])}
    assert codes == given | {"Echo": codes["Echo"]}


def test_a_name_with_a_code_and_without_are_two_customers_in_whichever_batches(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "SIZE", 2)
    parent = committed("客户名称,客户编号\nAcme,A1\nBolt,B1\nAcme,\n", "customers", alice)
    assert (parent.state, Customer.objects.filter(name="Acme").count()) == (State.DONE, 2)


def test_a_few_wrong_cells_say_nothing_about_their_column(alice: User) -> None:
    rows = [f"K{n},Acme {n},{word}" for n, word in enumerate(["在营", "吊销", "活跃", "活跃"])]
    parent = planned("客户编号,客户名称,客户状态\n" + "\n".join(rows), "customers", alice)
    assert (parent.error_count, telling.doubtful(parent)) == (2, [])
