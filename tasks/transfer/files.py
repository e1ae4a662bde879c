"""The two kinds of files: what their columns are, and how a task becomes a row of one and comes back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import orjson

from accounts.errors import Invalid
from accounts.rest.views import OPTIONS
from tasks.reading import Json

# What an import reads, then what it takes and leaves: tasks get new ids, numbers and times of their own.
WRITTEN = (
    "ref", "project", "title", "description", "status", "priority", "due_date", "labels", "assignee",
    "parent", "blocked_by", "recurrence", "completed_at",
)  # fmt: skip
IGNORED = ("created_at", "updated_at", "id", "number", "completed")
COLUMNS = (*WRITTEN, "created_at", "updated_at", "id")
LISTS = ("labels", "blocked_by")
PIECE = 100

# Spreadsheets run a cell that begins so as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def json_file(tasks: Iterable[Json]) -> Iterator[bytes]:
    """An object with the list `tasks`, one task a line."""
    yield b'{"tasks": [\n'
    before = b""
    for some in _batches(tasks):
        yield before + b",\n".join(orjson.dumps(task, option=OPTIONS) for task in some)
        before = b",\n"
    yield b"\n]}\n"


def csv_file(tasks: Iterable[Json]) -> Iterator[bytes]:
    """A header and a row for each task; no cell is a formula."""
    yield _lines([COLUMNS])
    for some in _batches(tasks):
        plain = orjson.loads(orjson.dumps(some, option=OPTIONS))
        yield _lines([_cell(task[name], name) for name in COLUMNS] for task in plain)


def read_csv(raw: bytes) -> list[tuple[int, Json]]:
    """The rows of a file, each with its number in a spreadsheet, where the header is row 1.

    Empty cells are left out. Raises Invalid for a file that is no CSV, and for a wrong header.
    """
    rows = rows_of(text_of(raw))
    header = [name.strip().lower() for name in next(rows, (1, []))[1]]
    _check_header(header)
    return [(number, _row(header, cells, number)) for number, cells in rows if any(cells)]


def text_of(raw: bytes) -> str:
    """Raises Invalid for what is not UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"The file is not UTF-8 text (at byte {error.start}).") from None


def rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row, numbered from 1. Raises Invalid for what is no CSV."""
    first = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=";" if ";" in first and "," not in first else ",",
        strict=True,
    )
    try:
        yield from enumerate(reader, 1)
    except csv.Error as error:
        raise Invalid(f"The file is no CSV: line {reader.line_num}: {error}.") from None


def check_columns(names: Iterable[str]) -> None:
    """Raises Invalid, naming every column that is not known."""
    unknown = [name for name in names if name not in (*WRITTEN, *IGNORED)]
    if unknown:
        reason = f"is not a column; known are {', '.join((*WRITTEN, *IGNORED))}."
        raise Invalid(
            f"Unknown columns: {', '.join(name[:60] for name in unknown[:20])}.",
            fields={name[:60] or "(empty)": reason for name in unknown[:20]},
        )


def _check_header(header: list[str]) -> None:
    check_columns(header)
    if "title" not in header:
        raise Invalid.field("title", "is missing: the first row must name the columns, and title among them.")
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        raise Invalid.field(min(twice), "is named twice in the first row.")


def _row(header: list[str], cells: list[str], number: int) -> Json:
    if len(cells) > len(header):
        raise Invalid.field(f"row {number}", f"has {len(cells)} cells, and the first row {len(header)}.")
    row: Json = {}
    for name, cell in zip(header, cells, strict=False):
        if text := _text(cell):
            row[name] = next(csv.reader([text])) if name in LISTS else text
    if row.get("completed", "").lower() in ("true", "false"):
        row["completed"] = row["completed"].lower() == "true"
    for name in LISTS:
        if name in row:
            row[name] = [each.strip() for each in row[name] if each.strip()]
    return row


def _batches(tasks: Iterable[Json]) -> Iterator[list[Json]]:
    # A piece of a stream costs a hop between threads.
    rest = iter(tasks)
    while some := list(islice(rest, PIECE)):
        yield some


def _lines(rows: Iterable[Sequence[Any]]) -> bytes:
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows(rows)
    return lines.getvalue().encode()


def _cell(value: Any, name: str) -> str:
    if name in LISTS:
        value = _lines([value]).decode().removesuffix("\r\n") if value else ""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text


def _text(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell


def instant_of(text: object) -> datetime:
    """An instant of a file. Raises Invalid."""
    try:
        instant = datetime.fromisoformat(text if isinstance(text, str) else "")
    except ValueError:
        raise Invalid.field("completed_at", "must be an instant, such as 2026-11-30T17:00:00Z.") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
