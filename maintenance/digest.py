"""The daily summary: what is due and overdue by tier, and whose tier changed. One a day and person, by e-mail; and one
of the whole book for webhooks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, gettext_lazy

from accounts import mail, webhooks
from accounts.mail import Mail
from accounts.models import Letter, User
from accounts.notices import Words
from customers import scales
from customers.models import Customer, Tier
from maintenance import worklist
from maintenance.models import CalendarOverride, Obligation
from maintenance.models.obligation import ObligationQuerySet
from tiering.models import TierChange
from tiering.notices import step
from toolbox.calendars import is_working_day

KIND: Final = "digest"
BOOK: Final = "daily_summary"
BOOK_HOUR: Final = 8
MOST: Final = 10
A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Section:
    title: str
    lines: list[str]
    url: str = ""


Writer = Callable[[User, datetime, datetime], Section | None]
"""For whom, of what happened since when, at what moment; None where there is nothing to say."""
more: list[Writer] = []
"""Sections that others add, such as cases."""


def post(*, at: datetime) -> None:
    """Each minute: to whoever's hour has come, once a day, on working days. Nothing is lost when a machine was off."""
    today = timezone.localdate(at)
    overrides = dict(CalendarOverride.objects.filter(day=today).values_list("day", "is_working"))
    if not is_working_day(today, overrides=overrides):
        return
    hour = timezone.localtime(at).hour
    if settings.SENDS_MAIL:
        letters = [
            Letter(
                kind=KIND,
                key=f"{KIND}-{user.pk}-{today}",
                address=user.email,
                recipient=user,
                language=user.language,
                facts={"day": today.isoformat()},
                at=at,
            )
            for user in readers(today, hour)
        ]
        if letters:
            mail.post_letters(letters)
    if hour >= BOOK_HOUR:
        webhooks.tell(BOOK, key=f"{BOOK}-{today}", facts={"day": today.isoformat()}, at=at)


def readers(today: date, hour: int) -> list[User]:
    """Whose hour has come, and who have not been written to today. Who wants no e-mail of each notice may want this one."""
    told = Letter.objects.filter(recipient=OuterRef("pk"), kind=KIND, facts__day=today.isoformat())
    rows = User.objects.filter(~Exists(told), is_active=True, digest_hour__lte=hour)
    return list(rows.exclude(email="").order_by("pk"))


def letter(letter: Letter) -> Mail | None:
    """Put together as it goes out, of what the reader may see now. Yesterday's is not sent today."""
    now, reader = timezone.now(), letter.recipient
    today = timezone.localdate(now)
    if reader is None or letter.facts["day"] != today.isoformat():
        return None
    before = Letter.objects.filter(recipient=reader, kind=KIND, at__lt=letter.at).order_by("-at").first()
    since = before.at if before else letter.at - A_DAY
    writers: list[Writer] = [owed, changed, *more]
    sections = [section for write in writers if (section := write(reader, since, now))]
    if not sections:
        return None
    about = {"reader": reader, "sections": sections, "site": settings.PUBLIC_URL}
    return Mail(
        subject=_("%(day)s: %(title)s · Tierbook") % {"day": date_format(today), "title": sections[0].title},
        body=render_to_string("maintenance/digest.txt", about),
    )


def owed(reader: User, _since: datetime, now: datetime) -> Section | None:
    """Due today and overdue: how many by tier, then the most urgent by name."""
    today = timezone.localdate(now)
    counted = counts(worklist.owed(reader), today)
    if not counted:
        return None
    lines = [in_words(tier, late, due) for tier, late, due in counted]
    lines += [
        _("%(customer)s: %(promise)s, due on %(day)s")
        % {
            "customer": line.obligation.customer.name,
            "promise": line.obligation.promise.title,
            "day": date_format(line.obligation.due_on),
        }
        for line in worklist.first_lines(reader, today, most=MOST)
    ]
    return Section(headline(counted), lines, reverse("maintenance:my_day"))


def counts(rows: ObligationQuerySet, today: date) -> list[tuple[Tier, int, int]]:
    """By tier, the best first: how many are overdue and how many due today."""
    found = (
        rows.filter(due_on__lte=today)
        .order_by()
        .values_list("tier")
        .annotate(late=Count("pk", filter=Q(due_on__lt=today)), due=Count("pk", filter=Q(due_on=today)))
    )
    by_tier = {pk: (late, due) for pk, late, due in found}
    tiers = sorted(Tier.objects.filter(pk__in=by_tier), key=lambda tier: (tier.scale, tier.rank))
    scales.tell_apart(tiers)
    return [(tier, *by_tier[tier.pk]) for tier in tiers]


def headline(counted: list[tuple[Tier, int, int]]) -> str:
    late, due = sum(row[1] for row in counted), sum(row[2] for row in counted)
    return _("%(due)s due today, %(late)s overdue") % {"due": due, "late": late}


def in_words(tier: Tier, late: int, due: int) -> str:
    return _("%(tier)s: %(due)s due today, %(late)s overdue") % {
        "tier": tier.label,
        "due": due,
        "late": late,
    }


def changed(reader: User, since: datetime, now: datetime) -> Section | None:
    """Whose tier changed since the last summary, the largest first."""
    rows = TierChange.objects.filter(
        changed_at__gt=since, changed_at__lte=now, customer__in=Customer.objects.visible_to(reader)
    )
    count = rows.count()
    if not count:
        return None
    first = rows.select_related("customer", "from_tier", "to_tier", "cause").order_by("-changed_at", "-pk")
    lines = [step(change) for change in first[:MOST]]
    if count > MOST:
        lines.append(_("… and more"))
    return Section(
        _("Tier changes since the last summary: %(count)s") % {"count": count},
        lines,
        reverse("tiering:changes"),
    )


def of_the_book(facts: dict[str, Any]) -> Words | None:
    """For webhooks: the whole book by tier. Yesterday's is not sent today."""
    today = timezone.localdate()
    if facts["day"] != today.isoformat():
        return None
    counted = counts(Obligation.objects.open().filter(customer__archived_at=None), today)
    if not counted:
        return None
    return Words(
        title=f"{date_format(today)}: {headline(counted)}",
        text=_("Promises of the whole book, by tier:"),
        url=reverse("maintenance:obligations"),
        lines=lambda: [in_words(*row) for row in counted],
    )


def register() -> None:
    mail.register_letter(KIND, letter)
    webhooks.register(BOOK, gettext_lazy("Daily summary of what is due and overdue"), of_the_book)
