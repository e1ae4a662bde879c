"""Tasks as JSON values: the one way that lists, single tasks, answers to writes and exports are read.

Plain rows of statements compiled once, no model instances: most of a list's cost would be in making them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Case, F, Q, QuerySet, When

from accounts.statements import THE_USER, OneOf, Slot, Statement, id_text, instant
from tasks.models import Task
from tasks.reach import HasShare, ReachesProject

if TYPE_CHECKING:
    from accounts.models import User
    from tasks.querysets import TaskQuerySet

Json = dict[str, Any]

COLUMNS = (
    "id", "number", "project__key", "title", "description", "status", "priority", "due_date", "due_at",
    "labels", "assignee__username", "parent__project__key", "seen_parent", "recurrence", "created_at",
    "updated_at", "completed_at", "deleted_at", "waits",
)  # fmt: skip
_LINKS = Task.blocked_by.through


def _columns(tasks: TaskQuerySet) -> QuerySet:
    # A task that is only shared names none of its project's others.
    seen = Q(ReachesProject("parent__project_id", THE_USER)) | Q(HasShare("parent_id", THE_USER))
    parent = Case(When(seen, then=F("parent__number")))
    found: QuerySet = tasks.with_waits().annotate(seen_parent=parent).values_list(*COLUMNS)
    return found


def _visible() -> Any:
    return Task.objects.visible_to(THE_USER)


_REF: dict[str, Any] = {
    "project__key": Slot("key", models.CharField()),
    "number": Slot("number", models.IntegerField()),
}
_BY_ID = Statement(lambda: _columns(_visible().filter(pk=Slot("task")).order_by()))
_BY_IDS = Statement(lambda: _columns(_visible().filter(OneOf("id", "tasks")).order_by()), by_id=True)
# A person's own project goes before a team's with the same key, and that before what is shared.
_ID_OF_REF = Statement(
    lambda: (
        Task.objects.in_projects_of(THE_USER)
        .filter(**_REF)
        .order_by(F("project__team_id").asc(nulls_first=True))
        .values_list("id")
    )
)
_ID_OF_SHARED_REF = Statement(lambda: Task.objects.shared_with(THE_USER).filter(**_REF).values_list("id"))
_BLOCKERS = Statement(
    lambda: (
        _LINKS.objects.filter(OneOf("from_task_id", "tasks"))
        .filter(
            Q(ReachesProject("to_task__project_id", THE_USER)) | Q(HasShare("to_task_id", THE_USER)),
        )
        .order_by("to_task__project__key", "to_task__number")
        .values_list("from_task_id", "to_task__project__key", "to_task__number")
    )
)


class TaskRecord(NamedTuple):
    """A task as JSON, which version of it that is, and whether it is in the trash."""

    json: Json
    updated_at: Any
    trashed: bool


def task_id(user: User, reference: str) -> UUID | None:
    """Of an id (not looked up) or of a ref such as `WEB-12`; None when there is none."""
    if len(reference) == 36:
        return UUID(reference)
    key, _, number = reference.rpartition("-")
    named: dict[str, Any] = {"user": user.pk, "key": key.upper(), "number": min(int(number), 2**31 - 1)}
    found = _ID_OF_REF.value(**named)
    if found is None:
        found = _ID_OF_SHARED_REF.value(**named)
    return None if found is None else _uuid(found)


def task_record(user: User, pk: UUID) -> TaskRecord | None:
    """A task that `user` may see, in the trash or not."""
    found = _read(_BY_ID.values(user=user.pk, task=pk), user)
    return found[0]._replace(updated_at=instant(found[0].updated_at)) if found else None


def written_record(user: User, task: Task) -> TaskRecord | None:
    """A task that was just written, as it would be read; None where its names of others have to be read."""
    if task.parent_id is not None or task.__dict__.get("waits", True):
        return None
    assignee = user if task.assignee_id == user.pk else task.assignee
    row = [
        str(task.pk), task.number, task.project.key, task.title, task.description, task.status,
        task.priority, task.due_date, task.due_at, task.labels,
        assignee.get_username() if assignee else None, None, None, task.recurrence,
        task.created_at, task.updated_at, task.completed_at, task.deleted_at, False,
    ]  # fmt: skip
    return _record(row, user.zone, {})


def task_records(user: User, ids: Iterable[Any]) -> list[TaskRecord]:
    """Those of `ids` that `user` may see, in that order."""
    wanted = list(ids)
    rows = _BY_IDS.values(user=user.pk, tasks=wanted)
    found = {record.json["id"]: record for record in _read(rows, user)}
    return [found[pk] for pk in map(id_text, wanted) if pk in found]


def _read(rows: list[list[Any]], user: User) -> list[TaskRecord]:
    waiting = [UUID(row[0]) for row in rows if row[-1]]
    blockers, zone = _blockers(user, waiting) if waiting else {}, user.zone
    return [_record(row, zone, blockers) for row in rows]


def _record(row: list[Any], zone: ZoneInfo, blockers: dict[str, list[str]]) -> TaskRecord:
    (
        pk, number, key, title, description, status, priority, due_date, due_at, labels, assignee,
        parent_key, parent_number, recurrence, created_at, updated_at, completed_at, deleted_at, waits,
    ) = row  # fmt: skip
    json = {
        "id": pk,
        "ref": f"{key}-{number}",
        "number": number,
        "project": key,
        "title": title,
        "description": description,
        "status": status,
        "completed": status == "done",
        "priority": priority,
        "due_date": due_json(due_date, due_at, zone),
        "labels": labels,
        "assignee": assignee,
        "parent": None if parent_number is None else f"{parent_key}-{parent_number}",
        "blocked_by": blockers.get(pk, []) if waits else [],
        "recurrence": recurrence,
        "created_at": created_at,
        "updated_at": updated_at,
        "completed_at": completed_at,
    }
    return TaskRecord(json, updated_at, deleted_at is not None)


def due_json(due_date: date | None, due_at: datetime | str | None, zone: ZoneInfo) -> str | None:
    """`2026-11-30`, `2026-11-30T17:00:00+01:00` in `zone`, or None."""
    if due_at is not None:
        return instant(due_at).astimezone(zone).isoformat()
    return None if due_date is None else due_date.isoformat()


def _blockers(user: User, waiting: list[UUID]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pk, key, number in _BLOCKERS.rows(user=user.pk, tasks=waiting):
        found.setdefault(id_text(pk), []).append(f"{key}-{number}")
    return found


def _uuid(pk: Any) -> UUID:
    return pk if isinstance(pk, UUID) else UUID(pk)
