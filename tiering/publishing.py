"""Publishing a run: one atomic, set-wise step for the whole book."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tiering import assigning, following, notices, queries, restoring
from tiering.models import Assignment, Run, Scheme, SchemeVersion, TierChange
from tiering.signals import tiers_changed
from toolbox import bulk, failpoints, patience

CHUNKS_AT_ONCE = 5
"""So many are written at once, within the one transaction: memory stays the same as the book grows."""
NEWS_SIZE = 2_000
HELD = timedelta(seconds=settings.REGRADE_LEASE_SECONDS)
"""So long the book may be held without a word, and so long is waited for whoever holds a customer."""

STRETCH = "customer_id BETWEEN %(first)s AND %(last)s"
"""Said of each table, for the database concludes nothing from one about the other."""

# A person may have set or ended a tier by hand since the customer was graded: what counts is the moment of
# publishing. `s` is the standing, `g` the grading, `o` whose tier is set by hand, `d` what was decided in review.
BY_HAND = f"""(
    SELECT customer_id FROM tiering_override WHERE ended_at IS NULL AND expires_on >= %(today)s AND {STRETCH}
) o ON o.customer_id = g.customer_id"""  # noqa: S608 - no value from outside
DECIDED = "tiering_decision d ON d.run_id = g.run_id AND d.customer_id = g.customer_id"
STOPPED = "NOT COALESCE(d.is_accepted, g.kept <> 'approval')"
"""Who is rejected, or takes approval that nobody gave, stays where it is."""
TARGET = f"""CASE
    WHEN o.customer_id IS NOT NULL OR g.total IS NULL OR g.coverage < %(coverage_floor)s OR {STOPPED} THEN s.tier_id
    WHEN g.kept = 'override' THEN COALESCE(g.computed_tier_id, s.tier_id)
    ELSE COALESCE(g.tier_id, s.tier_id)
END"""
# Who is left by another scheme is served as before for as long as the version says that graded the customer last.
GRACE_ELSEWHERE = """(
    SELECT e.until FROM tiering_grading p
    JOIN tiering_run q ON q.id = p.run_id JOIN (%(elsewhere)s) e ON e.version_id = q.version_id
    WHERE p.id = t.earlier_id
)"""
TIER_CHANGES = f"""
INSERT INTO tiering_tierchange
    (customer_id, run_id, from_tier_id, to_tier_id, effective_on, changed_at, reason, words, grace_until)
SELECT t.customer_id, t.run_id, t.from_tier_id, t.to_tier_id, %(as_of)s, %(at)s,
       COALESCE(m.reason, %(unforeseen)s), '', CASE
           WHEN after.scale = before.scale AND after.rank > before.rank THEN %(grace_until)s
           WHEN after.scale <> before.scale THEN %(grace_elsewhere)s
       END
FROM (
    SELECT g.customer_id, g.run_id, s.tier_id AS from_tier_id, {TARGET} AS to_tier_id, s.grading_id AS earlier_id
    FROM tiering_grading g
    JOIN customers_standing s ON s.customer_id = g.customer_id
    LEFT JOIN {BY_HAND}
    LEFT JOIN {DECIDED} AND d.{STRETCH}
    WHERE g.run_id = %(run)s AND g.{STRETCH} AND s.{STRETCH}
) t
LEFT JOIN tiering_movement m ON m.run_id = t.run_id AND m.customer_id = t.customer_id AND m.{STRETCH}
LEFT JOIN customers_tier before ON before.id = t.from_tier_id
LEFT JOIN customers_tier after ON after.id = t.to_tier_id
WHERE COALESCE(t.from_tier_id, 0) <> COALESCE(t.to_tier_id, 0)
"""  # noqa: S608 - no value from outside
STANDINGS = f"""
UPDATE customers_standing AS s
SET since = CASE WHEN COALESCE(s.tier_id, 0) <> COALESCE({TARGET}, 0) THEN %(as_of)s ELSE s.since END,
    tier_id = {TARGET}, computed_tier_id = g.computed_tier_id, is_overridden = o.customer_id IS NOT NULL,
    total = g.total, low = g.low, high = g.high, coverage = g.coverage, annual_amount = g.annual_amount,
    graded_on = %(as_of)s, grading_id = g.id
FROM tiering_grading g LEFT JOIN {BY_HAND} LEFT JOIN {DECIDED} AND d.{STRETCH}
WHERE g.run_id = %(run)s AND g.{STRETCH} AND s.{STRETCH} AND g.customer_id = s.customer_id
"""  # noqa: S608 - no value from outside
UNFORESEEN = '{"kind": "override_ended"}'


@transaction.atomic
def publish(pk: int, *, at: datetime) -> None:
    """Differing tiers become tier changes, and every graded customer's standing is refreshed. Once.

    A run that comes after a later one of its scheme, or whose scheme no longer grades anybody, has failed: it would set the
    book back.
    """
    lock_the_book()
    run = Run.objects.select_related("scheme", "version", "undoes").get(pk=pk)
    publishing = Run.objects.filter(pk=pk, state=Run.State.PUBLISHING)
    if refusal := why_not_now(run):
        publishing.update(state=Run.State.FAILED, error=refusal)
        return
    if not publishing.update(state=Run.State.PUBLISHED, published_at=at, error=""):
        return
    if run.undoes:
        restoring.restore(run, at=at)
    else:
        put_in_force(run, at=at)
    transaction.on_commit(lambda: queries.counts_of(run), robust=True)
    transaction.on_commit(lambda: spread_the_news(pk), robust=True)
    transaction.on_commit(lambda: following.begin(pk), robust=True)
    if run.trigger == Run.Trigger.SCHEDULE:
        transaction.on_commit(go_on_with_the_schedule, robust=True)
    if run.trigger == Run.Trigger.UPGRADE and Assignment.objects.exists():
        transaction.on_commit(go_on_with_the_upgrades, robust=True)
    failpoints.hit("publishing.before_commit", pk)


def put_in_force(run: Run, *, at: datetime) -> None:
    ops = connection.ops
    values = {
        "run": run.pk,
        "coverage_floor": run.version.coverage_floor_in_basis_points,
        "as_of": ops.adapt_datefield_value(run.as_of),
        "at": ops.adapt_datetimefield_value(at),
        "today": ops.adapt_datefield_value(timezone.localdate(at)),
        "unforeseen": UNFORESEEN,
        "grace_until": ops.adapt_datefield_value(grace_until(run, at)),
    }
    elsewhere = grace_elsewhere(run, at)
    days = " UNION ALL ".join(f"SELECT {pk} AS version_id, %(until_{pk})s AS until" for pk in elsewhere)
    values |= {f"until_{pk}": ops.adapt_datefield_value(day) for pk, day in elsewhere.items()}
    grace = GRACE_ELSEWHERE.replace("%(elsewhere)s", days) if days else "NULL"
    changes = typed(
        TIER_CHANGES.replace("%(grace_elsewhere)s", grace), dates=[f"until_{pk}" for pk in elsewhere]
    )
    standings = typed(STANDINGS)
    bulk.plan_for_many()
    with connection.cursor() as cursor:
        for first, last in stretches(run):
            stretch = values | {"first": first, "last": last}
            cursor.execute(changes, stretch)
            failpoints.hit("publishing.changed", run.pk)
            cursor.execute(standings, stretch)


def stretches(run: Run) -> Iterator[tuple[int, int]]:
    """First and last customer of a few chunks each."""
    chunks = list(run.chunks.order_by("first").values_list("first", "last"))
    for start in range(0, len(chunks), CHUNKS_AT_ONCE):
        some = chunks[start : start + CHUNKS_AT_ONCE]
        yield some[0][0], some[-1][1]


def grace_until(run: Run, at: datetime) -> date | None:
    """The last day on which who is downgraded now is still served as before."""
    days = run.version.grace_days
    return timezone.localdate(at) + timedelta(days=days) if days else None


def grace_elsewhere(run: Run, at: datetime) -> dict[int, date]:
    """For versions of other schemes with days of grace, the last day on which who leaves them is served as before."""
    versions = SchemeVersion.objects.filter(grace_days__gt=0).exclude(scheme=run.scheme_id)
    today = timezone.localdate(at)
    return {pk: today + timedelta(days=days) for pk, days in versions.values_list("pk", "grace_days")}


def go_on_with_the_schedule() -> None:
    """A machine that was off for several periods grades them one after another, and so with several schemes."""
    from tiering import tasks  # noqa: PLC0415 - tasks are the door to re-grading

    tasks.regrade_when_due.delay()


def go_on_with_the_upgrades() -> None:
    """One run at a time: the customers of the next scheme had to wait."""
    from tiering import tasks  # noqa: PLC0415 - tasks are the door to re-grading

    tasks.upgrade_between_regrades.delay(is_first=False)


def lock_the_book() -> None:
    """Starts, resumptions, publications, and tiers set by hand or ended, wait for each other."""
    patience.limit(idle=HELD, lock=HELD)
    list(Scheme.objects.order_by("pk").select_for_update().values_list("pk"))


def book_is_free() -> bool:
    """Whether nobody starts, resumes or publishes; until the end of the transaction nobody will."""
    return len(Scheme.objects.select_for_update(skip_locked=True)) == Scheme.objects.count()


def why_not_now(run: Run) -> str:
    """Why this run must not be published, for people; empty where it may."""
    if run.undoes:
        return restoring.why_not(run.undoes)
    if run.of_default != run.scheme.is_default:
        return _(
            "Whom “%(scheme)s” grades has changed since this re-grade began. Cancel it and start anew."
        ) % {"scheme": run.scheme.name}
    return why_not(run.scheme, as_of=run.as_of, frozen_at=run.frozen_at)


def why_not(scheme: Scheme, *, as_of: date, frozen_at: datetime) -> str:
    """Why a run with these facts must not be published now, for people; empty where it may."""
    if not assigning.grades(scheme):
        return _("“%(scheme)s” does not grade the book.") % {"scheme": scheme.name}
    later = Q(as_of__gt=as_of) | Q(as_of=as_of, frozen_at__gt=frozen_at)
    own = Run.objects.published().in_line_with(scheme.pk, is_default=scheme.is_default)
    runs = own.exclude(trigger=Run.Trigger.UNDO)
    if run := runs.filter(later).order_by("-as_of").first():
        return _("%(period)s is already published. A re-grade as of an earlier day would overwrite it.") % {
            "period": run.period
        }
    if (day := assigning.graded_last(scheme)) and day > as_of:
        return _(
            "Customers of “%(scheme)s” were graded as of %(day)s already. Grade them as of that day or later."
        ) % {
            "scheme": scheme.name,
            "day": date_format(day),
        }
    return ""


def typed(sql: str, *, dates: Collection[str] = ()) -> str:
    """PostgreSQL wants to know the type of a value whose column it does not see."""
    if connection.vendor != "postgresql":
        return sql
    casts = {
        "unforeseen": "jsonb", "as_of": "date", "at": "timestamptz", "today": "date",
        "grace_until": "date", **dict.fromkeys(dates, "date"),
    }  # fmt: skip
    for name, cast in casts.items():
        sql = sql.replace(f"%({name})s", f"%({name})s::{cast}")
    return sql


def tell(customer_ids: list[int]) -> None:
    """News of single customers, once the change is committed."""
    transaction.on_commit(
        lambda: tiers_changed.send(Run, customer_ids=customer_ids, run_id=None), robust=True
    )


def spread_the_news(pk: int) -> None:
    """Tell who listens whose tier changed, a stretch of customers at a time."""
    failpoints.hit("publishing.committed", pk)
    ids: list[int] = []
    changed = TierChange.objects.filter(run=pk).order_by("pk").values_list("customer_id", flat=True)
    for customer_id in changed.iterator(chunk_size=NEWS_SIZE):
        ids.append(customer_id)
        if len(ids) == NEWS_SIZE:
            tiers_changed.send(Run, customer_ids=ids, run_id=pk)
            ids = []
    if ids:
        tiers_changed.send(Run, customer_ids=ids, run_id=pk)
    notices.announce(Run.objects.get(pk=pk), at=timezone.now())
