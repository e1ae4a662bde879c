"""Dates in words, read from a sentence: "call Bob tomorrow at 5", "in two weeks", "the first Monday of May".

The text becomes tokens (`tokens`), the tokens pieces (`calendar_dates`, `figures`, `days`, `spans`,
`offsets`, `holidays`, `clock`), and the pieces that stand together (`groups`) one due date (`reading`).
Nothing here knows a database or a clock: `now` is an argument.
"""

from __future__ import annotations

from datetime import date, datetime

from .reading import Reading, cut_spans, read
from .tokens import Source

__all__ = ["Reading", "cut", "parse_due", "read_due"]


def read_due(text: str, *, now: datetime, day_first: bool = False) -> Reading:
    """The due date said in `text`, and every span of it that speaks of the date.

    `now` is the reader's local time, naive or aware: a time of day comes back with its tzinfo, as a wall time
    there. A day said without a time of day is a `date`. `day_first` reads 5/6 as the fifth of June. The
    future is preferred. A text without a date gives an empty reading; no text raises.
    """
    return read(Source(text, now, day_first))


def parse_due(
    text: str, *, now: datetime, day_first: bool = False
) -> tuple[date | datetime | None, tuple[int, int] | None]:
    """As `read_due`, with the one span that holds the day, or (None, None)."""
    reading = read_due(text, now=now, day_first=day_first)
    return (reading.due, reading.spans[0]) if reading.spans else (None, None)


def cut(text: str, spans: tuple[tuple[int, int], ...]) -> str:
    """`text` without `spans`, its spacing and the punctuation at its ends made good."""
    return cut_spans(text, spans)
