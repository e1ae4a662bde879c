"""The list of tasks: which are shown, in which order, and what the address asks for."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tasks.board import SHOWN
from tasks.browse import PAGE, browse, read_filters
from tasks.models import Project, Task
from tasks.operations import complete_task, create_project, delete_task
from tasks.tests.making import API, add

# A Thursday: 26 November 2026, 23:30 in Zurich, where Alice is.
NOW = datetime(2026, 11, 26, 22, 30, tzinfo=UTC)
TODAY = date(2026, 11, 26)
SCRIPT = {"HX-Request": "true"}


def titles(alice: User, asked: dict[str, str], only: Project | None = None) -> list[str]:
    groups = browse(alice, only, read_filters(asked), now=NOW).groups
    return [line.task.title for group in groups for line in group.lines]


@pytest.fixture
def mixed(alice: User, inbox: Project, web: Project) -> None:
    add(alice, web, "late", due=TODAY - timedelta(days=1), labels=["home"])
    add(alice, web, "today", due=TODAY, priority="high", assignee=alice)
    add(alice, inbox, "in six days", due=TODAY + timedelta(days=6), priority="low")
    add(alice, web, "some day", description="about Zanzibar")
    complete_task(actor=alice, origin=API, task=add(alice, web, "done"))
    delete_task(actor=alice, origin=API, task=add(alice, web, "deleted"))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["late", "today", "in six days", "some day"]),
        ({"status": "done"}, ["done"]),
        ({"status": "all", "sort": "title"}, ["done", "in six days", "late", "some day", "today"]),
        ({"priority": "high"}, ["today"]),
        ({"label": "#Home"}, ["late"]),
        ({"assignee": "me"}, ["today"]),
        ({"assignee": "none", "due": "none"}, ["some day"]),
        ({"due": "overdue"}, ["late"]),
        ({"due": "today"}, ["today"]),
        ({"due": "week"}, ["today", "in six days"]),
        ({"due": "2026-11-25"}, ["late"]),
        ({"q": "zanzibar"}, ["some day"]),
        ({"sort": "-priority"}, ["today", "some day", "late", "in six days"]),
        ({"q": "nothing like it"}, []),
    ],
)
def test_filters_and_orders(alice: User, mixed: None, asked: dict[str, str], found: list[str]) -> None:
    assert titles(alice, asked) == found


def test_one_project_s(alice: User, web: Project, mixed: None) -> None:
    assert titles(alice, {}, web) == ["late", "today", "some day"]
    assert titles(alice, {"project": "INBOX"}) == ["in six days"]


@pytest.mark.parametrize(
    "asked",
    ["status=open-ish", "priority=1", "due=soon", "sort=luck", "page=0", "page=x", "q=%00", "project=NO"],
)
def test_what_cannot_be_asked_for_is_said(alice: User, as_alice: Client, asked: str) -> None:
    answer = as_alice.get(f"{reverse('tasks')}?{asked}")
    assert answer.status_code in (400, 404)
    assert asked.partition("=")[0] in answer.content.decode()


def test_the_address_says_what_is_asked_and_nothing_else() -> None:
    filters = read_filters({"priority": "high", "status": "open", "page": "2"})
    assert filters.address() == "?priority=high&page=2"
    assert filters.address(page=1) == "?priority=high"


def test_the_last_page_of_a_long_list(
    alice: User, web: Project, as_alice: Client, django_assert_num_queries: Any
) -> None:
    rows = (Task(project=web, number=n, title=f"Task {n}", created_by=alice) for n in range(1, 1_002))
    Task.objects.bulk_create(rows, batch_size=2000)
    # Session, user, project, pulse (also of shared tasks), projects, tasks; which can be edited, are blocked
    # and have subtasks; who can be assigned, and whether tasks can be added.
    with django_assert_num_queries(12):
        html = as_alice.get(web.get_absolute_url(), {"page": "11"}).content.decode()
    assert html.count('class="line"') == 1001 - 10 * PAGE
    assert "Task 1001" in html and "1001–1001 of 1001 tasks" in html
    assert 'rel="next"' not in html and 'rel="prev" href="?page=10"' in html


def test_the_board_caps_its_columns_and_counts_the_rest(
    alice: User, web: Project, as_alice: Client, django_assert_num_queries: Any
) -> None:
    rows = (Task(project=web, number=n, title=f"Task {n}", created_by=alice) for n in range(1, SHOWN + 6))
    Task.objects.bulk_create(rows)
    complete_task(actor=alice, origin=API, task=Task.objects.visible_to(alice).get(number=1))
    board = reverse("board", args=[web.pk])
    # Session, user, project, pulse (also of shared tasks); counts, two columns; which can be edited, are
    # blocked and have subtasks; whether tasks can be added.
    with django_assert_num_queries(12):
        html = as_alice.get(board).content.decode()
    assert html.count("data-movable") == SHOWN + 1
    assert 'data-count="44"' in html and 'href="?todo=80"' in html
    assert as_alice.get(board, {"todo": "80"}).content.decode().count("data-movable") == SHOWN + 5
    assert as_alice.get(board, {"todo": "many"}).status_code == 400


def test_a_script_gets_the_list_alone(alice: User, web: Project, as_alice: Client) -> None:
    add(alice, web, "Write <b>it</b>", labels=["a&b"])
    html = as_alice.get(web.get_absolute_url(), headers=SCRIPT).content.decode()
    assert html.startswith('<section id="task-list"')
    assert "Write &lt;b&gt;it&lt;/b&gt;" in html and "?label=a%26b" in html


def test_an_empty_list_says_what_to_do(alice: User, web: Project, as_alice: Client) -> None:
    assert "Nothing is open" in as_alice.get(web.get_absolute_url()).content.decode()
    assert "No task fits" in as_alice.get(web.get_absolute_url(), {"q": "x"}).content.decode()


def test_a_key_leads_to_its_project_and_a_ref_to_its_task(
    alice: User, web: Project, as_alice: Client, as_charlie: Client
) -> None:
    task = add(alice, web)
    assert as_alice.get("/projects/web/")["Location"] == web.get_absolute_url()
    assert as_alice.get("/tasks/web-1/")["Location"] == task.get_absolute_url()
    assert as_charlie.get("/projects/web/").status_code == as_charlie.get("/tasks/web-1/").status_code == 404


def test_strangers_and_nobody(alice: User, web: Project, as_charlie: Client, client: Client) -> None:
    task = add(alice, web, "Alice's secret")
    hidden = create_project(actor=alice, origin=API, key="SECRET", name="Alice's plans")
    reads = [
        reverse(name, args=[pk])
        for name, pk in (
            ("project", hidden.pk), ("board", hidden.pk), ("project_settings", hidden.pk),
            ("task", task.pk), ("task_edit", task.pk),
        )
    ]  # fmt: skip
    writes = [reverse("task_edit", args=[task.pk]), reverse("project_act", args=[hidden.pk])]
    writes += [reverse("project_settings", args=[hidden.pk])]
    for path in reads:
        assert as_charlie.get(path).status_code == 404, path
    for path in writes:
        assert as_charlie.post(path, {"title": "mine", "verb": "delete", "name": "x"}).status_code == 404, (
            path
        )
    for name in ("tasks", "projects", "trash"):
        assert not re.search("Alice|plans|Website", as_charlie.get(reverse(name)).content.decode())
    as_charlie.post(reverse("tasks_act"), {"task": str(task.pk), "verb": "delete"})
    task.refresh_from_db()
    assert task.deleted_at is None and task.title == "Alice's secret"
    for path in [*reads, reverse("tasks"), reverse("projects"), reverse("trash"), reverse("pulse")]:
        assert client.get(path)["Location"].startswith("/accounts/login/")
