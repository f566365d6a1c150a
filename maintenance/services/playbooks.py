"""Versions of playbooks: copied, put in force from a day, called off."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from customers.models import Tier
from maintenance.models import Benefit, Playbook, Promise


@transaction.atomic
def begin(tier: Tier, *, by: User, like: Playbook | None = None) -> Playbook:
    """The first draft for a tier that is promised nothing yet: empty, or with what another tier is promised."""
    Tier.objects.select_for_update().get(pk=tier.pk)
    if Playbook.objects.filter(tier=tier).exists():
        raise ValidationError(_("This tier has a playbook already."))
    if like:
        return copy_to_draft(like, by=by, tier=tier)
    return Playbook.objects.create(tier=tier, created_by=by)


@transaction.atomic
def copy_to_draft(playbook: Playbook, *, by: User, tier: Tier | None = None) -> Playbook:
    """The next version of its own tier, or of another."""
    tier_id = tier.pk if tier else playbook.tier_id
    Tier.objects.select_for_update().get(pk=tier_id)  # numbers count up one by one
    last = Playbook.objects.filter(tier=tier_id).aggregate(last=Max("number"))["last"] or 0
    draft = Playbook.objects.create(
        tier_id=tier_id,
        number=last + 1,
        respond_within_minutes=playbook.respond_within_minutes,
        solve_within_working_hours=playbook.solve_within_working_hours,
        created_by=by,
    )
    promises = list(playbook.promises.filter(is_active=True).order_by("position", "pk"))
    benefits = list(playbook.benefits.order_by("position", "pk"))
    lines: list[Promise | Benefit] = [*promises, *benefits]
    for line in lines:
        line.pk, line.playbook = None, draft
    Promise.objects.bulk_create(promises)
    Benefit.objects.bulk_create(benefits)
    return draft


@transaction.atomic
def put_in_force(playbook: Playbook, *, starts_on: date, note: str, by: User, at: datetime) -> Playbook:
    """From that day on, planned for the whole book in the night before it; for today at once."""
    draft = _locked(playbook)
    if not draft.is_draft:
        raise ValidationError(_("This version is no draft any more."))
    if starts_on < timezone.localdate(at):
        raise ValidationError({"starts_on": _("Choose today or a later day.")})
    other = Playbook.objects.filter(tier=draft.tier, starts_on=starts_on).first()
    if other:
        message = _("Version %(number)s takes effect on %(day)s already. Choose another day.")
        raise ValidationError(
            {"starts_on": message % {"number": other.number, "day": date_format(starts_on)}}
        )
    draft.starts_on, draft.note, draft.published_by, draft.published_at = starts_on, note, by, at
    draft.save(update_fields=["starts_on", "note", "published_by", "published_at"])
    _refuse_slower(draft, since=starts_on)
    return draft


@transaction.atomic
def call_off(playbook: Playbook, *, at: datetime) -> Playbook:
    """A draft again, as long as its day has not come."""
    row = _locked(playbook)
    if row.starts_on is None or row.starts_on <= timezone.localdate(at):
        raise ValidationError(_("Only a version that is not in force yet can be called off."))
    since, row.starts_on = row.starts_on, None
    row.published_by = row.published_at = None
    row.save(update_fields=["starts_on", "published_by", "published_at"])
    _refuse_slower(row, since=since)
    return row


def _refuse_slower(playbook: Playbook, *, since: date) -> None:
    """What is in force of its tier on that day, and on each later one on which a version of any tier takes effect."""
    later = Playbook.objects.filter(tier__scale=playbook.tier.scale, starts_on__gt=since)
    days = {since, *(book.starts_on for book in later if book.starts_on)}
    for day in sorted(days):
        for book in Playbook.objects.in_force(day).filter(tier=playbook.tier_id).select_related("tier"):
            book.refuse_slower(on=day)


@transaction.atomic
def delete_draft(playbook: Playbook) -> None:
    row = _locked(playbook)
    if not row.is_draft:
        raise ValidationError(_("This version is no draft any more."))
    row.delete()


def _locked(playbook: Playbook) -> Playbook:
    return Playbook.objects.select_for_update(of=("self",)).select_related("tier").get(pk=playbook.pk)


@transaction.atomic
def save_line(line: Promise | Benefit) -> None:
    """A promise or benefit of a draft, new or changed."""
    _refuse_unless_draft(line.playbook)
    if not line.pk and not line.position:
        last = type(line).objects.filter(playbook=line.playbook).aggregate(last=Max("position"))["last"]
        line.position = (last or 0) + 1
    if isinstance(line, Promise) and not line.key:
        line.key = _own_key()
    line.save()


@transaction.atomic
def remove_line(line: Promise | Benefit) -> None:
    _refuse_unless_draft(line.playbook)
    line.delete()


@transaction.atomic
def save_times(playbook: Playbook) -> None:
    """Within what time a draft responds and solves."""
    _refuse_unless_draft(playbook)
    playbook.save(update_fields=["respond_within_minutes", "solve_within_working_hours"])


def _refuse_unless_draft(playbook: Playbook) -> None:
    if not _locked(playbook).is_draft:
        raise ValidationError(
            _("This version is in force and stays as it is. Copy it to a draft to change it.")
        )


def _own_key() -> str:
    """One that no promise has: nothing else counts for it."""
    last = Promise.objects.aggregate(last=Max("pk"))["last"] or 0
    return f"own-{last + 1}"
