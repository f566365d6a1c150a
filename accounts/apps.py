from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class Accounts(AppConfig):
    name = "accounts"
    verbose_name = _("People and teams")

    def ready(self) -> None:
        from accounts.defaults import ensure_schedule  # noqa: PLC0415 - models are not loaded before
        from accounts.exports import lists, notices  # noqa: PLC0415
        from accounts.listings import LOG  # noqa: PLC0415

        lists.register(LOG)
        notices.register_kinds()
        post_migrate.connect(ensure_schedule, sender=self)
