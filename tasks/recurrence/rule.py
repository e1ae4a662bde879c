"""The part of RFC 5545 that a task can repeat by: parsing, checking and saying it in English."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
FREQUENCIES = ("HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
MAX_TEXT, MAX_INTERVAL, MAX_COUNT = 300, 1000, 1000
_PARTS = ("FREQ", "INTERVAL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST", "COUNT", "UNTIL")
_REFUSED = {
    "BYSECOND": "the time of day comes from the due date",
    "BYMINUTE": "the time of day comes from the due date",
    "BYHOUR": "the time of day comes from the due date",
    "BYYEARDAY": "give BYMONTH and BYMONTHDAY instead",
    "BYWEEKNO": "give BYMONTH and BYDAY instead",
}
_BYDAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"([0-9]{8})(?:T([0-9]{6})Z?)?")


@dataclass(frozen=True, slots=True)
class Rule:
    """A checked rule. `days` are (ordinal or 0, weekday); `until` is the last local day, included."""

    freq: str
    interval: int = 1
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    days: tuple[tuple[int, int], ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0
    count: int | None = None
    until: date | None = None

    def text(self) -> str:
        """The rule in one canonical spelling."""
        values = {
            "FREQ": self.freq,
            "INTERVAL": str(self.interval) if self.interval > 1 else "",
            "BYMONTH": ",".join(map(str, self.months)),
            "BYMONTHDAY": ",".join(map(str, self.month_days)),
            "BYDAY": ",".join(f"{nth or ''}{CODES[day]}" for nth, day in self.days),
            "BYSETPOS": ",".join(map(str, self.positions)),
            "WKST": CODES[self.week_start] if self.week_start else "",
            "COUNT": str(self.count) if self.count is not None else "",
            "UNTIL": self.until.isoformat().replace("-", "") if self.until else "",
        }
        return ";".join(f"{name}={values[name]}" for name in _PARTS if values[name])


def parse_rule(text: str) -> Rule:
    """The rule in RRULE text; ValueError says what to change."""
    parts = _split(text)
    freq = parts.get("FREQ", "")
    if freq in {"SECONDLY", "MINUTELY"}:
        raise ValueError(f"FREQ={freq} is too often for a task; use HOURLY or slower.")
    if freq not in FREQUENCIES:
        raise ValueError(f"FREQ must be one of {', '.join(FREQUENCIES)}.")
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueError("Give COUNT or UNTIL, not both.")
    rule = Rule(
        freq=freq,
        interval=_bounded("INTERVAL", parts.get("INTERVAL", "1"), 1, MAX_INTERVAL),
        months=_numbers("BYMONTH", parts.get("BYMONTH", ""), 1, 12),
        month_days=_numbers("BYMONTHDAY", parts.get("BYMONTHDAY", ""), -31, 31),
        days=_days(parts.get("BYDAY", "")),
        positions=_numbers("BYSETPOS", parts.get("BYSETPOS", ""), -366, 366),
        week_start=_week_start(parts.get("WKST", "MO")),
        count=_bounded("COUNT", parts["COUNT"], 1, MAX_COUNT) if "COUNT" in parts else None,
        until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
    )
    _check_combination(rule)
    return rule


def _split(text: str) -> dict[str, str]:
    if len(text) > MAX_TEXT:
        raise ValueError(f"A repeat rule has at most {MAX_TEXT} characters.")
    body = text.strip().upper().removeprefix("RRULE:").strip(";")
    if not body:
        raise ValueError("The repeat rule is empty; begin with FREQ=, such as FREQ=WEEKLY.")
    parts: dict[str, str] = {}
    for pair in body.split(";"):
        name, equals, value = (piece.strip() for piece in pair.partition("="))
        if name in _REFUSED:
            raise ValueError(f"{name} is not supported: {_REFUSED[name]}.")
        if name not in _PARTS or not equals or not value:
            raise ValueError(f"'{pair[:40]}' is not a part of a repeat rule; write NAME=VALUE;NAME=VALUE.")
        if name in parts:
            raise ValueError(f"{name} is given twice.")
        parts[name] = value
    return parts


def _bounded(name: str, value: str, low: int, high: int) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,6}", value) or not low <= int(value) <= high or int(value) == 0:
        raise ValueError(
            f"{name} must be a whole number from {low} to {high}" + ("." if low > 0 else ", not 0.")
        )
    return int(value)


def _numbers(name: str, value: str, low: int, high: int) -> tuple[int, ...]:
    return (
        tuple(sorted({_bounded(name, item.strip(), low, high) for item in value.split(",")})) if value else ()
    )


def _days(value: str) -> tuple[tuple[int, int], ...]:
    found = set()
    for item in value.split(",") if value else ():
        match = _BYDAY.fullmatch(item.strip())
        nth = int(match[1] or 0) if match else 0
        if match is None or (match[1] and not 1 <= abs(nth) <= 53):
            raise ValueError(f"'{item[:20]}' in BYDAY is not a day; write MO, or 1MO for the first Monday.")
        found.add((nth, CODES.index(match[2])))
    return tuple(sorted(found, key=lambda day: (day[1], day[0])))


def _week_start(value: str) -> int:
    if value not in CODES:
        raise ValueError(f"WKST must be one of {', '.join(CODES)}.")
    return CODES.index(value)


def _until(value: str) -> date:
    match = _UNTIL.fullmatch(value)
    try:
        if match is None:
            raise ValueError(value)
        return date.fromisoformat(match[1])
    except ValueError:
        raise ValueError("UNTIL must be a date such as 20271231.") from None


def _check_combination(rule: Rule) -> None:
    narrowed = rule.months or rule.month_days or rule.days or rule.positions
    if rule.freq == "HOURLY" and narrowed:
        raise ValueError("FREQ=HOURLY takes INTERVAL, COUNT and UNTIL only.")
    if rule.freq in {"DAILY", "WEEKLY"} and any(nth for nth, _ in rule.days):
        raise ValueError("A numbered day such as 1MO needs FREQ=MONTHLY or FREQ=YEARLY.")
    if rule.freq == "WEEKLY" and rule.month_days:
        raise ValueError("BYMONTHDAY needs FREQ=DAILY, MONTHLY or YEARLY.")
    if rule.positions and not (rule.days or rule.month_days or rule.months):
        raise ValueError("BYSETPOS needs BYDAY or BYMONTHDAY to choose from.")
    if rule.positions and rule.freq == "DAILY":
        raise ValueError("BYSETPOS needs FREQ=WEEKLY, MONTHLY or YEARLY.")


def ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last", -2: "second last"}
_UNITS = {"HOURLY": "hour", "DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
_WEEKDAYS = tuple((0, day) for day in range(5))
_WEEKEND = ((0, 5), (0, 6))


def describe_rule(rule: Rule) -> str:
    """The rule in English: "every 2 weeks on Tuesday"."""
    unit = _UNITS[rule.freq]
    every = f"every {rule.interval} {unit}s" if rule.interval > 1 else f"every {unit}"
    clause = _clause(rule)
    if (
        rule.freq in {"DAILY", "WEEKLY"}
        and rule.interval == 1
        and not (rule.months or rule.positions or rule.month_days)
    ):
        if rule.days == _WEEKDAYS:
            every, clause = "every weekday", ""
        elif rule.days and rule.days != _WEEKEND:
            every, clause = f"every {_listed([NAMES[day] for _, day in rule.days])}", ""
        elif rule.days:
            every, clause = "every weekend", ""
            every = "every Saturday and Sunday"
    text = f"{every} {clause}".strip()
    if rule.count is not None:
        text += f", {rule.count} times" if rule.count > 1 else ", once"
    if rule.until:
        text += f", until {rule.until.day} {MONTHS[rule.until.month - 1]} {rule.until.year}"
    return text


def _clause(rule: Rule) -> str:
    months = _listed([MONTHS[month - 1] for month in rule.months])
    if rule.freq == "YEARLY" and months and rule.month_days and not (rule.days or rule.positions):
        return f"on {months} {_listed([_day_of_month(day) for day in rule.month_days], plain=True)}"
    if rule.positions:
        days = _positioned(rule)
    else:
        weekdays = [f"the {_nth(nth)} {NAMES[day]}" if nth else NAMES[day] for nth, day in rule.days]
        numbered = ["the " + _day_of_month(day) for day in rule.month_days]
        both = bool(weekdays and numbered)
        days = f"{_listed(weekdays)} that is {_listed(numbered)}" if both else _listed(weekdays or numbered)
    said = [f"on {days}"] if days else []
    return " ".join([*said, f"in {months}"] if months else said)


def _positioned(rule: Rule) -> str:
    if rule.month_days and rule.positions == (-1,) and not rule.days and min(rule.month_days) == 28:
        return f"the {ordinal(rule.month_days[-1])} or the last day"
    places = _listed([_nth(position) for position in rule.positions])
    if rule.days == _WEEKDAYS:
        return f"the {places} weekday"
    names = [NAMES[day] for _, day in rule.days] or [_day_of_month(day) for day in rule.month_days]
    return f"the {places} of {_listed(names)}" if names else f"the {places} day"


def _nth(number: int) -> str:
    return _NTH.get(number) or (ordinal(number) if number > 0 else f"{ordinal(-number)} last")


def _day_of_month(day: int) -> str:
    if day > 0:
        return ordinal(day)
    return "last day" if day == -1 else f"{ordinal(-day)} last day"


def _listed(words: list[str], plain: bool = False) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
