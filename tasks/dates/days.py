"""Days by name: "tomorrow", "next Friday", "Tuesday the 13th", "the Monday after Thanksgiving"."""

from __future__ import annotations

from datetime import timedelta

from .calendar_dates import day_month_at, day_of_month_at, month_day_at, weekday_number, which_at
from .holidays import holiday_at
from .pieces import Day, Piece, add_days, monday, resolve_day
from .tokens import Source
from .words import DURATIONS, FUNCTION_WORDS, PARTS, TODAY, TOMORROW, TONIGHT, WEEKDAYS, YESTERDAY


def weekday_at(source: Source, i: int) -> Piece | None:
    """`Friday`, `next Fri`, `Friday the 13th`, `Friday week`, `Friday after next`."""
    which, j = which_at(source, i)
    named = source.word(j + 1) in WEEKDAYS
    beside = named and source.word(j) == "a" and source.word(j - 1) == "on"
    if beside or (named and not which and source.word(j) == "the"):
        j += 1
    weekday = _weekday_word(source, j)
    if weekday is None:
        return None
    end = j + 1
    if source.word(end) == "." and source.glued(end) and source.word(end + 1):
        dated = day_month_at(source, end + 1) or month_day_at(source, end + 1)
        end += len(source.word(j)) <= 5 or dated is not None
    ahead = (weekday - source.today.weekday()) % 7 or 7
    later = add_days(source.today, ahead + 7)
    after_next = source.after(end, "after", "next")
    if source.word(end) == "fortnight":
        return shifted(source, i, end + 1, ahead + 14)
    if later and (after_next or (source.word(end) == "week" and source.word(end + 1) not in {"of", "after"})):
        return Piece(i, after_next or end + 1, day=Day(fixed=later, exact=True))
    if source.word(j - 1) == "the" and not which and j > i:
        return _with_article(source, i, weekday, end)
    if source.word(end) in {"next", "nxt"} and source.word(end + 1) not in DURATIONS and not which:
        which, end = "next", end + 1
    if which == "following":
        week = add_days(monday(source.today), 7)
        return Piece(i, end, day=Day(weekday=weekday, week=week)) if week else None
    number = weekday_number(source, end, weekday)
    if number:
        return Piece(i, number[1], day=Day(weekday=weekday, day=number[0]))
    return Piece(i, end, day=Day(weekday=weekday, which=which), weak=beside)


def _with_article(source: Source, i: int, weekday: int, end: int) -> Piece | None:
    """`the Friday the 13th`, `on the Friday`, `the Friday of next week`."""
    number = weekday_number(source, end, weekday)
    if number:
        return Piece(i, number[1], day=Day(weekday=weekday, day=number[0]))
    behind = source.word(end)
    led = source.word(i - 1) in {"on", "by", "until", "before"} or behind in {"next", "this"}
    led = led or (not behind and len(source.word(end - 1)) > 3)
    led = led or (behind == "of" and which_at(source, end + 1)[0] != "")
    return Piece(i, end, day=Day(weekday=weekday)) if led else None


_VERBS = frozenset({"are", "is", "was", "will", "should", "may", "can"})


def _weekday_word(source: Source, i: int) -> int | None:
    """A weekday's name; its plural where nothing is called by it: "on Mondays at 5"."""
    word = source.word(i)
    if not word.endswith("days"):
        return WEEKDAYS.get(word)
    owner = source.tokens[i].end - source.tokens[i].start > len(word)
    clear = not source.is_word(i + 1) or source.word(i + 1) in FUNCTION_WORDS - _VERBS
    clear = source.word(i + 1) in PARTS or (clear and not owner)
    return WEEKDAYS.get(word.removesuffix("s")) if clear else None


_ENDS_OF_DAY = frozenset({"eod", "cob", "eob"})


def day_word_at(source: Source, i: int) -> Piece | None:
    """`today`, `tomorrow`, `tonight`, `the day after tomorrow`, `eod`."""
    word, today = source.word(i), source.today
    if (word in TODAY or word in TOMORROW) and source.word(i + 1) == "week" and not source.is_word(i + 2):
        return shifted(source, i, i + 2, 7 + (word in TOMORROW))
    if word in TODAY:
        return Piece(i, i + 1, day=Day(fixed=today))
    if word == "this" and source.word(i + 1) in {"day", "date"}:
        return Piece(i, i + 2, day=Day(fixed=today))
    if word in TOMORROW or (word == "tomorrows" and not source.is_word(i + 1)):
        return shifted(source, i, i + 1, 1)
    if word in TONIGHT:
        return Piece(i, i + 1, day=Day(fixed=today), part="night")
    if word in YESTERDAY:
        return shifted(source, i, i + 1, -1)
    if word in {"early", "late"} and source.word(i + 1) in TOMORROW and source.word(i + 2) in PARTS:
        return shifted(source, i, i + 2, 1)
    next_day = source.after(i + (word == "the"), "next", "day") or source.after(
        i + (word == "the"), "following", "day"
    )
    if next_day and (not source.is_word(next_day) or source.word(next_day) in FUNCTION_WORDS):
        return shifted(source, i, next_day, 1)
    if word == "overmorrow":
        return shifted(source, i, i + 1, 2)
    j = i + (word == "the")
    if source.word(j) == "day" and source.word(j + 1) == "after" and source.word(j + 2) in TOMORROW:
        return shifted(source, i, j + 3, 2)
    if source.word(j) == "day" and source.word(j + 1) == "before" and source.word(j + 2) in YESTERDAY:
        return shifted(source, i, j + 3, -2)
    return Piece(i, i + 1, part="end") if word in _ENDS_OF_DAY else None


def shifted(source: Source, start: int, end: int, days: int) -> Piece | None:
    day = add_days(source.today, days)
    return Piece(start, end, day=Day(fixed=day)) if day else None


def this_part_at(source: Source, i: int) -> Piece | None:
    """`this morning`, `later this afternoon`, `later today`, `right now`."""
    j = i + (source.word(i) in {"later", "late", "early"})
    if source.word(j) == "this":
        j += 1
        j += source.word(j) in {"early", "late", "coming"}
        part = PARTS.get(source.word(j))
        return Piece(i, j + 1, day=Day(fixed=source.today), part=part) if part else None
    if j > i and source.word(i) in {"later", "early"} and source.word(j) in TODAY:
        return Piece(i, j + 1, day=Day(fixed=source.today))
    own = source.word(i - 1) == "again" or source.word(i) == "early"
    if j > i and not own and source.word(j) in TONIGHT:
        return Piece(i, j + 1, day=Day(fixed=source.today), part="night")
    if j > i and not own and source.word(i) == "later" and source.word(j) in TOMORROW:
        return shifted(source, i, j + 1, 1)
    j = i + (source.word(i) in {"right", "just"})
    if (
        source.word(j) == "now"
        and (j > i or not source.is_word(j + 1))
        and source.word(i - 1) not in {"from", "by"}
    ):
        return Piece(i, j + 1, moment=source.now.replace(second=0, microsecond=0))
    return None


def named_at(source: Source, i: int) -> Piece | None:
    """A holiday, with `this` or `next` before it."""
    which, j = which_at(source, i)
    if source.word(j) == "years" and which in {"next", "this"}:
        return holiday_at(source, j + 1, "", i, source.today.year + (which == "next"))
    j += source.word(j) == "the" and source.word(j + 1) == "new"
    return holiday_at(source, j, which, i)


def eve_at(source: Source, i: int) -> Piece | None:
    """`the eve of Thanksgiving`."""
    end = source.after(i + (source.word(i) == "the"), "eve", "of")
    anchor = named_at(source, end) if end else None
    if anchor is None or anchor.day is None or anchor.day.fixed is None:
        return None
    day = add_days(anchor.day.fixed, -1)
    return Piece(i, anchor.end, day=Day(fixed=day, exact=True)) if day else None


def weekday_beside_at(source: Source, i: int) -> Piece | None:
    """`the Monday after Thanksgiving`, `Friday before Christmas`."""
    j = i + (source.word(i) == "the")
    weekday = 5 if source.word(j) == "weekend" else WEEKDAYS.get(source.word(j))
    if weekday is None or source.word(j + 1) not in {"after", "before", "following"}:
        return None
    anchor = named_at(source, j + 2) or month_day_at(source, j + 2) or day_month_at(source, j + 2)
    base = resolve_day(anchor.day, source.today) if anchor and anchor.day else None
    if anchor is None or base is None:
        return None
    if source.word(j + 1) == "before":
        day = base - timedelta(days=(base.weekday() - weekday) % 7 or 7)
    else:
        day = base + timedelta(days=(weekday - base.weekday()) % 7 or 7)
    return Piece(i, anchor.end, day=Day(fixed=day, exact=True))


def week_containing_at(source: Source, i: int) -> Piece | None:
    """`the week of October 6th`: its Monday."""
    j = i + (source.word(i) == "the")
    if source.word(j) != "week" or source.word(j + 1) != "of":
        return None
    j += 2 + (source.word(j + 2) == "the")
    anchor = month_day_at(source, j) or day_month_at(source, j) or named_at(source, j)
    anchor = anchor or day_of_month_at(source, j - (source.word(j - 1) == "the"))
    base = resolve_day(anchor.day, source.today) if anchor and anchor.day else None
    if anchor is None or base is None:
        return None
    return Piece(i, anchor.end, day=Day(week=monday(base)))
