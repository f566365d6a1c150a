"""`manage.py grant_app_role ROLE`: what the product may do in the database, and no more."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from toolbox.grants import NotGrantedError, grants


class Command(BaseCommand):
    help = (
        "Gives a role of PostgreSQL the rights to work with every table and to change or delete no history. Run it"
        " as the owner of the tables, again after each migrate; the product then connects as that role."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role", help="a role that exists, owns nothing and is no superuser")
        parser.add_argument(
            "--print", action="store_true", dest="only_print", help="print what would be done"
        )

    @transaction.atomic
    def handle(self, *_args: Any, role: str, only_print: bool, **_options: Any) -> None:
        try:
            statements = list(grants(connection, role))
        except NotGrantedError as refused:
            raise CommandError(str(refused)) from refused
        if only_print:
            self.stdout.write("\n".join(f"{statement};" for statement in statements))
            return
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
