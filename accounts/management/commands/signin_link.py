from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.signin_link import make_link, site_address


class Command(BaseCommand):
    help = "Prints an address that signs a person in once, within one hour."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the user name")
        parser.add_argument(
            "--base-url",
            help="where people reach the server (default: the address in the settings)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get(username=options["user"])
        except User.DoesNotExist:
            raise CommandError(f"There is no user named {options['user']}.") from None
        if not user.is_active:
            raise CommandError(f"{user.username} is not active and cannot sign in.")
        self.stdout.write(make_link(user, options["base_url"] or site_address()))
