from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.erasure import erase_user
from accounts.errors import Conflict
from accounts.management.commands.export_user import write_export_to
from accounts.models import User


class Command(BaseCommand):
    help = "Exports everything that is a person's, then removes it for good; a team's work stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the user name")
        way = parser.add_mutually_exclusive_group(required=True)
        way.add_argument("--export", type=Path, metavar="FILE", help="the zip to write first")
        way.add_argument("--without-export", action="store_true", help="when they want nothing of it")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user named {options['user']}.")
        if not options["yes"] and input(f"Type {user.username} to remove them for good: ") != user.username:
            raise CommandError("Nothing was removed.")
        if options["export"]:
            write_export_to(user, options["export"])
        try:
            count = erase_user(user)
        except Conflict as refusal:
            raise CommandError(refusal.detail.replace("You are", f"{user.username} is")) from None
        self.stdout.write(f"{options['user']} is gone, with {count} rows.")
