"""What a task's fields may hold, and how the words of a caller get there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, TypedDict

from django.utils import timezone

from accounts.errors import Invalid
from tasks import text
from tasks.access import check_assignee, check_in_project, may_be_assigned, sees_task, take_number
from tasks.links import is_below, waits_for
from tasks.models import Project, Task
from tasks.recurrence import check_rrule

if TYPE_CHECKING:
    from accounts.models import User

Due = date | datetime | None

# Each `values` of an enumeration makes them anew.
_STATUSES, _PRIORITIES = Task.Status.values, Task.Priority.values


class TaskFields(TypedDict, total=False):
    """What `update_task` can change. `due` is a date, an aware instant, or None for no due date.

    `completed` sets the status: done, or to do for a task that was done. `completed_at` is when a task that
    is done got done; not said, it is now.
    """

    title: str
    description: str
    project: Project
    status: str
    completed: bool
    completed_at: datetime
    priority: str
    due: Due
    assignee: User | None
    parent: Task | None
    blocked_by: Sequence[Task]
    labels: Sequence[str]
    recurrence: str


def assign(person: User, task: Task, fields: TaskFields) -> Sequence[Task] | None:
    """Sets the fields on a task that is not saved yet; answers with its blockers when they are among them.

    Raises Invalid for a bad field, Conflict for an archived project.
    """
    if "project" in fields and fields["project"].pk != task.project_id:
        check_in_project(person, task, "moving it")
        task.project = fields["project"]
        task.number = take_number(person, task.project)
        if task.assignee and not may_be_assigned(task.project, task.assignee):
            task.assignee = None
    if "title" in fields:
        task.title = text.clean_line(fields["title"], "title", longest=text.MAX_TITLE)
    if "description" in fields:
        task.description = text.clean_text(fields["description"], "description")
    if "priority" in fields:
        task.priority = choice(fields["priority"], "priority", _PRIORITIES)
    if "labels" in fields:
        task.labels = text.clean_labels(fields["labels"])
    if "due" in fields:
        task.due_date, task.due_at = _due(fields["due"])
    if "recurrence" in fields:
        task.recurrence = rrule(fields["recurrence"]) if fields["recurrence"] else ""
    if "assignee" in fields:
        if fields["assignee"]:
            check_assignee(task.project, fields["assignee"])
        task.assignee = fields["assignee"]
    if "status" in fields:
        _set_status(task, choice(fields["status"], "status", _STATUSES))
    elif "completed" in fields and fields["completed"] != (task.status == Task.Status.DONE):
        _set_status(task, Task.Status.DONE if fields["completed"] else Task.Status.TODO)
    if "completed_at" in fields and task.status == Task.Status.DONE:
        task.completed_at = _past(fields["completed_at"])
    if "parent" in fields:
        task.parent = _parent(person, task, fields["parent"])
    return _blockers(person, task, fields["blocked_by"]) if "blocked_by" in fields else None


def rrule(rule: str) -> str:
    try:
        return check_rrule(text.clean_line(rule, "recurrence", longest=200))
    except ValueError as error:
        raise Invalid.field("recurrence", str(error)) from None


def choice(value: object, field: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise Invalid.field(field, f"must be one of {', '.join(allowed)}.")
    return str(value)


def _set_status(task: Task, status: str) -> None:
    if status == task.status:
        return
    task.status = status
    task.completed_at = timezone.now() if status == Task.Status.DONE else None


def _past(instant: datetime) -> datetime:
    if not 1900 <= instant.year <= 9000 or instant > timezone.now():
        raise Invalid.field("completed_at", "must lie in the past, and after the year 1900.")
    return instant.astimezone(UTC)


def _due(due: Due) -> tuple[date | None, datetime | None]:
    # Within these years no time zone can push an instant out of what Python and the databases hold.
    if due is not None and not 1900 <= due.year <= 9000:
        raise Invalid.field("due", "must lie between the years 1900 and 9000.")
    if not isinstance(due, datetime):
        return due, None
    if due.tzinfo is None:
        raise Invalid.field("due", "a time needs a time zone.")
    return None, due.astimezone(UTC)


def _parent(person: User, task: Task, parent: Task | None) -> Task | None:
    if parent is not None and not sees_task(person, parent):
        raise Invalid.field("parent", "there is no such task.")
    if parent is not None and is_below(parent, task):
        raise Invalid.field("parent", "a task cannot be below itself.")
    return parent


def _blockers(person: User, task: Task, blockers: Sequence[Task]) -> Sequence[Task]:
    for blocker in blockers:
        if not sees_task(person, blocker):
            raise Invalid.field("blocked_by", "there is no such task.")
        if waits_for(blocker, task):
            raise Invalid.field("blocked_by", f"{blocker.ref} itself waits for {task.ref}.")
    return blockers
