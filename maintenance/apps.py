from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class Maintenance(AppConfig):
    name = "maintenance"
    verbose_name = _("Maintenance")

    def ready(self) -> None:
        from accounts.exports import lists  # noqa: PLC0415 - models are not loaded before
        from customers import access  # noqa: PLC0415
        from customers.services import merging  # noqa: PLC0415
        from maintenance import receivers  # noqa: F401, PLC0415
        from maintenance.defaults import ensure_defaults  # noqa: PLC0415
        from maintenance.listings import ALL  # noqa: PLC0415
        from maintenance.models import Obligation  # noqa: PLC0415

        lists.register(*ALL)
        access.department_tasks.append(Obligation.objects.customers_waiting_for)
        merging.stays(
            Obligation
        )  # what is open to the one that went is withdrawn, and planned anew if that is undone
        post_migrate.connect(ensure_defaults, sender=self)
