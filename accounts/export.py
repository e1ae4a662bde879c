"""One archive of everything that is a person's: a zip of JSON files, one for each kind."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

import orjson

from accounts.personal_data import parts

if TYPE_CHECKING:
    from accounts.models import User

ABOUT = """Everything that Tasklore keeps about {name}, as of {at}.

Each file holds a JSON list of rows; times are UTC, ids lead from one file to another. Passwords, the text of
tokens and the secrets of second factors are not in here: of most of them only digests exist.

{counts}
"""


def write_export(user: User, file: IO[bytes]) -> dict[str, int]:
    """Writes the archive, row by row, whatever the size; returns how many rows each kind has."""
    counts: dict[str, int] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts():
            with archive.open(f"{part.name}.json", "w") as entry:
                counts[part.name] = _write_list(entry, part.rows(user))
        lines = "\n".join(f"{count:>8}  {name}.json" for name, count in counts.items())
        at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        archive.writestr("README.txt", ABOUT.format(name=user.get_username(), at=at, counts=lines))
    return counts


def export_name(user: User) -> str:
    """A name for the archive that every system takes."""
    plain = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in user.get_username())
    return f"tasklore-{plain[:40]}-{datetime.now(UTC):%Y-%m-%d}.zip"


def _write_list(entry: IO[bytes], rows: Iterable[dict[str, Any]]) -> int:
    count = 0
    entry.write(b"[")
    for row in rows:
        entry.write(b",\n" if count else b"\n")
        entry.write(orjson.dumps(row, default=str))
        count += 1
    entry.write(b"\n]\n")
    return count
