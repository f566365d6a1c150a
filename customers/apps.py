from django.apps import AppConfig
from django.db.models import Q
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from toolbox import append_only


class Customers(AppConfig):
    name = "customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        # Models are ready only now.
        from accounts.exports import lists  # noqa: PLC0415
        from customers import access, defaults, handing, queries, telling  # noqa: PLC0415
        from customers.imports import editing, loading, of_customers, of_facts, of_lines  # noqa: F401, PLC0415 - kinds register themselves
        from customers.imports.kind import row_kinds  # noqa: PLC0415
        from customers.imports.kinds import kinds  # noqa: PLC0415
        from customers.listings import ALL  # noqa: PLC0415
        from customers.models import (  # noqa: PLC0415
            Assessment,
            Attachment,
            Contact,
            Contract,
            Correction,
            Customer,
            Figure,
            Handed,
            Interaction,
            KeyDate,
            Membership,
            Memo,
            Order,
            Payment,
            Seat,
            ServiceRequest,
            Standing,
            Watch,
        )
        from customers.services import merging  # noqa: PLC0415
        from customers.stream import own  # noqa: PLC0415

        append_only.keep(self, Correction, Customer.history.model)
        append_only.keep(
            self, Assessment, Figure, Interaction, Memo, but="customer_id"
        )  # they move in a merge
        for kind in (
            Assessment, Attachment, Contact, Contract, Figure, Interaction, KeyDate, Memo, Order, Payment,
            ServiceRequest,
        ):  # fmt: skip
            merging.goes_along(kind)
        merging.goes_along(Membership, once="group")
        merging.goes_along(Seat, Q(until=None), once="department")
        merging.goes_along(Watch, once="person")
        merging.stays(Correction, Handed, Standing)
        post_migrate.connect(defaults.ensure, sender=self)
        access.department_tasks += [queries.with_open_request, Seat.objects.customers_of]
        access.who_has_a_task += [queries.answers_open_request, queries.serves]
        own.register_own()
        telling.register_kinds()
        handing.register_own()
        kinds["orders"] = loading.HANDLER
        lists.register(*ALL)
        editing.register(*row_kinds.values())
