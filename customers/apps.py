from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Customers(AppConfig):
    name = "customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from customers import access, queries  # noqa: PLC0415 - models are ready only now

        access.department_tasks.append(queries.with_open_request)
