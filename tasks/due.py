"""A due date as an argument: ISO text, or words, and nothing else beside them."""

from __future__ import annotations

import re
from datetime import date, datetime

from accounts.errors import Invalid
from tasks.dates import cut, read_due
from tasks.text import check_text

# What fromisoformat takes besides, such as 20261130 for midnight, is no date that anybody means.
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,6})?)?(Z|[+-]\d\d(:?\d\d)?)?)?", re.ASCII)

REMEDY = "use 2026-11-30, 2026-11-30T17:00, or words such as “tomorrow 5pm”."


def read_due_argument(
    value: object, *, now: datetime, day_first: bool = False, field: str = "due"
) -> date | datetime:
    """A date, or an instant in `now`'s zone, in which a time without an offset is read.

    `day_first` reads 5/6 as the fifth of June. Raises Invalid.
    """
    text = check_text(value, field).strip()
    if (exact := _iso(text, now)) is not None:
        return exact
    reading = read_due(text[:200], now=now, day_first=day_first)
    left = cut(text, reading.spans) if reading.due is not None else text
    if reading.due is None or any(c.isalnum() for c in left):
        shown = text if len(text) <= 60 else text[:59] + "…"
        raise Invalid.field(field, f"could not read “{shown}” as a date; {REMEDY}")
    return reading.due


def _iso(text: str, now: datetime) -> date | datetime | None:
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        instant = datetime.fromisoformat(text)
        # PostgreSQL takes no offset of 16 hours or more, and Python does.
        return instant.astimezone(now.tzinfo) if instant.tzinfo else instant.replace(tzinfo=now.tzinfo)
    except (ValueError, OverflowError):
        return None


def read_iso_due(value: object, *, now: datetime, field: str) -> date | datetime:
    """A date (`2026-11-30`) or an instant (`2026-11-30T17:00:00+01:00`), between the years 1900 and 9000.

    An instant is given back in `now`'s zone, in which a time without an offset is read. Raises Invalid.
    """
    text = check_text(value, field).strip()
    found = _iso(text, now) if _ISO.fullmatch(text) else None
    if found is None:
        shown = text if len(text) <= 60 else text[:59] + "…"
        raise Invalid.field(field, f"“{shown}” is no date; use 2026-11-30 or 2026-11-30T17:00:00+01:00.")
    if not 1900 <= found.year <= 9000:
        raise Invalid.field(field, "must lie between the years 1900 and 9000.")
    return found
