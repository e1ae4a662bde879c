"""What the tools on tasks and projects do with their arguments, and what they answer."""

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
from tasks.models import Project, Task
from tasks.tests.making import API, add


@pytest.fixture(autouse=True)
def _on_wednesday() -> Iterator[None]:
    with time_machine.travel(WEDNESDAY):
        yield


@pytest.fixture
def call(alice: User, web: Project) -> Caller:
    return caller_for(alice, web)


def the(ref: str) -> Task:
    key, number = ref.split("-")
    return Task.objects.select_related("project").get(project__key=key, number=number)


# --- add_task -----------------------------------------------------------------------------------------


def test_add_task(call: Caller, alice: User, web: Project) -> None:
    add(alice, web, "Launch")
    answer = call(
        "add_task", title="Buy milk", description="2 l", due="tomorrow 5pm", priority="high",
        labels=["#Home"], assignee="me", parent="WEB-1", repeat="every week",
    )  # fmt: skip
    assert answer == {
        "task": "WEB-2", "title": "Buy milk", "status": "todo", "priority": "high",
        "due": "2026-11-26T17:00", "labels": ["home"], "repeat": "FREQ=WEEKLY", "project": "WEB",
        "changed": ["created"],
    }  # fmt: skip
    task = the("WEB-2")
    assert (task.description, task.assignee, task.parent) == ("2 l", alice, the("WEB-1"))
    assert task.due_at == datetime(2026, 11, 26, 17, tzinfo=ZURICH)


@pytest.mark.parametrize(
    ("words", "due"),
    [
        ("2026-11-30", "2026-11-30"),
        ("2026-11-30T17:00", "2026-11-30T17:00"),
        ("2026-11-30T17:00:00Z", "2026-11-30T18:00"),
        ("2026-11-30T17:00+09:00", "2026-11-30T09:00"),
        ("tomorrow", "2026-11-26"),
        ("friday 9am", "2026-11-27T09:00"),
        ("none", ""),
    ],
)
def test_due(call: Caller, words: str, due: str) -> None:
    assert call("add_task", title="Buy milk", due=words).get("due", "") == due


def test_words_are_read_where_the_person_is(call: Caller, alice: User) -> None:
    late = datetime(2026, 11, 25, 23, 30, tzinfo=ZURICH)
    assert call.at(late)("add_task", title="One", due="today")["due"] == "2026-11-25"
    tokyo = late.astimezone(ZoneInfo("Asia/Tokyo"))
    assert call.at(tokyo)("add_task", title="Two", due="today")["due"] == "2026-11-26"


@pytest.mark.parametrize(
    "arguments",
    [
        {"due": "whenever the cows come home"},
        {"due": "2026-02-30"},
        {"due": "tomorrow or friday perhaps"},
        {"repeat": "now and then"},
        {"repeat": "FREQ=SOMETIMES"},
        {"assignee": "charlie"},
        {"labels": ["x"] * 3 + [""]},
    ],
)
def test_what_cannot_be_read_is_refused(call: Caller, charlie: User, arguments: dict[str, Any]) -> None:
    error = call.refused("add_task", title="Buy milk", **arguments)
    assert error["code"] == "invalid"
    assert error["message"].startswith(next(iter(arguments)))
    assert not Task.objects.exists()


def test_numbers_are_taken_as_text(call: Caller) -> None:
    assert call("add_task", title=2026)["title"] == "2026"
    assert call("get_task", task=1)["task"] == "WEB-1"


def test_another_project(call: Caller) -> None:
    assert call("add_task", title="Elsewhere", project="inbox")["task"] == "INBOX-1"
    assert call.refused("add_task", title="Nowhere", project="HOME")["message"] == (
        "There is no project “HOME”. Your projects: INBOX, WEB."
    )


# --- update_task --------------------------------------------------------------------------------------


def test_update_task_says_what_changed(call: Caller, alice: User, web: Project, inbox: Project) -> None:
    add(alice, web, labels=["old", "kept"])
    add(alice, web, "Other")
    answer = call(
        "update_task", task="buy milk", title="Buy oat milk", description="1 l", due="friday", priority="low",
        status="in_progress", add_labels=["#New"], remove_labels=["#OLD"], assignee="me",
        blocked_by=["other"], repeat="every friday",
    )  # fmt: skip
    assert answer == {
        "task": "WEB-1", "title": "Buy oat milk", "status": "in_progress", "priority": "low",
        "due": "2026-11-27", "labels": ["kept", "new"], "repeat": "FREQ=WEEKLY;BYDAY=FR", "project": "WEB",
        "assignee": "alice",
        "changed": ["assignee", "blocked_by", "description", "due", "labels", "priority", "repeat", "status",
                    "title"],
    }  # fmt: skip
    assert call("get_task", task="WEB-1")["blocked_by"] == ["WEB-2"]


def test_what_is_not_named_stays(call: Caller, alice: User, web: Project) -> None:
    add(alice, web, description="2 l", labels=["home"], due=date(2026, 11, 30), assignee=alice)
    assert call("update_task", task="1", priority="high")["changed"] == ["priority"]
    task = the("WEB-1")
    assert (task.description, task.labels, task.due, task.assignee) == (
        "2 l", ["home"], date(2026, 11, 30), alice,
    )  # fmt: skip


def test_none_clears(call: Caller, alice: User, web: Project) -> None:
    parent = add(alice, web, "Launch")
    task = add(
        alice, web, due=date(2026, 11, 30), assignee=alice, parent=parent, blocked_by=[parent],
        recurrence="FREQ=DAILY", labels=["home"], description="2 l",
    )  # fmt: skip
    answer = call(
        "update_task", task=task.ref, due="none", assignee="None", parent="none", repeat="NONE",
        blocked_by=[], labels=[], description="",
    )  # fmt: skip
    assert answer["changed"] == [
        "assignee", "blocked_by", "description", "due", "labels", "parent", "repeat",
    ]  # fmt: skip
    task.refresh_from_db()
    assert (task.due, task.assignee, task.parent, task.recurrence, task.labels, task.description) == (
        None, None, None, "", [], "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "labels"),
    [
        ({"labels": ["b", "c"]}, ["b", "c"]),
        ({"labels": ["none"]}, []),
        ({"labels": ["None"]}, []),
        ({"add_labels": ["b", "#A"]}, ["a", "b"]),
        ({"remove_labels": ["A"]}, []),
        ({"remove_labels": [" #a "]}, []),
        ({"remove_labels": ["zzz"]}, ["a"]),
        ({"add_labels": ["b"], "remove_labels": ["a"]}, ["b"]),
        ({"labels": ["#B", "c"], "remove_labels": ["b"]}, ["c"]),
    ],
)
def test_labels(
    call: Caller, alice: User, web: Project, arguments: dict[str, Any], labels: list[str]
) -> None:
    add(alice, web, labels=["a"])
    call("update_task", task="WEB-1", **arguments)
    assert the("WEB-1").labels == labels


def test_moving(call: Caller, alice: User, web: Project, inbox: Project) -> None:
    add(alice, web, labels=["home"])
    answer = call("update_task", task="WEB-1", project="INBOX")
    assert (answer["task"], answer["project"], answer["changed"]) == ("INBOX-1", "INBOX", ["project"])
    assert call.refused("get_task", task="WEB-1")["code"] == "not_found"


@pytest.mark.parametrize("arguments", [{}, {"priority": None}])
def test_nothing_to_change_is_an_error(
    call: Caller, alice: User, web: Project, arguments: dict[str, Any]
) -> None:
    add(alice, web)
    assert "at least one field" in call.refused("update_task", task="WEB-1", **arguments)["message"]


def test_nothing_changed_is_said_so(call: Caller, alice: User, web: Project) -> None:
    add(alice, web)
    assert call("update_task", task="WEB-1", priority="medium")["changed"] == []


def test_a_repeating_task_done_by_its_status_repeats(call: Caller, alice: User, web: Project) -> None:
    add(alice, web, recurrence="FREQ=DAILY", due=date(2026, 11, 25))
    call("update_task", task="WEB-1", status="done")
    assert the("WEB-2").due == date(2026, 11, 26)


def test_cycles_are_refused(call: Caller, alice: User, web: Project) -> None:
    top = add(alice, web, "top")
    add(alice, web, "below", parent=top, blocked_by=[top])
    assert call.refused("update_task", task="WEB-1", parent="WEB-2")["message"].startswith("parent: ")
    assert call.refused("update_task", task="WEB-1", blocked_by=["WEB-2"])["message"] == (
        "blocked_by: WEB-2 itself waits for WEB-1."
    )


# --- The other verbs ----------------------------------------------------------------------------------


def test_get_task(call: Caller, alice: User, web: Project) -> None:
    parent = add(alice, web, "Launch")
    task = add(alice, web, description="2 l", parent=parent, blocked_by=[parent], assignee=alice)
    add(alice, web, "Child", parent=task)
    operations.delete_task(actor=alice, origin=API, task=add(alice, web, "Gone child", parent=task))
    assert call("get_task", task="WEB-2") == {
        "task": "WEB-2", "title": "Buy milk", "status": "todo", "priority": "medium", "project": "WEB",
        "description": "2 l", "assignee": "alice", "parent": "WEB-1", "blocked_by": ["WEB-1"],
        "subtasks": ["WEB-3"],
    }  # fmt: skip


def test_complete_and_reopen(call: Caller, alice: User, web: Project) -> None:
    add(alice, web, recurrence="FREQ=DAILY", due=date(2026, 11, 25))
    answer = call("complete_task", task="buy milk")
    assert (answer["task"], answer["status"], answer["changed"]) == ("WEB-1", "done", ["status"])
    assert (answer["next"]["task"], answer["next"]["due"]) == ("WEB-2", "2026-11-26")
    again = call("complete_task", task="WEB-1")
    assert (again["changed"], "next" in again) == ([], False)
    assert call("reopen_task", task="WEB-1")["status"] == "todo"
    assert call("reopen_task", task="WEB-1")["changed"] == []


def test_delete_and_restore(call: Caller, alice: User, web: Project) -> None:
    add(alice, web)
    assert call("delete_task", task="buy milk")["changed"] == ["deleted"]
    assert call("list_tasks", status="all")["total"] == 0
    assert call.refused("delete_task", task="WEB-1")["code"] == "not_found"
    assert call("restore_task", task="buy milk")["changed"] == ["restored"]
    assert "in the trash" in call.refused("restore_task", task="WEB-1")["message"]
    assert call("list_tasks")["total"] == 1


# --- Projects and figures -----------------------------------------------------------------------------


def test_projects(call: Caller, alice: User, web: Project) -> None:
    add(alice, web)
    add(alice, web, status="done")
    assert call("create_project", name="My garden") == {
        "project": "MYGA", "name": "My garden", "changed": ["created"],
    }  # fmt: skip
    assert call("create_project", name="Other", key="oth")["project"] == "OTH"
    assert call.refused("create_project", name="Web", key="WEB")["code"] == "conflict"
    assert call.refused("create_project", name="Web", key="W-1")["message"].startswith("key: ")
    assert call("list_projects") == {
        "projects": [
            {"key": "INBOX", "name": "Inbox", "status": "active", "open": 0},
            {"key": "MYGA", "name": "My garden", "status": "active", "open": 0},
            {"key": "OTH", "name": "Other", "status": "active", "open": 0},
            {"key": "WEB", "name": "Website", "status": "active", "open": 1},
        ]
    }


def test_get_dashboard(call: Caller, alice: User, web: Project, inbox: Project) -> None:
    add(alice, web, due=date(2026, 11, 24))
    add(alice, web, due=date(2026, 11, 25))
    add(alice, inbox, due=date(2026, 11, 29))
    add(alice, inbox, status="done")
    assert call("get_dashboard") == {
        "open": 3, "overdue": 1, "due_today": 1, "due_this_week": 2, "done_last_7_days": 1,
    }  # fmt: skip
    assert call("get_dashboard", project="web") == {
        "open": 2, "overdue": 1, "due_today": 1, "due_this_week": 1, "done_last_7_days": 0,
    }  # fmt: skip


# --- next_task ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"due": date(2026, 11, 24)}, "it is overdue"),
        ({"due": datetime(2026, 11, 25, 11, tzinfo=ZURICH)}, "it is overdue"),
        ({"due": date(2026, 11, 25)}, "it is due today"),
        ({"due": datetime(2026, 11, 25, 23, 59, tzinfo=ZURICH)}, "it is due today"),
        ({"due": date(2026, 12, 24)}, "it is due next"),
        ({"priority": "high"}, "it has high priority"),
        ({}, "nothing is due, and it has waited longest"),
    ],
)
def test_next_task_says_why(
    call: Caller, alice: User, web: Project, fields: dict[str, Any], reason: str
) -> None:
    add(alice, web, "First", **fields)
    add(alice, web, "Second", priority=fields.get("priority", "medium"))
    answer = call("next_task")
    assert (answer["task"], answer["reason"]) == ("WEB-1", reason)


def test_next_task_passes_over_what_is_blocked(call: Caller, alice: User, web: Project) -> None:
    blocker = add(alice, web, "Test", priority="low")
    add(alice, web, "Launch", due=date(2026, 11, 25), blocked_by=[blocker])
    assert call("next_task")["title"] == "Test"
    call("complete_task", task="Test")
    assert call("next_task")["title"] == "Launch"


def test_next_task_of_a_project(call: Caller, alice: User, web: Project, inbox: Project) -> None:
    add(alice, inbox, "Urgent", due=date(2026, 11, 25))
    assert call("next_task")["task"] == "INBOX-1"
    assert call("next_task", project="WEB") == {"task": None, "reason": "Nothing is open."}
