"""Imports a sheet from the command line, with the rules and messages of the page."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from accounts.models import User
from customers.imports import batches, life, telling
from customers.imports.kind import row_kinds
from customers.models import Import, ImportBatch
from toolbox.sheetfiles.delimited import ENCODINGS

State = Import.State
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


LIKELY_SAID = 50
MOVED_SAID = 50


class Command(BaseCommand):
    help = "Reads a sheet and says what it would change; with --commit does it: all of it or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "kind", choices=sorted(row_kinds), metavar="KIND", help=", ".join(sorted(row_kinds))
        )
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--as", dest="user", required=True, metavar="USER", help="who imports it")
        parser.add_argument("--mode", choices=Import.Mode.values, default=Import.Mode.BOTH)
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="HEADER=COLUMN",
            help="which header (or letter) is which column; nothing behind = leaves it out",
        )
        parser.add_argument("--sheet", default="")
        parser.add_argument("--header-rows", default="", metavar="3 or 2,3")
        parser.add_argument("--last-row", type=int, default=None)
        parser.add_argument("--encoding", choices=ENCODINGS, default="")
        parser.add_argument(
            "--separator",
            choices=["comma", "semicolon", "tab", "bar"],
            default="",
            help="of a text file, where it is not found by itself",
        )
        parser.add_argument("--leave-out-duplicates", action="store_true")
        parser.add_argument(
            "--leave-out-rows", default="", metavar="12,15", help="possible duplicates that are not created"
        )
        parser.add_argument(
            "--conflicts",
            choices=[Import.SHEET, Import.HERE],
            help="of a sheet for editing: what is taken where it and the record were both changed",
        )
        parser.add_argument(
            "--answer",
            action="append",
            default=[],
            metavar="NAME=TEXT",
            help="to what is asked before a commit; of tiers: reason and expires_on",
        )
        parser.add_argument("--language", default="en")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--dry-run", action="store_true", help="keep nothing, not even the file")
        what.add_argument("--commit", action="store_true")

    def handle(self, *, kind: str, file: Path, **asked: Any) -> None:
        with translation.override(asked["language"]):
            by = User.objects.filter(username=asked["user"], is_active=True).first()
            if by is None:
                raise CommandError(f"There is no user “{asked['user']}”.")
            if not getattr(by, row_kinds[kind].may):
                raise CommandError("You may not import this kind of rows.")
            parent = self.planned(kind, file, by, asked)
            if asked["conflicts"]:
                life.rule(parent, {}, every=asked["conflicts"])
            if asked["leave_out_rows"]:
                self.spare(parent, asked["leave_out_rows"])
            self.say(parent)
            is_refused = bool(parent.error_count) or parent.state == State.FAILED
            if asked["dry_run"]:
                life.discard(parent)
            if is_refused:
                raise CommandError(f"{parent.error_count:,} errors. Nothing was committed.")
            if asked["commit"] and parent.open_conflicts:
                raise CommandError(
                    f"{parent.open_conflicts:,} cells were changed in the sheet and here. Say --conflicts sheet or here. Nothing was committed."
                )
            if asked["commit"]:
                pairs = (text.partition("=") for text in asked["answer"])
                said = {name: value for name, _sign, value in pairs}
                self.commit(
                    parent,
                    leaves_out_likely=asked["leave_out_duplicates"] or parent.leaves_out_likely,
                    answers=said,
                )
            elif asked["dry_run"]:
                self.stdout.write("Nothing was changed.")
            else:
                self.stdout.write(f"Nothing was changed yet; import {parent.pk} waits to be committed.")

    def planned(self, kind: str, file: Path, by: User, asked: dict[str, Any]) -> Import:
        pairs = [text.partition("=") for text in asked["map"]]
        if wrong := [header for header, sign, _key in pairs if not sign or not header]:
            raise CommandError(f"--map wants HEADER=COLUMN, not “{wrong[0]}”.")
        try:
            rows = life.header_rows(asked["header_rows"])
            with file.open("rb") as stream:
                parent = life.receive(
                    File(stream, name=file.name),  # type: ignore[arg-type]
                    kind=kind,
                    by=by,
                    mode=asked["mode"],
                    goes_straight_on=True,
                    reading={
                        key: value
                        for key, value in {
                            "map": {header: key for header, _sign, key in pairs},
                            "sheet": asked["sheet"],
                            "header_rows": rows,
                            "last_row": asked["last_row"],
                            "encoding": asked["encoding"],
                            "separator": SEPARATORS.get(asked["separator"], ""),
                        }.items()
                        if value
                    },
                )
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from None
        life.work(parent.pk)
        parent.refresh_from_db()
        return parent

    def spare(self, parent: Import, text: str) -> None:
        wanted = [row.strip() for row in text.split(",")]
        known = {str(row): row for row in batches.likely_rows(parent)}
        if unknown := [row for row in wanted if row not in known]:
            raise CommandError(f"These rows are no possible duplicates: {', '.join(unknown)}.")
        life.spare(parent, {known[row]: True for row in wanted})

    def say(self, parent: Import) -> None:
        said = telling.told(parent)
        tell = self.stdout.write
        if found := said["reading"]:
            headers = ", ".join(map(str, found["header_rows"]))
            tell(
                f"sheet {found['sheet']}, header in row {headers}, {parent.total:,} rows {found['encoding']}".strip()
            )
            tell("columns: " + ", ".join(f"{letter} is {key}" for key, letter in said["mapping"].items()))
            if said["unmapped"]:
                tell(
                    "left out: "
                    + ", ".join(f"{letter} {header}" for letter, header in said["unmapped"].items())
                )
        for outcome in ("new", "changed", "unchanged", "left_out", "likely"):
            if outcome in parent.counts:
                tell(f"{outcome}: {parent.counts[outcome]:,}")
        if parent.counts.get("likely"):
            for row in batches.likely(parent, start=0, size=LIKELY_SAID):
                tell(f"row {row.number}, {row.label}: may be {', '.join(row.likely)}")
        self.say_of_round_trip(parent)
        for remark in parent.remarks:
            tell(
                f"{remark['sheet']}, {remark['column']}{remark['row']} ({remark['header']}): {remark['problem']}"
            )
        self.say_what_is_wrong(parent)

    def say_what_is_wrong(self, parent: Import) -> None:
        for error in parent.errors:
            place = (
                f"{error['sheet']}, {error['column']}{error['row']} ({error['header']}): “{error['value']}”: "
            )
            self.stderr.write(f"{place if error['row'] else ''}{error['problem']} {error['remedy']}".strip())
        if rest := parent.error_count - len(parent.errors):
            self.stderr.write(f"… and {rest:,} more")
        for sentence in telling.doubtful(parent):
            self.stderr.write(sentence)

    def say_of_round_trip(self, parent: Import) -> None:
        if parent.state != State.PLANNED:
            return
        for sentence in telling.keys_shown(parent):
            self.stdout.write(sentence)
        if "keys" not in parent.counts:
            return
        kind = life.kind_of(parent, at=timezone.now())
        self.stdout.write(f"conflict: {parent.counts['conflict_cells']:,} cells")
        for _batch, rows in batches.of(parent, ImportBatch.Outcome.CONFLICT):
            for row in rows:
                for cell in telling.conflicts_shown(parent, kind, row):
                    who = f" ({cell['by']}, {cell['at']})" if cell["by"] else ""
                    self.stdout.write(
                        f"row {row.number}, {row.label}, {cell['label']}: was “{cell['was']}”, sheet “{cell['sheet']}”, here “{cell['here']}”{who}"
                    )
        self.stdout.write(f"changed here and kept: {parent.counts['moved']:,} cells")
        for row in batches.moved(parent, start=0, size=MOVED_SAID):
            for cell in telling.moved_shown(kind, row):
                who = f" ({cell['by']}, {cell['at']})" if cell["by"] else ""
                self.stdout.write(
                    f"row {row.number}, {row.label}, {cell['label']}: was “{cell['was']}”, here “{cell['here']}”{who}"
                )

    def commit(self, parent: Import, *, leaves_out_likely: bool, answers: dict[str, str]) -> None:
        try:
            is_asked = life.ask_to_commit(parent, leaves_out_likely=leaves_out_likely, answers=answers)
        except life.UnansweredError as unanswered:
            names = " ".join(f"--answer {name}=…" for name in unanswered.form.fields)
            raise CommandError(f"{unanswered} Say {names}. Nothing was committed.") from None
        if not is_asked:
            self.stdout.write("Nothing is new.")
            return
        life.work(parent.pk)
        parent.refresh_from_db()
        if parent.state == State.FAILED:
            raise CommandError(" ".join(error["problem"] for error in parent.errors))
        if parent.state != State.DONE:
            for obstacle in parent.obstacles:
                self.stderr.write(f"row {obstacle['row']}, {obstacle['label']}: {obstacle['problem']}")
            raise CommandError("The data changed meanwhile. Nothing was committed.")
        self.stdout.write(f"Committed. Import {parent.pk} can be undone for 30 days.")
