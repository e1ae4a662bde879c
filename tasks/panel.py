"""The tasks beside the talk: one project's open tasks by when they are due, and what was done lately."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from tasks.models import Project, Task

if TYPE_CHECKING:
    from accounts.models import User

MOST_OPEN = 200
MOST_DONE = 10
GROUPS = ("Overdue", "Today", "Tomorrow", "Next 7 days", "Later", "No date")


@dataclass(frozen=True, slots=True)
class Row:
    """A task as the panel shows it; `due` is in words, such as `Tomorrow 17:00`, or nothing."""

    task: Task
    due: str
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Panel:
    """`hidden` counts the open tasks beyond the first 200."""

    project: Project
    projects: list[Project]
    groups: list[Group]
    done: list[Row]
    open_count: int
    hidden: int


def panel(user: User, project: Project, *, now: datetime | None = None) -> Panel:
    """Open tasks most urgent first, in the user's zone."""
    local = (now or timezone.now()).astimezone(user.zone)
    tasks = Task.objects.visible_to(user).filter(project=project)
    shown = list(tasks.open().by_urgency()[: MOST_OPEN + 1])
    open_count = len(shown) if len(shown) <= MOST_OPEN else tasks.open().count()
    rows = [_row(task, local) for task in shown[:MOST_OPEN]]
    return Panel(
        project=project,
        projects=list(Project.objects.visible_to(user).active()),
        groups=_groups(rows, local),
        done=[_row(task, local) for task in tasks.done().by_completion()[:MOST_DONE]],
        open_count=open_count,
        hidden=open_count - len(rows),
    )


def due_words(task: Task, now: datetime) -> str:
    """When it is due as people say it, `now` being the reader's own time: `Today 17:00`, `Mon 30 Nov`."""
    day = due_day(task, now)
    if day is None:
        return ""
    words = _day_words(day, now.date())
    return f"{words} {task.due_at.astimezone(now.tzinfo):%H:%M}" if task.due_at else words


def due_day(task: Task, now: datetime) -> date | None:
    """The day it is due in `now`'s zone."""
    return task.due_at.astimezone(now.tzinfo).date() if task.due_at else task.due_date


def due_group(task: Task, now: datetime) -> str:
    """The one of `GROUPS` that an open task stands in."""
    today, day = now.date(), due_day(task, now)
    if day is None:
        return "No date"
    if task.is_overdue(now):
        return "Overdue"
    near = {0: "Today", 1: "Tomorrow"}
    days = (day - today).days
    return near.get(days, "Next 7 days" if days < 7 else "Later")


def _row(task: Task, now: datetime) -> Row:
    return Row(task, due_words(task, now), task.is_overdue(now))


def _groups(rows: Iterable[Row], now: datetime) -> list[Group]:
    named: dict[str, list[Row]] = {name: [] for name in GROUPS}
    for row in rows:
        named[due_group(row.task, now)].append(row)
    return [Group(name, rows) for name, rows in named.items() if rows]


def _day_words(day: date, today: date) -> str:
    days = (day - today).days
    near = {0: "Today", 1: "Tomorrow", -1: "Yesterday"}
    if days in near:
        return near[days]
    if 1 < days < 7:
        return f"{day:%A}"
    words = f"{day:%a} {day.day} {day:%b}"
    return words if day.year == today.year else f"{words} {day.year}"
