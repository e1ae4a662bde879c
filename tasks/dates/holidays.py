"""Holidays people name in task titles: mostly those of the United States, with the common ones elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from .calendar_dates import year_at
from .durations import duration_at
from .pieces import Day, Piece, real_date
from .tokens import Source
from .words import PARTS

Rule = Callable[[int], date]


def easter(year: int) -> date:
    """Western Easter Sunday, by the Gregorian computus in whole numbers (Butcher's form)."""
    golden, century, rest = year % 19, year // 100, year % 100
    correction = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - correction - rest % 4) % 7
    late = (golden + 11 * correction + 22 * weekday) // 451
    month, day = divmod(correction + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date | None:
    """The nth such weekday of a month, counted from its end when `nth` is -1."""
    if nth > 0:
        first = date(year, month, 1)
        return real_date(year, month, 1 + (weekday - first.weekday()) % 7 + 7 * (nth - 1))
    last = (
        date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1) if year < 9999 else date(9999, 12, 31)
    )
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def orthodox_easter(year: int) -> date:
    """Eastern Easter Sunday in the Gregorian calendar, by the Julian computus (Meeus)."""
    moon = (19 * (year % 19) + 15) % 30
    weekday = (2 * (year % 4) + 4 * (year % 7) - moon + 34) % 7
    month, day = divmod(moon + weekday + 114, 31)
    return date(year, month, day + 1) + timedelta(days=year // 100 - year // 400 - 2)


def _new_moon_day(year: int) -> int:
    """Days to 1 Tishri of a Hebrew year, from the calendar's epoch, with the four postponements."""
    months = (235 * year - 234) // 19
    parts = 12084 + 13753 * months
    day = 29 * months + parts // 25920
    return day + 1 if 3 * (day + 1) % 7 < 3 else day


def rosh_hashanah(year: int) -> date:
    """The first full day of the Hebrew year that begins in the Gregorian `year`."""
    hebrew = year + 3761
    before, day, behind = (_new_moon_day(hebrew + k) for k in (-1, 0, 1))
    if behind - day == 356:
        day += 2
    elif day - before == 382:
        day += 1
    return date.fromordinal(day - 1373427)


def _hebrew(days: int) -> Rule:
    return lambda year: rosh_hashanah(year) + timedelta(days=days)


def _hanukkah(year: int) -> date:
    length = (rosh_hashanah(year + 1) - rosh_hashanah(year)).days
    return rosh_hashanah(year) + timedelta(days=84 if length in (355, 385) else 83)


def _orthodox(days: int) -> Rule:
    return lambda year: orthodox_easter(year) + timedelta(days=days)


def _on(month: int, day: int) -> Rule:
    return lambda year: date(year, month, day)


def _nth(month: int, weekday: int, nth: int, days: int = 0) -> Rule:
    def rule(year: int) -> date:
        found = nth_weekday(year, month, weekday, nth)
        assert found is not None
        return found + timedelta(days=days)

    return rule


def _easter(days: int) -> Rule:
    return lambda year: easter(year) + timedelta(days=days)


_RULES: dict[str, Rule] = {
    name: rule
    for rule, names in (
        (_on(1, 1), "new year|new years|new year day|new years day|newyear"),
        (
            _nth(1, 0, 3),
            "mlk day|mlk|martin luther king day|martin luther kings day|martin luther king jr day|"
            "dr martin luther king day|dr martin luther king jr day",
        ),
        (_nth(2, 6, 2), "super bowl sunday|superbowl sunday|super bowl"),
        (_on(2, 2), "groundhog day|groundhogs day|ground hog day"),
        (_on(2, 14), "valentines day|valentine day|valentines|v day|st valentines day|st valentine day"),
        (_nth(2, 0, 3), "presidents day|president day|washingtons birthday"),
        (
            _on(3, 17),
            "st patricks day|st patrick day|st pattys day|st paddys day|st patricks|paddys day",
        ),
        (_on(4, 1), "april fools day|april fools|april fool day|all fools day"),
        (_on(4, 22), "earth day"),
        (_on(5, 1), "may day|international workers day"),
        (_on(5, 4), "star wars day"),
        (_on(5, 5), "cinco de mayo"),
        (_nth(5, 6, 2), "mothers day|mother day"),
        (_nth(5, 0, -1), "memorial day"),
        (_on(6, 14), "flag day"),
        (_nth(6, 6, 3), "fathers day|father day"),
        (_on(6, 19), "juneteenth"),
        (_on(7, 1), "canada day"),
        (_on(7, 4), "independence day"),
        (_on(7, 14), "bastille day"),
        (_nth(9, 0, 1), "labor day|labour day"),
        (_nth(10, 0, 2), "columbus day|indigenous peoples day"),
        (_on(10, 31), "halloween|hallowe en|all hallows eve|halloween day"),
        (_on(11, 1), "all saints day"),
        (_on(11, 5), "guy fawkes night|guy fawkes day|bonfire night"),
        (_on(11, 11), "veterans day|veteran day|remembrance day|armistice day"),
        (_nth(11, 3, 4), "thanksgiving|thanksgiving day|thanks giving|turkey day"),
        (_nth(11, 3, 4, 1), "black friday"),
        (_nth(11, 3, 4, 4), "cyber monday"),
        (_on(12, 24), "christmas eve|xmas eve"),
        (_on(12, 25), "christmas|christmas day|xmas|xmas day|x mas|chrismas|christmass"),
        (_on(12, 26), "boxing day"),
        (_on(12, 31), "new years eve|new year eve|nye"),
        (_easter(-47), "mardi gras|shrove tuesday|fat tuesday|pancake day|pancake tuesday"),
        (_easter(-46), "ash wednesday"),
        (_easter(-7), "palm sunday"),
        (_easter(-3), "maundy thursday|holy thursday"),
        (_easter(-2), "good friday"),
        (_easter(-1), "holy saturday|easter saturday"),
        (_easter(0), "easter|easter sunday|easter day"),
        (_easter(1), "easter monday"),
        (_easter(39), "ascension day|ascension thursday"),
        (_easter(49), "pentecost|whit sunday|whitsun"),
        (_easter(50), "whit monday|pentecost monday"),
        (_easter(56), "trinity sunday"),
        (_easter(60), "corpus christi"),
        (_orthodox(0), "orthodox easter|orthodox easter sunday|greek easter"),
        (_orthodox(-2), "orthodox good friday"),
        (_orthodox(1), "orthodox easter monday"),
        (_hebrew(-193), "purim"),
        (_hebrew(-163), "passover|pesach"),
        (_hebrew(-113), "shavuot"),
        (_hebrew(0), "rosh hashanah|rosh hashana"),
        (_hebrew(9), "yom kippur"),
        (_hebrew(14), "sukkot|sukkoth"),
        (_hanukkah, "hanukkah|chanukah|hanukah"),
        (_on(1, 6), "epiphany|three kings day"),
        (_on(1, 26), "australia day"),
        (_on(1, 25), "burns night"),
        (_on(2, 12), "lincolns birthday"),
        (_on(3, 1), "st davids day"),
        (_easter(-21), "mothering sunday"),
        (_on(4, 23), "st georges day"),
        (_nth(4, 4, -1), "arbor day"),
        (_on(11, 11), "singles day"),
        (_on(11, 30), "st andrews day"),
        (_on(12, 6), "st nicholas day"),
        (_on(12, 26), "st stephens day"),
        (_on(3, 8), "womens day|international womens day"),
        (_on(3, 14), "pi day"),
        (_on(4, 15), "tax day"),
        (_on(4, 25), "anzac day"),
        (_on(9, 11), "patriot day"),
        (_nth(9, 0, 1, 6), "grandparents day"),
        (_on(10, 16), "bosss day|boss day|bosses day"),
        (_nth(11, 0, 1, 1), "election day"),
        (_on(11, 2), "all souls day|day of the dead"),
        (_nth(11, 3, 4, -1), "thanksgiving eve"),
        (_nth(11, 3, 4, 2), "small business saturday"),
        (_nth(11, 3, 4, 5), "giving tuesday"),
        (_on(12, 7), "pearl harbor day"),
        (_on(12, 26), "kwanzaa"),
    )
    for name in names.split("|")
}
_RULES |= {f"saint {name[3:]}": rule for name, rule in _RULES.items() if name.startswith("st ")}
_BY_FIRST: dict[str, list[tuple[list[str], Rule]]] = {}
for _name, _rule in sorted(_RULES.items(), key=lambda item: -len(item[0])):
    _BY_FIRST.setdefault(_name.split()[0], []).append((_name.split(), _rule))
STARTERS = frozenset(_BY_FIRST)
# Their new year is another day than the first of January.
_OTHER_YEARS = frozenset({"chinese", "lunar", "jewish", "persian", "tamil", "vietnamese", "islamic"})


def holiday_at(
    source: Source, i: int, which: str = "", start: int | None = None, known: int | None = None
) -> Piece | None:
    """A holiday at token `i`, with its year when one is said or `known`, its eve or its weekend."""
    for words, rule in _BY_FIRST.get(source.word(i), ()):
        if words[0] in {"new", "newyear"} and source.word(i - 1) in _OTHER_YEARS:
            continue
        end = _names_end(source, i, words)
        if end is None:
            continue
        moved, end = _beside(source, end)
        year, end = (known, end) if known else _year(source, end)
        since, end = _distance(source, end) if year is None else (source.today, end)
        day = _date(rule, year, which, since)
        day = day and moved(day)
        return Piece(i if start is None else start, end, day=Day(fixed=day, exact=True)) if day else None
    return None


def _names_end(source: Source, i: int, words: list[str]) -> int | None:
    for word in words:
        if source.word(i) in {".", "-", "'", "’", ","} and word != words[0] and source.glued(i):
            i += 1
        if source.word(i) != word:
            return None
        i += 1
    return i


def _beside(source: Source, i: int) -> tuple[Callable[[date], date], int]:
    """`eve` or `weekend` behind a holiday: how it moves the day, and the next position."""
    if source.word(i) == "eve":
        return lambda day: day - timedelta(days=1), i + 1
    if source.word(i) == "weekend":
        return lambda day: day + timedelta(days=(8 - day.weekday()) % 7 - 3), i + 1
    return lambda day: day, i


def _year(source: Source, i: int) -> tuple[int | None, int]:
    turn = i + (source.word(i) in {"of", "in"})
    if source.word(turn) in {"next", "this"} and source.word(turn + 1) == "year":
        return source.today.year + (source.word(turn) == "next"), turn + 2
    behind = i + 1 if source.word(i) in PARTS and source.digits(i + 1) == 4 else i
    return year_at(source, behind) or (None, i)


def _distance(source: Source, i: int) -> tuple[date, int]:
    """`in 3 years` behind a holiday: the day from which to look for it."""
    ahead = source.word(i) == "in"
    found = duration_at(source, i + ahead)
    behind = found and source.after(found[1], "from", "now")
    if found and not ahead:
        found = (found[0], behind) if behind else None
    since = found[0].from_day(source.today) if found and found[0].months else None
    return (since, found[1]) if found and since else (source.today, i)


def _date(rule: Rule, year: int | None, which: str, today: date) -> date | None:
    if year is not None:
        return rule(year)
    years = [today.year - 1, today.year] if which == "last" else [today.year, today.year + 1]
    days = [rule(y) for y in years if 1 <= y <= 9999]
    if which == "last":
        return next((day for day in reversed(days) if day < today), None)
    return next((day for day in days if day >= today), None)
