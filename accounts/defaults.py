"""What ships: the outbox is emptied each minute."""

from django.utils.translation import gettext_noop

from toolbox import schedule


def ensure_schedule(**_signal: object) -> None:
    schedule.each_minute(
        "accounts.tasks.empty_the_outbox",
        name=gettext_noop("Send the e-mails that wait"),
        description=gettext_noop("Each minute: what could not be sent yet. Nothing is sent twice."),
    )
