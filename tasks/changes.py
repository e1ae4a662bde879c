"""Change records: made beside every write, in its transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tasks.models import Change, Door, Project, Task

if TYPE_CHECKING:
    from accounts.models import User

TASK_FIELDS = (
    "project_id", "number", "title", "description", "status", "priority", "due_date", "due_at",
    "completed_at", "assignee_id", "parent_id", "labels", "recurrence", "deleted_at",
)  # fmt: skip
PROJECT_FIELDS = ("key", "name", "description", "status", "metadata", "deleted_at")

Snapshot = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """Through which door a change came, and in which turn, if any."""

    door: Door
    turn_id: UUID | None = None


def snapshot(row: Task | Project) -> Snapshot:
    """The row's fields as JSON values."""
    fields = TASK_FIELDS if isinstance(row, Task) else PROJECT_FIELDS
    values = {name: _as_json(getattr(row, name)) for name in fields}
    if isinstance(row, Task):
        values["blocked_by"] = sorted(str(pk) for pk in row.blocked_by.values_list("pk", flat=True))
    return values


def restore_fields(row: Task | Project, values: Snapshot) -> None:
    """Sets what `snapshot` read; many-to-many fields are left to the caller."""
    for name, value in values.items():
        if name == "blocked_by":
            continue
        field: Any = row._meta.get_field(name.removesuffix("_id"))
        setattr(row, name, field.to_python(value))


def record_change(
    *, actor: User, origin: Origin, verb: str, row: Task | Project, before: Snapshot
) -> Change | None:
    """Writes what differs between `before` and the row now; nothing when nothing does."""
    now = snapshot(row)
    changed = [name for name in now if before.get(name, _MISSING) != now[name]]
    if not changed:
        return None
    is_task = isinstance(row, Task)
    return Change.objects.create(
        actor=actor,
        project=row.project if isinstance(row, Task) else row,
        door=origin.door,
        turn_id=origin.turn_id,
        object_type=Change.Object.TASK if is_task else Change.Object.PROJECT,
        object_id=row.pk,
        ref=row.ref if isinstance(row, Task) else row.key,
        title=row.title if isinstance(row, Task) else row.name,
        verb=verb,
        before={name: before[name] for name in changed if name in before},
        after={name: now[name] for name in changed},
    )


_MISSING = object()


def _as_json(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return list(value) if isinstance(value, list) else value
