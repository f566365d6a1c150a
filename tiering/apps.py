from django.apps import AppConfig
from django.db.models import Q
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from toolbox import append_only

WAS_PUBLISHED = "(SELECT state FROM tiering_run WHERE id = OLD.run_id) IN ('published', 'undone')"
IS_NO_DRAFT = "(SELECT state FROM tiering_schemeversion WHERE id = OLD.version_id) <> 'draft'"
IS_OF_NO_DRAFT = """(
    SELECT v.state FROM tiering_dimension d JOIN tiering_schemeversion v ON v.id = d.version_id
    WHERE d.id = OLD.dimension_id
) <> 'draft'"""

IS_OF_A_FLOOR_OF_NO_DRAFT = """(
    SELECT v.state FROM tiering_floor f JOIN tiering_schemeversion v ON v.id = f.version_id
    WHERE f.id = OLD.floor_id
) <> 'draft'"""


class Tiering(AppConfig):
    name = "tiering"
    verbose_name = _("Tiering")

    def ready(self) -> None:
        from accounts.exports import lists  # noqa: PLC0415
        from customers import scales  # noqa: PLC0415
        from customers.columns import BESIDE  # noqa: PLC0415 - models are ready only now
        from customers.filters import CustomerFilter  # noqa: PLC0415
        from customers.imports import editing  # noqa: PLC0415
        from customers.services import merging  # noqa: PLC0415
        from customers.services.groups import uses  # noqa: PLC0415
        from tiering import (  # noqa: PLC0415
            assigning,
            beside,
            defaults,
            filters,
            forms,
            handing,
            notices,
            stream,
        )
        from tiering.listings import ALL  # noqa: PLC0415
        from tiering.models import (  # noqa: PLC0415
            Aim,
            Candidate,
            CategoryCorrection,
            Condition,
            Decision,
            Decisive,
            Dimension,
            Floor,
            Grading,
            Hold,
            Indicator,
            Movement,
            Override,
            Remark,
            SchemeVersion,
            TierChange,
        )
        from tiering.sheets import coming_back, rows  # noqa: PLC0415 - kinds register themselves

        append_only.keep(self, CategoryCorrection, Grading, Hold, Remark, TierChange)
        append_only.keep(self, Decision, Movement, once=WAS_PUBLISHED)
        append_only.keep(self, Floor, Dimension, once=IS_NO_DRAFT)
        append_only.keep(self, Indicator, once=IS_OF_NO_DRAFT)
        append_only.keep(self, Condition, once=IS_OF_A_FLOOR_OF_NO_DRAFT)
        append_only.keep(self, SchemeVersion, once="OLD.state <> 'draft'", but="state")
        merging.goes_along(Aim, Q(done_at=None))
        merging.stays(Candidate, Decision, Decisive, Grading, Hold, Movement, Override, TierChange)
        lists.register(*ALL)
        notices.register_kinds()
        stream.register_sources()
        handing.register_parts()
        uses.append(assigning.uses_of)
        scales.names.append(assigning.scale_names)
        BESIDE.update(possible_tiers=beside.possible_tiers, why=beside.why)
        post_migrate.connect(defaults.ensure, sender=self)
        CustomerFilter.base_filters.update(filters.asked_of_customers())  # type: ignore[attr-defined]
        CustomerFilter.of_archived_too.add("tier_then")
        editing.register(rows.Ratings, rows.Figures, coming_back.Tiers)
        coming_back.Tiers.asks = staticmethod(forms.tier_questions)
