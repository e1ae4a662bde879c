"""Dates with a month's name, and days of a month: "December 6th", "03APR", "in June 2027", "the 12th"."""

from __future__ import annotations

from .pieces import Day, Piece, add_months, real_date
from .tokens import Source, number_at, ordinal_at
from .words import COUNTED, FUNCTION_WORDS, MONTHS, ORDINAL_ENDINGS, vocabulary

_NEXT = frozenset({"next", "nxt"})
_THIS = frozenset({"this", "coming", "upcoming", "current", "following", "comming"})
_LAST = frozenset({"last", "past", "previous"})
_CLOCKWORK = vocabulary("am pm a p h hrs hours uhr oclock o : %")
DASHES = frozenset({"-", "–", "—"})
_THROUGH = DASHES | {"to", "through", "thru", "till", "until"}


def which_at(source: Source, i: int) -> tuple[str, int]:
    """`this`, `next`, `following`, `last` or nothing: (one of them or "", next position)."""
    word = source.word(i)
    if word in {"the", "this"} and source.word(i + 1) in _NEXT | _LAST | _THIS - {"this"}:
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
    dot = (
        source.word(i + 1) == "."
        and source.glued(i + 1)
        and bool(source.digits(i + 2) or len(source.word(i)) < 5)
    )
    return month, i + 1 + dot


def year_at(source: Source, i: int, *, short: bool = False) -> tuple[int, int] | None:
    """A year behind a date: `2027`, `, 2027`, `'27`; two bare figures only when `short`."""
    if source.word(i) in {",", "of", "in"}:
        i += 1
    i += source.word(i) == "year" and source.digits(i + 1) == 4
    spoken = spoken_year_at(source, i)
    if spoken:
        return spoken
    if source.word(i) in {"'", "’"} and source.glued(i + 1):
        i, short = i + 1, True
    number, digits = source.number(i), source.digits(i)
    if (
        number is None
        or source.word(i + 1) in _CLOCKWORK
        or (source.word(i + 1) == "." and source.glued(i + 2))
    ):
        return None
    if digits == 4 and 1900 <= number <= 2199:
        return number, i + 1
    return (full_year(number), i + 1) if short and digits == 2 else None


def spoken_year_at(source: Source, i: int) -> tuple[int, int] | None:
    """`two thousand and seventeen`, `twenty twenty seven`."""
    century = {"nineteen": 1900, "twenty": 2000}.get(source.word(i))
    j = i + 1
    if source.word(i) == "two" and source.word(i + 1) == "thousand":
        century, j = 2000, i + 2 + (source.word(i + 2) == "and")
    rest = number_at(source, j) if century and not source.digits(j) else None
    if century is None or rest is None or rest[0] > 99 or (rest[0] < 10 and j == i + 1):
        return None
    return century + rest[0], rest[1]


def full_year(year: int) -> int:
    return year if year > 99 else year + (2000 if year < 70 else 1900)


def opens_clause(source: Source, i: int) -> bool:
    return source.word(i) in {
        "at",
        "by",
        "to",
        "for",
        "with",
        "and",
        "before",
        "after",
        "around",
        "please",
        "that",
    }


def day_number_at(source: Source, i: int) -> tuple[int, int, bool] | None:
    """A day of the month: (number, next position, whether it is an ordinal)."""
    found = ordinal_at(source, i)
    if found:
        real = 1 <= found[0] <= 31 and source.word(found[1]) != "thing"
        return (*found, True) if real else None
    before = i - 1 - (source.word(i - 1) in {".", "the", ","})
    spelled = number_at(source, i) if source.word(before) in MONTHS and not source.digits(i) else None
    if spelled and 1 <= spelled[0] <= 31:
        clear = not source.is_word(spelled[1]) or source.word(spelled[1]) in FUNCTION_WORDS
        clear = clear or source.word(i - 2) in {"on", "by"} or spelled[1] > i + 1
        clear = clear or source.word(spelled[1]) in _NEXT | {"this"}
        return (*spelled, False) if clear or spoken_year_at(source, spelled[1]) else None
    ahead = None if source.digits(i) else number_at(source, i)
    if ahead and 1 <= ahead[0] <= 31 and source.word(ahead[1] + (source.word(ahead[1]) == "of")) in MONTHS:
        return (*ahead, False)
    number = source.number(i)
    if (
        number is None
        or not 1 <= number <= 31
        or source.digits(i) > 2
        or (source.glued(i) and source.word(i - 1) == ":")
    ):
        return None
    clocked = source.word(i + 1) == ":" and source.digits(i + 2) > 0
    clocked = (
        clocked
        or source.word(i + 1) in _CLOCKWORK - {"a", "o", ":"}
        or (source.word(i + 1) == "a" and (source.glued(i + 1) or source.word(i + 2) == "."))
    )
    return None if clocked else (number, i + 1, False)


def month_day_at(source: Source, i: int) -> Piece | None:
    """`December 6`, `Dec. the 6th, 2026`, `July 13-15`, `June 2027`, `next March`."""
    if source.digits(i) == 4 and source.word(i + 1 + (source.word(i + 1) == ",")) in MONTHS:
        return _year_first(source, i)
    which, j = which_at(source, i)
    j += source.word(j) == "the" and not which
    month = month_at(source, j)
    if month is None:
        return None
    j = month[1]
    if source.word(j) in {",", "-", "/"} and source.digits(j + 1):
        j += 1
    j = source.after(j, "on", "the") or j + (source.word(j) == "the")
    number = day_number_at(source, j)
    if number and not _is_broken(source, number[1]):
        end = _range_end(source, number[1], number[0])
        joined = source.word(end) in {"-", "/", "."} and source.glued(end)
        year = year_at(source, end + joined, short=joined or _is_short_year(source, end))
        return _month_day(i, year[1] if year else end, year[0] if year else None, month[0], number[0], which)
    apart = month[1] + (source.word(month[1]) in {"-", "/"} and source.digits(month[1] + 1) == 4)
    year = year_at(source, apart)
    if year:
        return Piece(i, year[1], day=Day(year=year[0], month=month[0]))
    return _month_alone(source, i, month[0], month[1], which)


def _is_broken(source: Source, i: int) -> bool:
    """Whether the number before `i` goes on as something else than a date: "May 3.5"."""
    if source.word(i) == "/" and source.digits(i + 1) in (1, 2):
        return False
    return source.word(i) in {".", "/"} and source.glued(i + 1) and year_at(source, i + 1) is None


def _year_first(source: Source, i: int) -> Piece | None:
    """`2026 Dec 24`."""
    year, month = source.number(i), month_at(source, i + 1 + (source.word(i + 1) == ","))
    number = day_number_at(source, month[1]) if month else None
    if year is None or month is None or number is None or not 1900 <= year <= 2199:
        return None
    return _month_day(i, number[1], year, month[0], number[0], "")


def _range_end(source: Source, i: int, first: int) -> int:
    """Past `-15` or `to 15th` behind a day of the month: the range's start is what is due."""
    i += source.word(i) == "." and source.word(i + 1) in DASHES
    if source.word(i) not in _THROUGH | {"and", "or", "&", "/"}:
        behind = ordinal_at(source, i)
        tied = behind and (source.word(behind[1]) in MONTHS or source.word(i - 1) in ORDINAL_ENDINGS)
        return behind[1] if behind and tied and source.digits(i) else i
    number = day_number_at(source, i + 1 + (source.word(i + 1) == "the"))
    if (
        number is None
        or number[0] <= first
        or (source.word(number[1]) in {":", "/", "-", "."} and source.glued(number[1] + 1))
    ):
        return i
    return number[1]


_MONTH_LEADS = frozenset({"come", "in", "by", "until", "till", "before", "of", "during", "starting", "from"})


def _month_alone(source: Source, i: int, month: int, end: int, which: str) -> Piece | None:
    lead = source.word(i - 1)
    turn = end + (source.word(end) == "of")
    tied = source.word(turn) in {"next", "this"} and source.word(turn + 1) == "year"
    if not which and not tied and lead not in _MONTH_LEADS:
        return None
    if source.word(end - 1) in {"may", "march", "mar"} and source.is_word(end) and not which and not tied:
        return None
    return Piece(i, end, day=Day(month=month, which=which), weak=which == "last")


def _month_day(start: int, end: int, year: int | None, month: int, day: int, which: str) -> Piece | None:
    if real_date(year or 2024, month, day) is None:
        return None
    return Piece(start, end, day=Day(year=year, month=month, day=day, which=which))


def day_month_at(source: Source, i: int) -> Piece | None:
    """`6 December`, `the 6th of Dec 2026`, `13-15 July`, `03APR`, `30-Mar-11`."""
    j = i + (source.word(i) in {"the", "next", "this", "coming"})
    number = day_number_at(source, j)
    if number is None or (j > i and source.word(i) != "the" and not number[2]):
        return None
    j = _range_end(source, number[1], number[0])
    if source.word(j) in {".", "-", "/", ","}:
        j += 1
    if j == number[1]:
        j += source.word(j) == "day"
    j = source.after(j, "of", "the", "month", "of") or j + (source.word(j) in {"of", "in"})
    which, j = which_at(source, j) if source.word(j) in {"this", "next", "last"} else ("", j)
    month = month_at(source, j)
    if month is None or (source.word(j) == "may" and source.word(month[1]) in {"be", "need", "have", "want"}):
        return None
    end = month[1]
    if _counts_something(source, i, end):
        return None
    joined = source.word(end) in {"-", "/", "."} and source.glued(end)
    year = year_at(source, end + joined, short=joined or _is_short_year(source, end))
    return _month_day(i, year[1] if year else end, year[0] if year else None, month[0], number[0], which)


def _counts_something(source: Source, i: int, behind: int) -> bool:
    """Whether the number at `i` belongs to the title: "chapter 10 Dec 23", "page 4 May the 2nd"."""
    if source.number(i) is None or source.word(i + 1) in ORDINAL_ENDINGS or source.glued(i + 1):
        return False
    day = day_number_at(source, behind + (source.word(behind) in {"the", "-", ".", ","}))
    if day is None or year_at(source, day[1] - 1):
        return False
    return day[2] or source.word(i - 1) in COUNTED | {"at", "@"}


def _is_short_year(source: Source, i: int) -> bool:
    follower = source.word(i + 1)
    unit = follower in {":", ".", "-", "/", "%"} and source.glued(i + 1)
    return source.digits(i) == 2 and not unit and not source.is_word(i + 1)


def day_of_month_at(source: Source, i: int) -> Piece | None:
    """`the 12th`, `on the 22`, `12th of next month`; weak where it may count something else."""
    article = source.word(i) == "the"
    j = i + article
    chosen = which_at(source, i)
    if chosen[0] == "this" and ordinal_at(source, chosen[1]):
        article, j = True, chosen[1]
    elif source.word(i) == "day" and source.digits(i + 1):
        return _in_month(source, i, i + 2, source.number(i + 1) or 0)
    number = day_number_at(source, j)
    if number is None or (source.glued(j) and source.digits(j) and not source.is_word(j - 1)):
        return None
    value, end, is_ordinal = number
    in_month = _in_month(source, i, end, value)
    if in_month or not (article or is_ordinal):
        lone = source.word(i - 1) == "on" and (not source.is_word(end) or source.word(end) == "at")
        return in_month or (Piece(i, end, day=Day(day=value), weak=True) if lone else None)
    if source.word(end) in {"%", "/", ":", "-"} and source.glued(end + 1):
        return None
    led = source.word(i - 1) in {"on", "by", "until", "before", "due", "from", "till"}
    if source.word(j) == "first" and not article and not led:
        return None
    spelled = source.number(j) is None
    if not source.word(end):
        owned = source.word(i - 1) in {"my", "our", "your", "his", "her", "their", "a"}
        firm = led or (article and (not spelled or value > 10)) or (is_ordinal and not spelled and not owned)
    else:
        clear = not source.is_word(end) or opens_clause(source, end)
        aside = source.word(end) in FUNCTION_WORDS - {"of", "in"}
        firm = article and is_ordinal and ((clear and not spelled) or (led and aside))
        firm = firm or (led and (article or is_ordinal) and not spelled and source.word(end) not in _NOT_DAYS)
    return Piece(i, end, day=Day(day=value), weak=not firm)


_NOT_DAYS = vocabulary(
    "floor grade edition time one place person chapter draft half street st avenue ave birthday "
    "anniversary round attempt level row page version phase try century quarter annual street "
    "item"
)


def _in_month(source: Source, start: int, end: int, number: int) -> Piece | None:
    j = end + (source.word(end) in {"of", "in"})
    which, k = which_at(source, j)
    if not which:
        if source.word(j) != "the" or j == end:
            return None
        which, k = "", j + 1
    if source.word(k) != "month":
        return None
    if not which:
        return Piece(start, k + 1, day=Day(day=number))
    first = add_months(source.today.replace(day=1), which in {"next", "following"})
    day = first and real_date(first.year, first.month, number)
    return Piece(start, k + 1, day=Day(fixed=day, exact=True)) if day else None


def weekday_number(source: Source, i: int, weekday: int) -> tuple[int, int] | None:
    """The day of the month behind a weekday: `Friday 23`, `Thursday (12.)`, `Monday the 21st`."""
    opened = source.word(i) == "("
    j = i + (opened or source.word(i) == ",")
    j += source.word(j) == "the"
    number = day_number_at(source, j)
    if number is None or source.word(number[1]) in MONTHS or source.word(number[1]) in {"of", "/", ":"}:
        return None
    value, end, is_ordinal = number
    end += source.word(end) == "." and (opened or (source.is_word(end + 1) is False and source.glued(end)))
    if opened:
        return (value, end + 1) if source.word(end) == ")" else None
    if is_ordinal and source.word(j) == "first" and not source.is_word(end):
        return None
    if is_ordinal or source.word(j - 1) == "the":
        return value, end
    if (source.word(end) in _THROUGH | {".", "h"} and source.glued(end)) or source.word(end) == "to":
        return None
    if value > 24 or (value > 12 and (not source.is_word(end) or opens_clause(source, end))):
        return value, end
    ahead = (weekday - source.today.weekday()) % 7
    near = {(source.today.toordinal() + ahead + 7 * k) for k in range(2)}
    names = {source.today.fromordinal(day).day for day in near if day <= source.today.max.toordinal()}
    clocked = source.word(end) in {"in", "at"} and source.word(end + 1) in {"night", "the"}
    return (value, end) if value in names and not clocked else None
