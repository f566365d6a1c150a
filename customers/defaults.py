"""What the background work of this app is, ensured after every migration."""

from django.utils.translation import gettext_noop

from toolbox import schedule


def ensure(**_told: object) -> None:
    schedule.each_minute(
        "customers.tasks.wake_stale_uploads",
        name=gettext_noop("Wake files that nobody works on"),
        description=gettext_noop(
            "Each minute: files that wait to be checked or loaded, and whose worker or message was lost, are taken up again."
        ),
    )
    schedule.each_minute(
        "customers.tasks.wake_stale_imports",
        name=gettext_noop("Wake imports that nobody works on"),
        description=gettext_noop(
            "Each minute: sheets that wait to be read, compared, committed or undone, and whose worker or message was lost, are taken up again."
        ),
    )
    schedule.each_minute(
        "customers.tasks.tell_watchers",
        name=gettext_noop("Tell who watches a customer what is new"),
        description=gettext_noop(
            "Each minute: one notice for a customer with all that came since the last one. Nothing is told twice."
        ),
    )
    schedule.daily(
        "customers.tasks.delete_old_files",
        at="03:00",
        name=gettext_noop("Delete files that were loaded or refused long ago"),
        description=gettext_noop(
            "Nightly: the files themselves go; what was loaded from them stays, and so does the line that says so."
        ),
    )
    schedule.daily(
        "customers.tasks.find_duplicates",
        at="04:00",
        name=gettext_noop("Look for customers that may be one"),
        description=gettext_noop(
            "Nightly: the list of possible duplicates is made anew. Nobody is merged by it; who was told apart stays so."
        ),
    )
