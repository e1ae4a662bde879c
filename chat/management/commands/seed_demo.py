"""`manage.py seed_demo`: realistic data, as much as is asked for."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from accounts.models import User
from chat.demo import make_conversation
from tasks.demo import make_projects, make_tasks
from tasks.recount import recount

LONG_CONVERSATION = 1_000
LONG_FROM = 10_000


class Command(BaseCommand):
    help = "Adds demonstration data for one person: projects, tasks, and a long conversation with many tasks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--tasks", type=_count, default=1_000, metavar="N", help="how many (default 1000)"
        )
        parser.add_argument("--user", default="me", help="whose they are; made when missing (default me)")
        parser.add_argument(
            "--seed", type=int, default=1, help="the same seed makes the same data (default 1)"
        )
        parser.add_argument("--yes", action="store_true", help="in production too")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION and not options["yes"]:
            raise CommandError("This is production (DEBUG=0): to add demonstration data to it, say --yes.")
        started, now = perf_counter(), datetime.now(UTC)
        count, seed = options["tasks"], options["seed"]
        owner = _user(options["user"])
        projects = make_projects(owner)
        make_tasks(owner=owner, projects=projects, count=count, seed=seed, now=now)
        recount(project.pk for project in projects)
        recount(project.pk for project in projects)
        made = f"{count} tasks in {len(projects)} projects"
        if count >= LONG_FROM:
            make_conversation(
                owner=owner, project=projects[0], messages=LONG_CONVERSATION, seed=seed, now=now
            )
            made += f" and a conversation of {LONG_CONVERSATION} messages"
        _refresh()
        self.stdout.write(f"Made {made} for {owner.username} in {perf_counter() - started:.1f} s.")


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000_000:
        raise ArgumentTypeError("must be a whole number from 1 to 10000000")
    return int(text)


def _user(name: str) -> User:
    found = User.objects.filter(username=name).first()
    # The first user may do everything, as when the server makes it.
    return found or User.objects.create_user(
        name, is_staff=(first := not User.objects.exists()), is_superuser=first
    )


def _refresh() -> None:
    """Have the database plan with the rows as they are now."""
    with connection.cursor() as cursor:
        # Counting by an index alone needs to know which pages everybody may see; no transaction may vacuum.
        may_vacuum = connection.vendor == "postgresql" and not connection.in_atomic_block
        cursor.execute("VACUUM ANALYZE" if may_vacuum else "ANALYZE")
