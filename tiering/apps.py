from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class Tiering(AppConfig):
    name = "tiering"
    verbose_name = _("Tiering")

    def ready(self) -> None:
        from tiering import defaults  # noqa: PLC0415 - models are ready only now

        post_migrate.connect(defaults.ensure, sender=self)
