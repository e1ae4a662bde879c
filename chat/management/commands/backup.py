"""`manage.py backup FILE`: the whole database as one file, while the server runs."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from chat.archives import ArchiveError, back_up


class Command(BaseCommand):
    help = "Writes an archive of the whole database, and checks it. The server may go on."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="such as tasklore-2026-11-30.tar.gz")
        parser.add_argument("--yes", action="store_true", help="replace the file when there is one")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if path.exists() and not options["yes"]:
            raise CommandError(f"{path} exists. Choose another name, or add --yes to replace it.")
        try:
            manifest = back_up(path, timezone.now())
        except (ArchiveError, DatabaseError, OSError) as error:
            raise CommandError(f"Nothing was backed up: {error}") from None
        self.stdout.write(f"{path}: {manifest.engine}, {path.stat().st_size / 1024**2:.1f} MB, checked.")
