"""Ratings and figures as rows of a sheet, and as columns of a sheet of customers."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from customers.models import Assessment, Customer, Figure
from customers.tests.imports_making import State, committed, counted, planned, said, undo
from customers.tests.making import a_customer, a_figure, a_rating
from tiering.models import OwnIndicator

pytestmark = pytest.mark.django_db
RATINGS = "客户编号,指标,评分,评分依据,评分日期\nA1,satisfaction,4,问卷,2026-03-01\nA1,Referral ability,5,,2026-03-01\n"


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice, code="A1")


def ratings() -> list[tuple[object, ...]]:
    rows = Assessment.objects.order_by("pk")
    return list(rows.values_list("indicator", "rating", "evidence", "rated_on", "rater__username"))


def test_ratings_come_in_once_and_another_value_is_another_rating(acme: Customer, alice: User) -> None:
    committed(RATINGS, "ratings", alice)
    day = date(2026, 3, 1)
    assert ratings() == [
        ("satisfaction", 4, "问卷", day, "alice"),
        ("referral_ability", 5, "sheet sheet.csv", day, "alice"),
    ]
    assert counted(planned(RATINGS, "ratings", alice)) == (0, 0, 2, 0, 0)
    parent = committed(RATINGS.replace("satisfaction,4", "satisfaction,2"), "ratings", alice)
    assert counted(parent) == (0, 1, 1, 0, 0)
    assert ratings()[2] == ("satisfaction", 2, "问卷", day, "alice")
    undo(parent)
    assert ratings()[3] == ("satisfaction", 4, "问卷", day, "alice")


def test_what_cannot_be_taken_back_is_named(acme: Customer, alice: User) -> None:
    a_rating(acme, alice, date(2026, 1, 1), 3, "satisfaction")
    parent = undo(committed(RATINGS, "ratings", alice))
    assert (parent.state, [row["row"] for row in parent.obstacles]) == (State.DONE, [3])
    undo(parent, leaves_obstacles=True)
    assert ratings()[-1][:2] == ("satisfaction", 3)


def test_wrong_ratings_are_refused_with_their_cell(acme: Customer, alice: User) -> None:
    text = "客户编号,指标,评分,评分日期\nA1,satisfaction,6,2026-03-01\nA1,no such,3,2026-03-01\nA1,satisfaction,,2026-03-02\n"
    assert [row[:2] for row in said(planned(text, "ratings", alice))] == [(2, "C"), (3, "B"), (4, "C")]


def test_figures_are_read_in_the_unit_of_their_indicator(acme: Customer, alice: User) -> None:
    OwnIndicator.objects.create(key="wallet", name_en="Wallet", name_zh="钱包", kind="given", unit="fen")
    text = "客户编号,指标,数值,数据来源,截至日期\nA1,钱包,12.5万,报告,2026-03-01\nA1,行业发展前景,80,,2026-03-01\n"
    committed(text, "figures", alice)
    assert list(Figure.objects.order_by("pk").values_list("indicator", "value", "source")) == [
        ("wallet", 125_000_00, "报告"),
        ("industry_outlook", 80, "sheet sheet.csv"),
    ]
    assert counted(planned(text, "figures", alice)) == (0, 0, 2, 0, 0)


def test_amounts_among_figures_are_in_the_unit_of_their_header(acme: Customer, alice: User) -> None:
    OwnIndicator.objects.create(key="wallet", name_en="Wallet", name_zh="钱包", kind="given", unit="fen")
    text = "客户编号,指标,数值（万元）,截至日期\nA1,钱包,12.5,2026-03-01\n"
    assert [row[:2] for row in said(planned(text.replace("万元", "美元"), "figures", alice))] == [(2, "C")]
    committed(text, "figures", alice)
    assert Figure.objects.get().value == 125_000_00


def test_directors_bring_figures_in_as_columns_of_customers(acme: Customer, alice: User, dora: User) -> None:
    a_figure(acme, alice, timezone.localdate() - timedelta(days=9), 40, "industry_outlook")
    text = "客户编号,客户名称,行业发展前景\nA1,Acme,70\nB1,重庆长安,60\n"
    assert "indicator.industry_outlook" not in planned(text, "customers", alice).mapping
    parent = committed(text, "customers", dora)
    assert counted(parent) == (1, 1, 0, 0, 0)
    new = Customer.objects.get(code="B1")
    assert (acme.figures.latest("pk").value, new.figures.get().value) == (70, 60)
    assert counted(planned(text, "customers", dora)) == (0, 0, 2, 0, 0)
    undo(parent, leaves_obstacles=True)
    assert acme.figures.latest("pk").value == 40
