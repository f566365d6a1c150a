from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from toolbox import append_only


class Customers(AppConfig):
    name = "customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        # Models are ready only now.
        from customers import access, defaults, queries  # noqa: PLC0415
        from customers.imports import loading  # noqa: PLC0415
        from customers.imports.kinds import kinds  # noqa: PLC0415
        from customers.models import Assessment, Correction, Customer, Figure, Interaction  # noqa: PLC0415

        append_only.keep(self, Assessment, Correction, Figure, Interaction, Customer.history.model)
        post_migrate.connect(defaults.ensure, sender=self)
        access.department_tasks.append(queries.with_open_request)
        kinds["orders"] = loading.HANDLER
