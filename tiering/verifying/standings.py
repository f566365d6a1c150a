"""The book as it stands, asked set-wise: what standings, tier changes and the last gradings say of each other."""

from datetime import date

from django.db import connection
from django.utils.translation import gettext as _

from tiering.models import Run, Scheme
from tiering.publishing import DECIDED, STOPPED
from tiering.restoring import runs_before
from tiering.verifying.findings import Findings, ask
from toolbox import append_only

LEFT_ALONE = """EXISTS (
    SELECT 1 FROM tiering_tierchange c JOIN tiering_run x ON x.id = c.run_id
    WHERE c.customer_id = s.customer_id AND x.state = 'undone'
        AND (r.id IS NULL OR x.published_at > r.published_at)
        AND NOT EXISTS (
            SELECT 1 FROM tiering_tierchange u JOIN tiering_run y ON y.id = u.run_id
            WHERE u.customer_id = c.customer_id AND y.undoes_id = x.id
        )
)"""
"""A person had decided about the customer when a run was undone."""


def protected() -> Findings:
    findings = Findings(_("History cannot be rewritten"))
    for table in append_only.missing(connection):
        findings.add(table, _("triggers"), None, "append_only")
    return findings


def chains() -> Findings:
    """Every change starts from where the one before it ended, the first one from nowhere."""
    sql = """
        SELECT customer_id, from_tier_id, earlier, to_tier_id, CASE WHEN moves THEN to_tier_id END
        FROM (
            SELECT customer_id, from_tier_id, to_tier_id,
                LAG(to_tier_id) OVER (PARTITION BY customer_id ORDER BY id) AS earlier,
                from_tier_id IS DISTINCT FROM to_tier_id AS moves
            FROM tiering_tierchange
        ) c
        WHERE from_tier_id IS DISTINCT FROM earlier OR NOT moves
    """
    columns = {"from_tier": _("from"), "to_tier": _("to")}
    return ask(_("Tier changes follow on each other"), sql, columns, {})


def tiers_of_standings() -> Findings:
    """Everybody has a standing, and it says what the last tier change says."""
    sql = """
        SELECT k.id, s.tier_id, c.to_tier_id, s.since, c.effective_on,
            CASE WHEN s.customer_id IS NULL THEN 0 ELSE 1 END, 1
        FROM customers_customer k
        LEFT JOIN customers_standing s ON s.customer_id = k.id
        LEFT JOIN tiering_tierchange c ON c.id = (
            SELECT x.id FROM tiering_tierchange x WHERE x.customer_id = k.id ORDER BY x.id + 0 DESC LIMIT 1
        )
        WHERE s.customer_id IS NULL
            OR s.tier_id IS DISTINCT FROM c.to_tier_id OR s.since IS DISTINCT FROM c.effective_on
    """
    columns = {"tier": _("tier"), "since": _("in this tier since"), "standings": _("standings")}
    return ask(_("Every standing has the tier of the last change"), sql, columns, {})


def standings(today: date) -> Findings:
    """A standing says what the last published grading says; its tier too, unless it is set or kept by hand.

    An override whose last day is over stays in force until the nightly task, or a run, comes by.
    """
    *later, newest = runs_before(list(Scheme.objects.grading().values_list("pk", flat=True))) or [0]
    # Most are in the newest runs of the schemes; only of the others is the last grading looked for among all.
    sql = f"""
        WITH later AS MATERIALIZED (
            SELECT customer_id, max(id) AS grading_id FROM tiering_grading
            WHERE run_id IN ({", ".join(map(str, later or [0]))}) GROUP BY customer_id
        ), latest AS MATERIALIZED (
            SELECT s.customer_id, COALESCE(
                later.grading_id,
                (SELECT g.id FROM tiering_grading g
                    WHERE g.run_id = %(newest)s AND g.customer_id = s.customer_id),
                (SELECT g.id FROM tiering_grading g JOIN tiering_run r ON r.id = g.run_id
                    WHERE g.customer_id = s.customer_id AND r.state = 'published'
                    ORDER BY r.published_at DESC, r.id DESC LIMIT 1)
            ) AS grading_id
            FROM customers_standing s LEFT JOIN later ON later.customer_id = s.customer_id
        ), expected AS (
            SELECT s.*, g.id AS g_id, g.computed_tier_id AS g_computed, g.total AS g_total, g.low AS g_low,
                g.high AS g_high, g.coverage AS g_coverage, g.annual_amount AS g_amount, r.as_of AS g_day,
                CASE WHEN o.expires_on >= %(today)s THEN o.tier_id
                    WHEN o.id IS NOT NULL OR g.total IS NULL OR g.coverage < 100 * v.coverage_floor THEN s.tier_id
                    WHEN {LEFT_ALONE if Run.objects.filter(state=Run.State.UNDONE).exists() else "FALSE"} THEN s.tier_id
                    WHEN {STOPPED} THEN m.from_tier_id
                    WHEN g.kept = 'override' THEN COALESCE(g.computed_tier_id, s.tier_id)
                    ELSE COALESCE(g.tier_id, s.tier_id) END AS g_tier,
                CASE WHEN o.id IS NULL THEN FALSE
                    WHEN o.expires_on >= %(today)s THEN TRUE
                    ELSE s.is_overridden END AS g_overridden
            FROM latest
            JOIN customers_standing s ON s.customer_id = latest.customer_id
            LEFT JOIN tiering_grading g ON g.id = latest.grading_id
            LEFT JOIN tiering_run r ON r.id = g.run_id
            LEFT JOIN tiering_schemeversion v ON v.id = r.version_id
            LEFT JOIN {DECIDED}
            LEFT JOIN tiering_movement m ON m.run_id = g.run_id AND m.customer_id = g.customer_id
                AND (g.kept = 'approval' OR NOT d.is_accepted)
            LEFT JOIN tiering_override o ON o.customer_id = s.customer_id AND o.ended_at IS NULL
        )
        SELECT customer_id, grading_id, g_id, tier_id, g_tier, computed_tier_id, g_computed, total, g_total,
            low, g_low, high, g_high, coverage, g_coverage, annual_amount, g_amount, graded_on, g_day,
            is_overridden, g_overridden
        FROM expected
        WHERE grading_id IS DISTINCT FROM g_id OR tier_id IS DISTINCT FROM g_tier
            OR computed_tier_id IS DISTINCT FROM g_computed OR total IS DISTINCT FROM g_total
            OR low IS DISTINCT FROM g_low OR high IS DISTINCT FROM g_high
            OR coverage IS DISTINCT FROM g_coverage OR annual_amount IS DISTINCT FROM g_amount
            OR graded_on IS DISTINCT FROM g_day OR is_overridden IS DISTINCT FROM g_overridden
    """  # noqa: S608 - no value from outside
    columns = {
        "grading": _("number of the grading"),
        "tier": _("tier"),
        "computed_tier": _("computed tier"),
        "total": _("score"),
        "low": _("lowest possible score"),
        "high": _("highest possible score"),
        "coverage": _("coverage"),
        "annual_amount": _("annual amount"),
        "graded_on": _("graded as of"),
        "is_overridden": _("set by hand"),
    }
    values = {"newest": newest, "today": connection.ops.adapt_datefield_value(today)}
    return ask(_("Every standing is the last published grading"), sql, columns, values)
