"""Repeats in words: "every other Tuesday", "monthly", "on the last Friday of each month"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from tasks.dates import calendar_dates, days
from tasks.dates.tokens import Source, number_at, ordinal_at
from tasks.dates.words import FUNCTION_WORDS, MONTHS, PARTS, WEEKDAYS

from .endings import ending_at
from .rule import MAX_INTERVAL, Rule

_EVERY = frozenset({"every", "each", "evry", "evey"})
_UNITS = {
    "hour": ("HOURLY", 1),
    "day": ("DAILY", 1),
    "week": ("WEEKLY", 1),
    "wk": ("WEEKLY", 1),
    "fortnight": ("WEEKLY", 2),
    "month": ("MONTHLY", 1),
    "quarter": ("MONTHLY", 3),
    "year": ("YEARLY", 1),
    "hr": ("HOURLY", 1),
    "yr": ("YEARLY", 1),
}
_ADVERBS = {
    "hourly": Rule("HOURLY"),
    "daily": Rule("DAILY"),
    "nightly": Rule("DAILY"),
    "everyday": Rule("DAILY"),
    "weekly": Rule("WEEKLY"),
    "biweekly": Rule("WEEKLY", 2),
    "fortnightly": Rule("WEEKLY", 2),
    "monthly": Rule("MONTHLY"),
    "bimonthly": Rule("MONTHLY", 2),
    "quarterly": Rule("MONTHLY", 3),
    "yearly": Rule("YEARLY"),
    "annually": Rule("YEARLY"),
}
_WEEKDAYS = tuple((0, day) for day in range(5))
_WEEKEND = ((0, 5), (0, 6))
_REPEATING = frozenset({"reminder", "reminders", "alarm", "task", "todo", "repeating", "recurring"})
_LEADS = frozenset({"on", "repeat", "repeats", "repeating", "recurring", "for", "at", "in"})


@dataclass(frozen=True, slots=True)
class Found:
    rule: Rule
    start: int
    end: int


def find_repeat(
    text: str, now: datetime, *, day_first: bool = False
) -> tuple[Rule, tuple[tuple[int, int], ...]] | None:
    """The first repeat said in `text`, and the spans that say it."""
    source = Source(text, now, day_first)
    for i in range(len(source.tokens)):
        found = _repeat_at(source, i)
        if found:
            return _bounded(source, found)
    return None


def blanked(text: str, spans: tuple[tuple[int, int], ...]) -> str:
    """`text` of the same length without what repeats, but with its part of the day ("every night at 10")."""
    for start, end in spans:
        said = text[start:end]
        tail = said.rsplit(None, 1)[-1].strip(".,:").lower() if said.strip() else ""
        kept = said.lower().rfind(tail) if tail in PARTS else len(said)
        text = text[:start] + " " * kept + said[kept:] + text[end:]
    return text


def _repeat_at(source: Source, i: int) -> Found | None:
    word = source.word(i)
    if word in _EVERY:
        return _every(source, i)
    if word in _ADVERBS or word in {"bi", "semi"}:
        return _adverb(source, i)
    if word in {"once", "one"}:
        return _once_a(source, i)
    if word == "the" or ordinal_at(source, i) or word == "last":
        return _nth_of_every(source, i)
    return _plural_days(source, i)


def _every(source: Source, i: int) -> Found | None:
    j = i + 1
    j += source.word(j) == "single"
    interval = 1
    if source.word(j) in {"other", "second", "2nd", "alternate"} and not _of_month(source, j + 2):
        interval, j = 2, j + 1
    elif source.word(j) in {"few", "couple"}:
        interval, j = (3 if source.word(j) == "few" else 2), j + 1 + (source.word(j + 1) == "of")
    else:
        found = number_at(source, j)
        nth = ordinal_at(source, j)
        if nth and source.word(nth[1]).removesuffix("s") in _UNITS:
            interval, j = nth
        elif nth:
            return _nth_of_month(source, i, j, *nth)
        elif found and not source.glued(found[1]):
            interval, j = found
    if source.word(j) == "last":
        return _nth_of_month(source, i, j, -1, j + 1)
    return _unit(source, i, j, interval) if 1 <= interval <= MAX_INTERVAL else None


def _unit(source: Source, start: int, i: int, interval: int) -> Found | None:
    word = source.word(i)
    unit = _UNITS.get(word) or _UNITS.get(word.removesuffix("s"))
    if unit:
        return _detail(source, Found(Rule(unit[0], unit[1] * interval), start, i + 1))
    listed = _day_list(source, i)
    if listed:
        return Found(Rule("WEEKLY", interval, days=listed[0]), start, _with_part(source, listed[1]))
    if word in {"business", "working", "work"} and source.word(i + 1) in {"day", "days"}:
        return Found(Rule("WEEKLY", interval, days=_WEEKDAYS), start, i + 2)
    part = PARTS.get(word) or ("noon" if word in {"noon", "midday", "midnight"} else None)
    if part:
        return Found(Rule("DAILY", interval), start, i + (part != "noon"))
    return _yearly(source, start, i, interval)


def _yearly(source: Source, start: int, i: int, interval: int) -> Found | None:
    piece = calendar_dates.month_day_at(source, i) or calendar_dates.day_month_at(source, i)
    if piece and piece.day and piece.day.month and piece.day.day and not piece.day.year:
        day = piece.day
        rule = Rule("YEARLY", interval, months=(day.month,), month_days=(day.day,))  # type: ignore[arg-type]
        return Found(rule, start, piece.end)
    month = MONTHS.get(source.word(i))
    if month:
        return Found(Rule("YEARLY", interval, months=(month,), month_days=(1,)), start, i + 1)
    holiday = days.named_at(source, i)
    if holiday and holiday.day and holiday.day.fixed and _same_day(source, i):
        fixed = holiday.day.fixed
        return Found(
            Rule("YEARLY", interval, months=(fixed.month,), month_days=(fixed.day,)), start, holiday.end
        )
    return None


def _same_day(source: Source, i: int) -> bool:
    """Whether the holiday at `i` is on one day of the calendar each year."""
    found = set()
    for year in (2026, 2027, 2029):
        then = Source(source.text, source.now.replace(year=year, month=1, day=1), source.day_first)
        piece = days.named_at(then, i)
        if piece and piece.day and piece.day.fixed:
            found.add((piece.day.fixed.month, piece.day.fixed.day))
    return len(found) == 1


def _with_part(source: Source, i: int) -> int:
    return i + 1 if source.word(i) in PARTS else i


def _day_list(source: Source, i: int) -> tuple[tuple[tuple[int, int], ...], int] | None:
    """`Mon, Wed and Fri`, `Monday through Friday`, `weekday`: (days, next position)."""
    word = source.word(i)
    if word in {"weekday", "weekdays", "workday", "workdays"}:
        return _WEEKDAYS, i + 1
    if word in {"weekend", "weekends"}:
        return _WEEKEND, i + 1
    first = _weekday(source, i)
    if first is None:
        return None
    through = i + 1
    if source.word(through) in {"through", "thru", "to", "till", "until", "-", "–"}:
        last = _weekday(source, through + 1)
        if last is not None:
            return tuple((0, (first + k) % 7) for k in range((last - first) % 7 + 1)), through + 2
    found, end = {first}, i + 1
    while end < len(source.tokens):
        j = end
        while source.word(j) in {",", "and", "&", "/", "or", "+", "on"} and j < end + 3:
            j += 1
        another = _weekday(source, j)
        if another is None or j == end:
            break
        found.add(another)
        end = j + 1
    return tuple((0, day) for day in sorted(found)), end


def _weekday(source: Source, i: int) -> int | None:
    word = source.word(i)
    return WEEKDAYS.get(word, WEEKDAYS.get(word.removesuffix("s")) if len(word) > 3 else None)


def _detail(source: Source, found: Found) -> Found:
    """What follows the unit: "every week on Friday", "every month on the 1st", "every year on March 3"."""
    j = found.end
    j += source.word(j) == ","
    j += source.word(j) in {"on", "in"}
    rule = found.rule
    if rule.freq == "WEEKLY":
        listed = _day_list(source, j)
        if listed:
            return replace(found, rule=replace(rule, days=listed[0]), end=_with_part(source, listed[1]))
    if rule.freq == "MONTHLY":
        return _month_detail(source, found, j)
    if rule.freq == "YEARLY" and j > found.end:
        j += source.word(j) == "the"
        yearly = _yearly(source, found.start, j, rule.interval)
        return yearly or found
    return found


def _month_detail(source: Source, found: Found, i: int) -> Found:
    if i == found.end:
        return found
    j = i + (source.word(i) == "the")
    if source.word(j) == "last":
        nth: tuple[int, int] | None = (-1, j + 1)
    else:
        nth = ordinal_at(source, j) or (number_at(source, j) if j > i or source.word(i - 1) == "on" else None)
    if nth is None:
        return found
    detail = _nth_rule(source, *nth)
    if detail is None:
        return found
    rule, end = detail
    return replace(found, rule=replace(rule, interval=found.rule.interval), end=end)


def _nth_rule(source: Source, nth: int, i: int) -> tuple[Rule, int] | None:
    """A monthly rule for the nth weekday, working day or day of the month."""
    weekday = _weekday(source, i)
    if weekday is not None and (nth == -1 or 1 <= nth <= 5):
        return Rule("MONTHLY", days=((nth, weekday),)), i + 1
    if source.word(i) in {"weekday", "workday"} or source.word(i) in {"business", "working"}:
        end = i + 1 + (source.word(i) in {"business", "working"})
        return Rule("MONTHLY", days=_WEEKDAYS, positions=(nth,)), end
    end = i + (source.word(i) == "day")
    if nth == -1:
        return (Rule("MONTHLY", month_days=(-1,)), end) if end > i else None
    if not 1 <= nth <= 31:
        return None
    numbers, end = _more_days(source, {nth}, end)
    if len(numbers) == 1 and nth > 28:
        short = (-1,) if nth == 31 else tuple(range(28, nth + 1))
        return Rule("MONTHLY", month_days=short, positions=() if nth == 31 else (-1,)), end
    return Rule("MONTHLY", month_days=tuple(sorted(numbers))), end


def _more_days(source: Source, numbers: set[int], end: int) -> tuple[set[int], int]:
    while source.word(end) in {"and", ",", "&"} and len(numbers) < 31:
        j = end + 1 + (source.word(end + 1) == "and")
        j += source.word(j) == "the"
        another = ordinal_at(source, j)
        if another is None or not 1 <= another[0] <= 31:
            break
        numbers, end = numbers | {another[0]}, another[1]
    return numbers, end


def _of_month(source: Source, i: int) -> int | None:
    j = i + (source.word(i) in {"of", "in"})
    if j == i:
        return None
    j += source.word(j) in {"the", "each", "every"}
    return j + 1 if source.word(j) == "month" else None


def _nth_of_month(source: Source, start: int, i: int, nth: int, end: int) -> Found | None:
    """`every 15th`, `every first Monday`, `every last day of the month`, `every 3rd of March`."""
    month = calendar_dates.day_month_at(source, i) if nth > 0 else None
    if month:
        return _yearly(source, start, i, 1)
    detail = _nth_rule(source, nth, end)
    if detail is None:
        return None
    rule, stop = detail
    return Found(rule, start, _of_month(source, stop) or stop)


def _nth_of_every(source: Source, i: int) -> Found | None:
    """`the 1st of every month`, `first Monday of each month`, `the last day of every month`."""
    j = i + (source.word(i) == "the")
    nth = (-1, j + 1) if source.word(j) == "last" else ordinal_at(source, j)
    detail = _nth_rule(source, *nth) if nth else None
    if detail is None:
        return None
    rule, end = detail
    if source.word(end) not in {"of", "in"} or source.word(end + 1) not in _EVERY:
        return None
    if source.word(end + 2) == "month":
        return Found(rule, i, end + 3)
    month = MONTHS.get(source.word(end + 2))
    return Found(replace(rule, freq="YEARLY", months=(month,)), i, end + 3) if month else None


def _adverb(source: Source, i: int) -> Found | None:
    word, end = source.word(i), i + 1
    if word in {"bi", "semi"} and source.word(i + 1) == "-":
        word, end = {"bi": "bi", "semi": "semi"}[word] + source.word(i + 2), i + 3
    rule = _ADVERBS.get(word)
    follower = source.word(end)
    if rule is None or (
        source.is_word(end) and follower not in FUNCTION_WORDS | _REPEATING | WEEKDAYS.keys()
    ):
        return None
    if source.word(i - 1) in {"the", "my", "our", "your", "his", "her", "their"}:
        return None
    found = Found(rule, i, end)
    return _detail(source, found) if source.word(end) in {"on", ",", "in"} or rule.freq == "WEEKLY" else found


def _once_a(source: Source, i: int) -> Found | None:
    if source.word(i) != "once" or source.word(i + 1) not in {"a", "an", "every", "per"}:
        return None
    if source.word(i + 1) == "every":
        return _every(source, i + 1)
    unit = _UNITS.get(source.word(i + 2))
    return _detail(source, Found(Rule(*unit), i, i + 3)) if unit else None


def _plural_days(source: Source, i: int) -> Found | None:
    """`on Mondays`, `Tuesdays and Thursdays at 3`, `weekdays`, `weekends`."""
    word = source.word(i)
    plural = word in {"weekdays", "weekends", "workdays"} or (
        word.endswith("days") and _weekday(source, i) is not None
    )
    if not plural or "'" in source.text[source.tokens[i].start : source.tokens[i].end].replace("’", "'"):
        return None
    if source.is_word(i + 1) and source.word(i + 1) not in FUNCTION_WORDS and source.word(i + 1) not in PARTS:
        return None
    if (
        source.word(i + 1) in {"are", "is", "was", "were"}
        or number_at(source, i - 1)
        or source.word(i - 1)
        in {
            "a",
            "couple",
            "few",
            "business",
            "of",
            "next",
            "last",
        }
    ):
        return None
    listed = _day_list(source, i)
    return Found(Rule("WEEKLY", days=listed[0]), i, _with_part(source, listed[1])) if listed else None


def _bounded(source: Source, found: Found) -> tuple[Rule, tuple[tuple[int, int], ...]]:
    """The rule with its end ("until June", "for 5 weeks", "10 times"), and the spans of both."""
    said = [_span(source, found)]
    for i in range(found.end, min(found.end + 12, len(source.tokens))):
        end = ending_at(source, found.rule, i)
        if end:
            rule, stop = end
            said.append((source.tokens[i].start, source.tokens[stop - 1].end))
            if not source.text[said[0][1] : said[1][0]].strip():
                said = [(said[0][0], said[1][1])]
            return rule, tuple(said)
    return found.rule, tuple(said)


def _span(source: Source, found: Found) -> tuple[int, int]:
    first = found.start
    while source.word(first - 1) in _LEADS:
        first -= 1
    start, end = source.tokens[first].start, source.tokens[found.end - 1].end
    if source.word(first - 1) in {",", "-", "–"} and first and not source.glued(first):
        start = source.tokens[first - 1].start
    elif source.word(found.end) in {",", ":"} or (
        source.word(found.end) == "." and found.end == len(source.tokens) - 1
    ):
        end = source.tokens[found.end].end
    return start, end
