"""What lists of tasks and projects can be asked for: filters, search and order, by query parameters."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Case, DateTimeField, F, IntegerField, OrderBy, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django_filters import CharFilter, FilterSet
from rest_framework.request import Request

from accounts.errors import Invalid
from accounts.rest.bodies import refuse_unknown
from accounts.rest.pages import Slice
from tasks.due import read_iso_due
from tasks.models import Project, Task
from tasks.newest import ByAge
from tasks.querysets import OPEN_STATUSES, TaskQuerySet, day_bounds
from tasks.serializers import TaskReader
from tasks.tally import PRIORITIES
from tasks.text import MAX_LABELS, clean_line, clean_search

if TYPE_CHECKING:
    from accounts.models import User

NEWEST_FIRST = ("-created_at", "-id")
NOBODY = "none"
SMALLEST = datetime.resolution


def parameters(request: Request, known: Collection[str]) -> dict[str, str]:
    """The query parameters besides `limit` and `offset`.

    Raises Invalid for one that is not among `known`, is given twice, or is empty.
    """
    query = request.query_params
    given = {name: query[name].strip() for name in query if name not in Slice._fields}
    refuse_unknown(given, set(known))
    for name, value in given.items():
        if len(query.getlist(name)) > 1:
            raise Invalid.field(name, "is given twice.")
        if not value:
            raise Invalid.field(name, "must not be empty; leave it out.")
    return given


class TaskFilter(FilterSet):
    """Filters of tasks; `actor` says in whose time zone days are, and whose projects there are."""

    status = CharFilter(method="by_status")
    completed = CharFilter(method="by_completed")
    priority = CharFilter(method="by_priority")
    label = CharFilter(method="by_label")
    assignee = CharFilter(method="by_assignee")
    project = CharFilter(method="by_project")
    parent = CharFilter(method="by_parent")
    blocked = CharFilter(method="by_blocked")
    due_date = CharFilter(method="by_due_day")
    due_after = CharFilter(method="by_due_after")
    due_before = CharFilter(method="by_due_before")
    overdue = CharFilter(method="by_overdue")
    created_after = CharFilter(field_name="created_at", method="from_instant")
    created_before = CharFilter(field_name="created_at", method="to_instant")
    updated_after = CharFilter(field_name="updated_at", method="from_instant")
    updated_before = CharFilter(field_name="updated_at", method="to_instant")
    completed_after = CharFilter(field_name="completed_at", method="from_instant")
    completed_before = CharFilter(field_name="completed_at", method="to_instant")
    search = CharFilter(method="by_search")
    q = CharFilter(method="by_search")
    ordering = CharFilter(method="in_order")

    def __init__(self, given: Mapping[str, str], tasks: TaskQuerySet, actor: User) -> None:
        super().__init__(given, tasks)
        self.actor = actor
        self.now = timezone.now().astimezone(actor.zone)
        self.reader = TaskReader(actor, self.now)

    def by_status(self, tasks: TaskQuerySet, name: str, value: str) -> Any:
        return tasks.filter(status__in=_statuses(value, name))

    def by_completed(self, tasks: TaskQuerySet, name: str, value: str) -> Any:
        done = Q(status=Task.Status.DONE)
        return tasks.filter(done if _flag(value, name) else ~done)

    def by_priority(self, tasks: TaskQuerySet, name: str, value: str) -> Any:
        return tasks.filter(priority__in=_listed(value, name, Task.Priority.values))

    def by_label(self, tasks: TaskQuerySet, name: str, value: str) -> Any:
        labels = value.split(",")
        # No task has more, and each costs every row a comparison.
        if len(labels) > MAX_LABELS:
            raise Invalid.field(name, f"at most {MAX_LABELS} labels.")
        for label in labels:
            tasks = tasks.labelled(clean_line(label, name, longest=60).lstrip("#@").lower())
        return tasks

    def by_assignee(self, tasks: TaskQuerySet, name: str, value: str) -> Any:
        if value.lower() == NOBODY:
            return tasks.filter(assignee=None)
        if value.lower() == "me":
            return tasks.filter(assignee=self.actor)
        return tasks.filter(assignee__username__iexact=clean_line(value, name, longest=150).lstrip("@"))

    def by_project(self, tasks: TaskQuerySet, name: str, value: str) -> Any:
        return tasks.filter(project=self.reader.project(value))

    def by_parent(self, tasks: TaskQuerySet, name: str, value: str) -> Any:
        parent = None if value.lower() == NOBODY else self.reader.task(value, name)
        return tasks.filter(parent=parent)

    def by_blocked(self, tasks: TaskQuerySet, name: str, value: str) -> Any:
        free = tasks.unblocked()
        return tasks.exclude(pk__in=free.values("pk")) if _flag(value, name) else free

    def by_due_day(self, tasks: TaskQuerySet, name: str, value: str) -> Any:
        day = self._moment(value, name)
        if isinstance(day, datetime):
            raise Invalid.field(name, "must be a day, such as 2026-11-30.")
        return tasks.due_between(day, day, self.actor.zone)

    def by_due_after(self, tasks: TaskQuerySet, name: str, value: str) -> Any:
        first, instant = self._day_and_instant(value, name, end=False)
        return tasks.filter(Q(due_date__gte=first) | Q(due_at__gte=instant))

    def by_due_before(self, tasks: TaskQuerySet, name: str, value: str) -> Any:
        last, instant = self._day_and_instant(value, name, end=True)
        return tasks.filter(Q(due_date__lte=last) | Q(due_at__lte=instant))

    def by_overdue(self, tasks: TaskQuerySet, name: str, value: str) -> Any:
        late = tasks.overdue(self.now)
        return late if _flag(value, name) else tasks.exclude(pk__in=late.values("pk"))

    def from_instant(self, tasks: TaskQuerySet, name: str, value: str) -> Any:
        parameter = name.replace("_at", "_after")
        return tasks.filter(**{f"{name}__gte": self._day_and_instant(value, parameter, end=False)[1]})

    def to_instant(self, tasks: TaskQuerySet, name: str, value: str) -> Any:
        parameter = name.replace("_at", "_before")
        return tasks.filter(**{f"{name}__lte": self._day_and_instant(value, parameter, end=True)[1]})

    def by_search(self, tasks: TaskQuerySet, name: str, value: str) -> Any:
        return tasks.search(clean_search(value, name))

    def in_order(self, tasks: TaskQuerySet, name: str, value: str) -> Any:
        if value == "urgency":
            return tasks.by_urgency()
        return _ordered(tasks, value, TASK_ORDERS)

    def _moment(self, value: str, name: str) -> date | datetime:
        # A plus sign that was not escaped arrives as a space.
        return read_iso_due(value.replace(" ", "+") if "T" in value else value, now=self.now, field=name)

    def _day_and_instant(self, value: str, name: str, *, end: bool) -> tuple[date, datetime]:
        """A day as it is and as its first or last instant, or an instant and the day it lies in."""
        moment, zone = self._moment(value, name), self.actor.zone
        if isinstance(moment, datetime):
            return moment.astimezone(zone).date(), moment
        return moment, day_bounds(moment, zone)[1] - SMALLEST if end else day_bounds(moment, zone)[0]


class ProjectFilter(FilterSet):
    """Filters of projects."""

    status = CharFilter(method="by_status")
    search = CharFilter(method="by_search")
    q = CharFilter(method="by_search")
    ordering = CharFilter(method="in_order")

    def by_status(self, projects: QuerySet[Project], name: str, value: str) -> QuerySet[Project]:
        return projects.filter(status__in=_listed(value, name, Project.Status.values))

    def by_search(self, projects: QuerySet[Project], name: str, value: str) -> QuerySet[Project]:
        for word in clean_search(value, name).split():
            projects = projects.filter(Q(name__icontains=word) | Q(key__icontains=word))
        return projects

    def in_order(self, projects: QuerySet[Project], name: str, value: str) -> Any:
        return _ordered(projects, value, PROJECT_ORDERS)


def _rank(field: str, values: list[str]) -> Case:
    cases = [When(**{field: value}, then=Value(rank)) for rank, value in enumerate(values)]
    return Case(*cases, output_field=IntegerField())


PROJECT_ORDERS: dict[str, Any] = {name: F(name) for name in ("key", "name", "created_at", "updated_at")}
TASK_ORDERS: dict[str, Any] = {
    "created_at": F("created_at"),
    "updated_at": F("updated_at"),
    "completed_at": F("completed_at"),
    # Text on SQLite and a cast on PostgreSQL both put a date before that day's instants.
    "due_date": Coalesce("due_at", "due_date", output_field=DateTimeField()),
    "priority": _rank("priority", Task.Priority.values),
    "status": _rank("status", Task.Status.values),
    "title": F("title"),
    "number": F("number"),
    "project": F("project__key"),
}


def _ordered(rows: Any, value: str, orders: Mapping[str, Any]) -> Any:
    """By the fields listed in `value`, those with a minus the other way round; nothing comes last."""
    by: list[OrderBy] = []
    for name in value.split(","):
        field, falling = name.strip().removeprefix("-"), name.strip().startswith("-")
        if field not in orders:
            raise Invalid.field("ordering", f"“{field[:40]}” is not known; known are {', '.join(orders)}.")
        by.append(OrderBy(orders[field], descending=falling, nulls_last=True if _may_miss(field) else None))
    return rows.order_by(*by, "-id" if by[0].descending else "id")


def _may_miss(field: str) -> bool:
    return field in ("completed_at", "due_date")


def _listed(value: str, name: str, known: Sequence[str]) -> set[str]:
    wanted = {each.strip() for each in value.split(",")}
    if unknown := wanted - set(known):
        raise Invalid.field(name, f"“{min(unknown)[:40]}” is not known; known are {', '.join(known)}.")
    return wanted


def _statuses(value: str, name: str) -> set[str]:
    wanted = _listed(value, name, [*Task.Status.values, "open"])
    return {*wanted, *(OPEN_STATUSES if "open" in wanted else ())} - {"open"}


def _flag(value: str, name: str) -> bool:
    if value.lower() not in ("true", "false", "1", "0"):
        raise Invalid.field(name, "must be true or false.")
    return value.lower() in ("true", "1")


def flag_of(given: Mapping[str, str], name: str) -> bool:
    """Whether a parameter says true. Raises Invalid when it says neither true nor false."""
    return _flag(given.get(name, "false"), name)


def filtered_tasks(given: Mapping[str, str], tasks: TaskQuerySet, actor: User) -> TaskQuerySet:
    """`tasks` after the parameters of TaskFilter, the newest first unless they say how. Raises Invalid."""
    found = TaskFilter(given, tasks, actor).qs
    return found if "ordering" in given else found.order_by(*NEWEST_FIRST)  # type: ignore[no-any-return]


def by_age(given: Mapping[str, str], actor: User) -> tuple[ByAge, Project | None] | None:
    """What indexes and counters alone can answer, and the one project it is about, if it is about one.

    None when more is asked for. Raises Invalid.
    """
    if not given.keys() <= {"status", "priority", "project", "ordering"}:
        return None
    if given.get("ordering", "-created_at") not in ("created_at", "-created_at"):
        return None
    found = ByAge(
        statuses=sorted(_statuses(given["status"], "status")) if "status" in given else (),
        priorities=sorted(_listed(given["priority"], "priority", PRIORITIES)) if "priority" in given else (),
        oldest_first=given.get("ordering") == "created_at",
    )
    project = TaskReader(actor, timezone.now()).project(given["project"]) if "project" in given else None
    return found, project


def ids_of(tasks: TaskQuerySet, *, limit: int, offset: int) -> list[UUID]:
    return list(tasks.values_list("pk", flat=True)[offset : offset + limit])
