"""A project's tasks as columns by status, each capped until more is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.db.models import Count
from django.utils import timezone

from accounts.errors import Invalid
from tasks.browse import Line, lines_of
from tasks.models import Project, Task

if TYPE_CHECKING:
    from accounts.models import User

SHOWN, MOST = 40, 1000
ENDED = (Task.Status.DONE, Task.Status.CANCELLED)


@dataclass(frozen=True, slots=True)
class Column:
    """`count` is how many there are; `more` is the query string that shows more of them, or nothing."""

    status: str
    label: str
    lines: list[Line]
    count: int
    more: str


def read_shown(given: Mapping[str, str]) -> dict[str, int]:
    """How many of each column the address asks for, by status: `?done=80`. Raises Invalid."""
    return {status: _number(given.get(status, ""), status) for status in Task.Status.values}


def read_board(user: User, project: Project, shown: Mapping[str, int]) -> list[Column]:
    """Open ones the most urgent first, ended ones the last first."""
    tasks = Task.objects.visible_to(user).kept().filter(project=project)
    counts = dict(tasks.order_by().values_list("status").annotate(Count("pk")))
    rows: dict[str, list[Task]] = {}
    for status in Task.Status.values:
        found = tasks.filter(status=status).select_related("project", "assignee").defer("description")
        in_order = found.order_by("-updated_at", "-id") if status in ENDED else found.by_urgency()
        # What the counts say is not there need not be asked for.
        rows[status] = list(in_order[: shown[status]]) if counts.get(status) else []
    now = timezone.now().astimezone(user.zone)
    lines = iter(lines_of(user, [task for column in rows.values() for task in column], now))
    return [
        Column(
            status=status,
            label=label,
            lines=[next(lines) for _ in rows[status]],
            count=counts.get(status, 0),
            more=_more(shown, status) if counts.get(status, 0) > shown[status] < MOST else "",
        )
        for status, label in Task.Status.choices
    ]


def _more(shown: Mapping[str, int], status: str) -> str:
    wanted = {**shown, status: min(shown[status] * 2, MOST)}
    return "?" + urlencode({name: number for name, number in wanted.items() if number != SHOWN})


def _number(text: str, name: str) -> int:
    if not text:
        return SHOWN
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST):
        raise Invalid.field(name, f"must be a whole number from 1 to {MOST}.")
    return int(text)
