"""Tasks as JSON values: the one way that lists, single tasks, answers to writes and exports are read.

Plain rows of statements compiled once, no model instances: most of a list's cost would be in making them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Exists, OuterRef, QuerySet

from accounts.statements import OneOf, Slot, Statement, id_text
from tasks.models import Project, Task

if TYPE_CHECKING:
    from accounts.models import User

Json = dict[str, Any]

COLUMNS = (
    "id", "number", "project__key", "title", "description", "status", "priority", "due_date", "due_at",
    "labels", "assignee__username", "parent__project__key", "parent__number", "parent__project__deleted_at",
    "recurrence", "created_at", "updated_at", "completed_at", "deleted_at", "waits",
)  # fmt: skip
_LINKS = Task.blocked_by.through


def _columns(tasks: QuerySet) -> QuerySet:
    waits = Exists(_LINKS.objects.filter(from_task_id=OuterRef("pk")))
    found: QuerySet = tasks.annotate(waits=waits).values_list(*COLUMNS)
    return found


def _visible() -> Any:
    return Task.objects.visible_to(Slot("user"))  # type: ignore[arg-type]


_BY_ID = Statement(lambda: _columns(_visible().filter(pk=Slot("task"))))
_BY_IDS = Statement(lambda: _columns(_visible().filter(OneOf("id", "tasks"))))
_ID_OF_REF = Statement(
    lambda: (
        _visible()
        .filter(project__key=Slot("key", models.CharField()), number=Slot("number", models.IntegerField()))
        .values_list("id")
    )
)
_BLOCKERS = Statement(
    lambda: (
        _LINKS.objects.filter(OneOf("from_task_id", "tasks"))
        .filter(to_task__project__deleted_at=None)
        .order_by("to_task__project__key", "to_task__number")
        .values_list("from_task_id", "to_task__project__key", "to_task__number")
    )
)
_PROJECT_IDS = Statement(
    lambda: Project.objects.visible_to(Slot("user")).order_by().values_list("id")  # type: ignore[arg-type]
)

class TaskRecord(NamedTuple):
    """A task as JSON, which version of it that is, and whether it is in the trash."""

    json: Json
    updated_at: datetime
    trashed: bool


def visible_project_ids(user: User) -> list[Any]:
    """As the database's driver has them."""
    return [pk for (pk,) in _PROJECT_IDS.rows(user=user.pk)]


def task_id(user: User, reference: str) -> UUID | None:
    """Of an id (not looked up) or of a ref such as `WEB-12`; None when there is none."""
    if len(reference) == 36:
        return UUID(reference)
    key, _, number = reference.rpartition("-")
    found = _ID_OF_REF.value(user=user.pk, key=key.upper(), number=min(int(number), 2**31 - 1))
    return None if found is None else _uuid(found)


def task_record(user: User, pk: UUID) -> TaskRecord | None:
    """A task that `user` may see, in the trash or not."""
    found = _read(_BY_ID.records(user=user.pk, task=pk), user.zone)
    return found[0]._replace(updated_at=_aware(found[0].updated_at)) if found else None


def task_records(user: User, ids: Iterable[Any]) -> list[TaskRecord]:
    """Those of `ids` that `user` may see, in that order."""
    wanted = list(ids)
    rows = _BY_IDS.records(user=user.pk, tasks=wanted)
    found = {record.json["id"]: record for record in _read(rows, user.zone)}
    return [found[pk] for pk in map(id_text, wanted) if pk in found]


def _read(rows: list[Json], zone: ZoneInfo) -> list[TaskRecord]:
    waiting = [UUID(row["id"]) for row in rows if row["waits"]]
    blockers = _blockers(waiting) if waiting else {}
    return [
        TaskRecord(_json(row, zone, blockers), row["updated_at"], row["deleted_at"] is not None)
        for row in rows
    ]


def _json(row: Json, zone: ZoneInfo, blockers: dict[str, list[str]]) -> Json:
    key, number, pk = row["project__key"], row["number"], row["id"]
    return {
        "id": pk,
        "ref": f"{key}-{number}",
        "number": number,
        "project": key,
        "title": row["title"],
        "description": row["description"],
        "status": row["status"],
        "completed": row["status"] == "done",
        "priority": row["priority"],
        "due_date": due_json(row["due_date"], row["due_at"], zone),
        "labels": row["labels"],
        "assignee": row["assignee__username"],
        "parent": _parent(row),
        "blocked_by": blockers.get(pk, []) if row["waits"] else [],
        "recurrence": row["recurrence"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "completed_at": row["completed_at"],
    }


def _parent(row: Json) -> str | None:
    if row["parent__number"] is None or row["parent__project__deleted_at"] is not None:
        return None
    return f"{row['parent__project__key']}-{row['parent__number']}"


def due_json(due_date: date | None, due_at: datetime | None, zone: ZoneInfo) -> str | None:
    """`2026-11-30`, `2026-11-30T17:00:00+01:00` in `zone`, or None."""
    if due_at is not None:
        return _aware(due_at).astimezone(zone).isoformat()
    return None if due_date is None else due_date.isoformat()


def _blockers(waiting: list[UUID]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pk, key, number in _BLOCKERS.rows(tasks=waiting):
        found.setdefault(id_text(pk), []).append(f"{key}-{number}")
    return found


def _aware(instant: datetime) -> datetime:
    # SQLite's driver gives UTC without saying so.
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _uuid(pk: Any) -> UUID:
    return pk if isinstance(pk, UUID) else UUID(pk)
