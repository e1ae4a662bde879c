"""Repeats in words and as RRULE text, and the days they fall on."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.dates import cut
from tasks.recurrence import (
    advance,
    check_rrule,
    describe,
    first_due,
    next_due,
    parse_repeat,
    read_repeat,
    read_schedule,
)

pytestmark = pytest.mark.one_lane

WEDNESDAY = datetime(2026, 11, 18, 10, 0)
PARIS = ZoneInfo("Europe/Paris")

REPEATS = {
    "every day": ("FREQ=DAILY", "every day"),
    "daily": ("FREQ=DAILY", "every day"),
    "every other day": ("FREQ=DAILY;INTERVAL=2", "every 2 days"),
    "every morning": ("FREQ=DAILY", "every day"),
    "every 3 days": ("FREQ=DAILY;INTERVAL=3", "every 3 days"),
    "every day for 10 days": ("FREQ=DAILY;COUNT=10", "every day, 10 times"),
    "every day until june 5": ("FREQ=DAILY;UNTIL=20270605", "every day, until 5 June 2027"),
    "every weekday": ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekday"),
    "every monday through friday": ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekday"),
    "every weekend": ("FREQ=WEEKLY;BYDAY=SA,SU", "every Saturday and Sunday"),
    "every other Tuesday": ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "every 2 weeks on Tuesday"),
    "every Mon, Wed and Fri": ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "every Monday, Wednesday and Friday"),
    "on mondays": ("FREQ=WEEKLY;BYDAY=MO", "every Monday"),
    "every two weeks on friday": ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "every 2 weeks on Friday"),
    "biweekly": ("FREQ=WEEKLY;INTERVAL=2", "every 2 weeks"),
    "once a week": ("FREQ=WEEKLY", "every week"),
    "every month": ("FREQ=MONTHLY", "every month"),
    "every month on the 1st": ("FREQ=MONTHLY;BYMONTHDAY=1", "every month on the 1st"),
    "on the 15th of each month": ("FREQ=MONTHLY;BYMONTHDAY=15", "every month on the 15th"),
    "every month on the 1st and 15th": (
        "FREQ=MONTHLY;BYMONTHDAY=1,15",
        "every month on the 1st and the 15th",
    ),
    "every 31st": ("FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the last day"),
    "every 30th": (
        "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1",
        "every month on the 30th or the last day",
    ),
    "every first Monday of the month": ("FREQ=MONTHLY;BYDAY=1MO", "every month on the first Monday"),
    "the last friday of every month": ("FREQ=MONTHLY;BYDAY=-1FR", "every month on the last Friday"),
    "every last day of the month": ("FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the last day"),
    "quarterly": ("FREQ=MONTHLY;INTERVAL=3", "every 3 months"),
    "every year": ("FREQ=YEARLY", "every year"),
    "every march 3rd": ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=3", "every year on March 3rd"),
    "annually on the 4th of july": ("FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=4", "every year on July 4th"),
    "every 4 hours": ("FREQ=HOURLY;INTERVAL=4", "every 4 hours"),
}


@pytest.mark.parametrize("phrase", REPEATS)
def test_a_repeat_is_read_said_back_and_cut(phrase: str) -> None:
    text = f"water the plants {phrase}"
    rrule, spans = read_repeat(text, now=WEDNESDAY)
    assert (rrule, describe(rrule or "")) == REPEATS[phrase]
    assert cut(text, spans) == "water the plants"
    assert parse_repeat(text, now=WEDNESDAY) == (rrule, spans[0])
    assert check_rrule(rrule or "") == rrule


@pytest.mark.parametrize(
    "text",
    [
        "buy everything",
        "read every book",
        "write the weekly report",
        "buy a daily planner",
        "monday's meeting",
        "mondays are hard",
        "call every girl",
        "",
    ],
)
def test_what_does_not_repeat(text: str) -> None:
    assert parse_repeat(text, now=WEDNESDAY) == (None, None)


@pytest.mark.parametrize(
    ("text", "rrule", "due", "title"),
    [
        ("standup every weekday at 9", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2026-11-19 09:00", "standup"),
        ("lock the door every night at 10", "FREQ=DAILY", "2026-11-18 22:00", "lock the door"),
        ("every other tuesday call mom", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "2026-11-24", "call mom"),
        ("gym every 2 days starting tomorrow", "FREQ=DAILY;INTERVAL=2", "2026-11-19", "gym"),
        ("trash every tuesday starting december", "FREQ=WEEKLY;BYDAY=TU", "2026-12-01", "trash"),
        ("rent on the 1st of every month at noon", "FREQ=MONTHLY;BYMONTHDAY=1", "2026-12-01 12:00", "rent"),
        (
            "yoga every monday at 6pm until dec 20",
            "FREQ=WEEKLY;BYDAY=MO;UNTIL=20261220",
            "2026-11-23 18:00",
            "yoga",
        ),
        ("call Bob tomorrow at 5", None, "2026-11-19 17:00", "call Bob"),
        ("call Bob", None, None, "call Bob"),
    ],
)
def test_a_schedule_is_a_repeat_and_its_first_date(
    text: str, rrule: str | None, due: str | None, title: str
) -> None:
    schedule = read_schedule(text, now=WEDNESDAY)
    assert schedule.rrule == rrule
    said = schedule.due
    assert (said.isoformat(" ", "minutes") if isinstance(said, datetime) else said and str(said)) == due
    assert cut(text, schedule.spans) == title


@pytest.mark.parametrize(
    ("rrule", "reason"),
    [
        ("", "empty"),
        ("every day", "NAME=VALUE"),
        ("INTERVAL=2", "FREQ"),
        ("FREQ=SECONDLY", "too often"),
        ("FREQ=MINUTELY;INTERVAL=5", "too often"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=99999999999", "INTERVAL"),
        ("FREQ=DAILY;COUNT=1000000", "COUNT"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20271231", "not both"),
        ("FREQ=DAILY;FREQ=WEEKLY", "twice"),
        ("FREQ=DAILY;BYHOUR=9", "BYHOUR"),
        ("FREQ=WEEKLY;BYDAY=1MO", "MONTHLY"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never"),
        ("FREQ=DAILY;UNTIL=20271331", "UNTIL"),
        ("FREQ=DAILY;" + "X" * 400, "characters"),
    ],
)
def test_a_rule_that_no_task_can_follow_is_refused_with_a_reason(rrule: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_rrule(rrule)


def test_a_rule_gets_one_spelling() -> None:
    assert check_rrule("RRULE:byday=fr, mo;Interval=1;freq=weekly;") == "FREQ=WEEKLY;BYDAY=MO,FR"
    assert check_rrule("FREQ=DAILY;UNTIL=20271231T225959Z") == "FREQ=DAILY;UNTIL=20271231"


@pytest.mark.parametrize(
    ("rrule", "due", "after", "then"),
    [
        ("FREQ=DAILY", date(2026, 11, 18), date(2026, 11, 18), date(2026, 11, 19)),
        ("FREQ=DAILY;INTERVAL=3", date(2026, 11, 18), date(2026, 11, 25), date(2026, 11, 27)),
        ("FREQ=WEEKLY;BYDAY=MO,FR", date(2026, 11, 16), date(2026, 11, 16), date(2026, 11, 20)),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", date(2026, 11, 17), date(2026, 11, 17), date(2026, 12, 1)),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", date(2027, 1, 31), date(2027, 1, 31), date(2027, 2, 28)),
        (
            "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1",
            date(2027, 1, 30),
            date(2027, 1, 30),
            date(2027, 2, 28),
        ),
        ("FREQ=MONTHLY;BYDAY=1MO", date(2026, 11, 2), date(2026, 11, 18), date(2026, 12, 7)),
        ("FREQ=YEARLY", date(2024, 2, 29), date(2024, 2, 29), date(2028, 2, 29)),
        ("FREQ=DAILY;UNTIL=20261119", date(2026, 11, 19), date(2026, 11, 19), None),
        ("FREQ=DAILY;COUNT=1", date(2026, 11, 18), date(2026, 11, 18), None),
        ("FREQ=DAILY", date(9999, 12, 31), date(9999, 12, 31), None),
    ],
)
def test_the_next_day(rrule: str, due: date, after: date, then: date | None) -> None:
    assert next_due(rrule, due, after=after, tz=PARIS) == then


def test_the_wall_time_stays_when_the_clocks_change() -> None:
    due = datetime(2027, 3, 27, 9, tzinfo=PARIS)
    then = next_due("FREQ=DAILY", due, after=due, tz=PARIS)
    assert isinstance(then, datetime)
    assert then.isoformat() == "2027-03-28T09:00:00+02:00"
    assert then - due.astimezone(UTC) == timedelta(hours=23)


def test_a_skipped_wall_time_moves_forward_and_comes_back() -> None:
    due = datetime(2027, 3, 27, 2, 30, tzinfo=PARIS)
    then = next_due("FREQ=DAILY", due, after=due, tz=PARIS)
    assert isinstance(then, datetime)
    assert then.isoformat() == "2027-03-28T03:30:00+02:00"


def test_late_completion_skips_what_is_over_but_not_what_is_left_of_today() -> None:
    due = datetime(2026, 11, 16, 9, tzinfo=PARIS)
    early = datetime(2026, 11, 18, 8, tzinfo=PARIS)
    late = datetime(2026, 11, 18, 10, tzinfo=PARIS)
    assert next_due("FREQ=DAILY", due, after=early, tz=PARIS) == datetime(2026, 11, 18, 9, tzinfo=PARIS)
    assert next_due("FREQ=DAILY", due, after=late, tz=PARIS) == datetime(2026, 11, 19, 9, tzinfo=PARIS)


def test_hours_are_elapsed_time() -> None:
    due = datetime(2027, 3, 28, 1, tzinfo=PARIS)
    then = next_due("FREQ=HOURLY;INTERVAL=4", due, after=due, tz=PARIS)
    assert isinstance(then, datetime)
    assert then.isoformat() == "2027-03-28T06:00:00+02:00"


def test_a_count_runs_down_as_the_task_rolls_on() -> None:
    rrule, due = "FREQ=WEEKLY;COUNT=3", date(2026, 11, 18)
    seen = [due]
    while step := advance(rrule, due, after=due, tz=PARIS):
        due, rrule = step
        seen.append(due)
    assert seen == [date(2026, 11, 18), date(2026, 11, 25), date(2026, 12, 2)]


def test_the_first_day_of_a_rule() -> None:
    assert first_due("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", now=WEDNESDAY) == date(2026, 11, 24)
    assert first_due("FREQ=DAILY", now=WEDNESDAY) == date(2026, 11, 18)
    assert first_due("FREQ=DAILY", now=WEDNESDAY, time=time(9)) == datetime(2026, 11, 19, 9)
    assert first_due("FREQ=DAILY;UNTIL=20261101", now=WEDNESDAY) is None
    now = WEDNESDAY.replace(tzinfo=PARIS)
    assert first_due("FREQ=DAILY", now=now, time=time(12)) == now.replace(hour=12)


NUMBERED = st.sampled_from(["1MO", "-1FR", "2TU", "5SU", "WE", "-2SA"])
RULES = st.one_of(
    st.builds("FREQ=DAILY;INTERVAL={}".format, st.integers(1, 20)),
    st.builds("FREQ=DAILY;BYMONTH={};BYDAY=MO,FR".format, st.integers(1, 12)),
    st.builds("FREQ=WEEKLY;INTERVAL={};BYDAY={}".format, st.integers(1, 5), st.sampled_from(["MO", "TU,SU"])),
    st.builds("FREQ=WEEKLY;WKST=SU;INTERVAL=2;BYDAY={}".format, st.sampled_from(["SU", "MO,SU", "SA"])),
    st.builds(
        "FREQ=MONTHLY;INTERVAL={};BYMONTHDAY={}".format, st.integers(1, 5), st.sampled_from([1, 31, -1])
    ),
    st.builds("FREQ=MONTHLY;BYDAY={};BYMONTH=1,6".format, NUMBERED),
    st.just("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
    st.just("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"),
    st.builds("FREQ=YEARLY;BYDAY={}".format, NUMBERED),
    st.builds("FREQ=YEARLY;BYMONTH=11;BYDAY={}".format, NUMBERED),
    st.just("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),
    st.just("FREQ=YEARLY"),
)


@settings(max_examples=150, deadline=None)
@given(RULES, st.dates(date(2000, 1, 1), date(2060, 1, 1)), st.integers(0, 900))
def test_days_agree_with_dateutil(rrule: str, start: date, wait: int) -> None:
    oracle = rrulestr(rrule, dtstart=datetime.combine(start, time()))
    limit = start + timedelta(days=wait)
    expected = oracle.after(datetime.combine(limit, time()))
    found = next_due(rrule, start, after=limit, tz=PARIS)
    assert expected is not None and found == expected.date()
    days, due = [], start
    for _ in range(3):
        due = next_due(rrule, due, after=due, tz=PARIS)  # type: ignore[assignment]
        days.append(due)
    if check_rrule(rrule).find("INTERVAL") < 0:
        later = (moment.date() for moment in oracle if moment.date() > start)
        assert days == list(islice(later, 3))


@given(st.text(max_size=120), st.datetimes(timezones=st.sampled_from([None, UTC, PARIS])))
def test_any_text_is_read_without_an_error(text: str, now: datetime) -> None:
    read_schedule(text, now=now)


VOCABULARY = (
    "every each other second 2 3rd last first day week month year weekday monday mon , and fri until for 10 "
    "times the of on 1st 31 june christmas daily at 9 pm next 9999 mondays hour morning easter"
)


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(VOCABULARY.split()),
        max_size=10,
    ),
    st.datetimes(),
)
def test_any_mix_of_repeat_words_gives_a_rule_that_holds(words: list[str], now: datetime) -> None:
    schedule = read_schedule(" ".join(words), now=now)
    if schedule.rrule:
        assert check_rrule(schedule.rrule) == schedule.rrule
        assert describe(schedule.rrule)
        assert schedule.spans


@given(st.text(max_size=60))
def test_any_rule_text_is_accepted_or_refused(text: str) -> None:
    try:
        assert check_rrule(check_rrule(text)) == check_rrule(text)
    except ValueError as refusal:
        assert str(refusal)
