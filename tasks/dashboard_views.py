"""The dashboard page: the figures of `/api/dashboard/`, drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.errors import Invalid
from accounts.models import Team
from accounts.requests import SignedInRequest
from tasks import charts
from tasks.dashboard import AGES, dashboard, projects_seen
from tasks.models import Task
from tasks.references import find_project, find_team

PERIODS = (14, 90)
# The days that have a label: the last must have room for it.
LABELLED = {14: slice(0, 14, 2), 90: slice(0, 84, 14)}
MOST_SHOWN = 8
AGE_NAMES = {"day": "Today", "week": "2 to 7 days", "month": "8 to 30 days", "quarter": "31 to 90 days"}
# Words, the figure's name, what the list of tasks is asked for, and a tone.
TILES = (
    ("Open", "open", "", ""), ("Overdue", "overdue", "due=overdue", "alarm"),
    ("Due today", "due_today", "due=today", ""), ("Due in 7 days", "due_this_week", "due=week", ""),
    ("Done in 7 days", "done_last_7_days", "status=done", ""),
)  # fmt: skip
PRIORITIES = (Task.Priority.HIGH, Task.Priority.MEDIUM, Task.Priority.LOW)


@never_cache
@require_safe
@login_required
def show_dashboard(request: SignedInRequest) -> HttpResponse:
    """`?project=` takes a key or an id, `?team=` an id, `?days=` 14 or 90. Raises Invalid or NotFound."""
    days = _days(request.GET.get("days", "14"))
    named = request.GET.get("project", "")
    project = find_project(request.user, named) if named else None
    teams = list(Team.objects.visible_to(request.user).by_name())
    team = find_team(request.user, request.GET["team"]) if request.GET.get("team") else None
    now = timezone.now().astimezone(request.user.zone)
    figures = dashboard(actor=request.user, project=project, team=team, now=now, days=days)
    chosen = {"project": project and project.pk, "team": team and team.pk}
    projects = projects_seen(request.user, teams)
    context = {
        "figures": figures,
        "days": days,
        "today": now.date(),
        "project": project,
        "team": team,
        "teams": teams,
        "kept": urlencode({name: value for name, value in chosen.items() if value}),
        "projects": projects,
        "chosen": str(project.pk) if project else "",
        "is_empty": not any(figures["by_status"].values()),
        **drawn(figures, days, projects),
    }
    return render(request, "tasks/dashboard.html", context)


def drawn(figures: dict[str, Any], days: int, projects: Mapping[str, str]) -> dict[str, Any]:
    """The charts of a dashboard's figures over so many days, and what stands around them.

    `projects` has the name of each project by its id.
    """
    per_day = figures["per_day"]
    created, done = ([day[name] for day in per_day] for name in ("created", "done"))
    dates = [date.fromisoformat(day["date"]) for day in per_day]
    people = [(row["assignee"] or "Nobody", row["open"]) for row in figures["by_assignee"]]
    by_project = sorted(figures["by_project"], key=lambda row: (-row["open"], row["name"]))
    return {
        "periods": PERIODS,
        "tiles": [
            (label, grouped(figures[name]), query, tone if figures[name] else "")
            for label, name, query, tone in TILES
        ],
        "done_rows": charts.day_rows(dates, done),
        "pace_rows": charts.day_rows(dates, created, done),
        "labels": [f"{day.day} {day:%b}" for day in dates[LABELLED[days]]],
        "done_chart": charts.columns(done=done),
        "pace_chart": charts.lines(created=created, done=done),
        "done": grouped(sum(done)),
        "more_created": grouped(sum(created) - sum(done)) if sum(created) > sum(done) else "",
        "more_done": grouped(sum(done) - sum(created)) if sum(done) > sum(created) else "",
        "period_words": f"{days} days",
        "by_priority": charts.bars([(each.label, figures["by_priority"][each]) for each in PRIORITIES]),
        "by_age": charts.bars(
            [(AGE_NAMES.get(name, "Older"), figures["by_age"][name]) for name in (*dict(AGES), "older")]
        ),
        "by_assignee": charts.bars(shortened(people)),
        "by_project": [
            {**row, "name": projects[row["id"]], "bar": bar}
            for row, bar in zip(
                by_project[:MOST_SHOWN],
                charts.bars([(row["project"], row["open"]) for row in by_project[:MOST_SHOWN]]),
                strict=True,
            )
        ],
        "more_projects": by_project[MOST_SHOWN:],
    }


def grouped(number: int) -> str:
    """With a comma between thousands; to write a number itself takes a template 12 microseconds."""
    return f"{number:,}"


def shortened(counts: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """The first few, and all others as one."""
    others = counts[MOST_SHOWN:]
    if len(others) < 2:
        return list(counts)
    return [*counts[:MOST_SHOWN], (f"{len(others)} others", sum(count for _, count in others))]


def _days(given: str) -> int:
    for days in PERIODS:
        if given == str(days):
            return days
    raise Invalid.field("days", "must be 14 or 90.")
