"""Days by their place in a longer span: "end of the month", "next week", "the first Monday of May"."""

from __future__ import annotations

from datetime import date, timedelta

from .calendar_dates import month_at, which_at, year_at
from .days import named_at
from .holidays import nth_weekday
from .pieces import Day, Piece, add_days, add_months, monday, real_date, resolve_day
from .tokens import Source, ordinal_at
from .words import MONTHS, TOMORROW, WEEKDAYS

FIRST, MIDDLE, LAST = 0, 1, 2
_EDGES = {
    word: edge
    for edge, words in (
        (LAST, "end ending close late"),
        (FIRST, "start beginning begining early"),
        (MIDDLE, "mid middle"),
    )
    for word in words.split()
}
_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}
_LONG = frozenset({"week", "weekend", "month", "quarter", "year"})
_DAY_LIKE = frozenset({"day", "today", "workday", "work", "business"})
_SHORT = {
    "eow": (LAST, "week"),
    "eom": (LAST, "month"),
    "eoq": (LAST, "quarter"),
    "eoy": (LAST, "year"),
    "bom": (FIRST, "month"),
    "boy": (FIRST, "year"),
}
_SHORT_SPANS = {"wk": "week", "yr": "year", "mth": "month", "wknd": "weekend", "wkend": "weekend"}
_SEASONS = {"spring": (3, 20), "summer": (6, 21), "autumn": (9, 22), "fall": (9, 22), "winter": (12, 21)}


def edge_at(source: Source, i: int) -> Piece | None:
    """`end of the month`, `the beginning of next week`, `mid March`, `end of day`, `eom`."""
    j = i + (source.word(i) == "the")
    if source.word(j) in _SHORT:
        edge, span = _SHORT[source.word(j)]
        known = span != "year" or edge == LAST or j > i or source.word(i - 1) == "by"
        return _edge(source, i, j + 1, span, "", edge) if known else None
    ended = _ended(source, i, j)
    if ended:
        return ended
    if source.word(j) not in _EDGES:
        return None
    edge, opener, j = _EDGES[source.word(j)], source.word(j), j + 1
    j += source.word(j) == "-"
    linked = source.word(j) in {"of", "in"}
    j += linked
    j += source.word(j) == "-"
    which, k = which_at(source, j)
    k += not which and source.word(k) in {"the", "my"}
    month = month_at(source, k)
    if month:
        firm = linked or opener in {"mid", "early", "late", "end"}
        return _edge_of_month(source, i, month, which, edge) if firm else None
    if opener in {"early", "late", "mid"} and not which:
        return None
    return _edge_of_span(source, i, k, which, edge, linked)


def _ended(source: Source, i: int, j: int) -> Piece | None:
    """`month end`, `year-end`."""
    unit = source.word(j).removesuffix("s")
    if unit not in {"month", "year", "quarter", "week"}:
        return None
    k = j + 1 + (source.word(j + 1) == "-")
    if source.word(k) != "end" or (source.is_word(k + 1) and source.word(k + 1) not in {"at", "by", "to"}):
        return None
    return _edge(source, i, k + 1, unit, "", LAST)


def _edge_of_span(source: Source, i: int, k: int, which: str, edge: int, linked: bool) -> Piece | None:
    span = source.word(k)
    if span in TOMORROW and linked:
        day = add_days(source.today, 1)
        return Piece(i, k + 1, day=Day(fixed=day)) if day else None
    if span in WEEKDAYS and len(span) > 3 and linked:
        return Piece(i, k + 1, day=Day(weekday=WEEKDAYS[span], which=which))
    quarter = _quarter(source, k)
    if quarter:
        return _edge_of_quarter(source, i, quarter, edge)
    known = span in _LONG or span in _DAY_LIKE
    if not known or (not linked and not which and span != "day"):
        return None
    end = k + 2 if span in {"work", "business"} and source.word(k + 1) in {"day", "week"} else k + 1
    if source.word(end - 1) in _DAY_LIKE:
        return Piece(i, end, part="end")
    return _edge(source, i, end, source.word(end - 1), which, edge)


def _quarter(source: Source, i: int) -> tuple[int, int, int] | None:
    """`Q3`, `Q3 2027`: (year, quarter, next position)."""
    number = source.number(i + 1)
    if source.word(i) != "q" or number is None or not 1 <= number <= 4 or not source.glued(i + 1):
        return None
    year = year_at(source, i + 2)
    if year:
        return year[0], number, year[1]
    return source.today.year + (number < (source.today.month + 2) // 3), number, i + 2


def _edge_of_quarter(source: Source, i: int, quarter: tuple[int, int, int], edge: int) -> Piece | None:
    year, number, end = quarter
    first = real_date(year, 3 * number - 2, 1)
    after = first and add_months(first, 3)
    if first is None or after is None:
        return None
    day = {FIRST: first, MIDDLE: first + timedelta(days=45), LAST: after - timedelta(days=1)}[edge]
    return Piece(i, end, day=Day(fixed=day, exact=True))


def _edge_of_month(source: Source, i: int, month: tuple[int, int], which: str, edge: int) -> Piece | None:
    year = year_at(source, month[1])
    soon = month[0] < source.today.month or (which == "next" and month[0] == source.today.month)
    first = real_date(year[0] if year else source.today.year + soon, month[0], 1)
    day = first and _edge_day(first, "month", edge)
    if first and day and day < source.today and not year and not which:
        day = add_months(day, 12)
    return Piece(i, year[1] if year else month[1], day=Day(fixed=day, exact=True)) if day else None


def _edge_day(first: date, span: str, edge: int) -> date | None:
    if edge == FIRST:
        return first
    if span in {"week", "weekend"}:
        return add_days(
            first, {"week": 2, "weekend": 5}[span] if edge == MIDDLE else {"week": 4, "weekend": 6}[span]
        )
    after = add_months(first, _MONTHS_IN[span])
    if edge == LAST:
        return after - timedelta(days=1) if after else None
    return add_days(first, {"month": 14, "quarter": 45, "year": 181}[span])


def _first_of(today: date, span: str, ahead: int) -> date | None:
    """The first day of the span `ahead` spans from the one that holds `today`."""
    if span in {"week", "weekend"}:
        return add_days(monday(today), 7 * ahead)
    months = _MONTHS_IN[span]
    return add_months(today.replace(day=1, month=(today.month - 1) // months * months + 1), months * ahead)


def _edge(source: Source, start: int, end: int, span: str, which: str, edge: int) -> Piece | None:
    ahead = 1 if which in {"next", "following"} else 0
    for turn in range(2):
        first = _first_of(source.today, span, ahead + (turn if not which else 0))
        day = first and _edge_day(first, span, edge)
        if day and span == "week" and edge == LAST and first and day < source.today and not ahead:
            day = add_days(first, 6)
        if day and (day >= source.today or which):
            return Piece(start, end, day=Day(fixed=day, exact=True))
    return None


def span_at(source: Source, i: int) -> Piece | None:
    """`next week`, `this weekend`, `next month`, `the weekend`, `next summer`, `in 2027`."""
    j = i + (source.word(i) in {"later", "sometime", "some"})
    j += source.word(j) == "time" and j > i
    j += source.word(j) in {"in", "during"} and j > i
    if source.word(j) == "in" and source.word(j + 1 + (source.word(j + 1) == "the")) in _SEASONS:
        return _season(source, i, j + 1 + (source.word(j + 1) == "the"), "this")
    which, k = which_at(source, j)
    span = source.word(k)
    quarter = _quarter(source, j)
    if quarter and (source.word(i - 1) in {"in", "by", "during"} or quarter[2] > j + 2):
        return _edge_of_quarter(source, i, quarter, FIRST)
    within = source.word(i) == "within" and source.word(i + 1) == "the"
    if within and source.word(i + 2) in _MONTHS_IN.keys() | {"week"}:
        return _edge(source, i, i + 3, source.word(i + 2), "", LAST)
    if span in _SEASONS:
        return _season(source, i, k, which)
    if not which:
        return _bare_span(source, i, j)
    possessive = span == "weeks" and source.word(k + 1) in WEEKDAYS
    span = "week" if possessive else span
    k += source.word(k + 1) == "-" and span == "week" and source.word(k + 2) == "end" and 2
    span = "weekend" if source.word(k) == "end" else _SHORT_SPANS.get(span, span)
    if which == "last" or span not in _LONG or source.word(k + 1) == "end":
        return None
    coming = span == "week" and source.word(k - 1) in {"coming", "upcoming"}
    return _span(source, i, k + 1, span, coming or which in {"next", "following"})


def _bare_span(source: Source, i: int, j: int) -> Piece | None:
    if source.word(j) in {"the", "over"} and source.word(j + 1) == "weekend":
        noun = source.is_word(j + 2) and source.word(j + 2) not in {
            "to",
            "at",
            "with",
            "and",
            "please",
            "for",
        }
        return None if noun else _span(source, i, j + 2, "weekend", False)
    if source.word(j) == "over" and source.after(j + 1, "the", "weekend"):
        return _span(source, i, j + 3, "weekend", False)
    if source.word(j) == "weekend" and source.word(i - 1) in {"on", "at", "over"}:
        return _span(source, i, j + 1, "weekend", False)
    year = source.number(j + 1)
    if source.word(j) == "in" and source.digits(j + 1) == 4 and year and source.today.year < year < 2100:
        clear = not source.is_word(j + 2) and source.word(j + 2) not in {"-", "/", ":"}
        return Piece(i, j + 2, day=Day(year=year)) if clear else None
    return None


def _season(source: Source, i: int, k: int, which: str) -> Piece | None:
    year = year_at(source, k + 1)
    end = year[1] if year else k + 1
    if (which not in {"this", "next"} and not year) or (
        source.is_word(end) and source.word(end) not in {"to", "with", "and"}
    ):
        return None
    month, day = _SEASONS[source.word(k)]
    start = real_date(year[0] if year else source.today.year, month, day)
    if start and not year and start < source.today:
        start = add_months(start, 12)
    return Piece(i, end, day=Day(fixed=start, exact=True)) if start else None


def _span(source: Source, start: int, end: int, span: str, ahead: bool) -> Piece | None:
    today = source.today
    if span == "weekend":
        saturday = add_days(monday(today), 5 + 7 * ahead)
        day = max(saturday, today) if saturday and not ahead else saturday
        return Piece(start, end, day=Day(fixed=day, exact=True)) if day else None
    first = _first_of(today, span, 1) if ahead else None
    if span in {"month", "year"} and first:
        return Piece(start, end, day=Day(year=first.year, month=first.month if span == "month" else None))
    if span == "year":
        return Piece(start, end, day=Day(year=today.year))
    if span != "week":
        return _edge(source, start, end, span, "next" if ahead else "this", FIRST if ahead else LAST)
    if ahead or _weekday_near(source, start, end):
        week = add_days(monday(today), 7 * ahead)
        return Piece(start, end, day=Day(week=week)) if week else None
    return _edge(source, start, end, "week", "this", LAST)


def _weekday_near(source: Source, start: int, end: int) -> bool:
    return any(source.word(j) in WEEKDAYS for j in (start - 2, start - 1, end, end + 1))


def possessive_at(source: Source, i: int) -> Piece | None:
    """`next month's 5th`, `May's second Tuesday`."""
    which, j = which_at(source, i)
    word = source.word(j)
    month = MONTHS.get(word.removesuffix("s")) if word.endswith("s") else None
    owned = source.tokens[j].end - source.tokens[j].start > len(word) if word else False
    if month:
        year = source.today.year + (month < source.today.month)
        first = real_date(year, month, 1)
    elif word == "months" and which in {"next", "this", "following"}:
        first = _first_of(source.today, "month", which != "this")
    else:
        return None
    last = first and _edge_day(first, "month", LAST)
    nth = (-1, j + 2) if source.word(j + 1) in {"last", "final"} else ordinal_at(source, j + 1)
    if first is None or last is None or nth is None or not owned:
        return None
    weekday, end = WEEKDAYS.get(source.word(nth[1])), nth[1] + 1
    if weekday is None:
        end = nth[1] + (source.word(nth[1]) == "day")
    day = _nth_in(first, last, nth[0], weekday, "day", False)
    if day and day < source.today and month:
        first = first.replace(year=first.year + 1)
        last = _edge_day(first, "month", LAST) or last
        day = _nth_in(first, last, nth[0], weekday, "day", False)
    return Piece(i, end, day=Day(fixed=day, exact=True)) if day else None


def nth_at(source: Source, i: int) -> Piece | None:
    """`first Tuesday in October`, `last day of the month`, `35th day of 2027`, `3rd Friday after Easter`."""
    j = i + (source.word(i) == "the")
    found = (-1, j + 1) if source.word(j) in {"last", "final"} else ordinal_at(source, j)
    if found is None:
        return None
    nth, j = found
    business = source.word(j) in {"business", "working", "work"}
    j += business
    counted = source.word(j)
    weekday = WEEKDAYS.get(counted)
    if counted == "quarter":
        year = year_at(source, j + 1)
        if not 1 <= nth <= 4 or source.is_word(year[1] if year else j + 1):
            return None
        known = year[0] if year else source.today.year + (nth < (source.today.month + 2) // 3)
        return _edge_of_quarter(source, i, (known, nth, year[1] if year else j + 1), FIRST)
    edge = counted == "of" and _names_edge(source, nth, j + 1)
    if weekday is None and counted not in {"day", "week", "weekend", "weekday"} and not edge:
        return None
    j += not edge
    if weekday is not None and source.word(j) == ("after" if nth > 0 else "before"):
        return _nth_beside(source, i, nth, weekday, j + 1)
    j += source.word(j) in {"of", "in"}
    j = source.after(j, "the", "month", "of") or j
    period = _period(source, j)
    if period is None:
        return None
    first, last, end, rolling = period
    day = _nth_in(first, last, nth, weekday, counted, business)
    if rolling and (day is None or day < source.today):
        later = add_months(first, rolling)
        stop = later and add_months(later, 1 if rolling == 12 and last.month == first.month else rolling)
        day = (
            _nth_in(later, stop - timedelta(days=1), nth, weekday, counted, business)
            if later and stop
            else None
        )
    return Piece(i, end, day=Day(fixed=day, exact=counted != "week")) if day else None


def _names_edge(source: Source, nth: int, i: int) -> bool:
    """`the last of May`, `the first of next year`."""
    if nth == -1:
        return source.word(i) in MONTHS
    return nth == 1 and source.word(which_at(source, i)[1]) == "year"


def _nth_beside(source: Source, i: int, nth: int, weekday: int, j: int) -> Piece | None:
    anchor = named_at(source, j)
    base = resolve_day(anchor.day, source.today) if anchor and anchor.day else None
    if anchor is None or base is None:
        return None
    if nth > 0:
        day = add_days(base, ((weekday - base.weekday()) % 7 or 7) + 7 * (nth - 1))
    else:
        day = add_days(base, -((base.weekday() - weekday) % 7 or 7))
    return Piece(i, anchor.end, day=Day(fixed=day, exact=True)) if day else None


def _period(source: Source, i: int) -> tuple[date, date, int, int] | None:
    """The month or year at `i`: (first day, last day, next position, months to roll on when it is past)."""
    which, j = which_at(source, i)
    month, year = month_at(source, j), year_at(source, j)
    if month:
        said = year_at(source, month[1]) or _year_beside(source, month[1])
        known = said[0] if said else source.today.year + (which == "next" and month[0] <= source.today.month)
        first = real_date(known, month[0], 1)
        last = first and _edge_day(first, "month", LAST)
        rolling = 0 if said or which in {"this", "next"} else 12
        return (first, last, said[1] if said else month[1], rolling) if first and last else None
    if year and not which:
        return date(year[0], 1, 1), date(year[0], 12, 31), year[1], 0
    if not which and source.word(j) == "the":
        j += 1
    span = source.word(j)
    if span == "week" and which in {"next", "this", "following"}:
        first = _first_of(source.today, span, which != "this")
        last = first and add_days(first, 6)
        return (first, last, j + 1, 0) if first and last else None
    if span not in _MONTHS_IN or (not which and source.word(j - 1) not in {"the", "of"}):
        return None
    first = _first_of(source.today, span, which in {"next", "following"})
    last = first and _edge_day(first, span, LAST)
    return (first, last, j + 1, 0 if which else _MONTHS_IN[span]) if first and last else None


def _year_beside(source: Source, i: int) -> tuple[int, int] | None:
    """`next year` behind a month."""
    i += source.word(i) in {"of", "in"}
    if source.word(i) not in {"next", "this"} or source.word(i + 1) != "year":
        return None
    return source.today.year + (source.word(i) == "next"), i + 2


def _nth_in(
    first: date, last: date, nth: int, weekday: int | None, counted: str, business: bool
) -> date | None:
    if weekday is None and counted == "weekend":
        weekday = 5
    if weekday is not None:
        found = nth_weekday(first.year, (first if nth > 0 else last).month, weekday, nth)
    elif counted == "week":
        found = add_days(first, 7 * (nth - 1)) if nth > 0 else add_days(last, -6)
    elif business or counted == "weekday":
        found = _nth_working_day(first, last, nth)
    else:
        found = add_days(first, nth - 1) if nth > 0 else last
    return found if found and first <= found <= last else None


def _nth_working_day(first: date, last: date, nth: int) -> date | None:
    step = 1 if nth > 0 else -1
    day: date | None = first if nth > 0 else last
    left = abs(nth)
    while day and first <= day <= last:
        left -= day.weekday() < 5
        if not left:
            return day
        day = add_days(day, step)
    return None
