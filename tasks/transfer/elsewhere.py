"""Files of other programs as rows for an import: Todoist's export, and tables with other headings."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from accounts.errors import Invalid
from tasks.dates import cut
from tasks.reading import Json
from tasks.recurrence import Schedule, read_schedule
from tasks.text import MAX_TITLE
from tasks.transfer.files import read_csv, rows_of, text_of

# Headings of other programs, in lower case, and what they are here.
SAME_AS = {
    "name": "title", "task": "title", "task name": "title", "content": "title", "summary": "title",
    "subject": "title", "due": "due_date", "due date": "due_date", "date": "due_date", "deadline": "due_date",
    "notes": "description", "note": "description", "details": "description", "body": "description",
    "tags": "labels", "label": "labels", "tag": "labels", "list": "project", "repeat": "recurrence",
    "blocked by": "blocked_by", "completed at": "completed_at", "state": "status",
}  # fmt: skip
# How an error here is called in the columns of a Todoist file.
TODOIST_COLUMNS = {
    "title": "CONTENT", "description": "DESCRIPTION", "due_date": "DATE", "due": "DATE", "recurrence": "DATE",
    "priority": "PRIORITY", "parent": "INDENT", "labels": "CONTENT",
}  # fmt: skip
TODOIST_PRIORITIES = {"1": "high", "2": "medium", "3": "medium", "4": "low"}
ReadWords = Callable[[str], Schedule]
_LABEL = re.compile(r"(?<!\S)@([^\s@]+)")


@dataclass(slots=True)
class Sheet:
    """Rows by their number in a spreadsheet; `notes` say what of a row is kept otherwise than it stood."""

    kind: str
    rows: list[tuple[int, Json]] = field(default_factory=list)
    notes: dict[int, list[str]] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)


def read_sheet(raw: bytes, *, now: datetime, day_first: bool = False) -> Sheet:
    """What a CSV file holds, whichever program wrote it. Dates may be words, or figures in the order that
    `day_first` says. Raises Invalid."""
    read = partial(read_schedule, now=now, day_first=day_first)
    text = text_of(raw)
    header = next(rows_of(text), (0, []))[1]
    names = [name.strip().upper() for name in header]
    if "TYPE" in names and "CONTENT" in names:
        return _todoist(text, names, read)
    sheet = Sheet("table")
    renamed = [SAME_AS.get(name.strip().lower(), name.strip().lower()) for name in header]
    sheet.columns = dict(zip(renamed, (name.strip() for name in header), strict=True))
    for number, row in read_csv(_table(text, renamed)):
        sheet.rows.append((number, _dated(sheet, number, row, read)))
    return sheet


def _table(text: str, header: list[str]) -> bytes:
    """The same file under the names that an import knows."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    for number, cells in rows_of(text):
        writer.writerow(header if number == 1 else cells)
    return lines.getvalue().encode()


def _dated(sheet: Sheet, number: int, row: Json, read: ReadWords) -> Json:
    said = row.get("due_date")
    if isinstance(said, str):
        row = {name: value for name, value in row.items() if name != "due_date"}
        row |= _schedule(sheet, number, said, read, row)
    return row


def _schedule(sheet: Sheet, number: int, said: str, read: ReadWords, row: Json) -> Json:
    """The due date and the repeat in words or ISO; what cannot be read is kept in the description."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d(T\S+)?", said):
        return {"due_date": said}
    found = read(said)
    left = cut(said, found.spans) if found.due is not None else said
    if found.due is None or any(sign.isalnum() for sign in left):
        sheet.notes.setdefault(number, []).append(f"“{said[:80]}” is no date here: kept in the description.")
        described = "\n\n".join(part for part in (row.get("description"), f"Due: {said}") if part)
        return {"description": described}
    return {"due_date": found.due.isoformat(), **({"recurrence": found.rrule} if found.rrule else {})}


def _todoist(text: str, names: list[str], read: ReadWords) -> Sheet:
    """Tasks, sections (which become labels), notes (which join the description) and indents (subtasks)."""
    sheet = Sheet("Todoist", columns=TODOIST_COLUMNS)
    section = ""
    above: dict[int, str] = {}
    for number, cells in rows_of(text):
        row = dict(zip(names, (cell.strip() for cell in cells), strict=False))
        kind = row.get("TYPE", "").lower()
        if number == 1 or not kind:
            continue
        if kind == "section":
            section, above = row.get("CONTENT", ""), {}
        elif kind == "note" and sheet.rows:
            _add_note(sheet, row.get("CONTENT", ""))
        elif kind == "task":
            made = _todoist_task(sheet, number, row, section, read)
            indent = int(row["INDENT"]) if row.get("INDENT", "").isdecimal() else 1
            if indent > 1 and indent - 1 in above:
                made["parent"] = above[indent - 1]
            above = {level: ref for level, ref in above.items() if level < indent} | {indent: made["ref"]}
            sheet.rows.append((number, made))
    if not sheet.rows:
        raise Invalid("The file holds no tasks: no row has the TYPE task.")
    return sheet


def _todoist_task(sheet: Sheet, number: int, row: dict[str, str], section: str, read: ReadWords) -> Json:
    content = row.get("CONTENT", "")
    labels = [*_LABEL.findall(content), *([section] if section else [])]
    title = " ".join(_LABEL.sub(" ", content).split()) or content
    made: dict[str, Any] = {"ref": f"ROW-{number}", "title": title}
    if description := row.get("DESCRIPTION"):
        made["description"] = description
    if len(title) > MAX_TITLE:
        sheet.notes.setdefault(number, []).append("The title is long: all of it is in the description.")
        made["title"] = f"{title[: MAX_TITLE - 1]}…"
        made["description"] = "\n\n".join(part for part in (title, description) if part)
    if labels:
        made["labels"] = list(dict.fromkeys(labels))
    if priority := row.get("PRIORITY"):
        made["priority"] = TODOIST_PRIORITIES.get(priority, "medium")
        if priority not in TODOIST_PRIORITIES:
            sheet.notes.setdefault(number, []).append(f"“{priority[:20]}” is no priority: taken as medium.")
    if said := row.get("DATE") or row.get("DEADLINE"):
        made |= _schedule(sheet, number, said, read, made)
    return made


def _add_note(sheet: Sheet, note: str) -> None:
    number, last = sheet.rows[-1]
    last["description"] = "\n\n".join(part for part in (last.get("description"), note) if part)
    if "Notes" not in str(sheet.notes.get(number)):
        sheet.notes.setdefault(number, []).append("Notes are kept in the description.")


def named(sheet: Sheet, errors: dict[str, str]) -> Iterator[tuple[str, str]]:
    """An error's column as the file calls it, and what is wrong."""
    for name, reason in errors.items():
        yield sheet.columns.get(name, name), reason
