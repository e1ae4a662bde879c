"""Dates in figures: "2026-11-30", "11/30", "30.11.2026", "20261130"."""

from __future__ import annotations

from .calendar_dates import DASHES, full_year, opens_clause
from .pieces import Day, Piece, real_date
from .tokens import Source
from .words import MONTHS, vocabulary

_COUNTED_BEFORE = vocabulary("version v ver release section chapter ip $ # € £")


def iso_at(source: Source, i: int) -> Piece | None:
    """`2026-11-30`, `2026/Sep/23`, with an optional `T` before a time."""
    year, separator = source.number(i), source.word(i + 1)
    if len(source.word(i)) == 8:
        return _compact(source, i)
    if (
        source.digits(i) != 4
        or year is None
        or separator not in {"-", "/", ".", ":"}
        or source.word(i + 3) != separator
    ):
        return None
    if not all(source.glued(j) for j in range(i + 1, i + 5)) or (
        source.glued(i) and source.word(i - 1) in {"-", "/"}
    ):
        return None
    first, second = source.number(i + 2), source.number(i + 4)
    named = MONTHS.get(source.word(i + 2)), MONTHS.get(source.word(i + 4))
    month = named[0] or named[1] or first
    day = first if named[1] else second
    if month is None or day is None or (found := real_date(year, month, day)) is None:
        return None
    end = i + 5
    if source.word(end) == "t" and source.glued(end) and source.digits(end + 1):
        end += 1
    return Piece(i, end, day=Day(fixed=found, exact=True))


def _compact(source: Source, i: int) -> Piece | None:
    """`20261130`."""
    figures = source.word(i)
    tied = (
        source.glued(i + 1) and (source.is_word(i + 1) or source.glued(i + 2)) and source.word(i + 1) != "t"
    )
    if tied or source.glued(i) or not (figures.isascii() and figures.isdigit()):
        return None
    found = real_date(int(figures[:4]), int(figures[4:6]), int(figures[6:]))
    if found is None or not source.today.year - 1 <= found.year <= source.today.year + 50:
        return None
    end = i + 1 + (source.word(i + 1) == "t" and source.glued(i + 1))
    return Piece(i, end, day=Day(fixed=found, exact=True))


def spaced_numeric_at(source: Source, i: int) -> Piece | None:
    """`30. 11. 2026`, `11 / 30 / 2026`."""
    separator, year = source.word(i + 1), source.number(i + 4)
    first, second = source.number(i), source.number(i + 2)
    if separator not in {".", "/", "-"} or source.word(i + 3) != separator or source.digits(i + 4) != 4:
        return None
    if first is None or second is None or year is None or not 1900 <= year <= 2199:
        return None
    european = source.day_first or separator == "."
    day, month = (first, second) if (european and second <= 12) or first > 12 else (second, first)
    if real_date(year, month, day) is None:
        return None
    return Piece(i, i + 5, day=Day(year=year, month=month, day=day))


def numeric_at(source: Source, i: int) -> Piece | None:
    """`11/30`, `30.11.2026`, `30-11-26`, in the reader's order unless only the other one is a date."""
    first, separator, second = source.number(i), source.word(i + 1), source.number(i + 2)
    if first is None or second is None or separator not in {"/", "-", "."} or source.digits(i) > 2:
        return None
    if not (source.glued(i + 1) and source.glued(i + 2)) or source.word(i - 1) in _COUNTED_BEFORE:
        return None
    tied = source.glued(i) and not source.is_word(i - 1) and source.word(i - 1) not in {"(", "@", ",", ":"}
    if tied and not (source.word(i - 1) in DASHES and separator in {source.word(i - 2), source.word(i - 3)}):
        return None
    if separator == "/" and source.digits(i + 2) == 4 and 1 <= first <= 12 and 1900 <= second <= 2199:
        return Piece(i, i + 3, day=Day(year=second, month=first), weak=source.word(i + 3) == "/")
    if source.digits(i + 2) > 2:
        return None
    year, end = _numeric_year(source, i, separator)
    dotted = separator == "." and source.word(i + 3) == "." and source.glued(i + 3)
    led = source.word(i - 1) in {"on", "due"} or (first > 23 and source.word(i - 1) in {"by", "until", "for"})
    if year is None and ((first, second) == (24, 7) or (separator != "/" and not dotted and not led)):
        return None
    if source.glued(end) and (source.digits(end) or (year is None and _goes_on(source, end, separator))):
        return None
    european = source.day_first or (separator == "." and (dotted or year is not None))
    day, month = (first, second) if (european and second <= 12) or first > 12 else (second, first)
    if real_date(year if year is not None else 2024, month, day) is None:
        return None
    leads = {"on", "by", "due", "until", "before", "from", "is"}
    weak = year is None and source.is_word(end) and source.word(i - 1) not in leads
    return Piece(
        i,
        end,
        day=Day(year=year, month=month, day=day),
        weak=weak and not opens_clause(source, end) and not (i == 0 and second > 12),
    )


def _goes_on(source: Source, i: int, separator: str) -> bool:
    """Whether more figures follow that are no second date: "1/2/3/4", but not "5/18-5/25"."""
    if source.word(i) in DASHES and source.word(i + 2) == separator != "-":
        return False
    return source.word(i) in {separator, "/", "-", "%"} and source.glued(i + 1)


def _numeric_year(source: Source, i: int, separator: str) -> tuple[int | None, int]:
    year = source.number(i + 4)
    joined = source.word(i + 3) == separator and source.glued(i + 3)
    if joined and year is not None and source.glued(i + 4) and source.digits(i + 4) in (2, 4):
        return full_year(year), i + 5
    dot = separator == "." and joined
    if dot and source.digits(i + 4) == 4 and year is not None and 1900 <= year <= 2199:
        return year, i + 5
    return None, i + 3 + dot
