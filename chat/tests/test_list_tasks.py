"""list_tasks: each filter, in the person's own days, and a cursor that meets every task once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.models import User
from chat.tests.calling import WEDNESDAY, ZURICH, Caller, caller_for
from tasks import operations
from tasks.models import Project
from tasks.tests.making import API, add


@pytest.fixture(autouse=True)
def _on_wednesday() -> Iterator[None]:
    with time_machine.travel(WEDNESDAY):
        yield


@pytest.fixture
def call(alice: User, web: Project) -> Caller:
    return caller_for(alice, web)


def titles(answer: dict[str, Any]) -> list[str]:
    return [each["title"] for each in answer["tasks"]]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZURICH)


def test_a_task_in_a_list(call: Caller, alice: User, web: Project) -> None:
    add(alice, web, due=at("2026-11-25T11:00"), labels=["home"], description="long", recurrence="FREQ=DAILY")
    add(alice, web, "Plain")
    assert call("list_tasks") == {
        "tasks": [
            {
                "task": "WEB-1", "title": "Buy milk", "status": "todo", "priority": "medium",
                "due": "2026-11-25T11:00", "labels": ["home"], "repeat": "FREQ=DAILY", "overdue": True,
            },
            {"task": "WEB-2", "title": "Plain", "status": "todo", "priority": "medium"},
        ],
        "total": 2,
    }  # fmt: skip


def test_status(call: Caller, alice: User, web: Project) -> None:
    for status in ("todo", "in_progress", "done", "cancelled"):
        add(alice, web, status, status=status)
    operations.delete_task(actor=alice, origin=API, task=add(alice, web, "gone"))
    assert titles(call("list_tasks")) == ["todo", "in_progress"]
    assert titles(call("list_tasks", status="open")) == ["todo", "in_progress"]
    assert titles(call("list_tasks", status="done")) == ["done"]
    assert sorted(titles(call("list_tasks", status="all"))) == ["cancelled", "done", "in_progress", "todo"]


def test_project(call: Caller, alice: User, web: Project, inbox: Project) -> None:
    add(alice, web, "here")
    add(alice, inbox, "there")
    assert titles(call("list_tasks")) == ["here"]
    assert titles(call("list_tasks", project="inbox")) == ["there"]
    assert sorted(titles(call("list_tasks", project="All"))) == ["here", "there"]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"priority": "high"}, ["Feed the cat"]),
        ({"label": "home"}, ["Buy milk"]),
        ({"label": "#HOME"}, ["Buy milk"]),
        ({"label": "hom"}, []),
        ({"assignee": "me"}, ["Buy milk"]),
        ({"assignee": "@Alice"}, ["Buy milk"]),
        ({"assignee": "charlie"}, []),
        ({"search": "MILK"}, ["Buy milk"]),
        ({"search": "corner milk"}, ["Buy milk"]),
        ({"search": "dog"}, []),
        ({"priority": "high", "label": "home"}, []),
        ({"search": ""}, ["Buy milk", "Feed the cat"]),
    ],
)
def test_filters(
    call: Caller, alice: User, charlie: User, web: Project, arguments: dict[str, Any], found: list[str]
) -> None:
    add(alice, web, labels=["home"], assignee=alice, description="at the corner", due=date(2026, 11, 25))
    add(alice, web, "Feed the cat", priority="high", labels=["homework"])
    answer = call("list_tasks", **arguments)
    assert (titles(answer), answer["total"]) == (found, len(found))


DUE: list[tuple[str, date | datetime | None]] = [
    ("last week", date(2026, 11, 18)),
    ("yesterday", at("2026-11-24T23:59")),
    ("today", date(2026, 11, 25)),
    ("an hour ago", at("2026-11-25T11:00")),
    ("tonight", at("2026-11-25T23:59")),
    ("midnight", at("2026-11-26T00:00")),
    ("sunday", date(2026, 11, 29)),
    ("sunday night", at("2026-11-29T23:59")),
    ("monday", date(2026, 11, 30)),
    ("tuesday", date(2026, 12, 1)),
    ("in a week", date(2026, 12, 2)),
    ("someday", None),
]


@pytest.mark.parametrize(
    ("due", "found"),
    [
        ("today", ["today", "an hour ago", "tonight"]),
        ("Today", ["today", "an hour ago", "tonight"]),
        ("tomorrow", ["midnight"]),
        ("overdue", ["last week", "yesterday", "an hour ago"]),
        (
            "week",
            ["today", "an hour ago", "tonight", "midnight", "sunday", "sunday night", "monday", "tuesday"],
        ),
        ("next week", ["monday", "tuesday", "in a week"]),
        ("month", ["today", "an hour ago", "tonight", "midnight", "sunday", "sunday night", "monday"]),
        ("next month", ["tuesday", "in a week"]),
        ("2026-12", ["tuesday", "in a week"]),
        ("weekend", ["sunday", "sunday night"]),
        ("next weekend", []),
        ("2026-11-29", ["sunday", "sunday night"]),
        ("2026-11-29T12:00", ["sunday", "sunday night"]),
        ("friday", []),
    ],
)
def test_due(call: Caller, alice: User, web: Project, due: str, found: list[str]) -> None:
    for title, when in DUE:
        add(alice, web, title, due=when)
    add(alice, web, "done", due=date(2026, 11, 18), status="done")
    assert set(titles(call("list_tasks", due=due))) == set(found)


def test_today_is_the_day_where_the_person_is(call: Caller, alice: User, web: Project) -> None:
    for title, when in DUE:
        add(alice, web, title, due=when)
    night = at("2026-11-25T23:30")
    assert set(titles(call.at(night)("list_tasks", due="today"))) == {"today", "an hour ago", "tonight"}
    assert titles(call.at(at("2026-11-26T00:30"))("list_tasks", due="today")) == ["midnight"]
    alice.timezone = "Asia/Tokyo"
    alice.save()
    there = caller_for(alice, web).at(night.astimezone(ZoneInfo("Asia/Tokyo")))
    assert set(titles(there("list_tasks", due="today"))) == {"tonight", "midnight"}


def test_a_long_day_is_one_day(call: Caller, alice: User, web: Project) -> None:
    """The 25th of October 2026 has 25 hours in Zurich."""
    for title in ("2026-10-24T23:59", "2026-10-25T00:00", "2026-10-25T23:59", "2026-10-26T00:00"):
        add(alice, web, title, due=at(title))
    answer = call.at(at("2026-10-25T12:00"))("list_tasks", due="today")
    assert titles(answer) == ["2026-10-25T00:00", "2026-10-25T23:59"]


@pytest.mark.parametrize(
    ("completed", "found"),
    [
        ("today", ["2026-11-25T00:00"]),
        ("yesterday", ["2026-11-24T23:59"]),
        ("week", ["2026-11-25T00:00", "2026-11-24T23:59", "2026-11-23T00:00"]),
        ("last week", ["2026-11-22T23:59"]),
        ("last month", ["2026-10-31T12:00"]),
        ("month", ["2026-11-25T00:00", "2026-11-24T23:59", "2026-11-23T00:00", "2026-11-22T23:59"]),
        ("2026-10-31", ["2026-10-31T12:00"]),
        ("2026-10-30", []),
    ],
)
def test_completed(call: Caller, alice: User, web: Project, completed: str, found: list[str]) -> None:
    for moment in ("2026-10-31T12:00", "2026-11-22T23:59", "2026-11-23T00:00", "2026-11-24T23:59",
                   "2026-11-25T00:00"):  # fmt: skip
        with time_machine.travel(at(moment)):
            add(alice, web, moment, status="done")
    add(alice, web, "open")
    assert titles(call("list_tasks", completed=completed)) == found


@pytest.mark.parametrize(
    ("arguments", "field"),
    [({"due": "blah"}, "due"), ({"completed": "once"}, "completed"), ({"cursor": "-1"}, "cursor"),
     ({"cursor": "٣"}, "cursor"), ({"cursor": "1e3"}, "cursor"), ({"limit": 0}, "limit"),
     ({"limit": 101}, "limit"), ({"status": "late"}, "status")],
)  # fmt: skip
def test_a_bad_filter_is_named(call: Caller, arguments: dict[str, Any], field: str) -> None:
    assert f"{field}: " in call.refused("list_tasks", **arguments)["message"]


# --- The cursor ---------------------------------------------------------------------------------------


def walk(call: Caller, **arguments: Any) -> tuple[list[int], list[str]]:
    """The sizes of the pages and every ref, from the first page to the last."""
    sizes: list[int] = []
    refs: list[str] = []
    cursor: dict[str, str] = {}
    while len(sizes) < 20:
        answer = call("list_tasks", **arguments, **cursor)
        sizes.append(len(answer["tasks"]))
        refs.extend(each["task"] for each in answer["tasks"])
        if "cursor" not in answer:
            break
        cursor = {"cursor": answer["cursor"]}
    return sizes, refs


def test_a_walk_meets_every_task_once(call: Caller, alice: User, web: Project, inbox: Project) -> None:
    made = []
    for n in range(23):
        project = inbox if n % 3 == 0 else web
        due = date(2026, 12, 1 + n % 4) if n % 5 else None
        status = "done" if n % 2 else "todo"
        made.append(add(alice, project, f"Task {n}", due=due, priority=["low", "high"][n % 2], status=status))
    for status, expected in (
        ("all", made),
        ("open", [task for task in made if task.is_open]),
        ("done", [task for task in made if not task.is_open]),
    ):
        sizes, refs = walk(call, status=status, project="all", limit=5)
        assert sizes == [5] * (len(expected) // 5) + [len(expected) % 5]
        assert sorted(refs) == sorted(task.ref for task in expected)
        whole = call("list_tasks", status=status, project="all", limit=100)
        assert refs == [each["task"] for each in whole["tasks"]]


def test_a_list_is_capped(call: Caller, alice: User, web: Project) -> None:
    for n in range(21):
        add(alice, web, f"Task {n}")
    answer = call("list_tasks")
    assert (len(answer["tasks"]), answer["total"], answer["cursor"]) == (20, 21, "20")
    rest = call("list_tasks", cursor=answer["cursor"])
    assert (titles(rest), "cursor" in rest) == (["Task 20"], False)
    assert call("list_tasks", cursor="999")["tasks"] == []


def test_a_list_takes_few_queries(
    call: Caller, alice: User, web: Project, django_assert_num_queries: Any
) -> None:
    for n in range(10):
        add(alice, web, f"Task {n}", labels=["a"], assignee=alice, due=date(2026, 11, 25))
    # SAVEPOINT, whether anything is shared, count, the rows with their projects, RELEASE.
    with django_assert_num_queries(5):
        call("list_tasks")
