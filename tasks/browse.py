"""A list of tasks as its page shows it: filtered, sorted, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone

from accounts.errors import Invalid
from tasks.filters import filtered_tasks
from tasks.models import Project, Task
from tasks.panel import due_group, due_words
from tasks.querysets import OPEN_STATUSES, TaskQuerySet
from tasks.references import named_by_ref
from tasks.text import clean_line, clean_search

if TYPE_CHECKING:
    from accounts.models import User

PAGE = 100
LAST_PAGE = 1_000_000
OPEN, ALL = "open", "all"
STATUSES = {OPEN: "Open", **dict(Task.Status.choices), ALL: "Every status"}
PRIORITIES = {"": "Every priority", "high": "High", "medium": "Medium", "low": "Low"}
DUES = {
    "": "Any date", "overdue": "Overdue", "today": "Today", "week": "Next 7 days", "none": "No date",
}  # fmt: skip
SORTS = {
    "urgency": "Due first", "-priority": "Priority", "-created_at": "Newest", "created_at": "Oldest",
    "-updated_at": "Last changed", "title": "Title", "status": "Status",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for. `due` is one of `DUES` or a day; `project` an id, on the page of all."""

    status: str = OPEN
    priority: str = ""
    label: str = ""
    assignee: str = ""
    due: str = ""
    q: str = ""
    project: str = ""
    sort: str = "urgency"
    page: int = 1

    @property
    def narrows(self) -> bool:
        return replace(self, sort="urgency", page=1) != Filters()

    def address(self, **changes: Any) -> str:
        """The query string that asks for the same, but for `changes`."""
        asked, plain = replace(self, **changes), Filters()
        named = {name: getattr(asked, name) for name in Filters.__slots__}
        return "?" + urlencode(
            {name: value for name, value in named.items() if value != getattr(plain, name)}
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A task as a line; `due` is in words. `subtasks` are how many are done, and how many there are."""

    task: Task
    due: str
    is_overdue: bool
    can_edit: bool = False
    is_blocked: bool = False
    subtasks: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under a heading; without a name there is none."""

    name: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of lines; `count` is how many there are on all `pages`."""

    filters: Filters
    groups: list[Group]
    count: int
    pages: int
    project: Project | None = None
    projects: list[Project] = field(default_factory=list)

    @property
    def newer(self) -> str:
        page = self.filters.page
        return self.filters.address(page=page - 1) if page > 1 else ""

    @property
    def older(self) -> str:
        page = self.filters.page
        return self.filters.address(page=page + 1) if page < self.pages else ""

    @property
    def first(self) -> int:
        return (self.filters.page - 1) * PAGE + 1

    @property
    def last(self) -> int:
        return min(self.filters.page * PAGE, self.count)


def read_filters(given: Mapping[str, str]) -> Filters:
    """The filters that an address names. Raises Invalid, naming the one that cannot be."""
    return Filters(
        status=_known(given, "status", STATUSES, OPEN),
        priority=_known(given, "priority", PRIORITIES, ""),
        label=clean_line(given.get("label", ""), "label", longest=60, required=False).lstrip("#").lower(),
        assignee=clean_line(given.get("assignee", ""), "assignee", longest=150, required=False),
        due=_due(given.get("due", "")),
        q=clean_search(given.get("q", ""), "q"),
        project=clean_line(given.get("project", ""), "project", longest=40, required=False),
        sort=_known(given, "sort", SORTS, "urgency"),
        page=read_page(given.get("page", "")),
    )


def browse(user: User, project: Project | None, filters: Filters, *, now: datetime | None = None) -> Listing:
    """A page of the tasks that `user` may see, of one project or of all."""
    local = (now or timezone.now()).astimezone(user.zone)
    projects = list(Project.objects.visible_to(user).exclude(status=Project.Status.ARCHIVED))
    if project is not None:
        tasks = Task.objects.visible_to(user).kept().filter(project=project)
    else:
        tasks = Task.objects.listed_for(user).kept()
    tasks = _narrowed(user, tasks, filters, local)
    start = (filters.page - 1) * PAGE
    shown = list(tasks.select_related("project", "assignee").defer("description")[start : start + PAGE])
    count = start + len(shown) if shown and len(shown) < PAGE else tasks.count()
    return Listing(
        filters=filters,
        groups=_grouped(lines_of(user, shown, local), filters, local),
        count=count,
        pages=max(1, -(-count // PAGE)),
        project=project,
        projects=projects,
    )


def lines_of(user: User, tasks: Iterable[Task], now: datetime) -> list[Line]:
    """`now` is the reader's local time. Three queries, however many there are."""
    shown = list(tasks)
    ids = [task.pk for task in shown]
    editable = set(Task.objects.editable_by(user).filter(pk__in=ids).order_by().values_list("pk", flat=True))
    blocked, below = _blocked(ids), _below(user, ids)
    return [
        Line(
            task, due_words(task, now), task.is_overdue(now),
            task.pk in editable, task.pk in blocked, below.get(task.pk, (0, 0)),
        )
        for task in shown
    ]  # fmt: skip


def read_page(text: str) -> int:
    if not text:
        return 1
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and 1 <= int(text) <= LAST_PAGE):
        raise Invalid.field("page", "must be a whole number from 1.")
    return int(text)


def _narrowed(user: User, tasks: TaskQuerySet, filters: Filters, now: datetime) -> TaskQuerySet:
    asked = {
        "status": "" if filters.status == ALL else filters.status,
        "priority": filters.priority,
        "label": filters.label,
        "assignee": filters.assignee,
        "search": filters.q,
        "project": filters.project,
    }
    if (by_ref := tasks.filter(named_by_ref(filters.q))).exists():
        tasks, asked["search"] = by_ref, ""
    given = {name: value for name, value in asked.items() if value}
    return filtered_tasks({**given, "ordering": filters.sort}, _due_in(tasks, filters.due, now, user), user)


def _due_in(tasks: TaskQuerySet, due: str, now: datetime, user: User) -> TaskQuerySet:
    today = now.date()
    if due == "overdue":
        return tasks.overdue(now)
    if due == "today":
        return tasks.due_between(today, today, user.zone)
    if due == "week":
        return tasks.due_between(today, today + timedelta(days=6), user.zone)
    if due == "none":
        return tasks.filter(due_at=None, due_date=None)
    if due:
        return tasks.due_between(date.fromisoformat(due), date.fromisoformat(due), user.zone)
    return tasks


def _blocked(ids: list[UUID]) -> set[UUID]:
    links = Task.blocked_by.through.objects.filter(from_task_id__in=ids)
    waiting = links.filter(to_task__status__in=OPEN_STATUSES, to_task__deleted_at=None)
    return set(waiting.values_list("from_task_id", flat=True))


def _below(user: User, ids: list[UUID]) -> dict[UUID, tuple[int, int]]:
    below = Task.objects.visible_to(user).kept().filter(parent_id__in=ids).order_by().values("parent_id")
    counted = below.annotate(done=Count("pk", filter=~Q(status__in=OPEN_STATUSES)), every=Count("pk"))
    return {row["parent_id"]: (row["done"], row["every"]) for row in counted}


def _grouped(lines: list[Line], filters: Filters, now: datetime) -> list[Group]:
    """Under when they are due, when that is what they are sorted by and they are open."""
    if filters.sort != "urgency" or filters.status not in (OPEN, *OPEN_STATUSES):
        return [Group("", lines)] if lines else []
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(due_group(line.task, now), []).append(line)
    return [Group(name, found) for name, found in groups.items()]


def _known(given: Mapping[str, str], name: str, known: Mapping[str, str], usual: str) -> str:
    value = given.get(name, "") or usual
    if value not in known:
        raise Invalid.field(name, f"must be one of {', '.join(each for each in known if each)}.")
    return value


def _due(text: str) -> str:
    if text in DUES:
        return text
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid.field(
            "due", "must be overdue, today, week, none or a day, such as 2026-11-30."
        ) from None
    if not 1900 <= day.year <= 9000:
        raise Invalid.field("due", "must lie between the years 1900 and 9000.")
    return day.isoformat()
