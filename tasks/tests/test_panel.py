"""The tasks beside the talk: what is shown, in which words, and what a checkbox does."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tasks.models import Change, Project, Task
from tasks.operations import complete_task, create_project, delete_task
from tasks.panel import MOST_OPEN, due_words, panel
from tasks.tests.making import API, add

# A Thursday: 26 November 2026, 23:30 in Zurich, where Alice is.
NOW = datetime(2026, 11, 26, 22, 30, tzinfo=UTC)
TODAY = date(2026, 11, 26)
HTMX = {"HX-Request": "true"}


def url(verb: str, task: Task) -> str:
    return reverse(f"task_{verb}", args=[task.pk])


def shown(alice: User, project: Project) -> dict[str, list[str]]:
    groups = panel(alice, project, now=NOW).groups
    return {group.name: [row.task.title for row in group.rows] for group in groups}


def test_open_tasks_stand_under_when_they_are_due(alice: User, inbox: Project) -> None:
    add(alice, inbox, "late", due=TODAY - timedelta(days=1))
    add(alice, inbox, "late by an hour", due=NOW - timedelta(hours=1))
    add(alice, inbox, "today", due=TODAY)
    add(alice, inbox, "in a quarter of an hour", due=NOW + timedelta(minutes=15))
    add(alice, inbox, "just after midnight", due=NOW + timedelta(minutes=45))
    add(alice, inbox, "on Sunday", due=date(2026, 11, 29))
    add(alice, inbox, "on Wednesday", due=date(2026, 12, 2))
    add(alice, inbox, "in a week", due=date(2026, 12, 3))
    add(alice, inbox, "some day")
    assert shown(alice, inbox) == {
        "Overdue": ["late", "late by an hour"],
        "Today": ["today", "in a quarter of an hour"],
        "Tomorrow": ["just after midnight"],
        "Next 7 days": ["on Sunday", "on Wednesday"],
        "Later": ["in a week"],
        "No date": ["some day"],
    }


def test_the_reader_s_zone_says_which_day_it_is(alice: User, inbox: Project) -> None:
    add(alice, inbox, "today in Zurich, tomorrow in Auckland", due=TODAY)
    alice.timezone = "Pacific/Auckland"
    assert list(shown(alice, inbox)) == ["Overdue"]


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (TODAY, "Today"),
        (TODAY + timedelta(days=1), "Tomorrow"),
        (TODAY - timedelta(days=1), "Yesterday"),
        (TODAY + timedelta(days=3), "Sunday"),
        (TODAY + timedelta(days=7), "Thu 3 Dec"),
        (date(2027, 1, 4), "Mon 4 Jan 2027"),
        (datetime(2026, 11, 27, 16, 0, tzinfo=UTC), "Tomorrow 17:00"),
        (None, ""),
    ],
)
def test_due_in_words(alice: User, due: Any, words: str) -> None:
    task = Task(due_at=due) if isinstance(due, datetime) else Task(due_date=due)
    assert due_words(task, NOW.astimezone(alice.zone)) == words


def test_the_panel_shows_what_a_task_is(alice: User, inbox: Project, as_alice: Client) -> None:
    add(alice, inbox, "Pay <rent>", priority="high", labels=["home"], recurrence="FREQ=MONTHLY")
    html = as_alice.get(reverse("panel")).content.decode()
    assert "Pay &lt;rent&gt;" in html and "Pay <rent>" not in html
    for words in ("INBOX-1", "High", "home", "Repeats"):
        assert words in html


def test_done_and_deleted_tasks_leave_the_open_ones(alice: User, inbox: Project) -> None:
    done, gone = add(alice, inbox, "done"), add(alice, inbox, "gone")
    complete_task(actor=alice, origin=API, task=done)
    delete_task(actor=alice, origin=API, task=gone)
    found = panel(alice, inbox)
    assert (found.groups, found.open_count) == ([], 0)
    assert [row.task.title for row in found.done] == ["done"]


def test_ten_thousand_tasks_show_the_first_and_count_the_rest(
    alice: User, inbox: Project, as_alice: Client, django_assert_num_queries: Any
) -> None:
    rows = (Task(project=inbox, number=n, title=f"Task {n}", created_by=alice) for n in range(1, 10_001))
    Task.objects.bulk_create(rows, batch_size=2000)
    # Session, user, project; open tasks, their count, projects, done tasks.
    with django_assert_num_queries(7):
        html = as_alice.get(reverse("panel"), {"project": str(inbox.pk)}).content.decode()
    assert html.count('role="checkbox"') == MOST_OPEN
    assert "9800 more open tasks" in html


def test_a_project_of_one_s_own_can_be_chosen(alice: User, web: Project, as_alice: Client) -> None:
    add(alice, web, "Write the page")
    assert "Write the page" in as_alice.get(reverse("panel"), {"project": "WEB"}).content.decode()
    assert "Write the page" not in as_alice.get(reverse("panel")).content.decode()


def test_a_checkbox_completes_through_the_page_s_door(alice: User, inbox: Project, as_alice: Client) -> None:
    task = add(alice, inbox)
    answer = as_alice.post(url("complete", task), headers=HTMX)
    assert (answer.status_code, answer["HX-Trigger"]) == (204, "tasks-changed")
    change = Change.objects.get(object_id=task.pk, verb="complete")
    assert (change.door, change.actor, change.turn) == ("page", alice, None)
    task.refresh_from_db()
    assert task.status == Task.Status.DONE and task.completed_at


def test_and_reopens(alice: User, inbox: Project, as_alice: Client) -> None:
    task = add(alice, inbox)
    complete_task(actor=alice, origin=API, task=task)
    as_alice.post(url("reopen", task), headers=HTMX)
    task.refresh_from_db()
    assert task.status == Task.Status.TODO
    assert Change.objects.get(object_id=task.pk, verb="reopen").door == "page"


@pytest.mark.parametrize(
    ("back", "goes_to"),
    [("/c/here/", "/c/here/"), ("https://evil.example/", "/"), ("//evil.example", "/"), ("", "/")],
)
def test_without_javascript_a_checkbox_leads_back_to_its_page(
    alice: User, inbox: Project, as_alice: Client, back: str, goes_to: str
) -> None:
    answer = as_alice.post(url("complete", add(alice, inbox)), {"next": back})
    assert (answer.status_code, answer["Location"]) == (302, goes_to)


def test_a_task_in_the_trash_is_left_there(alice: User, inbox: Project, as_alice: Client) -> None:
    task = add(alice, inbox)
    delete_task(actor=alice, origin=API, task=task)
    assert as_alice.post(url("complete", task), headers=HTMX).status_code == 409


def test_a_stranger_finds_nothing(alice: User, inbox: Project, as_charlie: Client) -> None:
    task = add(alice, inbox, "Alice's secret")
    hidden = create_project(actor=alice, origin=API, key="SECRET", name="Alice's plans")
    answers = [
        as_charlie.get(reverse("panel"), {"project": str(hidden.pk)}),
        as_charlie.get(reverse("panel"), {"project": "SECRET"}),
        as_charlie.post(url("complete", task)),
        as_charlie.post(url("reopen", task)),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    for answer in answers:
        assert not re.search("Alice|plans|INBOX-1", answer.content.decode())
    task.refresh_from_db()
    assert task.is_open


def test_nobody_in_particular_has_to_sign_in(alice: User, inbox: Project, client: Client) -> None:
    task = add(alice, inbox)
    for answer in (client.get(reverse("panel")), client.post(url("complete", task))):
        assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")


def test_wrong_methods(alice: User, inbox: Project, as_alice: Client) -> None:
    task = add(alice, inbox)
    assert as_alice.post(reverse("panel")).status_code == 405
    assert as_alice.get(url("complete", task)).status_code == 405
    assert as_alice.get(url("reopen", task)).status_code == 405


def test_a_checkbox_needs_the_form_s_token(alice: User, inbox: Project) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(alice)
    assert careful.post(url("complete", add(alice, inbox))).status_code == 403
