from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from toolbox import append_only

IS_PUBLISHED = "(SELECT state FROM tiering_run WHERE id = OLD.run_id) = 'published'"


class Tiering(AppConfig):
    name = "tiering"
    verbose_name = _("Tiering")

    def ready(self) -> None:
        from customers.imports.kinds import Handler, kinds  # noqa: PLC0415 - models are ready only now
        from customers.models import Upload  # noqa: PLC0415
        from tiering import defaults, forms, sheets  # noqa: PLC0415
        from tiering.models import Grading, Movement, Remark, TierChange  # noqa: PLC0415

        append_only.keep(self, Grading, Remark, TierChange)
        append_only.keep(self, Movement, once=IS_PUBLISHED)
        post_migrate.connect(defaults.ensure, sender=self)
        kinds[Upload.Kind.TIER_SHEET] = Handler(
            check=sheets.check,
            load=sheets.load,
            preview_template="tiering/sheet_preview.html",
            may="may_edit_customers",
            send_url="tiering:sheet_import",
            questions=forms.sheet_questions,
        )
