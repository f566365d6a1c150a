from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from toolbox import append_only


class Maintenance(AppConfig):
    name = "maintenance"
    verbose_name = _("Maintenance")

    def ready(self) -> None:
        from accounts import mail  # noqa: PLC0415 - models are not loaded before
        from accounts.exports import lists  # noqa: PLC0415
        from customers import access  # noqa: PLC0415
        from customers.services import merging  # noqa: PLC0415
        from customers.views.facts import pages_of_requests  # noqa: PLC0415
        from maintenance import (  # noqa: PLC0415
            digest,
            dispatch,
            handing,
            receivers,  # noqa: F401
            stream,
            surveys,
            telling as of_promises,
        )
        from maintenance.casework import telling  # noqa: PLC0415
        from maintenance.casework.seen import page_of_request  # noqa: PLC0415
        from maintenance.defaults import ensure_defaults  # noqa: PLC0415
        from maintenance.listings import ALL  # noqa: PLC0415
        from maintenance.meetings import telling as meetings  # noqa: PLC0415
        from maintenance.models import (  # noqa: PLC0415
            Answer,
            Case,
            CaseEvent,
            Invitation,
            MeetingTask,
            Obligation,
            Point,
        )
        from maintenance.surveys import answering, asking, defaults as survey_defaults, inviting  # noqa: PLC0415

        append_only.keep(self, CaseEvent)
        lists.register(*ALL)
        access.department_tasks += [
            Obligation.objects.customers_waiting_for,
            Case.objects.customers_waiting_for,
            MeetingTask.objects.customers_waiting_for,
            dispatch.customers_to_dispatch,
        ]
        access.who_has_a_task += [
            Obligation.objects.who_is_waited_for,
            Case.objects.who_is_waited_for,
            dispatch.who_dispatches,
        ]
        pages_of_requests.append(page_of_request)
        telling.register_kinds()
        of_promises.register_kinds()
        stream.register_sources()
        handing.register_parts()
        merging.stays(
            Obligation
        )  # what is open to the one that went is withdrawn, and planned anew if that is undone
        append_only.keep(self, Answer)
        merging.goes_along(Invitation)
        mail.register_letter(surveys.KIND, inviting.letter)
        answering.register()
        asking.register()
        merging.goes_along(MeetingTask)
        merging.stays(Point)
        meetings.register()
        digest.register()
        post_migrate.connect(ensure_defaults, sender=self)
        post_migrate.connect(survey_defaults.ensure, sender=self)
