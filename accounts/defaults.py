"""What ships: the outbox is emptied and webhooks are told each minute, exports are woken, and their files deleted."""

from django.utils.translation import gettext_noop

from toolbox import schedule


def ensure_schedule(**_signal: object) -> None:
    schedule.each_minute(
        "accounts.tasks.empty_the_outbox",
        name=gettext_noop("Send the e-mails that wait"),
        description=gettext_noop("Each minute: what could not be sent yet. Nothing is sent twice."),
    )
    schedule.each_minute(
        "accounts.tasks.wake_stale_exports",
        name=gettext_noop("Wake exports that nobody works on"),
        description=gettext_noop(
            "Each minute: exports that wait to be written, and whose worker or message was lost, are taken up again."
        ),
    )
    schedule.daily(
        "accounts.tasks.delete_old_exports",
        at="03:10",
        name=gettext_noop("Delete exported files whose day is over"),
        description=gettext_noop(
            "Nightly: the files go; who exported what stays on record. Nobody can download a file whose day is over."
        ),
    )
    schedule.each_minute(
        "accounts.tasks.send_parcels",
        name=gettext_noop("Send to webhooks what waits"),
        description=gettext_noop("Each minute: what is new, and what was refused and has rested."),
    )
