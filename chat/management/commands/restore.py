"""`manage.py restore FILE`: puts an archive in the place of all that the database holds."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from chat.archives import ArchiveError, opened, restore, rows_at_stake


class Command(BaseCommand):
    help = "Restores an archive that manage.py backup made. Stop the server first."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--yes", action="store_true", help="replace what the database holds")
        parser.add_argument("--check", action="store_true", help="only say whether the archive is whole")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            if options["check"]:
                with opened(path) as (manifest, _):
                    self.stdout.write(f"{path} is whole: {manifest.engine}, made at {manifest.made_at}.")
                return
            users = rows_at_stake()
            if users and not options["yes"]:
                raise CommandError(
                    f"The database holds {users} user{'' if users == 1 else 's'} and what is theirs. "
                    "Add --yes to replace all of it."
                )
            manifest = restore(path)
        except (ArchiveError, DatabaseError, OSError) as error:
            raise CommandError(f"Nothing was restored: {error}") from None
        self.stdout.write(
            f"Restored what was there at {manifest.made_at}. manage.py serve brings it up to date."
        )
