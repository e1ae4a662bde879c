"""What a date in words means, what it leaves of the title, and what is no date at all."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from types import FrameType
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.dates import cut, parse_due, read_due
from tasks.dates.holidays import easter, orthodox_easter, rosh_hashanah

pytestmark = pytest.mark.one_lane

WEDNESDAY = datetime(2026, 11, 18, 10, 0)
NEW_YORK = ZoneInfo("America/New_York")


def said(phrase: str, now: datetime = WEDNESDAY) -> str | None:
    due = parse_due(f"call Bob {phrase}", now=now)[0]
    if isinstance(due, datetime):
        return due.isoformat(" ", "minutes")
    return due.isoformat() if due else None


DATES = {
    # day words, as people type them
    "today": "2026-11-18",
    "tomorrow": "2026-11-19",
    "tommorow": "2026-11-19",
    "tmrw": "2026-11-19",
    "2morrow": "2026-11-19",
    "tonight": "2026-11-18",
    "2nite": "2026-11-18",
    "later today": "2026-11-18",
    "the day after tomorrow": "2026-11-20",
    "by eod": "2026-11-18",
    "by end of day friday": "2026-11-20",
    # weekdays
    "friday": "2026-11-20",
    "on thurs": "2026-11-19",
    "wednesday": "2026-11-25",
    "this saturday": "2026-11-21",
    "next friday": "2026-11-27",
    "friday next week": "2026-11-27",
    "next week on tuesday": "2026-11-24",
    "tuesday of next week": "2026-11-24",
    "coming sunday": "2026-11-22",
    "friday after next": "2026-11-27",
    "monday week": "2026-11-30",
    "a week from friday": "2026-11-27",
    "fri 20": "2026-11-20",
    "Tue the 1st": "2026-12-01",
    "Friday the 13th": "2027-08-13",
    "monday to friday": "2026-11-23",
    # the calendar
    "2026-12-24": "2026-12-24",
    "2026/Dec/24": "2026-12-24",
    "12/24": "2026-12-24",
    "24/12": "2026-12-24",
    "12/24/27": "2027-12-24",
    "24.12.2027": "2027-12-24",
    "24.12.": "2026-12-24",
    "12-24-2027": "2027-12-24",
    "Dec 24": "2026-12-24",
    "24th of december": "2026-12-24",
    "the twenty-fourth of Dec., 2027": "2027-12-24",
    "december twenty fourth": "2026-12-24",
    "24DEC": "2026-12-24",
    "24-Dec-27": "2027-12-24",
    "July 13-15": "2027-07-13",
    "feb 29": "2028-02-29",
    "in march": "2027-03-01",
    "June 2027": "2027-06-01",
    "on the 12th": "2026-12-12",
    "the 5th of next month": "2026-12-05",
    # distances
    "in 3 days": "2026-11-21",
    "in a couple of weeks": "2026-12-02",
    "in two and a half weeks": "2026-12-06",
    "in 2 weeks' time": "2026-12-02",
    "in a fortnight": "2026-12-02",
    "three months from now": "2027-02-18",
    "10 days later": "2026-11-28",
    "in four business days": "2026-11-24",
    "two weeks from tomorrow": "2026-12-03",
    "3 days before christmas": "2026-12-22",
    "two mondays from now": "2026-11-30",
    "next 3 days": "2026-11-21",
    "two weeks today": "2026-12-02",
    # spans and their edges
    "next week": "2026-11-23",
    "this weekend": "2026-11-21",
    "next month": "2026-12-01",
    "end of the month": "2026-11-30",
    "eom": "2026-11-30",
    "by the end of next week": "2026-11-27",
    "end of the year": "2026-12-31",
    "start of next quarter": "2027-01-01",
    "mid december": "2026-12-15",
    "first monday of december": "2026-12-07",
    "last friday of the month": "2026-11-27",
    "second tuesday in march": "2027-03-09",
    "last day of february 2028": "2028-02-29",
    # holidays
    "christmas": "2026-12-25",
    "xmas eve": "2026-12-24",
    "thanksgiving": "2026-11-26",
    "black friday": "2026-11-27",
    "new year's day": "2027-01-01",
    "easter 2027": "2027-03-28",
    "good friday": "2027-03-26",
    "mother’s day": "2027-05-09",
    "memorial day": "2027-05-31",
    "the monday after thanksgiving": "2026-11-30",
    # parts of a day stay a date
    "tomorrow morning": "2026-11-19",
    "this afternoon": "2026-11-18",
    "december 6th in the morning": "2026-12-06",
    "in the morning": "2026-11-19",
    "tomorrow at lunch": "2026-11-19",
    "at lunchtime tomorrow": "2026-11-19",
    "the coming week": "2026-11-23",
}

MOMENTS = {
    "at 5pm": "2026-11-18 17:00",
    "at 5 p.m.": "2026-11-18 17:00",
    "5p": "2026-11-18 17:00",
    "at 17:30": "2026-11-18 17:30",
    "17h30": "2026-11-18 17:30",
    "at 15 30": "2026-11-18 15:30",
    "at 330 pm": "2026-11-18 15:30",
    "five thirty pm": "2026-11-18 17:30",
    "half past five": "2026-11-18 17:30",
    "quarter to 6": "2026-11-18 17:45",
    "20 past 4": "2026-11-18 16:20",
    "ten to six": "2026-11-18 17:50",
    "7 o'clock tonight": "2026-11-18 19:00",
    "at noon": "2026-11-18 12:00",
    "at midnight": "2026-11-19 00:00",
    "friday at midnight": "2026-11-21 00:00",
    "at 9am": "2026-11-19 09:00",
    "10 minutes to 5 pm": "2026-11-18 16:50",
    "at mid day": "2026-11-18 12:00",
    "today at 9am": "2026-11-18 09:00",
    "at 9": "2026-11-18 21:00",
    "tomorrow at 9": "2026-11-19 09:00",
    "tomorrow at 5": "2026-11-19 17:00",
    "9 tomorrow evening": "2026-11-19 21:00",
    "friday 11 at night": "2026-11-20 23:00",
    "monday 9am": "2026-11-23 09:00",
    "tmrw@5": "2026-11-19 17:00",
    "from 3 to 5pm tomorrow": "2026-11-19 15:00",
    "9-11 on monday": "2026-11-23 09:00",
    "between 9:30 and 11 on thursday": "2026-11-19 09:30",
    "Dec 24 at 6": "2026-12-24 18:00",
    "24DEC 18:05": "2026-12-24 18:05",
    "Thu Oct 26 11:00:09 2028": "2028-10-26 11:00",
    "2026-11-30T17:00": "2026-11-30 17:00",
    "in half an hour": "2026-11-18 10:30",
    "in an hour and a half": "2026-11-18 11:30",
    "in 3/4 hour": "2026-11-18 10:45",
    "in 1h30": "2026-11-18 11:30",
    "+1 day 2 hours": "2026-11-19 12:00",
    "90 minutes from now": "2026-11-18 11:30",
    "in 7 days at 5pm": "2026-11-25 17:00",
    "this time tomorrow": "2026-11-19 10:00",
}


def test_a_phrase_is_read() -> None:
    meant = {**DATES, **MOMENTS}
    assert {phrase: said(phrase) for phrase in meant} == meant


def test_a_phrase_leaves_the_title() -> None:
    for phrase in (*DATES, *MOMENTS):
        for text in (f"call Bob {phrase}", f"{phrase}, call Bob", f"call Bob {phrase}."):
            assert (text, cut(text, read_due(text, now=WEDNESDAY).spans)) == (text, "call Bob")


@pytest.mark.parametrize("pattern", ["%B %d", "%b %d", "%d %b", "%d of %B", "on %B %d", "%b. %d"])
def test_every_month_is_known(pattern: str) -> None:
    for month in range(1, 13):
        day = date(2027 if month < 12 else 2026, month, 14)
        assert said(day.strftime(pattern)) == day.isoformat()


@pytest.mark.parametrize(
    "title",
    [
        "buy 2 tickets for May Day parade",
        "call mom about 5 pages",
        "read chapter 10",
        "march to the store",
        "may need help",
        "sun screen",
        "buy second hand sofa",
        "read 1984",
        "wait a second",
        "play music from 2003",
        "24/7 support",
        "add 1/2 cup of sugar",
        "install version 1.2.3",
        "look at 3 houses",
        "meet at 5 guys",
        "book a table for 4",
        "meditate for 20 minutes",
        "buy christmas presents",
        "organize halloween",
        "the Sunday school picnic",
        "prepare monday's meeting",
        "call the 2nd floor",
        "call 1-800-555-1234",
        "pay $9.50",
        "windows 11 upgrade",
        "rate it from 1 to 10",
        "night cream",
        "write the year end report",
        "archive the notes of last friday",
        "renew the first aid kit",
        "cook for chinese new year",
        "every day",
        "",
        "   ",
    ],
)
def test_a_title_without_a_date_stays_whole(title: str) -> None:
    assert parse_due(title, now=WEDNESDAY) == (None, None)
    assert cut(title, read_due(title, now=WEDNESDAY).spans) == title.strip()


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("at 5 call Bob tomorrow", "call Bob"),
        ("dinner tomorrow with mom at 2:00", "dinner with mom"),
        ("in an hour check my email", "check my email"),
        ("call Bob (tomorrow) about rent", "call Bob about rent"),
        ("call Bob - friday - about rent", "call Bob - about rent"),
        ("due friday: pay the rent", "pay the rent"),
        ("call Bob no later than friday", "call Bob"),
        ("get up early tomorrow", "get up early"),
        ("film night on friday at 8", "film night"),
        ("check in on friday", "check in"),
        ("turn the heating on at 6", "turn the heating on"),
        ("move the dentist from 3:30 to 4", "move the dentist from 3:30"),
        ("water the plants on the 15th at 8pm!", "water the plants"),
    ],
)
def test_what_is_cut(text: str, title: str) -> None:
    assert cut(text, read_due(text, now=WEDNESDAY).spans) == title


def test_a_night_named_for_what_is_done_is_no_date_but_tells_the_half_of_the_day() -> None:
    assert parse_due("film night on friday at 8", now=WEDNESDAY)[0] == datetime(2026, 11, 20, 20)


def test_a_date_split_in_two_is_one_due_date() -> None:
    reading = read_due("at 5 call Bob tomorrow", now=WEDNESDAY)
    assert reading.due == datetime(2026, 11, 19, 17)
    assert reading.spans == ((0, 4), (14, 22))
    assert parse_due("at 5 call Bob tomorrow", now=WEDNESDAY)[1] == (0, 4)


def test_the_order_of_figures_is_the_readers() -> None:
    assert parse_due("pay 5/6/27", now=WEDNESDAY)[0] == date(2027, 5, 6)
    assert parse_due("pay 5/6/27", now=WEDNESDAY, day_first=True)[0] == date(2027, 6, 5)
    assert parse_due("pay 25/6/27", now=WEDNESDAY)[0] == date(2027, 6, 25)


def test_past_days_are_read_only_when_nothing_else_is_said() -> None:
    assert parse_due("yesterday", now=WEDNESDAY)[0] == date(2026, 11, 17)
    assert parse_due("file the report of yesterday", now=WEDNESDAY)[0] is None


@pytest.mark.parametrize(
    ("phrase", "now", "due"),
    [
        ("sunday at 2:30am", datetime(2027, 3, 13, 9), "2027-03-14T03:30:00-04:00"),
        ("in 3 hours", datetime(2027, 3, 14, 0, 30), "2027-03-14T04:30:00-04:00"),
        ("in 2 days", datetime(2027, 3, 13, 9), "2027-03-15"),
        ("tomorrow at 9", datetime(2026, 10, 31, 9), "2026-11-01T09:00:00-05:00"),
        ("tomorrow 9am PST", datetime(2026, 11, 18, 9), "2026-11-19T12:00:00-05:00"),
        ("2026-11-30T17:00Z", datetime(2026, 11, 18, 9), "2026-11-30T12:00:00-05:00"),
    ],
)
def test_the_zone_of_now_rules(phrase: str, now: datetime, due: str) -> None:
    read = parse_due(phrase, now=now.replace(tzinfo=NEW_YORK))[0]
    assert read is not None and read.isoformat() == due


def test_holidays_that_move() -> None:
    assert [easter(year) for year in (2024, 2025, 2038)] == [
        date(2024, 3, 31),
        date(2025, 4, 20),
        date(2038, 4, 25),
    ]
    assert orthodox_easter(2027) == date(2027, 5, 2)
    assert [rosh_hashanah(year) for year in (2024, 2025, 2026)] == [
        date(2024, 10, 3),
        date(2025, 9, 23),
        date(2026, 9, 12),
    ]


VOCABULARY = (
    "the of next last this in at on by from to and a half past quarter first 2nd 31st five twenty may "
    "march mon friday week month year day days hours business end eod tomorrow tonight noon midnight am "
    "pm 12 31 99 2026 0930 99999 / - : . , ( ) ' + @ h m every other until for times christmas easter "
    "new years eve ago before after week's now two weekends decade z +01 q 4 "
)
WORDS = st.sampled_from(VOCABULARY.split())
NOWS = st.datetimes(timezones=st.sampled_from([None, UTC, NEW_YORK]))


@example("0-\xa0", datetime(2026, 11, 27), True)
@given(st.text(max_size=200), NOWS, st.booleans())
def test_any_text_is_read_without_an_error(text: str, now: datetime, day_first: bool) -> None:
    hold(text, now, day_first)


@settings(max_examples=400)
@given(st.lists(WORDS, max_size=12), st.sampled_from([" ", ""]), NOWS, st.booleans())
def test_any_mix_of_date_words_is_read_without_an_error(
    words: list[str], glue: str, now: datetime, day_first: bool
) -> None:
    hold(glue.join(words), now, day_first)


def hold(text: str, now: datetime, day_first: bool) -> None:
    reading = read_due(text, now=now, day_first=day_first)
    assert (reading.due is None) == (not reading.spans)
    position = 0
    for start, end in reading.spans:
        assert position <= start < end <= len(text)
        position = end
    if isinstance(reading.due, datetime):
        assert reading.due.tzinfo == now.tzinfo
    assert cut(text, reading.spans) == cut(cut(text, reading.spans), ())


RUNS = (
    "12-",
    "1.",
    "half past ",
    "of the ",
    "(",
    "é",
    "½",
    "next week ",
    "early ",
    "before christmas ",
    "\u0661",
)


@pytest.mark.parametrize(
    "unit",
    ["1", "1 ", "9/", "12:", "a ", " ", "in ", "2 days and ", "the ", "monday ", "may ", "at 5 ", *RUNS],
)
def test_long_runs_take_linear_work(unit: str) -> None:
    short, long = ((unit * size)[:size] for size in (512, 2048))
    assert calls_to_read(long) < 5 * calls_to_read(short) + 500


def calls_to_read(text: str) -> int:
    """How many functions reading `text` calls: work that no busy machine changes."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    outer = sys.getprofile()
    sys.setprofile(count)
    try:
        read_due(text, now=WEDNESDAY)
    finally:
        sys.setprofile(outer)
    return calls
