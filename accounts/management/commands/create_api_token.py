from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.errors import Invalid
from accounts.models import User
from accounts.tokens import create_token

LONGEST_DAYS = 36_500


class Command(BaseCommand):
    help = "Makes an API token for a person and prints it, alone and once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the user name")
        parser.add_argument(
            "--scopes",
            default="read,write",
            help="read, write or read,write (the default), separated by commas",
        )
        parser.add_argument(
            "--name", default="command line", help="what it is for, as lists of tokens show it"
        )
        parser.add_argument(
            "--expires",
            type=int,
            metavar="DAYS",
            help="the days that it works (default: until it is revoked)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user named {options['user']}.")
        if not user.is_active:
            raise CommandError(f"{user.username} is not active and cannot sign in.")
        days = options["expires"]
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            raise CommandError(f"--expires must be a number of days from 1 to {LONGEST_DAYS}.")
        try:
            _, text = create_token(
                actor=user,
                name=options["name"],
                scopes=[scope.strip() for scope in options["scopes"].split(",")],
                expires_at=timezone.now() + timedelta(days=days) if days else None,
            )
        except Invalid as refusal:
            raise CommandError(f"--{refusal.detail}") from None
        self.stdout.write(text)
