"""The dashboard page shows the figures of `/api/dashboard/`, drawn and as tables."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tasks import charts, operations
from tasks.models import Project
from tasks.operations.teams import create_team
from tasks.tests.making import API, add

# Half past midnight of the 26th in Zurich, and still the 25th in UTC.
NOW = datetime(2026, 11, 26, 0, 30, tzinfo=ZoneInfo("Europe/Zurich"))
PAGE = "/dashboard/"


def words(html: str) -> str:
    """What the page says, without its markup."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def show(client: Client, query: str = "") -> str:
    with time_machine.travel(NOW, tick=False):
        answer = client.get(PAGE + query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def tasks(alice: User, web: Project, inbox: Project) -> None:
    with time_machine.travel(NOW - timedelta(days=40)):
        add(alice, web, "Old", due=date(2026, 11, 25), priority="high", assignee=alice)
    with time_machine.travel(NOW - timedelta(hours=1)):
        add(alice, web, due=NOW + timedelta(days=6))
        operations.complete_task(actor=alice, origin=API, task=add(alice, inbox))


@pytest.mark.usefixtures("tasks")
@pytest.mark.parametrize(
    ("zone", "query"),
    [
        ("Europe/Zurich", ""), ("America/Los_Angeles", "?days=90"), ("Asia/Kolkata", "?project=WEB&days=90"),
        ("Pacific/Kiritimati", "?project=WEB"),
    ],
)  # fmt: skip
def test_the_numbers_are_those_of_the_api(as_alice: Client, alice: User, zone: str, query: str) -> None:
    User.objects.filter(pk=alice.pk).update(timezone=zone)
    html = show(as_alice, query)
    with time_machine.travel(NOW, tick=False):
        figures = as_alice.get(f"/api/dashboard/{query}").json()
    shown = words(html)
    for label, name in [
        ("Open", "open"), ("Overdue", "overdue"), ("Due today", "due_today"),
        ("Due in 7 days", "due_this_week"), ("Done in 7 days", "done_last_7_days"),
    ]:  # fmt: skip
        assert f" {label} {figures[name]} " in shown
    for label, name in [("High", "high"), ("Medium", "medium"), ("Low", "low")]:
        assert f" {label} {figures['by_priority'][name]} " in shown
    for label, name in [
        ("Today", "day"),
        ("2 to 7 days", "week"),
        ("31 to 90 days", "quarter"),
        ("Older", "older"),
    ]:
        assert f" {label} {figures['by_age'][name]} " in shown
    for row in figures["by_project"]:
        assert f" {row['name']} {row['project']} {row['open']} {row['overdue']} {row['done']} " in shown
    for row in figures["by_assignee"]:
        assert f" {row['assignee'] or 'Nobody'} {row['open']} " in shown
    html = html[html.index("Created and done per day") :]
    days = re.findall(
        r'datetime="([\d-]+)">.*?<td class="number">(\d+)</td><td class="number">(\d+)</td>', html
    )
    assert days == [(day["date"], str(day["created"]), str(day["done"])) for day in figures["per_day"]]
    assert f"Days are those of {zone}" in shown


@pytest.mark.usefixtures("tasks")
def test_one_team(as_alice: Client, as_charlie: Client, alice: User) -> None:
    team = create_team(actor=alice, origin=API, name="Studio")
    project = operations.create_project(actor=alice, origin=API, name="Film", key="FILM", team=team)
    add(alice, project)
    html = show(as_alice, f"?team={team.pk}")
    assert " Film · Studio FILM 1 0 0 " in words(html)
    assert "Website WEB" not in words(html)
    assert f'href="?team={team.pk}&amp;days=90"' in html
    with time_machine.travel(NOW, tick=False):
        found = as_alice.get("/api/dashboard/", {"team": str(team.pk)}).json()
    assert [row["project"] for row in found["by_project"]] == ["FILM"]
    for client, named in [(as_charlie, str(team.pk)), (as_alice, "studio")]:
        assert client.get(PAGE, {"team": named}).status_code == 404
        refused = client.get("/api/dashboard/", {"team": named})
        assert (refused.status_code, list(refused.json()["errors"])) == (400, ["team"])


def test_projects_of_one_name_are_told_apart(as_alice: Client, alice: User) -> None:
    made = []
    for name, number in (("Studio", 1), ("Shop", 2)):
        team = create_team(actor=alice, origin=API, name=name)
        made.append(operations.create_project(actor=alice, origin=API, name="Film", key="FILM", team=team))
        for _ in range(number):
            add(alice, made[-1])
    html = show(as_alice)
    for project, label, open_tasks in zip(made, ("Film · Studio", "Film · Shop"), (1, 2), strict=True):
        assert f'<option value="{project.pk}">{label}</option>' in html
        assert f'href="?project={project.pk}"' in html
        one = show(as_alice, f"?project={project.pk}")
        assert f'<option value="{project.pk}" selected>{label}</option>' in one
        assert f" {label} FILM {open_tasks} 0 0 " in words(one)
        assert f'href="?project={project.pk}&amp;days=90"' in one


def test_an_empty_page_says_how_to_begin(as_alice: Client, inbox: Project) -> None:
    assert "Nothing to count yet" in show(as_alice)
    assert "Nothing to count yet in Inbox" in show(as_alice, "?project=INBOX")


@pytest.mark.usefixtures("tasks")
def test_strangers_see_their_own(as_charlie: Client, web: Project) -> None:
    assert "Website" not in show(as_charlie)
    for named in ("WEB", str(web.pk)):
        refused = as_charlie.get(PAGE, {"project": named})
        assert refused.status_code == 404
        assert "Website" not in refused.content.decode()


def test_who_may_ask_how(as_alice: Client) -> None:
    assert Client().get(PAGE).headers["Location"] == f"/accounts/login/?next={PAGE}"
    assert as_alice.post(PAGE).status_code == 405


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("days=15", 400, "must be 14 or 90"),
        ("days=", 400, "must be 14 or 90"),
        ("project=NONE", 404, "There is no project"),
    ],
)
def test_wrong_parameters_are_named(
    as_alice: Client, inbox: Project, query: str, status: int, said: str
) -> None:
    refused = as_alice.get(f"{PAGE}?{query}")
    assert (refused.status_code, said in words(refused.content.decode())) == (status, True)


def test_the_queries_do_not_grow(as_alice: Client, alice: User, inbox: Project) -> None:
    # Session, user, teams, projects (for the figures and for the filter), the newest counter, the counters,
    # what is left of hours at the edges of days, the names of assignees.
    add(alice, inbox, assignee=alice)
    for number in range(12):
        project = operations.create_project(actor=alice, origin=API, name=f"P{number}", key=f"P{number}")
        add(alice, project)
    User.objects.filter(pk=alice.pk).update(timezone="Asia/Kolkata")
    with CaptureQueriesContext(connection) as captured:
        html = show(as_alice, "?days=90")
    assert len(captured) <= 9, [query["sql"] for query in captured]
    assert "8 of 13, most open first" in words(html)
    assert " style=" not in html


@pytest.mark.parametrize(("most", "top"), [(0, 4), (4, 4), (5, 8), (9, 12), (41, 60), (99, 100), (101, 120)])
def test_a_scale_has_four_whole_steps(most: int, top: int) -> None:
    assert charts.top_of(most) == top


def test_charts_are_to_scale() -> None:
    chart = charts.columns(done=[0, 2, 4])
    assert (chart.width, chart.marks) == (30, (4, 3, 2, 1, 0))
    assert chart.paths["done"] == "M11.5 100v-50h7V100zM21.5 100v-100h7V100z"
    assert charts.lines(done=[1, 0, 3]).paths["done"] == "M5 75L15 75L25 0"
