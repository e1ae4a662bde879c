"""Days named outright: figures, month names, weekdays, day words, and the nth of something."""

from __future__ import annotations

from datetime import date, timedelta

from .holidays import holiday_at, nth_weekday
from .pieces import Day, Piece, add_days, add_months, monday, real_date
from .tokens import Source, number_at, ordinal_at
from .words import DURATIONS, MONTHS, TODAY, TOMORROW, TONIGHT, UNITS, WEEKDAYS, YESTERDAY

_NEXT = frozenset({"next", "nxt"})
_THIS = frozenset({"this", "coming", "upcoming", "current", "following", "comming"})
_LAST = frozenset({"last", "past", "previous"})
_AFTER_DAY = frozenset({"am", "pm", "a", "p", "h", "hrs", "oclock", "o", ":", "%"})


def which_at(source: Source, i: int) -> tuple[str, int]:
    """`this`, `next`, `last` or nothing: (one of them or "", next position)."""
    word = source.word(i)
    if word in {"the", "this"} and source.word(i + 1) in {"coming", "following", "next", "upcoming", "last"}:
        i, word = i + 1, source.word(i + 1)
    if word in _NEXT:
        return "next", i + 1
    if word in _THIS:
        return ("following" if word == "following" else "this"), i + 1
    return ("last", i + 1) if word in _LAST else ("", i)


def month_at(source: Source, i: int) -> tuple[int, int] | None:
    month = MONTHS.get(source.word(i))
    if month is None:
        return None
    dot = source.word(i + 1) == "." and source.glued(i + 1) and len(source.word(i)) <= 4
    return month, i + 1 + dot


def year_at(source: Source, i: int, *, short: bool = False) -> tuple[int, int] | None:
    """A year behind a date: `2027`, `, 2027`, `'27`; two bare figures only when `short`."""
    if source.word(i) in {",", "of", "in"}:
        i += 1
    if source.word(i) in {"'", "’"}:
        i, short = i + 1, True
    number, digits = source.number(i), source.digits(i)
    if (
        number is None
        or source.word(i + 1) in _AFTER_DAY
        or source.word(i + 1) == "."
        and source.glued(i + 2)
    ):
        return None
    if digits == 4 and 1900 <= number <= 2199:
        return number, i + 1
    return (full_year(number), i + 1) if short and digits == 2 else None


def full_year(year: int) -> int:
    return year if year > 99 else year + (2000 if year < 70 else 1900)


def iso_at(source: Source, i: int) -> Piece | None:
    """`2026-11-30`, `2026/Sep/23`, with an optional `T` before a time."""
    year, separator = source.number(i), source.word(i + 1)
    if (
        source.digits(i) != 4
        or year is None
        or separator not in {"-", "/", "."}
        or source.word(i + 3) != separator
    ):
        return None
    if (
        not all(source.glued(j) for j in range(i + 1, i + 5))
        or source.glued(i)
        and source.word(i - 1) in {"-", "/"}
    ):
        return None
    first, second = source.number(i + 2), source.number(i + 4)
    named = month_at(source, i + 2), month_at(source, i + 4)
    month = named[0][0] if named[0] else named[1][0] if named[1] else first
    number = second if not named[1] or named[0] else first
    if month is None or number is None or (found := real_date(year, month, number)) is None:
        return None
    end = i + 5
    if source.word(end) == "t" and source.glued(end) and source.number(end + 1) is not None:
        end += 1
    return Piece(i, end, day=Day(fixed=found, exact=True))


def numeric_at(source: Source, i: int) -> Piece | None:
    """`11/30`, `30.11.2026`, `30-11-26`, in the reader's order unless only the other one is a date."""
    first, separator, second = source.number(i), source.word(i + 1), source.number(i + 2)
    if first is None or second is None or separator not in {"/", "-", "."} or source.digits(i) > 2:
        return None
    if source.digits(i + 2) > 2 or not (source.glued(i + 1) and source.glued(i + 2)):
        return None
    if source.glued(i) and source.word(i - 1) in {"/", "-", ".", ":", "$", "#"}:
        return None
    year, end = _numeric_year(source, i, separator)
    if year is None and (
        separator == "-" or (first, second) == (24, 7) or source.word(i + 3) in {separator, "%"}
    ):
        if not (separator == "." and source.word(i + 3) == "."):
            return None
    if separator == "." and year is None and source.word(i + 3) != ".":
        return None
    day_first = source.day_first or separator == "."
    day, month = (first, second) if day_first and second <= 12 or first > 12 else (second, first)
    probe = year if year is not None else 2024
    if real_date(probe, month, day) is None:
        return None
    weak = year is None and (source.is_word(end) or source.word(end) in {"/", "-"})
    return Piece(i, end, day=Day(year=year, month=month, day=day), weak=weak)


def _numeric_year(source: Source, i: int, separator: str) -> tuple[int | None, int]:
    year = source.number(i + 4)
    if source.word(i + 3) == separator and source.glued(i + 3) and source.glued(i + 4) and year is not None:
        if source.digits(i + 4) in (2, 4):
            return full_year(year), i + 5
    dot = separator == "." and source.word(i + 3) == "." and source.glued(i + 3)
    if dot and source.digits(i + 4) == 4 and year is not None and 1900 <= year <= 2199:
        return year, i + 5
    return None, i + 3 + dot


def _day_number(source: Source, i: int) -> tuple[int, int, bool] | None:
    """A day of the month: (number, next position, whether it is an ordinal)."""
    found = ordinal_at(source, i)
    if found:
        return (*found, True) if 1 <= found[0] <= 31 else None
    number = source.number(i)
    if (
        number is None
        or not 1 <= number <= 31
        or source.digits(i) > 2
        or source.glued(i)
        and source.word(i - 1) == ":"
    ):
        return None
    if source.word(i + 1) in _AFTER_DAY and (
        source.glued(i + 1) or source.word(i + 1) in {"am", "pm", "oclock"}
    ):
        return None
    return number, i + 1, False


def month_day_at(source: Source, i: int) -> Piece | None:
    """`December 6`, `Dec. the 6th, 2026`, `June 2027`, `next March`."""
    which, j = which_at(source, i)
    month = month_at(source, j)
    if month is None:
        return None
    j = month[1]
    if source.word(j) in {",", "-", "/"} and source.number(j + 1) is not None:
        j += 1
    j += source.word(j) == "the"
    number = _day_number(source, j)
    if number:
        year = year_at(source, number[1], short=source.word(number[1]) in {"-", "/"})
        end = year[1] if year else number[1]
        known = year[0] if year else None
        return _month_day(source, i, end, Day(year=known, month=month[0], day=number[0], which=which))
    year = year_at(source, month[1])
    if year:
        return Piece(i, year[1], day=Day(year=year[0], month=month[0]))
    return _month_alone(source, i, month[0], month[1], which)


def _month_alone(source: Source, i: int, month: int, end: int, which: str) -> Piece | None:
    lead = source.word(i - 1)
    if not which and lead not in {"in", "by", "until", "till", "before", "of", "this", "during"}:
        return None
    if source.word(end - 1) in {"may", "march"} and (source.is_word(end) and not which):
        return None
    return Piece(i, end, day=Day(month=month, which=which), weak=which == "last")


def _month_day(source: Source, start: int, end: int, day: Day) -> Piece | None:
    assert day.month and day.day
    if real_date(day.year or 2024, day.month, day.day) is None:
        return None
    return Piece(start, end, day=day)


def day_month_at(source: Source, i: int) -> Piece | None:
    """`6 December`, `the 6th of Dec 2026`, `03APR`, `30-Mar-11`."""
    j = i + (source.word(i) == "the")
    number = _day_number(source, j)
    if number is None:
        return None
    j = number[1]
    if source.word(j) in {".", "-", "/", ","}:
        j += 1
    j = (
        source.after(j, "day", "of")
        or source.after(j, "of", "the", "month", "of")
        or j + (source.word(j) == "of")
    )
    which, j = which_at(source, j) if source.word(j) in {"this", "next", "last"} else ("", j)
    month = month_at(source, j)
    if (
        month is None
        or source.word(j) == "may"
        and not number[2]
        and source.word(month[1]) in {"be", "need", "have"}
    ):
        return None
    end = month[1]
    joined = source.word(end) in {"-", "/"} and source.glued(end)
    year = year_at(source, end + joined, short=joined or _short_year(source, end))
    known = year[0] if year else None
    return _month_day(
        source,
        i,
        year[1] if year else end,
        Day(known, known, month[0], number[0], None, which)
        if False
        else Day(year=known, month=month[0], day=number[0], which=which),
    )


def _short_year(source: Source, i: int) -> bool:
    follower = source.word(i + 1)
    return (
        source.digits(i) == 2
        and not (follower in {":", ".", "-", "/"} and source.glued(i + 1))
        and not (source.is_word(i + 1))
    )


def weekday_at(source: Source, i: int) -> Piece | None:
    """`Friday`, `next Fri`, `Friday next week`, `next week on Tuesday`, `Friday after next`."""
    which, j = which_at(source, i)
    weekday = WEEKDAYS.get(source.word(j))
    if weekday is None:
        return None
    end = j + 1
    if source.word(end) == "." and source.glued(end) and len(source.word(j)) <= 5 and source.word(end + 1):
        end += 1
    this_monday = monday(source.today)
    if source.after(end, "after", "next"):
        ahead = (weekday - source.today.weekday()) % 7 or 7
        day = add_days(source.today, ahead + 7)
        return Piece(i, end + 2, day=Day(fixed=day, exact=True)) if day else None
    if source.word(end) == "week" and source.word(end + 1) not in {"of", "after"}:
        day = add_days(source.today, ((weekday - source.today.weekday()) % 7 or 7) + 7)
        return Piece(i, end + 1, day=Day(fixed=day, exact=True)) if day else None
    if source.word(end) in _NEXT and source.word(end + 1) not in DURATIONS and not which:
        which, end = "next", end + 1
    if which == "following":
        week = add_days(this_monday, 7)
        return Piece(i, end, day=Day(weekday=weekday, week=week)) if week else None
    return Piece(i, end, day=Day(weekday=weekday, which=which))


def day_word_at(source: Source, i: int) -> Piece | None:
    """`today`, `tomorrow`, `tonight`, `the day after tomorrow`, `eod`."""
    word, today = source.word(i), source.today
    if word in TODAY:
        return Piece(i, i + 1, day=Day(fixed=today))
    if word in TOMORROW:
        return _shifted(source, i, i + 1, 1)
    if word in TONIGHT:
        return Piece(i, i + 1, day=Day(fixed=today), part="night")
    if word in YESTERDAY:
        return _shifted(source, i, i + 1, -1)
    if word == "overmorrow":
        return _shifted(source, i, i + 1, 2)
    j = i + (source.word(i) == "the")
    if source.word(j) == "day" and source.word(j + 1) == "after" and source.word(j + 2) in TOMORROW:
        return _shifted(source, i, j + 3, 2)
    if source.word(j) == "day" and source.word(j + 1) == "before" and source.word(j + 2) in YESTERDAY:
        return _shifted(source, i, j + 3, -2)
    ends = {
        "eod": "day",
        "eow": "week",
        "eom": "month",
        "eoy": "year",
        "eoq": "quarter",
        "cob": "day",
        "eob": "day",
    }
    if word in ends:
        return _edge(source, i, i + 1, ends[word], "this", last=True)
    return None


def _shifted(source: Source, start: int, end: int, days: int) -> Piece | None:
    day = add_days(source.today, days)
    return Piece(start, end, day=Day(fixed=day)) if day else None


def this_part_at(source: Source, i: int) -> Piece | None:
    """`this morning`, `later this afternoon`, `later today`."""
    from .words import PARTS

    j = i + (source.word(i) in {"later", "late", "early"})
    if source.word(j) == "this":
        j += 1
        j += source.word(j) in {"early", "late", "coming"}
        part = PARTS.get(source.word(j))
        if part:
            return Piece(i, j + 1, day=Day(fixed=source.today), part=part)
        if source.word(j) in {"noon", "midday"}:
            return None
    elif j > i and source.word(i) == "later" and source.word(j) in TODAY:
        return Piece(i, j + 1, day=Day(fixed=source.today))
    return None


_EDGES = {"end": True, "ending": True, "close": True, "start": False, "beginning": False, "begining": False}
_SPANS = frozenset(
    {"day", "week", "month", "quarter", "year", "weekend", "workday", "work", "business", "today"}
)


def edge_at(source: Source, i: int) -> Piece | None:
    """`end of the month`, `the beginning of next week`, `end of March`, `end of day Friday`."""
    j = i + (source.word(i) == "the")
    if source.word(j) not in _EDGES:
        return None
    last, j = _EDGES[source.word(j)], j + 1
    j += source.word(j) == "of"
    which, k = which_at(source, j)
    if not which:
        k = j + (source.word(j) in {"the", "my"})
    month = month_at(source, k)
    if month:
        return _edge_of_month(source, i, month, which, last)
    span = source.word(k)
    if span in TOMORROW:
        return _shifted(source, i, k + 1, 1)
    if span in WEEKDAYS and len(span) > 3:
        return Piece(i, k + 1, day=Day(weekday=WEEKDAYS[span], which=which))
    if span not in _SPANS or (k == j and source.word(j - 1) != "of" and span != "day"):
        return None
    end = k + 2 if span in {"work", "business"} and source.word(k + 1) in {"day", "week"} else k + 1
    span = source.word(end - 1)
    day_like = span in {"day", "today", "workday", "work", "business"}
    return _edge(source, i, end, "day" if day_like else span, which, last)


def _edge_of_month(source: Source, i: int, month: tuple[int, int], which: str, last: bool) -> Piece | None:
    year = year_at(source, month[1])
    known = year[0] if year else None
    if known is None:
        known = source.today.year + (
            month[0] < source.today.month or which == "next" and month[0] == source.today.month
        )
    first = real_date(known, month[0], 1)
    following = first and add_months(first, 1)
    if first is None or following is None:
        return None
    day = following - timedelta(days=1) if last else first
    return Piece(i, year[1] if year else month[1], day=Day(fixed=day, exact=True))


def _edge(source: Source, start: int, end: int, span: str, which: str, last: bool) -> Piece | None:
    bounds = _bounds(source.today, span, 1 if which in {"next", "following"} else 0)
    if bounds is None:
        return None
    day = bounds[1] if last else bounds[0]
    if span == "day" and not which:
        return Piece(start, end, day=Day(fixed=day), weak=False, part="")
    return Piece(start, end, day=Day(fixed=day, exact=True))


def _bounds(today: date, span: str, ahead: int) -> tuple[date, date] | None:
    """First and last day of the span `ahead` spans from the one that holds `today`."""
    if span in {"day", "week", "weekend"}:
        size = 1 if span == "day" else 7
        first = add_days(today if span == "day" else monday(today), size * ahead)
        last = first and add_days(first, {"day": 0, "week": 4, "weekend": 6}[span])
        if first and last and span == "week" and last < today:
            last = add_days(first, 6)
        return (first, last) if first and last else None
    months = {"month": 1, "quarter": 3, "year": 12}[span]
    base = today.replace(day=1, month=(today.month - 1) // months * months + 1)
    first, after = add_months(base, months * ahead), add_months(base, months * (ahead + 1))
    return (first, after - timedelta(days=1)) if first and after else None


def span_at(source: Source, i: int) -> Piece | None:
    """`next week`, `this weekend`, `next month`, `next year`, `the weekend`."""
    j = i + (source.word(i) in {"later", "sometime", "some"})
    j += source.word(j) == "time" and j > i
    which, k = which_at(source, j)
    span = source.word(k)
    if not which:
        if source.word(k) in {"the", "over"} and source.word(k + 1) == "weekend":
            which, k, span = "this", k + 1, "weekend"
        elif span == "weekend" and source.word(i - 1) in {"on", "at", "over"}:
            which = "this"
        else:
            return None
    if span in {"wk", "weeks"}:
        span = "week" if span == "wk" else ""
    if which == "last" or span not in {"week", "weekend", "month", "quarter", "year"}:
        return None
    ahead = which in {"next", "following"}
    return _span(source, i, k + 1, span, ahead)


def _span(source: Source, start: int, end: int, span: str, ahead: bool) -> Piece | None:
    today = source.today
    if span == "weekend":
        saturday = add_days(monday(today), 5 + 7 * ahead)
        if saturday and saturday < today and not ahead:
            saturday = today
        return Piece(start, end, day=Day(fixed=saturday, exact=True)) if saturday else None
    if span == "week":
        if not ahead:
            return Piece(
                start,
                end,
                day=Day(week=monday(today)) if _weekday_near(source, start, end) else _friday(today),
            )
        week = add_days(monday(today), 7)
        return Piece(start, end, day=Day(week=week)) if week else None
    if not ahead:
        return _edge(source, start, end, span, "this", last=True)
    return _edge(source, start, end, span, "next", last=False)


def _friday(today: date) -> Day:
    bounds = _bounds(today, "week", 0)
    return Day(fixed=bounds[1] if bounds else today)


def _weekday_near(source: Source, start: int, end: int) -> bool:
    near = [source.word(j) for j in (start - 2, start - 1, end, end + 1)]
    return any(word in WEEKDAYS for word in near)


def day_of_month_at(source: Source, i: int) -> Piece | None:
    """`the 12th`, `on the 22`, `12th of next month`; weak where it may count something else."""
    article = source.word(i) == "the"
    j = i + article
    number = _day_number(source, j)
    if number is None or not (article or number[2]):
        return None
    value, end, ordinal = number
    in_month = _of_month(source, i, end, value)
    if in_month:
        return in_month
    lead = source.word(i - 1) in {"on", "by", "until", "before", "due", "from", "till", "for"}
    firm = ordinal if article else lead and source.number(j) is not None
    if source.number(j) is None and not lead and source.word(end):
        firm = False
    return Piece(
        i,
        end,
        day=Day(day=value),
        weak=not (firm or article and lead) and bool(source.word(end) or not article),
    )


def _of_month(source: Source, start: int, end: int, number: int) -> Piece | None:
    j = end + (source.word(end) in {"of", "in"})
    which, k = which_at(source, j)
    if not which:
        if source.word(j) not in {"the", "every"} or j == end or source.word(j) == "every":
            return None
        which, k = "this", j + 1
    if source.word(k) != "month":
        return None
    first = add_months(source.today.replace(day=1), which in {"next", "following"})
    day = first and real_date(first.year, first.month, number)
    if day and which == "this" and source.word(j) == "the" and day < source.today:
        return Piece(start, k + 1, day=Day(day=number))
    return Piece(start, k + 1, day=Day(fixed=day, exact=True)) if day else None


def nth_at(source: Source, i: int) -> Piece | None:
    """`first Tuesday in October`, `last day of the month`, `35th day of 2027`, `last Friday of May`."""
    j = i + (source.word(i) == "the")
    found = (-1, j + 1) if source.word(j) in {"last", "final"} else ordinal_at(source, j)
    if found is None:
        return None
    nth, j = found
    business = source.word(j) in {"business", "working", "work"}
    j += business
    weekday = WEEKDAYS.get(source.word(j))
    if weekday is None and source.word(j) not in {"day", "week", "weekend", "weekday"}:
        return None
    counted = source.word(j)
    j += 1
    j += source.word(j) in {"of", "in"}
    period = _period(source, j)
    if period is None:
        return None
    first, last, end, rolling = period
    day = _nth_in(first, last, nth, weekday, counted, business)
    if day and rolling and day < source.today:
        later = add_months(first, rolling)
        stop = later and add_months(later, rolling)
        day = (
            _nth_in(later, stop - timedelta(days=1), nth, weekday, counted, business)
            if later and stop
            else None
        )
    return Piece(i, end, day=Day(fixed=day, exact=True)) if day else None


def _period(source: Source, i: int) -> tuple[date, date, int, int] | None:
    """The month or year at `i`: (first day, last day, next position, months to roll on when it is past)."""
    which, j = which_at(source, i)
    month, year = month_at(source, j), year_at(source, j)
    if month:
        said = year_at(source, month[1])
        known = said[0] if said else source.today.year + (which == "next" and month[0] <= source.today.month)
        first = real_date(known, month[0], 1)
        after = first and add_months(first, 1)
        rolling = 0 if said or which in {"this", "next"} else 12
        return (
            (first, after - timedelta(days=1), said[1] if said else month[1], rolling)
            if first and after
            else None
        )
    if year and not which:
        return date(year[0], 1, 1), date(year[0], 12, 31), year[1], 0
    bare = not which
    j += bare and source.word(j) == "the"
    span = source.word(j)
    if span not in {"month", "year", "quarter"} or bare and source.word(j - 1) not in {"the", "of"}:
        return None
    bounds = _bounds(source.today, span, which in {"next", "following"})
    return (*bounds, j + 1, {"month": 1, "year": 12, "quarter": 3}[span] if bare else 0) if bounds else None


def _nth_in(
    first: date, last: date, nth: int, weekday: int | None, counted: str, business: bool
) -> date | None:
    if weekday is not None:
        found = nth_weekday(first.year, (first if nth > 0 else last).month, weekday, nth)
        return found if found and first <= found <= last else None
    if counted == "week":
        return add_days(first, 7 * (nth - 1)) if nth > 0 else add_days(last, -6)
    if counted == "weekend":
        return nth_weekday(first.year, (first if nth > 0 else last).month, 5, nth)
    if business or counted == "weekday":
        return _nth_business_day(first, last, nth)
    found = add_days(first, nth - 1) if nth > 0 else last
    return found if found and first <= found <= last else None


def _nth_business_day(first: date, last: date, nth: int) -> date | None:
    days = (last.toordinal() - first.toordinal()) + 1
    span = (
        [first + timedelta(days=k) for k in range(min(days, 62))]
        if nth > 0
        else [last - timedelta(days=k) for k in range(7)]
    )
    working = [day for day in span if day.weekday() < 5]
    return working[abs(nth) - 1] if abs(nth) <= len(working) else None


def named_at(source: Source, i: int) -> Piece | None:
    """A holiday, with `this` or `next` before it."""
    which, j = which_at(source, i)
    return holiday_at(source, j, which, i)


def weekday_beside_at(source: Source, i: int) -> Piece | None:
    """The Monday after Thanksgiving, the Friday before Christmas."""
    j = i + (source.word(i) == "the")
    weekday = WEEKDAYS.get(source.word(j))
    if weekday is None or source.word(j + 1) not in {"after", "before", "following"}:
        return None
    anchor = named_at(source, j + 2) or month_day_at(source, j + 2) or day_month_at(source, j + 2)
    if anchor is None or anchor.day is None:
        return None
    from .pieces import resolve_day

    base = resolve_day(anchor.day, source.today)
    if base is None:
        return None
    back = source.word(j + 1) == "before"
    step = -((base.weekday() - weekday) % 7 or 7) if back else ((weekday - base.weekday()) % 7 or 7)
    day = add_days(base, step)
    return Piece(i, anchor.end, day=Day(fixed=day, exact=True)) if day else None


__all__ = ["UNITS", "number_at"]
