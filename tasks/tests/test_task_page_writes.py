"""What can be done from the pages of tasks: added, changed, done to several, and taken back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tasks.models import Change, Project, Task
from tasks.operations import update_task
from tasks.tests.making import API, add, verbs_of

SCRIPT = {"HX-Request": "true"}
# A Thursday.
NOW = "2026-11-26T10:00:00+01:00"


def post(client: Client, path: str, expected: int = 200, **fields: Any) -> Any:
    answer = client.post(path, fields, headers=SCRIPT)
    assert answer.status_code == expected, answer.content[:300]
    return answer.json()


def edit(client: Client, task: Task, expected: int = 200, **fields: Any) -> Any:
    return post(client, reverse("task_edit", args=[task.pk]), expected, **fields)


def act(client: Client, verb: str, *tasks: Task, **fields: Any) -> Any:
    return post(client, reverse("tasks_act"), verb=verb, task=[str(task.pk) for task in tasks], **fields)


def now(task: Task) -> Task:
    return Task.objects.select_related("project").get(pk=task.pk)


@pytest.mark.parametrize(
    ("line", "title", "due", "labels", "priority"),
    [
        ("Call Anna friday #home !high", "Call Anna", date(2026, 11, 27), ["home"], "high"),
        ("Buy milk", "Buy milk", None, [], "medium"),
        ("tomorrow", "tomorrow", None, [], "medium"),
        ("p3 Paint the #garden fence in 3 days", "Paint the fence", date(2026, 11, 29), ["garden"], "low"),
        ("Read 1984", "Read 1984", None, [], "medium"),
    ],
)
def test_a_line_in_words_is_a_task(
    alice: User, web: Project, as_alice: Client, line: str, title: str, due: Any, labels: Any, priority: str
) -> None:
    with time_machine.travel(NOW, tick=False):
        answer = post(as_alice, reverse("task_add"), project=str(web.pk), text=line)
    task = Task.objects.get()
    assert (task.title, task.due, task.labels, task.priority) == (title, due, labels, priority)
    assert answer["said"].startswith("Added WEB-1") and answer["undo"]
    assert Change.objects.get(object_id=task.pk).door == "page"


def test_a_repeat_in_words(alice: User, inbox: Project, as_alice: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        post(as_alice, reverse("task_add"), text="Pay rent every month on the 1st")
    task = Task.objects.get()
    assert (task.title, task.due_date) == ("Pay rent", date(2026, 12, 1))
    assert task.recurrence.startswith("FREQ=MONTHLY")


@pytest.mark.parametrize("text", ["", "  ", "a\0b", "x" * 201])
def test_a_bad_line_is_refused(alice: User, inbox: Project, as_alice: Client, text: str) -> None:
    assert post(as_alice, reverse("task_add"), 400, text=text)["detail"]
    assert not Task.objects.exists()


def test_a_field_is_changed_and_nothing_else(alice: User, web: Project, as_alice: Client) -> None:
    task = add(alice, web, "Old", priority="low")
    answer = edit(
        as_alice, task, title="New", was_title="Old", due="2026-12-24 18:00", was_due="", priority="low",
        was_priority="low",
    )  # fmt: skip
    assert "New" in answer["said"]
    assert (now(task).title, now(task).due_text(alice.zone)) == ("New", "2026-12-24T18:00")
    assert set(Change.objects.get(object_id=task.pk, verb="update").after) == {"title", "due_at"}


def test_what_somebody_else_changed_is_told_and_kept(alice: User, web: Project, as_alice: Client) -> None:
    task = add(alice, web, "Old")
    update_task(actor=alice, origin=API, task=task, changes={"title": "Theirs", "priority": "high"})
    refused = edit(as_alice, task, 409, title="Mine", was_title="Old")
    assert refused["theirs"] == {"title": "Theirs"} and now(task).title == "Theirs"
    # Another field than they changed is no conflict, and knowing theirs, mine may go over it.
    edit(as_alice, task, labels="a, b", was_labels="", priority="medium", was_priority="medium")
    edit(as_alice, task, title="Mine", was_title="Theirs")
    assert (now(task).title, now(task).labels, now(task).priority) == ("Mine", ["a", "b"], "high")


def test_links_repeat_and_assignee_in_words(alice: User, web: Project, as_alice: Client) -> None:
    task, other, third = add(alice, web, "One"), add(alice, web, "Two"), add(alice, web, "Three")
    edit(
        as_alice,
        task,
        parent="WEB-2",
        blocked_by="3",
        recurrence="every 2 weeks on Tuesday",
        assignee="alice",
    )
    changed = now(task)
    assert changed.parent == other and list(changed.blocked_by.all()) == [third]
    assert changed.recurrence == "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU" and changed.assignee == alice
    html = as_alice.get(task.get_absolute_url()).content.decode()
    assert 'value="every 2 weeks on Tuesday"' in html and "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU" in html


@pytest.mark.parametrize(
    ("fields", "about"),
    [
        ({"title": ""}, "title"),
        ({"due": "whenever"}, "due"),
        ({"recurrence": "now and then"}, "recurrence"),
        ({"status": "nearly"}, "status"),
        ({"assignee": "charlie"}, "assignee"),
        ({"labels": "x" * 99}, "labels"),
    ],
)
def test_a_bad_field_is_named(alice: User, web: Project, as_alice: Client, fields: Any, about: str) -> None:
    task = add(alice, web)
    assert about in edit(as_alice, task, 400, **fields)["fields"]
    assert verbs_of(task) == ["create"]


@pytest.mark.parametrize(
    ("verb", "more", "field", "value"),
    [
        ("complete", {}, "status", "done"),
        ("delete", {}, "trashed", True),
        ("priority:high", {}, "priority", "high"),
        ("due", {"due": "2026-12-24"}, "due_date", date(2026, 12, 24)),
        ("due:none", {}, "due_date", None),
        ("label", {"label": "#Later"}, "labels", ["a", "later"]),
        ("assignee", {"assignee": "me"}, "assignee", "alice"),
    ],
)
def test_several_at_once_and_one_undo(
    alice: User, web: Project, as_alice: Client, verb: str, more: Any, field: str, value: Any
) -> None:
    tasks = [add(alice, web, f"Task {n}", labels=["a"], due=date(2026, 11, 30)) for n in range(3)]

    def values() -> list[Any]:
        return [
            {
                "trashed": row.deleted_at is not None,
                "assignee": row.assignee.username if row.assignee else None,
            }.get(field, getattr(row, field, None))
            for row in map(now, tasks)
        ]

    before = values()
    answer = act(as_alice, verb, *tasks, **more)
    assert values() == [value] * 3 and "3 tasks" in answer["said"]
    assert post(as_alice, answer["undo"])["said"] == "Undone."
    assert values() == before
    assert as_alice.post(answer["undo"], headers=SCRIPT).status_code == 404


def test_what_is_refused_is_named_and_the_rest_is_done(alice: User, web: Project, as_alice: Client) -> None:
    kept, trashed = add(alice, web, "Kept"), add(alice, web, "Trashed")
    act(as_alice, "delete", trashed)
    answer = act(as_alice, "complete", kept, trashed)
    assert "WEB-1" in answer["said"] and "WEB-2" in answer["refused"][0]


@pytest.mark.parametrize("fields", [{"verb": "explode"}, {"verb": "complete", "task": []}, {"verb": ""},
                                    {"verb": "complete", "task": "x"}, {"verb": "due", "due": "never ever"},
                                    {"verb": "label", "label": " "}])  # fmt: skip
def test_a_bad_act_is_refused(alice: User, web: Project, as_alice: Client, fields: Any) -> None:
    task = add(alice, web)
    post(as_alice, reverse("tasks_act"), 400, **{"task": str(task.pk), **fields})
    assert verbs_of(task) == ["create"]


def test_undo_takes_the_next_occurrence_along(alice: User, web: Project, as_alice: Client) -> None:
    task = add(alice, web, recurrence="FREQ=DAILY", due=date(2026, 11, 30))
    answer = edit(as_alice, task, status="done", was_status="todo")
    assert answer["said"].startswith("Completed") and Task.objects.kept().count() == 2
    post(as_alice, answer["undo"])
    assert [row.pk for row in Task.objects.kept()] == [task.pk] and now(task).is_open


def test_without_a_script_a_form_leads_back(alice: User, web: Project, as_alice: Client) -> None:
    task = add(alice, web)
    there = web.get_absolute_url()
    fields = {"task": str(task.pk), "verb": "complete"}
    answer = as_alice.post(reverse("tasks_act"), {**fields, "next": there}, follow=True)
    assert answer.redirect_chain == [(there, 302)] and "Completed WEB-1" in answer.content.decode()
    away = as_alice.post(reverse("tasks_act"), {**fields, "next": "https://evil.example/"})
    assert away["Location"] == reverse("tasks")


def test_the_pulse_changes_with_every_change_one_may_see(
    alice: User, web: Project, inbox: Project, as_alice: Client, as_charlie: Client,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    def pulse(client: Client, tag: str = "", **query: str) -> tuple[int, str]:
        answer = client.get(reverse("pulse"), query, headers={"If-None-Match": tag})
        return answer.status_code, answer["ETag"]

    task = add(alice, web)
    _, all_of_it = pulse(as_alice)
    _, of_inbox = pulse(as_alice, project=str(inbox.pk))
    _, of_charlie = pulse(as_charlie)
    # Session, user, the pulse, also of shared tasks.
    with django_assert_num_queries(4):
        assert pulse(as_alice, all_of_it) == (304, all_of_it)
    update_task(actor=alice, origin=API, task=task, changes={"title": "New"})
    assert pulse(as_alice, all_of_it)[0] == 204
    assert pulse(as_alice, of_inbox, project=str(inbox.pk))[0] == 304
    assert pulse(as_charlie, of_charlie)[0] == 304
    assert as_alice.get(reverse("pulse"), {"project": "x"}).status_code == 404
