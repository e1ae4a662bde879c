"""Families of date phrases: every shape, order and separator, with days that plain arithmetic gives."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from itertools import product

import pytest

from tasks.dates import cut, read_due

pytestmark = pytest.mark.one_lane


def either(phrases: str) -> list[str]:
    return phrases.split("|")


NOW = datetime(2026, 11, 18, 10, 0)
TODAY = NOW.date()
MONTHS = either("january|february|march|april|may|june|july|august|september|october|november|december")
WEEKDAYS = either("monday|tuesday|wednesday|thursday|friday|saturday|sunday")
SPELLED = {3: ("third", "three"), 12: ("twelfth", "twelve"), 22: ("twenty second", "twenty two")}


def hold(phrase: str, day: date, clock: str = "", *, title: str = "read chapter 10") -> None:
    text = f"{title} {phrase}"
    reading = read_due(text, now=NOW)
    wanted = f"{day} {clock}:00" if clock else f"{day}"
    assert (str(reading.due), cut(text, reading.spans)) == (wanted, title), text


def ahead(month: int, day: int) -> date:
    this_year = date(TODAY.year, month, day)
    return this_year if this_year >= TODAY else this_year.replace(year=TODAY.year + 1)


def ordinal(day: int) -> str:
    return f"{day}{'th' if 10 <= day <= 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


SHAPES = either(
    "{m} {d}|{m} {o}|{m} the {o}|{d} {m}|{o} {m}|{o} of {m}|the {o} of {m}|{o} day of {m}|"
    "{d} of {m}|{d}. {m}|{d}-{m}|{d}/{m}|{d}{m}|{o}{m}|{m}-{d}|{m}/{d}|{m}{d}|{m}, {d}|"
    "{m} on the {o}|{m} {w}|the {w} of {m}|{w} {m}|{m} {c}|{c} of {m}|on the {o} {m}|by {o} {m}"
)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_day_of_a_month_in_every_shape(shape: str) -> None:
    for number, name in product((2, 5, 9), ("long", "short", "upper")):
        month = MONTHS[number - 1]
        month = {"long": month.title(), "short": month[:3], "upper": month[:3].upper()}[name]
        for day, (word, count) in SPELLED.items():
            phrase = shape.format(m=month, d=day, o=ordinal(day), w=word, c=count)
            hold(phrase, ahead(number, day))


@pytest.mark.parametrize(
    "shape",
    either("{w} {d}|{w}, {d}|{d} {w}|{d}, {w}|{d} ({w})|({w}) {d}|on {w}, {d}|{d} on a {w}"),
)
def test_a_weekday_beside_a_date(shape: str) -> None:
    date_shapes = ("{m} {d}", "{o} of {m}", "{d}{m}", "{d}. {m}", "the {o} of {m}")
    for month, date_shape in product((3, 5, 12), date_shapes):
        day = ahead(month, 14)
        said = date_shape.format(m=MONTHS[month - 1][:3], d=14, o="14th")
        weekday = WEEKDAYS[day.weekday()]
        for name in (weekday.title(), weekday[:3]):
            hold(shape.format(w=name, d=said), day)


TIMES = {
    "17:30": "5:30pm|5:30 p.m.|17:30|17h30|17:30h|17.30h|530pm|5 30 pm|half past five pm|17:30 uhr|1730 hrs",
    "17:00": "5pm|5 PM|5p|17h|5 o'clock pm|five pm|5 in the afternoon|5-6pm|5pm-6pm|17:00-18:00|5pm sharp|"
    "5pm onwards|5pm or 6pm|5pm on the dot|an hour before 6pm",
    "09:00": "9am|0900|9 a.m|9:00|9 in the morning|9-11am|9:00-10:00|9 am local time|nine am",
    "12:00": "noon|12 noon|midday|12pm|12 o'clock noon",
}


@pytest.mark.parametrize("clock", TIMES)
def test_a_time_behind_a_date_and_before_it(clock: str) -> None:
    day = ahead(3, 14)
    for said in TIMES[clock].split("|"):
        for join in (" ", " at ", ", ", " @ ", " at around ", " by ", " at exactly "):
            hold(f"14 Mar{join}{said}", day, clock, title="call Bob")
            hold(f"on the 14th of march{join}{said}", day, clock, title="call Bob")
        for join in (" ", " on ", ", "):
            hold(f"{said}{join}March 14th", day, clock, title="call Bob")


@pytest.mark.parametrize(
    "shape",
    either(
        "{m} 5-9|5-9 {m}|5 to 9 {m}|{m} 5 to 9|{m} 5 - {m} 9|5 {m} - 9 {m}|from {m} 5 to 9|"
        "from the 5th to the 9th of {m}|between {m} 5 and 9|between 5 and 9 {m}|5.-9. {m}|"
        "{m} 5th to the 9th|{m} 5 through 9|{m} 5th-{m} 9th|5th or 6th of {m}|{m} 5th 6th|"
        "5th and 6th {m}|{m} 5/9"
    ),
)
def test_a_range_of_days_begins_when_it_is_due(shape: str) -> None:
    for month in (1, 4, 12):
        hold(shape.format(m=MONTHS[month - 1]), ahead(month, 5), title="water the plants")
    hold(f"{shape.format(m='April')} 2028", date(2028, 4, 5), title="water the plants")


def test_figures() -> None:
    for shape in (
        "%m/%d/%Y",
        "%m/%d/%y",
        "%m-%d-%Y",
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%d.%m.%Y",
        "%d.%m.%y",
        "%d/%m/%Y",
    ):
        hold(date(2027, 4, 25).strftime(shape), date(2027, 4, 25))
    for shape in (
        "%d. %m. %Y",
        "%m / %d / %Y",
        "%Y%m%d",
        "%d/%b/%Y",
        "%Y, %b %d",
        "%b %d '%y",
        "%b %d, year %Y",
    ):
        hold(date(2027, 4, 25).strftime(shape), date(2027, 4, 25))
    for shape in ("4/25-4/28", "4/25 - 4/28", "25.4.-28.4.", "4/25 to 4/28", "25/4"):
        hold(shape, date(2027, 4, 25))


COUNTS = {1: "1 one", 2: "2 two couple", 3: "3 three few several", 10: "10 ten", 100: "100"}
AWAY = either(
    "in {q}|in about {q}|within {q}|{q} from now|in {q} from now|about {q} from now|{q} later|"
    "{q} hence|after {q}|in less than {q}|in no more than {q}|in {q} at the latest|in {q} or so|"
    "{q} from right now|over the next {q}"
)


@pytest.mark.parametrize("shape", AWAY)
def test_distances(shape: str) -> None:
    for number, words in COUNTS.items():
        for word, (unit, days) in product(words.split(), (("day", 1), ("week", 7), ("fortnight", 14))):
            said = f"a {word} of" if word == "couple" else word
            if "next" in shape and word in {"couple", "few", "several"}:
                said = word
            phrase = shape.format(q=f"{said} {unit}{'s' * (number > 1)}")
            hold(phrase, TODAY + timedelta(days=number * days), title="get milk")


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        *(("half an hour", 30), ("an hour and a half", 90), ("2 and a half hours", 150), ("1.5 hours", 90)),
        *(
            ("2h", 120),
            ("2 h", 120),
            ("2h30", 150),
            ("1 hr and 15 mins", 75),
            ("3/4 hour", 45),
            ("90 min", 90),
        ),
        *(("5-10 minutes", 5), ("one or two hours", 60), ("an hour or two", 60), ("1:30 hours", 90)),
        *(("a quarter of an hour", 15), ("three quarters of an hour", 45), ("1 day and 2 hours", 1560)),
    ],
)
def test_distances_by_the_clock(said: str, minutes: int) -> None:
    due = NOW + timedelta(minutes=minutes)
    for shape in ("in {}", "in about {}", "within {}"):
        hold(shape.format(said), due.date(), f"{due:%H:%M}", title="get milk")


@pytest.mark.parametrize(
    ("shape", "days"),
    [
        *(
            ("the day before {}", -1),
            ("the day after {}", 1),
            ("two days before {}", -2),
            ("a week after {}", 7),
        ),
        *(
            ("the night before {}", -1),
            ("the day prior to {}", -1),
            ("3 days after {}", 3),
            ("1 week from {}", 7),
        ),
    ],
)
def test_days_beside_another(shape: str, days: int) -> None:
    anchors = {"march 14": ahead(3, 14), "the 14th of march": ahead(3, 14), "tomorrow": date(2026, 11, 19)}
    anchors |= {"Christmas": date(2026, 12, 25), "sunday": date(2026, 11, 22), "4/14": ahead(4, 14)}
    for said, day in anchors.items():
        if day + timedelta(days=days) < TODAY:
            continue
        hold(shape.format(said), day + timedelta(days=days), title="call Bob")


HOLIDAYS = {
    "christmas": (12, 25),
    "x-mas eve": (12, 24),
    "st. patrick's day": (3, 17),
    "saint valentine's day": (2, 14),
    "April Fools' Day": (4, 1),
    "Martin Luther King, Jr. Day": (1, 18),
    "mothers' day": (5, 9),
    "easter eve": (3, 27),
    "the eve of easter": (3, 27),
    "veteran's day": (11, 11),
}


@pytest.mark.parametrize("shape", either("{}|on {}|by {}|before {}|around {}|just before {}|{} at 6pm"))
def test_holidays_as_people_spell_them(shape: str) -> None:
    for name, day in HOLIDAYS.items():
        hold(shape.format(name), ahead(*day), "18:00" if "6pm" in shape else "", title="get milk")


@pytest.mark.parametrize(
    ("phrase", "day"),
    [
        *(
            ("christmas 2028", (2028, 12, 25)),
            ("christmas '28", (2028, 12, 25)),
            ("next year's easter", (2027, 3, 28)),
        ),
        *(("labor day weekend", (2027, 9, 4)), ("thanksgiving night 2027", (2027, 11, 25))),
        *(
            ("the friday after christmas", (2027, 1, 1)),
            ("christmas 2 years from now", (2028, 12, 25)),
            ("the last friday before christmas", (2026, 12, 18)),
        ),
    ],
)
def test_holidays_of_other_years_and_their_neighbours(phrase: str, day: tuple[int, int, int]) -> None:
    hold(phrase, date(*day), title="get milk")


@pytest.mark.parametrize(
    "shape",
    either(
        "first {w} of {m}|the first {w} in {m}|1st {w} of {m}|{m}'s first {w}|first {w} in {m} 2027|"
        "first {w} {m}"
    ),
)
def test_the_first_weekday_of_a_month(shape: str) -> None:
    for month, weekday in product((1, 5), range(7)):
        first = next(
            date(2027, month, day) for day in range(1, 8) if date(2027, month, day).weekday() == weekday
        )
        hold(shape.format(w=WEEKDAYS[weekday], m=MONTHS[month - 1].title()), first, title="get milk")


EDGES = {
    (
        2026,
        11,
        30,
    ): "end of the month|month end|the month's end|last day of this month|by eom|within the month",
    (2026, 12, 1): "next month|start of next month|the first of next month|next month's 1st|early next month",
    (2026, 12, 5): "the 5th of next month|next month on the 5th|5th next month|day 5 of next month",
    (2026, 12, 31): "end of the year|by year's end|year-end|next month's last day",
    (2027, 1, 1): "next year|first of next year|in the new year|Q1 2027|in q1",
    (2027, 5, 31): "the end of may|the last of may|last day of may|late may",
    (2027, 5, 1): "may next year|May of next year|may 2027|May/2027|in the month of may|come may",
    (2026, 11, 30, 0): "the week after next|week following next",
    (2026, 12, 5, 0): "the weekend after next",
    (2028, 1, 1): "the year after next",
}


@pytest.mark.parametrize("day", EDGES)
def test_edges_of_months_and_years(day: tuple[int, ...]) -> None:
    for phrase in EDGES[day].split("|"):
        hold(phrase, date(*day[:3]), title="get milk")


@pytest.mark.parametrize("weekday", range(7))
def test_weekdays_near_and_far(weekday: int) -> None:
    name, near = WEEKDAYS[weekday], TODAY + timedelta(days=(weekday - TODAY.weekday()) % 7 or 7)
    for shape in ("{}", "on {}", "on the {}", "by {}", "any time {}", "sometime on {}", "no later than {}"):
        hold(shape.format(name), near, title="get milk")
    for shape in ("a week on {}", "{} week", "a week from {}", "one week after {}", "two {}s from now"):
        hold(shape.format(name), near + timedelta(days=7), title="get milk")
    for shape in ("two weeks on {}", "a fortnight from {}", "{} fortnight", "2 weeks from {}"):
        hold(shape.format(name), near + timedelta(days=14), title="get milk")
    next_week = date(2026, 11, 23) + timedelta(days=weekday)
    for shape in ("next {}", "{} next week", "next week on {}", "on the {} of next week", "the {} next week"):
        hold(shape.format(name), next_week, title="get milk")


def test_working_days_from_a_weekend() -> None:
    for now in (datetime(2026, 11, 21, 9), datetime(2026, 11, 22, 9)):
        assert read_due("in 5 business days", now=now).due == date(2026, 11, 27)
        assert read_due("in two working days", now=now).due == date(2026, 11, 24)


def test_the_last_day_of_every_month() -> None:
    for month in range(1, 13):
        hold(
            f"{MONTHS[month - 1].title()} {monthrange(2028, month)[1]} 2028",
            date(2028, month, monthrange(2028, month)[1]),
        )


SILENT = either(
    "watch Friday Night Lights|monday.com invoice|friday night football snacks|2 sat phones|"
    "read the Sun|study for the SAT|in a second language|new year resolution list|call 555-1234|"
    "john's 9-5 job|50/50 split|route 66 trip|7 up|10.5 inch shoes|one day at a time|page 42|"
    "room 101|iphone 15|2x4 lumber|a 3 day weekend|14 day trial|class of 2025|file 2023 taxes|"
    "192.168.1.1|ratio 3 to 2|chapter 12 may|ages 5-7|24/7 support|the 2nd floor|2/3 majority|"
    "buy 3/4 inch plywood|quarterly review doc|prepare Q3 numbers|may the force be with you"
)


@pytest.mark.parametrize("title", SILENT)
def test_what_only_looks_like_a_date(title: str) -> None:
    for text in (title, f"remind me to {title}"):
        assert read_due(text, now=NOW).due is None
