from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.export import write_export
from accounts.models import User


class Command(BaseCommand):
    help = "Writes everything that is a person's into one zip of JSON files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the user name")
        parser.add_argument("file", type=Path, help="the zip to write; it must not exist yet")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user named {options['user']}.")
        counts = write_export_to(user, options["file"])
        self.stdout.write(f"{sum(counts.values())} rows of {user.username} are in {options['file']}.")


def write_export_to(user: User, path: Path) -> dict[str, int]:
    """Raises CommandError where the file cannot be made. Only its owner may read it."""
    try:
        with path.open("xb") as file:
            path.chmod(0o600)
            return write_export(user, file)
    except OSError as error:
        raise CommandError(f"{path} cannot be written ({error.strerror}).") from None
