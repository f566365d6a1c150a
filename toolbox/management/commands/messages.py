from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from toolbox import messages


class Command(BaseCommand):
    help = "Collects the texts of the source into locale/, keeps their translations, and compiles them."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="writes nothing; fails unless all is collected and translated",
        )

    def handle(self, *_args: Any, check: bool, **_options: Any) -> None:
        root = Path(settings.BASE_DIR)
        po, mo = messages.po_path(root), messages.po_path(root).with_suffix(".mo")
        text = messages.merge(messages.read(po), messages.collect(root))
        compiled = messages.compile_po(text)
        if not check:
            po.parent.mkdir(parents=True, exist_ok=True)
            po.write_text(text)
            mo.write_bytes(compiled)
        problems = list(messages.troubles(messages.read(po)))
        if not po.exists() or po.read_text() != text:
            problems.append(f"{po.relative_to(root)} is not what the source says: ./run messages")
        if not mo.exists() or not messages.same_texts(mo.read_bytes(), compiled):
            problems.append(f"{mo.relative_to(root)} is not compiled from the .po file: ./run messages")
        for problem in problems:
            self.stdout.write(problem)
        if problems and check:
            raise CommandError(f"{len(problems)} to mend in the translations.")
        self.stdout.write(f"{len(messages.read(po))} texts, {len(problems)} to mend.")
