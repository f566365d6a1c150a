"""`manage.py receive_case < message.eml`: an e-mail becomes a case, or waits to be sorted. For a mail server's pipe."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from maintenance.casework import mail_in
from maintenance.models import Case, Mail

LARGEST = 50 * 1024 * 1024


class Command(BaseCommand):
    help = "Reads an e-mail from standard input and opens a case of the customer whose contact wrote it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--kind",
            choices=Case.Kind.values,
            default=Case.Kind.ENQUIRY.value,
            help="of the case that is opened",
        )

    def handle(self, *_args: Any, kind: str, **_options: Any) -> None:
        """Ends well for an e-mail that was received before, too: a mail server would try it again for ever."""
        raw = sys.stdin.buffer.read(LARGEST + 1)
        if not raw.strip():
            raise CommandError(_("Nothing came in. Use it so: manage.py receive_case < message.eml"))
        if len(raw) > LARGEST:
            raise CommandError(_("The e-mail is larger than 50 MB. Nothing was saved."))
        try:
            letter = mail_in.receive(raw, at=timezone.now(), kind=kind)
        except mail_in.AlreadyReceivedError as twice:
            self.stdout.write(str(twice))
            return
        self.stdout.write(said(letter))


def said(letter: Mail) -> str:
    words = {"sender": letter.sender or "?", "subject": letter.subject}
    if letter.case:
        words |= {"number": letter.case.number, "customer": letter.case.customer.name}
        return _("%(number)s of %(customer)s: %(subject)s") % words
    if letter.state == Mail.State.DISMISSED:
        return _("Sent by a machine, no case was opened: %(subject)s") % words
    return _("%(sender)s is nobody we know: it waits to be sorted. %(subject)s") % words
