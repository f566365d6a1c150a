import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from django_celery_beat.models import PeriodicTask

from customers.models import Tier
from maintenance.defaults import ensure_defaults
from maintenance.models import Benefit, Playbook, Promise
from maintenance.models.playbook import BEGINNING

pytestmark = pytest.mark.django_db


def by_tier(scale: str = "b2b") -> list[Playbook]:
    return list(Playbook.objects.filter(tier__scale=scale).select_related("tier").order_by("tier__rank"))


def test_every_tier_of_the_default_scheme_has_its_playbook() -> None:
    assert [playbook.tier.key for playbook in by_tier()] == ["core", "important", "regular", "potential"]
    assert {playbook.tier.key: playbook.promises.count() for playbook in by_tier()} == {
        "core": 11,
        "important": 7,
        "regular": 1,
        "potential": 1,
    }


def test_response_times_are_those_of_the_domain() -> None:
    times = [(book.respond_within_minutes, book.solve_within_working_hours) for book in by_tier()]

    assert times == [(60, 8), (120, 24), (2_880, None), (None, None)]


def test_what_takes_longer_than_a_contact_is_given_its_time() -> None:
    book = by_tier()[0].promises.values_list("key", "department", "minutes")
    minutes = {(key, department): length for key, department, length in book}
    assert (minutes["contact", "sales"], minutes["meeting", "sales"], minutes["gift", "sales"]) == (
        20,
        180,
        30,
    )
    assert (minutes["training", "technical"], minutes["salon", "sales"]) == (240, 120)
    others = by_tier()[1].promises.filter(key__in=["training", "growth_plan", "case_sharing"])
    assert dict(others.values_list("key", "minutes")) == {
        "training": 240,
        "growth_plan": 240,
        "case_sharing": 120,
    }

    Playbook.objects.get(tier__scale="b2b", tier__key="core").promises.update(minutes=30)
    ensure_defaults()
    assert set(by_tier()[0].promises.values_list("minutes", flat=True)) == {
        30
    }  # a book that is there keeps its own


def test_every_tier_of_the_retail_scheme_has_its_playbook() -> None:
    times = [(book.respond_within_minutes, book.solve_within_working_hours) for book in by_tier("retail")]

    assert [playbook.tier.key for playbook in by_tier("retail")] == ["core", "important", "ordinary"]
    assert times == [(60, 8), (120, 24), (1_440, None)]


def test_the_playbooks_of_a_scale_come_when_those_of_another_are_there() -> None:
    Playbook.objects.filter(tier__scale="retail").delete()
    kept = list(Playbook.objects.values())
    ensure_defaults()

    assert list(Playbook.objects.filter(tier__scale="b2b").values()) == kept
    assert len(by_tier("retail")) == 3


@pytest.mark.parametrize("scale", ["b2b", "retail"])
def test_a_higher_tier_is_never_served_more_slowly(scale: str) -> None:
    for known in (
        [book.respond_within_minutes for book in by_tier(scale) if book.respond_within_minutes],
        [book.solve_within_working_hours for book in by_tier(scale) if book.solve_within_working_hours],
    ):
        assert known == sorted(known)
    for book in by_tier(scale):
        book.full_clean()
        book.refuse_slower(on=BEGINNING)


def test_a_slower_service_for_a_higher_tier_is_refused() -> None:
    core = by_tier()[0]
    core.respond_within_minutes = 121
    with pytest.raises(ValidationError) as refusal:
        core.refuse_slower(on=BEGINNING)
    assert refusal.value.message_dict == {
        "respond_within_minutes": ["A higher tier may not wait longer than a lower one."]
    }


def test_a_lower_tier_may_not_overtake_either() -> None:
    regular = by_tier()[2]
    regular.respond_within_minutes = 90

    with pytest.raises(ValidationError):
        regular.refuse_slower(on=BEGINNING)


def test_every_line_is_written_in_both_languages() -> None:
    for line in [*Promise.objects.all(), *Benefit.objects.all()]:
        with translation.override("zh-hans"):
            assert line.title == line.title_zh
            assert not line.title.isascii()
        with translation.override("en"):
            assert line.title == line.title_en
            assert line.title.isascii()


def test_a_second_time_adds_nothing_and_undoes_nothing() -> None:
    Promise.objects.filter(key="gift").update(is_active=False, title_en="A gift")
    before = (list(Playbook.objects.values()), list(Promise.objects.values()), PeriodicTask.objects.count())
    ensure_defaults()

    assert (
        list(Playbook.objects.values()),
        list(Promise.objects.values()),
        PeriodicTask.objects.count(),
    ) == before


def test_without_the_tiers_nothing_is_made() -> None:
    Playbook.objects.all().delete()
    Tier.objects.filter(key="potential").update(scale="elsewhere")
    ensure_defaults()

    assert by_tier() == []


def test_the_sweep_is_scheduled_every_night() -> None:
    task = PeriodicTask.objects.get(task="maintenance.tasks.sweep")

    assert (task.enabled, task.crontab.hour, task.crontab.minute, str(task.crontab.timezone)) == (
        True,
        "3",
        "0",
        "Asia/Shanghai",
    )


@pytest.mark.parametrize(
    "interval, unit, expected",
    [
        (1, "week", "every week"),
        (2, "week", "every 2 weeks"),
        (1, "quarter", "every quarter"),
        (3, "day", "every 3 days"),
    ],
)
def test_a_rhythm_is_said_in_words(interval: int, unit: str, expected: str) -> None:
    assert Promise(interval=interval, unit=unit).rhythm == expected
