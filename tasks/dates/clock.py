"""Times of day: "5pm", "17:30", "half past five", "a quarter to 6", "noon", "from 3 to 5pm"."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from .pieces import Clock, Day, Piece, add_days
from .tokens import Source, number_at
from .words import ORDINAL_ENDINGS, PARTS, TENS, TODAY, TOMORROW, UNITS, WEEKDAYS, vocabulary

_HALVES = {"a": 0, "p": 12, "am": 0, "pm": 12}
_TO = frozenset({"to", "til", "till", "before", "of"})
_TIED = frozenset({".", ":", "/", "-", "$", "£", "€", "#", "_", "'"})
_PAST = frozenset({"past", "after"})


def _half(source: Source, i: int) -> tuple[int, int] | None:
    """`am`, `p.m.`, `p m`, or a lone `p` glued to its figure: (hours to add, next position)."""
    word = source.word(i)
    if word in {"am", "pm"}:
        dot = source.word(i + 1) == "." and source.glued(i + 1) and not source.word(i + 2)
        return _HALVES[word], i + 1 + dot
    if word not in {"a", "p"}:
        return None
    for spelling in ((".", "m"), ("m",)):
        end = source.after(i + 1, *spelling)
        if end:
            dot = source.word(end) == "." and source.glued(end)
            return _HALVES[word], end + dot
    if source.glued(i) and source.number(i - 1) is not None:
        return _HALVES[word], i + 1
    return None


def _twelve(hour: int, minute: int, add: int) -> Clock | None:
    if hour == 0 or hour > 12:
        return Clock(hour, minute, sure=True) if hour < 24 else None
    return Clock(hour % 12 + add, minute, sure=True)


def _figures(source: Source, i: int) -> tuple[Clock, int, bool] | None:
    """A time that begins with a figure: (clock, next position, whether it is weak)."""
    digits, hour = source.digits(i), source.number(i)
    if hour is None:
        return None
    if digits in (3, 4):
        return _compact(source, i, hour)
    if digits > 2 or hour > 24:
        return None
    separator, minutes = source.word(i + 1), source.number(i + 2)
    if (
        separator in {":", ".", "h"}
        and source.glued(i + 1)
        and source.digits(i + 2) == 2
        and source.glued(i + 2)
    ):
        assert minutes is not None
        return _with_minutes(source, i, hour, minutes)
    apart = separator == ":" and source.digits(i + 2) == 2 and _half(source, i + 3)
    if apart and minutes is not None and not source.glued(i + 1):
        return _with_minutes(source, i, hour, minutes)
    return _spaced(source, i, hour) or _whole_hour(source, i, hour)


def _whole_hour(source: Source, i: int, hour: int) -> tuple[Clock, int, bool] | None:
    """`5pm`, `15h`, `5 o'clock`, `5 in the am`, and a bare `5`, which is weak."""
    half = _half(source, i + 1)
    if half:
        clock = _twelve(hour, 0, half[0])
        return (clock, half[1], False) if clock else None
    if hour == 24:
        return None
    unit, glued = source.word(i + 1), source.glued(i + 1)
    if unit == "uhr":
        return Clock(hour, 0, sure=True), i + 2, False
    if unit == "h" or (unit in {"hrs", "hr"} and glued and hour >= 13):
        return Clock(hour, 0, sure=True), i + 2, unit == "h" and hour < 7
    end = _oclock(source, i + 1)
    if end:
        noon = _named(source, end) if hour == 12 else None
        if noon:
            return noon
        half = _half(source, end)
        clock = _twelve(hour, 0, half[0]) if half else _bare(source, i, hour)
        return (clock, half[1] if half else end, False) if clock else None
    in_half = _half(source, i + 3) if source.after(i + 1, "in", "the") else None
    if in_half and 1 <= hour <= 12:
        return Clock(hour % 12 + in_half[0], 0, sure=True), in_half[1], False
    ranged = unit == "-" and source.digits(i + 2) in (1, 2) and source.word(i + 3) != "-"
    tied = unit in {":", "/", "%", "-", "."} and glued and source.glued(i + 2) and not ranged
    if tied or (unit in {"x", "k", "g", "m"} and glued):
        return None
    return _bare(source, i, hour), i + 1, True


def _spaced(source: Source, i: int, hour: int) -> tuple[Clock, int, bool] | None:
    """`11 30 am`, `at 15 30`: as speech is written down."""
    found = number_at(source, i + 1)
    if found is None or source.digits(i + 1) not in (0, 2) or source.glued(i + 1) or hour > 23:
        return None
    minute, end = found
    if (not 10 <= minute <= 59 and source.digits(i + 1) == 0) or minute > 59:
        return None
    half = _half(source, end)
    if half:
        clock = _twelve(hour, minute, half[0])
        return (clock, half[1], False) if clock else None
    follower = source.word(end)
    ended = not source.is_word(end) and (follower not in _TIED or not source.glued(end + 1))
    ended = ended or follower in TODAY or follower in TOMORROW or follower in WEEKDAYS or follower == "on"
    if source.word(i - 1) not in {"at", "@"} or minute % 5 or not ended:
        return None
    return _bare(source, i, hour, minute), end, True


def _bare(source: Source, i: int, hour: int, minute: int = 0) -> Clock:
    padded = source.digits(i) == 2 and source.word(i).startswith("0")
    return Clock(hour, minute, sure=padded or not 1 <= hour <= 12)


def _with_minutes(source: Source, i: int, hour: int, minute: int) -> tuple[Clock, int, bool] | None:
    if minute > 59:
        return None
    separator, end = source.word(i + 1), i + 3
    if separator == ":" and source.word(end) == ":" and source.digits(end + 1) == 2 and source.glued(end + 1):
        end += 2
        if (
            source.word(end) == "."
            and source.glued(end)
            and source.number(end + 1) is not None
            and source.glued(end + 1)
        ):
            end += 2
    half = _half(source, end)
    if half:
        clock = _twelve(hour, minute, half[0])
        return (clock, half[1], False) if clock else None
    if hour == 24:
        return (Clock(0, 0, sure=True, midnight=True), end, False) if minute == 0 else None
    if source.word(end) in {"h", "hrs", "hours", "uhr"}:
        return Clock(hour, minute, sure=True), end + 1, False
    clock = _bare(source, i, hour, minute)
    return clock, _oclock(source, end) or end, separator == "." or (separator == "h" and hour < 3)


def _compact(source: Source, i: int, number: int) -> tuple[Clock, int, bool] | None:
    hour, minute = divmod(number, 100)
    if hour > 23 or minute > 59:
        return None
    half = _half(source, i + 1)
    if half:
        clock = _twelve(hour, minute, half[0])
        return (clock, half[1], False) if clock else None
    padded = source.word(i - 1) == "at" or source.word(i).startswith("0")
    padded = padded or (source.digits(i) == 4 and number % 1000 != 0)
    if source.word(i + 1) in {"h", "hrs"} or (source.word(i + 1) == "hours" and padded):
        return Clock(hour, minute, sure=True), i + 2, False
    if source.digits(i) == 4 or source.word(i - 1) == "at":
        sure = source.digits(i) == 4
        return Clock(hour, minute, sure=sure), i + 1, True
    return None


def _oclock(source: Source, i: int) -> int | None:
    return i + 1 if source.word(i) in {"oclock", "clock"} else source.after(i, "o", "clock")


def _words(source: Source, i: int) -> tuple[Clock, int, bool] | None:
    """`five`, `five thirty pm`, `nine oh five`: (clock, next position, whether it is weak)."""
    hour = UNITS.get(source.word(i), 0)
    if not 1 <= hour <= 12:
        return None
    if source.word(i + 1) == "hundred":
        return _hundred(source, i, hour)
    end, minute = i + 1 + (source.word(i + 1) == "-" and source.word(i + 2) in TENS), 0
    found = number_at(source, end) if source.word(end) in TENS or source.word(end) in UNITS else None
    if found and 10 <= found[0] < 60:
        minute, end = found
    elif source.word(end) in {"oh", "o"} and source.word(end + 1) in UNITS:
        minute, end = UNITS[source.word(end + 1)], end + 2
    oclock = _oclock(source, end)
    half = _half(source, oclock or end)
    if half:
        return Clock(hour % 12 + half[0], minute, sure=True), half[1], False
    if minute in {15, 30, 45} and not source.is_word(end):
        return Clock(hour, minute), end, False
    return Clock(hour, minute), oclock or end, oclock is None


def _hundred(source: Source, i: int, hour: int) -> tuple[Clock, int, bool] | None:
    """`eight hundred am`, `eight hundred hours`, `at sixteen hundred`."""
    half = _half(source, i + 2)
    if half:
        return Clock(hour % 12 + half[0], 0, sure=True), half[1], False
    if source.word(i + 2) == "hours":
        return Clock(hour, 0, sure=True), i + 3, False
    told = source.word(i - 1) in {"at", "@"} and 12 < hour < 24 and not source.is_word(i + 2)
    return (Clock(hour, 0, sure=True), i + 2, False) if told else None


def _counted(source: Source, i: int) -> tuple[Clock, int, bool] | None:
    """`half past five`, `20 to 6`, `quarter to noon`."""
    j = i + (source.word(i) == "a")
    if source.word(j) in {"half", "quarter"}:
        minutes, j = (30 if source.word(j) == "half" else 15), j + 1
        j += source.word(j) == "-"
    else:
        found = number_at(source, j)
        if found is None or not 1 <= found[0] <= 59:
            return None
        minutes, j = found
        spelled = source.word(j) in {"minutes", "minute", "mins", "min"}
        if source.word(j) in {"till", "til"}:
            return None
        ranged = source.word(i - 1) in {"from", "between"} and source.word(j) not in _PAST
        if not spelled and ((minutes % 5 and minutes <= 12) or ranged):
            return None
        j += spelled
    word = source.word(j)
    if (
        source.word(j - 1) == "half"
        and (source.digits(j) or word in UNITS)
        and source.word(j + 1) not in ORDINAL_ENDINGS
    ):
        j, word = j - 1, "past"
    named = source.is_word(j - 1) and source.word(j - 1) in {"half", "quarter", "minutes", "minute", "mins"}
    if (word not in _TO and word not in _PAST) or (word == "before" and not named):
        return None
    target = _named(source, j + 1) or _figures(source, j + 1) or _words(source, j + 1)
    if target is None or target[0].minute or source.digits(j + 1) > 2:
        return None
    clock, end, weak = target
    if source.word(end) in ORDINAL_ENDINGS:
        return None
    bare = source.word(j - 1) not in {"minutes", "minute", "mins", "min"}
    if bare and source.number(i) in {5, 10} and not weak and word == "to" and clock.hour % 12:
        return None
    if word in _TO and (minutes > 30 or (word == "of" and weak and source.word(j - 1) != "quarter")):
        return None
    spoken = source.word(i) in {"half", "quarter", "a"} or not weak
    spoken = spoken and (source.word(j) == word or source.word(i - 1) in {"at", "by"})
    if word in _PAST:
        return replace(clock, minute=minutes, midnight=False), end, not spoken
    hour = (clock.hour - 1) % 24 if clock.sure else (clock.hour - 2) % 12 + 1
    return replace(clock, hour=hour, minute=60 - minutes, midnight=False), end, not spoken


def _named(source: Source, i: int) -> tuple[Clock, int, bool] | None:
    j = i + 1 if source.number(i) == 12 or source.word(i) in {"twelve", "this", "high"} else i
    word = source.word(j)
    if word in {"noon", "midday", "noontime", "noonish"}:
        return Clock(12, 0, sure=True), j + 1, False
    if word == "mid" and source.word(j + 1) == "day" and source.word(i - 1) in {"at", "by", "around"}:
        return Clock(12, 0, sure=True), j + 2, False
    if word == "mid" and source.word(j + 1) == "-" and source.word(j + 2) in {"day", "night"}:
        night = source.word(j + 2) == "night"
        return Clock(0 if night else 12, 0, sure=True, midnight=night), j + 3, False
    if word in {"midnight", "midnite"}:
        return Clock(0, 0, sure=True, midnight=True), j + 1, False
    return None


def _single(source: Source, i: int) -> tuple[Clock, int, bool] | None:
    return _named(source, i) or _counted(source, i) or _figures(source, i) or _words(source, i)


def clock_at(source: Source, i: int) -> Piece | None:
    """A time of day at token `i`; of a range, its start."""
    if source.number(i) is not None and source.glued(i) and source.word(i - 1) in _TIED:
        return None
    found = _single(source, i)
    if found is None:
        return None
    clock, end, weak = found
    end = source.after(end, "or", "so") or end
    while source.word(end) in {"ish", "sharp", "approximately", "exactly"} or source.after(end, "-", "ish"):
        end += 1 + (source.word(end) == "-")
        half = None if clock.sure else _half(source, end)
        if half and clock.hour <= 12:
            clock, end = replace(clock, hour=clock.hour % 12 + half[0], sure=True), half[1]
        weak = False
    clock, end = _zoned(source, clock, end, source.word(i - 1) == "t")
    j = end
    moved = source.moves and source.word(j) == "to"
    if not moved and source.word(j) in {"-", "–", "—", "to", "until", "till", "til", "and", "or", "/"}:
        follower = _single(source, j + 1)
        if (
            follower
            and (source.word(j) != "/" or not (weak or follower[2]))
            and (source.word(j) != "and" or source.word(i - 1) == "between")
        ):
            return replace(_range(i, clock, follower[0], follower[1]), weak=weak and follower[2])
    return Piece(i, end, clock=clock, weak=weak)


_ZONES = {
    name: hours
    for hours, names in (
        (0, "z utc gmt wet"),
        (1, "bst cet"),
        (2, "cest eet"),
        (-4, "edt"),
        (-5, "est cdt"),
        (-6, "cst mdt"),
        (-7, "mst pdt"),
        (-8, "pst"),
    )
    for name in names.split()
}


def _zoned(source: Source, clock: Clock, i: int, exact: bool) -> tuple[Clock, int]:
    """`CET`, `Z` or `+01:00` behind a time; `-01:00` when `exact`, for "9:00-10:00" is a range."""
    word = source.word(i)
    known = clock.sure or source.word(i - 2) == ":"
    if word in _ZONES and known and (word != "z" or source.glued(i)):
        return replace(clock, sure=True, zone=60 * _ZONES[word]), i + 1
    hours, minutes = source.number(i + 1), source.number(i + 3)
    signed = (word == "+" or (word == "-" and exact)) and source.glued(i) and source.word(i - 2) == ":"
    if signed and hours is not None and minutes is not None and source.word(i + 2) == ":" and hours < 15:
        return replace(clock, zone=(60 * hours + minutes) * (1 if word == "+" else -1)), i + 4
    return clock, i


def _range(i: int, start: Clock, stop: Clock, end: int) -> Piece:
    if not start.sure and stop.sure:
        late = start.hour % 12 + 12
        hour = late if late * 60 + start.minute < stop.hour * 60 + stop.minute else start.hour % 12
        start = replace(start, hour=hour, sure=True)
    return Piece(i, end, clock=start)


_HOURS_OF = {"morning": 0, "noon": 12, "afternoon": 12, "evening": 12, "night": 12}


def settle(clock: Clock, part: str) -> Clock:
    """An hour that might be either half of the day, settled by the part of the day, else by waking hours."""
    if clock.sure:
        return clock
    hour = clock.hour % 12
    if part == "night":
        return replace(clock, hour=hour + (12 if hour >= 5 else 0), sure=True, midnight=hour == 0)
    if part == "evening" and not hour:
        return replace(clock, hour=0, sure=True, midnight=True)
    if part in _HOURS_OF:
        return replace(clock, hour=hour + _HOURS_OF[part], sure=True)
    return replace(clock, hour=hour + (12 if hour < 7 else 0), sure=True)


def next_clock(clock: Clock, part: str, now: datetime) -> tuple[Clock, bool]:
    """The clock to take for today, and whether it is still ahead."""
    chosen = settle(clock, part)
    minutes = now.hour * 60 + now.minute
    if chosen.hour * 60 + chosen.minute > minutes or clock.sure or part:
        return chosen, chosen.hour * 60 + chosen.minute >= minutes
    other = replace(chosen, hour=(chosen.hour + 12) % 24)
    if other.hour * 60 + other.minute > minutes:
        return other, True
    return chosen, False


def part_at(source: Source, i: int) -> Piece | None:
    """`in the morning`, `this afternoon`, `evening`, `late at night`; weak without a lead."""
    j, lead = i, ""
    if source.word(j) in {"early", "late", "mid", "first"}:
        j += 2 if source.after(j, "first", "thing") else 1
        j += source.word(j) == "-"
    if source.word(j) == "the" and source.word(j + 1) in PARTS and source.word(j + 2) == "of":
        return Piece(i, j + 3, part=PARTS[source.word(j + 1)], weak=True)
    if source.word(j) in {"in", "at", "during", "by"}:
        lead, j = source.word(j), j + 1
        j += source.word(j) == "the"
    if source.word(j) in {"early", "late", "mid"}:
        j += 1
        j += source.word(j) == "-"
    part = PARTS.get(source.word(j))
    if (
        part is None
        and source.word(j) == "lunch"
        and (not source.is_word(j + 1) or (lead and source.word(j + 1) in TOMORROW | TODAY))
    ):
        beside = j == i and source.word(i - 1) in TOMORROW | TODAY
        return Piece(i, j + 1, part="noon", weak=True) if lead or beside else None
    if part is None or (part == "night" and source.word(i - 1) in _NIGHTS):
        return None
    closing = not source.is_word(j + 1) and (
        j > i or (part != "night" and source.word(i - 1) not in _GREETED)
    )
    return Piece(i, j + 1, part=part, weak=not closing and (not lead or lead in {"by", "during"}))


# A "date night" or a "film night" is what is done, whatever day follows it.
_NIGHTS = vocabulary(
    "date game games movie film quiz poker trivia bingo karaoke girls boys guys ladies family school "
    "parents opening "
    "pizza wedding craft book music open club"
)
_GREETED = vocabulary("good happy the a an all every each whole of great nice lovely same one my our your")


def early_at(source: Source, i: int) -> Piece | None:
    """`early` or `first thing` beside a day: no time of day, but no title either."""
    end = source.after(i, "first", "thing") or source.after(i, "early")
    if end is None and source.word(i) in {"late", "first"} and not source.is_word(i + 1):
        end = i + 1
    return Piece(i, end, part="early", weak=True) if end else None


def same_time_at(source: Source, i: int) -> Piece | None:
    """`this time tomorrow`: the time of day it is now."""
    j = i + (source.word(i) == "the")
    if source.word(j) not in {"this", "same"} or source.word(j + 1) != "time":
        return None
    clock = Clock(source.now.hour, source.now.minute, sure=True)
    if source.word(j + 2) == "next" and source.word(j + 3) == "week":
        day = add_days(source.today, 7)
        return Piece(i, j + 4, day=Day(fixed=day), clock=clock) if day else None
    return Piece(i, j + 2, clock=clock, weak=True)
