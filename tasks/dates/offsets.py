"""Days and moments said by their distance: "in two weeks", "3 days before Christmas"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from .clock import clock_at
from .durations import Shift, duration_at, quantity_at, shift_of
from .pieces import Day, Piece, add_days, add_months, monday, resolve_day
from .tokens import Source
from .words import (
    DURATIONS,
    FUNCTION_WORDS,
    TODAY,
    TOMORROW,
    WEEKDAYS,
    vocabulary,
)

DayReader = Callable[[Source, int], Piece | None]

_VAGUE = vocabulary(
    "about around approximately approx roughly less than under exactly just another maybe like at "
    "most the next another up to no more over not coming following upcoming"
)
_IN = frozenset({"in", "within", "after"})


def _placed(source: Source, start: int, end: int, shift: Shift) -> Piece | None:
    if shift.seconds:
        moment = shift.from_moment(source.now)
        return Piece(start, end, moment=moment) if moment else None
    day = shift.from_day(source.today)
    return Piece(start, end, day=Day(fixed=day)) if day else None


def offset_at(source: Source, i: int, read_day: DayReader) -> Piece | None:
    """A day or a moment at a distance from now or from a day that `read_day` reads."""
    word, j = source.word(i), i
    if word in _IN:
        j += 1
        while j < i + 5 and source.word(j) in _VAGUE:
            j += 1
        return _after_in(source, i, j)
    if word in {"next", "following", "coming", "upcoming"} and source.word(i + 1) not in {"a", "an"}:
        return _after_in(source, i, i + 1)
    if word == "+" and source.number(i + 1) is not None:
        found = duration_at(source, i + 1)
        return _placed(source, i, found[1], found[0]) if found else None
    if word in {"-", "."}:
        return None
    if word == "for" and source.word(i - 1) in {"reminder", "timer", "alarm", "alert"}:
        found = duration_at(source, i + 1)
        return _placed(source, i, found[1], found[0]) if found and found[0].seconds else None
    ahead = source.word(i + 1) == "the" and source.word(i + 2) in {"next", "coming", "following"}
    if word in {"over", "for", "during"} and ahead:
        return _after_in(source, i, i + 3)
    return _from_day(source, i, read_day)


def _after_in(source: Source, start: int, i: int) -> Piece | None:
    weekdays = _weekdays_on(source, i)
    if weekdays:
        day, end = weekdays
        return Piece(start, _tail(source, end), day=Day(fixed=day))
    found = duration_at(source, i) or _bare_unit(source, i)
    if found is None:
        return None
    shift, end = found
    if source.word(end - 1) == "second" and source.is_word(end) and source.word(end) not in FUNCTION_WORDS:
        return None
    if source.word(start) == "after" and _is_clock(source, i, end):
        return None
    return _placed(source, start, _tail(source, end), shift)


def _is_clock(source: Source, i: int, end: int) -> bool:
    """`after 17h`, `after 20 minutes past 5`: a time of day and no distance."""
    figure = source.number(i) or 0
    hours = source.word(end - 1) in {"h", "hrs"} and figure > 7
    hours = hours or (source.word(i + 1) == "h" and source.digits(i + 2) == 2 and figure > 7)
    return hours or source.word(end) in {"of", "at", "past", "to"} or source.glued(end)


def _bare_unit(source: Source, i: int) -> tuple[Shift, int] | None:
    """`in the next hour`, `within the hour`."""
    if source.word(i - 1) not in {"next", "the"} or source.word(i) not in {"hour", "minute", "hr"}:
        return None
    shift = shift_of(DURATIONS[source.word(i)][0], 1)
    return (shift, i + 1) if shift else None


def _weekdays_on(source: Source, i: int) -> tuple[date, int] | None:
    amount = quantity_at(source, i)
    if amount is None or not 1 <= amount[0] <= 60:
        return None
    word = source.word(amount[1])
    weekday = WEEKDAYS.get(word, WEEKDAYS.get(word.removesuffix("s")))
    if weekday is None or len(word) < 5:
        return None
    ahead = (weekday - source.today.weekday()) % 7 or 7
    day = add_days(source.today, ahead + 7 * (int(amount[0]) - 1))
    return (day, amount[1] + 1) if day else None


def _tail(source: Source, i: int) -> int:
    i += source.word(i) in {"'", "’"} and source.word(i + 1) == "time"
    i += source.word(i) in {"time", "times"}
    for tail in (("or", "so"), ("or", "two"), *_FROM_NOW, ("at", "most"), ("max",)):
        i = source.after(i, *tail) or i
    return i


_FROM_NOW = (
    ("from", "now"),
    ("from", "today"),
    ("after", "now"),
    ("from", "right", "now"),
    ("from", "this", "moment"),
)


_LATER = frozenset(["later", "hence", "away", "ahead"])


def _from_day(source: Source, i: int, read_day: DayReader) -> Piece | None:
    weekdays = _weekdays_on(source, i)
    if weekdays:
        tail = _now_tail(source, weekdays[1])
        if tail:
            return Piece(i, tail, day=Day(fixed=weekdays[0]))
        return _weekdays_beside(source, i, weekdays[1], read_day)
    found = duration_at(source, i) or _the_unit(source, i)
    if found is None:
        return None
    shift, end = found
    word = source.word(end)
    tail = _now_tail(source, end)
    if tail:
        return _placed(source, i, tail, shift)
    if word in TODAY or word in TOMORROW:
        late = shift + Shift(days=int(word in TOMORROW))
        return None if shift.seconds else _placed(source, i, end + 1, late)
    if word == "ago" or source.after(end, "before", "now"):
        return _placed(source, i, end + 1 + (word != "ago"), -shift)
    weeks = shift.days >= 7 and shift.days % 7 == 0 and not shift.months
    on = word if weeks and (source.word(end + 1) in WEEKDAYS or source.word(end + 2) in WEEKDAYS) else ""
    beside = on in {"on", "this"} or word in {"from", "after", "before", "past", "following", "prior"}
    if not beside or shift.seconds:
        return None
    return _beside(source, i, end, shift, read_day)


def clock_beside_at(source: Source, i: int) -> Piece | None:
    """`an hour before midnight`, `2 hours after noon`: a time of day by its distance from another."""
    found = duration_at(source, i)
    word = source.word(found[1]) if found else ""
    if found is None or not 0 < found[0].seconds < 86400 or word not in {"before", "after", "from", "past"}:
        return None
    shift, end = found
    anchor = clock_at(source, end + 1)
    if anchor is None or anchor.clock is None or anchor.weak or shift != Shift(seconds=shift.seconds):
        return None
    away = -shift.seconds if word == "before" else shift.seconds
    hour, minute = divmod((anchor.clock.hour * 60 + anchor.clock.minute + away // 60) % 1440, 60)
    return Piece(i, anchor.end, clock=replace(anchor.clock, hour=hour, minute=minute, midnight=False))


def _weekdays_beside(source: Source, start: int, i: int, read_day: DayReader) -> Piece | None:
    """`two Fridays before Christmas`."""
    amount, word = quantity_at(source, start), source.word(i - 1)
    anchor = read_day(source, i + 1) if source.word(i) in {"after", "before"} else None
    base = resolve_day(anchor.day, source.today) if anchor and anchor.day else None
    weekday = WEEKDAYS.get(word, WEEKDAYS.get(word.removesuffix("s")))
    if amount is None or anchor is None or base is None or weekday is None:
        return None
    weeks = 7 * (int(amount[0]) - 1)
    if source.word(i) == "before":
        day = add_days(base, -((base.weekday() - weekday) % 7 or 7) - weeks)
    else:
        day = add_days(base, ((weekday - base.weekday()) % 7 or 7) + weeks)
    return Piece(start, anchor.end, day=Day(fixed=day, exact=True)) if day else None


def _beside(source: Source, start: int, i: int, shift: Shift, read_day: DayReader) -> Piece | None:
    word, j = source.word(i), i + 1
    j += source.word(j) in {"to", "this", "the", "on"}
    anchor = read_day(source, j) or (read_day(source, i + 1) if j != i + 1 else None)
    if anchor is None or anchor.day is None:
        return None
    base = resolve_day(anchor.day, source.today)
    backwards = word in {"before", "prior"}
    if base and anchor.day.exact and shift.months >= 12 and not backwards and anchor.day.year is None:
        base = add_months(base, -12)
    day = base and (-shift if backwards else shift).from_day(base)
    if day and base and backwards and day < source.today and anchor.day.exact:
        base = add_months(base, 12)
        day = base and (-shift).from_day(base)
    return Piece(start, anchor.end, day=Day(fixed=day)) if day else None


def _now_tail(source: Source, i: int) -> int | None:
    if source.word(i) in _LATER:
        return i + 1
    tails = (source.after(i, *tail) for tail in _FROM_NOW)
    return next((end for end in tails if end), None)


def _the_unit(source: Source, i: int) -> tuple[Shift, int] | None:
    j = i + (source.word(i) == "the")
    units = {"day", "week", "month", "fortnight", "night", "evening", "morning", "afternoon"}
    if source.word(j) in units and source.word(j + 1) in {"before", "after", "following", "from", "prior"}:
        shift = shift_of(DURATIONS[source.word(j)][0], 1)
        return (shift, j + 1) if shift else None
    return None


def week_of(source: Source, i: int) -> Piece | None:
    """`week after next`, `a week on Friday`, `a week from tomorrow`."""
    j = i + (source.word(i) in {"the", "a"})
    if source.word(j) not in {"week", "month", "year", "weekend"}:
        return None
    end = source.after(j + 1, "after", "next") or source.after(j + 1, "following", "next")
    if end is None:
        return _week_on(source, i, j)
    if source.word(j) == "weekend":
        saturday = add_days(monday(source.today), 19)
        return Piece(i, end, day=Day(fixed=saturday, exact=True)) if saturday else None
    if source.word(j) == "year":
        return Piece(i, end, day=Day(year=source.today.year + 2))
    if source.word(j) == "week":
        start = add_days(monday(source.today), 14)
        return Piece(i, end, day=Day(week=start)) if start else None
    first = add_months(source.today.replace(day=1), 2)
    return Piece(i, end, day=Day(fixed=first)) if first else None


def _week_on(source: Source, start: int, i: int) -> Piece | None:
    if source.word(i) != "week" or source.word(i + 1) not in {"on", "from"}:
        return None
    j = i + 2 + (source.word(i + 2) == "this")
    word = source.word(j)
    if word in TODAY or word in TOMORROW:
        day = add_days(source.today, 7 + (word in TOMORROW))
    elif word in WEEKDAYS:
        day = add_days(source.today, 7 + ((WEEKDAYS[word] - source.today.weekday()) % 7 or 7))
    else:
        return None
    return Piece(start, j + 1, day=Day(fixed=day)) if day else None
