"""A message is one line, several commands, or a pasted list; prose and pasted mail are none of them."""

from __future__ import annotations

from .acting import Context
from .adding import is_anaphor
from .frames import Frame, list_name
from .outcome import NOT_UNDERSTOOD, Call, Reading
from .reading import read_line
from .slots import fill
from .vocabulary import pattern
from .words import Line, fold, tidy

MOST_CALLS = 20
_BULLET = r"^\s*(?:[-*+•◦▪‣·–]|\[[ x]?\]|(?:[-*+•]\s*)\[[ x]?\]|\d{1,2}[.)])\s+(?P<item>\S.*)$"
_HEADING = r"^(?:please\s+)?(?:(?:add|new|create|put|remind\s+me(?:\s+to)?|remember\s+to)\b.{0,60}|(?:my\s+)?(?:tasks?|to-?\s?dos?|todo\s+list|shopping(?:\s+list)?|groceries|list|reminders))\s*:?$"
_NEXT = r"\s*(?:[.;!]\s+(?:and\s+)?(?:then\s+)?(?:also\s+)?|,?\s+and\s+then\s+|,?\s+(?:and|then)\s+(?:also\s+)?)(?=(?:please\s+)?(?:add|remind|complete|delete|remove|cancel|move|reschedule|postpone|rename|assign|label|tag|mark|reopen|restore|create|show|list)\b)"


def read_message(text: str, context: Context) -> Reading:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1:
        return _pasted(lines, context)
    line = tidy(text)
    if len(line) > 1000:
        return NOT_UNDERSTOOD
    parts = pattern(_NEXT).split(fold(line)) if len(line) < 500 else [line]
    if len(parts) > 1:
        together = _each(line, context)
        if together is not None:
            return together
    return read_line(line, context)


def _each(line: str, context: Context) -> Reading | None:
    """Several commands in one line, when every one of them is understood by itself."""
    calls: list[Call] = []
    start = 0
    for found in [*pattern(_NEXT).finditer(fold(line)), None]:
        part = line[start : found.start() if found else len(line)]
        start = found.end() if found else start
        reading = read_line(part, context)
        if not reading.calls:
            return None
        calls += reading.calls
    return Reading(calls=tuple(calls[:MOST_CALLS]))


def _pasted(lines: list[str], context: Context) -> Reading:
    heading = ""
    if not pattern(_BULLET).match(lines[0]) and pattern(_HEADING).match(fold(tidy(lines[0]))):
        heading, lines = tidy(lines[0]), lines[1:]
    items = []
    for line in lines:
        found = pattern(_BULLET).match(line)
        if found is None and not heading:
            return NOT_UNDERSTOOD
        item = tidy(found["item"] if found else line)
        if len(item) > 200:
            return NOT_UNDERSTOOD
        if item:
            items.append(item)
    plain_heading = heading and pattern(r"^(?:please\s+)?(?:add|new|create|put)\b").match(fold(heading))
    if (
        not items
        or len(items) > MOST_CALLS
        or (not plain_heading and not all(pattern(_BULLET).match(line) for line in lines))
    ):
        return NOT_UNDERSTOOD
    place = heading if list_name(heading.rstrip(":")) in ("shopping",) else ""
    calls = []
    for item in items:
        command = Line.of(item)
        body = command.core[4:] if command.low.startswith("add ") else command.core
        slots = fill(Frame("add", body, place=place, explicit=True), context.now, context.projects)
        if slots.title and not is_anaphor(slots.title):
            calls.append(Call("add_task", slots.arguments()))
    return Reading(calls=tuple(calls))
