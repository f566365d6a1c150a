from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from toolbox import append_only


class Customers(AppConfig):
    name = "customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        # Models are ready only now.
        from accounts.exports import lists  # noqa: PLC0415
        from customers import access, defaults, queries  # noqa: PLC0415
        from customers.imports import loading, of_customers, of_facts  # noqa: F401, PLC0415 - kinds register themselves
        from customers.imports.kinds import kinds  # noqa: PLC0415
        from customers.listings import ALL  # noqa: PLC0415
        from customers.models import (  # noqa: PLC0415
            Assessment,
            Contact,
            Contract,
            Correction,
            Customer,
            Figure,
            Interaction,
            KeyDate,
            Membership,
            Order,
            Payment,
            ServiceRequest,
            Standing,
        )
        from customers.services import merging  # noqa: PLC0415

        append_only.keep(self, Correction, Customer.history.model)
        append_only.keep(self, Assessment, Figure, Interaction, but="customer_id")  # they move in a merge
        for kind in (
            Assessment, Contact, Contract, Figure, Interaction, KeyDate, Order, Payment, ServiceRequest,
        ):  # fmt: skip
            merging.goes_along(kind)
        merging.goes_along(Membership, once="group")
        merging.stays(Correction, Standing)
        post_migrate.connect(defaults.ensure, sender=self)
        access.department_tasks.append(queries.with_open_request)
        kinds["orders"] = loading.HANDLER
        lists.register(*ALL)
