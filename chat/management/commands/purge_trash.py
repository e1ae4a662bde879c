"""`manage.py purge_trash`: deletes what has been in the trash for 30 days, and what else is past its day."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from chat.budgets import forget_old_use
from tasks.idempotency import forget_old_keys, old_keys
from tasks.trash import BATCH, in_trash_before, purge

DAYS = 30
USE_KEPT_FOR = timedelta(days=400)


class Command(BaseCommand):
    help = (
        f"Deletes tasks and projects that have been in the trash for {DAYS} days, for good, "
        "and idempotency keys that are no longer kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days", type=_days, default=DAYS, help=f"how long in the trash (default {DAYS})"
        )
        parser.add_argument("--batch", type=_count, default=BATCH, help=f"tasks at a time (default {BATCH})")
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        moment = now - timedelta(days=options["days"])
        if options["dry_run"]:
            found, keys, head = in_trash_before(moment), old_keys().count(), "Would delete"
        else:
            found, keys, head = purge(moment, batch=options["batch"]), forget_old_keys(), "Deleted"
            forget_old_use(now - USE_KEPT_FOR)
        self.stdout.write(
            f"{head} {_words(found.tasks, 'task')} and {_words(found.projects, 'project')} "
            f"from the trash, and {_words(keys, 'idempotency key')}."
        )


def _days(text: str) -> int:
    if not text.isdecimal() or int(text) > 36_500:
        raise ArgumentTypeError("a whole number of days, such as 30")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100_000:
        raise ArgumentTypeError("a whole number from 1 to 100000")
    return int(text)


def _words(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
