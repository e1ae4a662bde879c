"""Undo: put back every field of every row that some changes touched, unless somebody edited it since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import Forbidden, NotFound
from tasks.access import lock_task
from tasks.changes import Origin, Snapshot, record_change, restore_fields, snapshot
from tasks.links import is_below, waits_for
from tasks.models import Change, Project, Task

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True, slots=True)
class UndoConflict:
    """A row left alone: `ref` and `title` name it, `reason` says why in a sentence."""

    ref: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did: the changes it wrote, and the rows that it left alone."""

    changes: list[Change] = field(default_factory=list)
    conflicts: list[UndoConflict] = field(default_factory=list)


@transaction.atomic
def undo_turn(*, actor: User, origin: Origin, turn_id: UUID) -> Undone:
    """Undoes what still stands of a turn, newest row first.

    Raises NotFound when the actor sees no change of that turn that still stands.
    """
    # Locked rows, so that two clicks undo once.
    changes = list(
        Change.objects.visible_to(actor).standing().filter(turn_id=turn_id).select_for_update(of=("self",))
    )
    if not changes:
        raise NotFound("Nothing of that turn is left to undo.")
    undone = Undone()
    for group in _by_row(reversed(changes)):
        _undo_row(actor, origin, group, undone)
    return undone


def _by_row(newest_first: Iterable[Change]) -> Iterable[list[Change]]:
    rows: dict[UUID, list[Change]] = {}
    for change in newest_first:
        rows.setdefault(change.object_id, []).append(change)
    return rows.values()


def _undo_row(actor: User, origin: Origin, newest_first: list[Change], undone: Undone) -> None:
    last = newest_first[0]
    try:
        row = _locked_row(actor, last)
        values = _values_before(newest_first, row)
        _check_links(row, values)
        before = snapshot(row)
        with transaction.atomic():
            _write(row, values)
            written = record_change(actor=actor, origin=origin, verb="undo", row=row, before=before)
    except (_Edited, NotFound, Forbidden) as refusal:
        reason = str(refusal) or "It was changed since."
        undone.conflicts.append(UndoConflict(last.ref, last.title, reason))
        return
    except IntegrityError:
        undone.conflicts.append(UndoConflict(last.ref, last.title, "Its old key is taken by now."))
        return
    pks = [change.pk for change in newest_first]
    Change.objects.filter(undone_by__in=pks).update(undone_at=None, undone_by=None)
    Change.objects.filter(pk__in=pks).update(undone_at=timezone.now(), undone_by=written)
    if written:
        undone.changes.append(written)


class _Edited(Exception):
    pass


def _locked_row(actor: User, change: Change) -> Task | Project:
    if change.object_type == Change.Object.TASK:
        return lock_task(actor, Task(pk=change.object_id))
    project = Project.objects.restorable_by(actor).select_for_update().filter(pk=change.object_id).first()
    if project is None:
        raise NotFound("It is no longer yours.")
    return project


def _values_before(newest_first: list[Change], row: Task | Project) -> Snapshot:
    now = snapshot(row)
    values: Snapshot = {}
    for change in newest_first:
        for name, value in change.after.items():
            expected = values.get(name, now[name])
            if expected != value:
                raise _Edited(f"Its {_words(name)} was changed since.")
        if change.before:
            values.update(change.before)
        else:
            values = {**change.after, "deleted_at": timezone.now().isoformat()}
            _check_unused(row)
    return values


def _check_links(row: Task | Project, values: Snapshot) -> None:
    if not isinstance(row, Task):
        return
    if values.get("parent_id") is not None:
        parent = Task.objects.filter(pk=values["parent_id"]).first()
        if parent is None or is_below(parent, row):
            raise _Edited("The task above it is gone, or below it by now.")
    blockers = Task.objects.filter(pk__in=values.get("blocked_by", ()))
    if any(waits_for(blocker, row) for blocker in blockers):
        raise _Edited("A task it waited for waits for it by now.")


def _check_unused(row: Task | Project) -> None:
    if isinstance(row, Project) and row.tasks.filter(deleted_at=None).exists():
        raise _Edited("It holds tasks by now.")


def _write(row: Task | Project, values: Snapshot) -> None:
    restore_fields(row, values)
    row.save()
    if isinstance(row, Task) and "blocked_by" in values:
        row.blocked_by.set(Task.objects.filter(pk__in=values["blocked_by"]))


def _words(name: str) -> str:
    return name.removesuffix("_id").removesuffix("_at").replace("_", " ")
