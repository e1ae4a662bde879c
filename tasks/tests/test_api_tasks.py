"""Tasks over REST: what a body holds, what may be written, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from tasks.models import Change, Project, Task
from tasks.tests.asking import TASK_KEYS, asked, refs, refused, send
from tasks.tests.making import add, last_change, verbs_of


def test_a_new_task(as_alice: Client, alice: User, web: Project) -> None:
    add(alice, web, "Parent")
    body = {
        "title": " Write  the text ", "project": "WEB", "description": "Long.", "status": "in_progress",
        "priority": "high", "due_date": "2026-11-30T17:00:00+01:00", "labels": ["Home", "#Site"],
        "assignee": "alice", "parent": "WEB-1", "blocked_by": ["WEB-1"], "recurrence": "FREQ=WEEKLY",
    }  # fmt: skip
    response = send(as_alice, "post", "tasks/", body)
    task = response.json()
    assert (response.status_code, response["Location"]) == (201, f"/api/tasks/{task['id']}/")
    assert list(task) == TASK_KEYS
    assert task == {
        **body, "id": task["id"], "ref": "WEB-2", "number": 2, "title": "Write the text",
        "labels": ["home", "site"], "completed": False, "completed_at": None,
        "created_at": task["created_at"], "updated_at": task["updated_at"],
    }  # fmt: skip
    assert asked(as_alice, "get", f"tasks/{task['id']}") == task == asked(as_alice, "get", "tasks/web-2/")
    change = last_change(Task.objects.get(pk=task["id"]))
    assert (change.actor, change.door, change.verb) == (alice, "api", "create")


def test_the_least_a_task_needs(as_alice: Client) -> None:
    task = asked(as_alice, "post", "tasks/", {"title": "Buy milk"}, expect=201)
    assert task["ref"] == "INBOX-1"
    assert {name: task[name] for name in ("status", "priority", "labels", "blocked_by", "recurrence")} == {
        "status": "todo", "priority": "medium", "labels": [], "blocked_by": [], "recurrence": "",
    }  # fmt: skip
    assert [task[name] for name in ("due_date", "assignee", "parent", "completed_at")] == [None] * 4


@pytest.mark.parametrize(
    ("sent", "shown", "stored"),
    [
        ("2026-11-30", "2026-11-30", date(2026, 11, 30)),
        ("2026-11-30T17:00:00+01:00", "2026-11-30T17:00:00+01:00", datetime(2026, 11, 30, 16, tzinfo=UTC)),
        ("2026-07-30T15:00:00Z", "2026-07-30T17:00:00+02:00", datetime(2026, 7, 30, 15, tzinfo=UTC)),
        ("2026-11-30T17:00", "2026-11-30T17:00:00+01:00", datetime(2026, 11, 30, 16, tzinfo=UTC)),
        ("2026-11-30T00:00", "2026-11-30T00:00:00+01:00", datetime(2026, 11, 29, 23, tzinfo=UTC)),
        (None, None, None),
    ],
)
def test_due_dates(as_alice: Client, sent: Any, shown: Any, stored: Any) -> None:
    task = asked(as_alice, "post", "tasks/", {"title": "x", "due_date": sent}, expect=201)
    assert (task["due_date"], Task.objects.get().due) == (shown, stored)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": ""}, "title"),
        ({"title": None}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": 7}, "title"),
        ({"title": "x", "titel": "y"}, "titel"),
        ({"title": "x", "description": None}, "description"),
        ({"title": "x", "description": "y" * 20_001}, "description"),
        ({"title": "x", "status": "open"}, "status"),
        ({"title": "x", "status": ["done"]}, "status"),
        ({"title": "x", "completed": "yes"}, "completed"),
        ({"title": "x", "completed": True, "status": "todo"}, "completed"),
        ({"title": "x", "priority": "urgent"}, "priority"),
        ({"title": "x", "priority": None}, "priority"),
        ({"title": "x", "due_date": "tomorrow"}, "due_date"),
        ({"title": "x", "due_date": "20261130"}, "due_date"),
        ({"title": "x", "due_date": "2026-02-30"}, "due_date"),
        ({"title": "x", "due_date": "9999-12-31T23:59:59-12:00"}, "due_date"),
        ({"title": "x", "due_date": 20261130}, "due_date"),
        ({"title": "x", "labels": "home"}, "labels"),
        ({"title": "x", "labels": [1]}, "labels"),
        ({"title": "x", "labels": [str(n) for n in range(21)]}, "labels"),
        ({"title": "x", "assignee": "nobody"}, "assignee"),
        ({"title": "x", "assignee": 7}, "assignee"),
        ({"title": "x", "parent": "WEB-99"}, "parent"),
        ({"title": "x", "parent": "the other one"}, "parent"),
        ({"title": "x", "blocked_by": "WEB-1"}, "blocked_by"),
        ({"title": "x", "blocked_by": ["WEB-99"]}, "blocked_by"),
        ({"title": "x", "blocked_by": [None]}, "blocked_by"),
        ({"title": "x", "blocked_by": ["WEB-1"] * 51}, "blocked_by"),
        ({"title": "x", "recurrence": "every day"}, "recurrence"),
        ({"title": "x", "recurrence": 1}, "recurrence"),
        ({"title": "x", "project": "NOPE"}, "project"),
        ({"title": "x", "project": None}, "project"),
        ({"title": "x", "number": 5}, "number"),
        ({"title": "x", "id": "01a20229-522d-775a-9c0a-7d77697a0b6c"}, "id"),
        ({"title": "x\x00y"}, "title"),
    ],
)
def test_a_bad_field_is_named(as_alice: Client, alice: User, web: Project, body: Any, field: str) -> None:
    refused(as_alice, "post", "tasks/", body, field=field)
    assert not Task.objects.exists()
    task = add(alice, web, "Kept")
    if field != "title" or body:
        refused(as_alice, "patch", f"tasks/{task.pk}/", body, field=field)
    assert verbs_of(task) == ["create"]


def test_a_body_that_is_no_object(as_alice: Client) -> None:
    body: Any
    for body in ([], "x", 7):
        assert asked(as_alice, "post", "tasks/", body, expect=400)["code"] == "invalid"
    response = as_alice.post("/api/tasks/", "title=x", content_type="application/x-www-form-urlencoded")
    assert response.status_code == 415


def test_patch_changes_what_it_names(as_alice: Client, alice: User, web: Project, inbox: Project) -> None:
    task = add(alice, web, "One", labels=["a"], due=date(2026, 11, 30), priority="low")
    shown = asked(as_alice, "patch", f"tasks/{task.pk}/", {"title": "Two", "due_date": None, "labels": ["b"]})
    assert (shown["title"], shown["due_date"], shown["labels"], shown["priority"]) == (
        "Two",
        None,
        ["b"],
        "low",
    )
    moved = asked(as_alice, "patch", "tasks/WEB-1/", {"project": "INBOX"})
    assert (moved["ref"], moved["id"]) == ("INBOX-1", str(task.pk))
    assert verbs_of(task) == ["create", "update", "update"]


def test_completed_is_written_too(as_alice: Client, alice: User, web: Project) -> None:
    add(alice, web, status="in_progress")
    for completed, status in ((False, "in_progress"), (True, "done"), (True, "done"), (False, "todo")):
        shown = asked(as_alice, "patch", "tasks/WEB-1/", {"completed": completed})
        assert (shown["status"], shown["completed"]) == (status, completed)
        assert (shown["completed_at"] is not None) == completed
    assert (
        asked(as_alice, "post", "tasks/", {"title": "x", "completed": True}, expect=201)["status"] == "done"
    )


def test_what_was_read_can_be_sent_back(as_alice: Client, alice: User, web: Project) -> None:
    other = add(alice, web, "Other")
    task = add(
        alice, web, "One", labels=["a"], due=datetime(2026, 11, 30, 9, 15, tzinfo=UTC), parent=other,
        blocked_by=[other], assignee=alice, status="done", recurrence="FREQ=DAILY",
    )  # fmt: skip
    shown = asked(as_alice, "get", f"tasks/{task.pk}/")
    for verb in ("put", "patch"):
        again = asked(as_alice, verb, f"tasks/{task.pk}/", shown)
        assert {**again, "updated_at": 0} == {**shown, "updated_at": 0}
        shown = again
    assert verbs_of(task) == ["create"]
    refused(as_alice, "put", f"tasks/{task.pk}/", {**shown, "number": 9}, field="number")


def test_put_puts_defaults_in_the_place_of_what_is_not_said(
    as_alice: Client, alice: User, web: Project
) -> None:
    add(
        alice, web, "One", labels=["a"], due=date(2026, 11, 30), priority="low", status="done", assignee=alice
    )
    shown = asked(as_alice, "put", "tasks/WEB-1/", {"title": "Two"})
    defaults: dict[str, Any] = {
        "labels": [],
        "due_date": None,
        "priority": "medium",
        "status": "todo",
        "assignee": None,
    }
    assert {name: shown[name] for name in defaults} == defaults
    assert (shown["ref"], shown["completed_at"]) == ("WEB-1", None)
    assert asked(as_alice, "put", "tasks/WEB-1/", {"title": "Two", "completed": True})["status"] == "done"
    refused(as_alice, "put", "tasks/WEB-1/", {"priority": "low"}, field="title")


def test_the_trash(as_alice: Client, alice: User, web: Project) -> None:
    task = add(alice, web)
    asked(as_alice, "delete", "tasks/WEB-1/", expect=204)
    for verb in ("get", "delete"):
        asked(as_alice, verb, "tasks/WEB-1/", expect=404)
    assert asked(as_alice, "patch", "tasks/WEB-1/", {"title": "x"}, expect=409)["code"] == "conflict"
    assert (refs(as_alice), refs(as_alice, "trashed=true")) == ([], ["WEB-1"])
    assert asked(as_alice, "get", "tasks/WEB-1/?trashed=true")["id"] == str(task.pk)
    assert asked(as_alice, "post", "tasks/WEB-1/restore/")["ref"] == "WEB-1"
    assert (refs(as_alice), refs(as_alice, "trashed=true")) == (["WEB-1"], [])
    assert verbs_of(task) == ["create", "delete", "restore"]


def test_a_repeating_task_shows_the_next_one(as_alice: Client, alice: User, web: Project) -> None:
    with time_machine.travel(datetime(2026, 11, 22, 9, tzinfo=UTC)):
        add(alice, web, due=date(2026, 11, 22), recurrence="FREQ=DAILY")
        done = asked(as_alice, "post", "tasks/WEB-1/complete/")
        assert (done["completed"], done["next"]["ref"], done["next"]["due_date"]) == (
            True,
            "WEB-2",
            "2026-11-23",
        )
        assert asked(as_alice, "post", "tasks/WEB-1/complete/")["next"] is None
        assert asked(as_alice, "post", "tasks/WEB-1/reopen/")["status"] == "todo"
    refused(as_alice, "post", "tasks/WEB-1/complete/", {"when": "now"}, field="when")


def test_history(as_alice: Client, alice: User, web: Project) -> None:
    add(alice, web, "One")
    asked(as_alice, "patch", "tasks/WEB-1/", {"priority": "high"})
    asked(as_alice, "delete", "tasks/WEB-1/", expect=204)
    page = asked(as_alice, "get", "tasks/WEB-1/history/")
    assert (page["count"], [each["verb"] for each in page["results"]]) == (3, ["delete", "update", "create"])
    update = page["results"][1]
    assert (update["before"], update["after"]) == ({"priority": "medium"}, {"priority": "high"})
    assert (update["actor"], update["door"], update["turn"]) == ("alice", "api", None)
    assert update["text"] == "Changed WEB-1 “One”: high priority"
    assert len(asked(as_alice, "get", "tasks/WEB-1/history/?limit=1")["results"]) == 1


def test_a_parent_in_a_deleted_project_is_not_shown(
    as_alice: Client, alice: User, web: Project, inbox: Project
) -> None:
    gone = add(alice, web, "Gone")
    add(alice, inbox, "Child", parent=gone, blocked_by=[gone])
    asked(as_alice, "delete", "projects/WEB/", expect=204)
    shown = asked(as_alice, "get", "tasks/INBOX-1/")
    assert (shown["parent"], shown["blocked_by"]) == (None, [])


def test_every_change_is_recorded_once(as_alice: Client) -> None:
    asked(as_alice, "post", "tasks/", {"title": "x"}, expect=201)
    assert Change.objects.count() == 1
