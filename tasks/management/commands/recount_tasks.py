"""`manage.py recount_tasks`: counts tasks again, says which counters were wrong, and corrects them."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from tasks.models import Project
from tasks.recount import recount


class Command(BaseCommand):
    help = "Counts tasks again for the dashboard and the totals of lists, and corrects what was wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", nargs="?", help="only this user's projects")

    def handle(self, *args: Any, **options: Any) -> None:
        projects = Project.objects.select_related("owner").order_by("owner__username", "key")
        if options["user"]:
            owner = User.objects.filter(username=options["user"]).first()
            if owner is None:
                raise CommandError(f"There is no user {options['user']}.")
            projects = projects.filter(owner=owner)
        wrong = count = 0
        # One at a time: on SQLite nobody else writes meanwhile.
        for project in projects.iterator():
            drift = recount([project.pk])
            count += 1
            wrong += len(drift)
            if drift:
                self.stdout.write(
                    f"{project.key} of {project.owner.username}: {_counters(len(drift))} wrong."
                )
        state = f"{_counters(wrong)} wrong and {'is' if wrong == 1 else 'are'} right now"
        counted = f"{count} {'project' if count == 1 else 'projects'} counted"
        self.stdout.write(f"{counted}; {state if wrong else 'every counter was right'}.")


def _counters(count: int) -> str:
    return "1 counter was" if count == 1 else f"{count} counters were"
