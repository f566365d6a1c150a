"""Publishing a run: one atomic, set-wise step for the whole book."""

from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tiering.models import Run, Scheme, TierChange
from tiering.signals import tiers_changed

NEWS_SIZE = 2_000

# A person may have set or ended a tier by hand since the customer was graded: what counts is the moment of
# publishing. `s` is the standing, `g` the grading.
BY_HAND = """EXISTS (
    SELECT 1 FROM tiering_override o
    WHERE o.customer_id = s.customer_id AND o.ended_at IS NULL AND o.expires_on >= %(today)s
)"""
TARGET = f"""CASE
    WHEN {BY_HAND} OR g.coverage < %(coverage_floor)s THEN s.tier_id
    ELSE COALESCE(g.computed_tier_id, s.tier_id)
END"""
TIER_CHANGES = f"""
INSERT INTO tiering_tierchange
    (customer_id, run_id, from_tier_id, to_tier_id, effective_on, changed_at, reason, words)
SELECT t.customer_id, t.run_id, t.from_tier_id, t.to_tier_id, %(as_of)s, %(at)s, t.reason, ''
FROM (
    SELECT s.customer_id, g.run_id, s.tier_id AS from_tier_id, {TARGET} AS to_tier_id,
           COALESCE(m.reason, %(unforeseen)s) AS reason
    FROM tiering_grading g
    JOIN customers_standing s ON s.customer_id = g.customer_id
    LEFT JOIN tiering_movement m ON m.run_id = g.run_id AND m.customer_id = g.customer_id
    WHERE g.run_id = %(run)s
) t
WHERE COALESCE(t.from_tier_id, 0) <> COALESCE(t.to_tier_id, 0)
"""  # noqa: S608 - no value from outside
STANDINGS = f"""
UPDATE customers_standing AS s
SET since = CASE WHEN COALESCE(s.tier_id, 0) <> COALESCE({TARGET}, 0) THEN %(as_of)s ELSE s.since END,
    tier_id = {TARGET}, computed_tier_id = g.computed_tier_id, is_overridden = {BY_HAND},
    total = g.total, low = g.low, high = g.high, coverage = g.coverage, annual_amount = g.annual_amount,
    graded_on = %(as_of)s, grading_id = g.id
FROM tiering_grading g
WHERE g.run_id = %(run)s AND g.customer_id = s.customer_id
"""  # noqa: S608 - no value from outside
UNFORESEEN = '{"kind": "override_ended"}'


@transaction.atomic
def publish(pk: int, *, at: datetime) -> None:
    """Differing tiers become tier changes, and every graded customer's standing is refreshed. Once.

    A run that comes after one as of a later day has failed: it would set the book back.
    """
    run = Run.objects.select_related("scheme", "version").get(pk=pk)
    Scheme.objects.select_for_update().get(pk=run.scheme_id)  # publications of a scheme wait for each other
    publishing = Run.objects.filter(pk=pk, state=Run.State.PUBLISHING)
    if later := published_after(run.scheme, run.as_of):
        publishing.update(state=Run.State.FAILED, error=too_late(later))
        return
    if not publishing.update(state=Run.State.PUBLISHED, published_at=at):
        return
    ops = connection.ops
    values = {
        "run": pk,
        "coverage_floor": run.version.coverage_floor_in_basis_points,
        "as_of": ops.adapt_datefield_value(run.as_of),
        "at": ops.adapt_datetimefield_value(at),
        "today": ops.adapt_datefield_value(timezone.localdate(at)),
        "unforeseen": UNFORESEEN,
    }
    with connection.cursor() as cursor:
        cursor.execute(typed(TIER_CHANGES), values)
        cursor.execute(typed(STANDINGS), values)
    transaction.on_commit(lambda: spread_the_news(pk))


def published_after(scheme: Scheme, as_of: date) -> Run | None:
    return Run.objects.published().filter(scheme=scheme, as_of__gt=as_of).order_by("-as_of").first()


def too_late(later: Run) -> str:
    return _("%(period)s is already published. A re-grade as of an earlier day would overwrite it.") % {
        "period": later.period
    }


def typed(sql: str) -> str:
    """PostgreSQL wants to know the type of a value whose column it does not see."""
    if connection.vendor != "postgresql":
        return sql
    casts = {"unforeseen": "jsonb", "as_of": "date", "at": "timestamptz", "today": "date"}
    for name, cast in casts.items():
        sql = sql.replace(f"%({name})s", f"%({name})s::{cast}")
    return sql


def tell(customer_ids: list[int]) -> None:
    """News of single customers, once the change is committed."""
    transaction.on_commit(lambda: tiers_changed.send(Run, customer_ids=customer_ids, run_id=None))


def spread_the_news(pk: int) -> None:
    """Tell who listens whose tier changed, a stretch of customers at a time."""
    ids: list[int] = []
    changed = TierChange.objects.filter(run=pk).order_by("pk").values_list("customer_id", flat=True)
    for customer_id in changed.iterator(chunk_size=NEWS_SIZE):
        ids.append(customer_id)
        if len(ids) == NEWS_SIZE:
            tiers_changed.send(Run, customer_ids=ids, run_id=pk)
            ids = []
    if ids:
        tiers_changed.send(Run, customer_ids=ids, run_id=pk)
