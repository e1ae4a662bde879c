"""Undo: put back every field of every row that some changes touched, unless somebody edited it since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import Forbidden, NotFound
from tasks.changes import CannotUndo, Origin, RecordedKind, Snapshot, kind_named, record_change
from tasks.models import Change

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True, slots=True)
class UndoConflict:
    """A row left alone: `ref` and `title` name it, `reason` says why in a sentence."""

    object_type: str
    ref: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did: the changes it wrote, and the rows that it left alone."""

    changes: list[Change] = field(default_factory=list)
    conflicts: list[UndoConflict] = field(default_factory=list)


def undo_turn(*, actor: User, origin: Origin, turn_id: UUID) -> Undone:
    """Undoes what still stands of a turn, newest row first.

    Raises NotFound when the actor sees no change of that turn that still stands.
    """
    return _undo(actor, origin, turn_id=turn_id)


def redo_turn(*, actor: User, origin: Origin, turn_id: UUID) -> Undone:
    """Takes back the undoing of a turn: what was put back is again as the turn had left it.

    Raises NotFound when nothing of it is undone.
    """
    undone = Change.objects.visible_to(actor).filter(turn_id=turn_id, undone_by__isnull=False)
    return _undo(actor, origin, pk__in=set(undone.values_list("undone_by", flat=True)))


def undo_with(*, actor: User, origin: Origin, change: Change) -> Undone:
    """`undo_turn` for the turn, or the call, that a change was made in."""
    if change.call_id is not None:
        return undo_call(actor=actor, origin=origin, call_id=change.call_id)
    return _undo(actor, origin, turn_id=change.turn_id)


def undo_call(*, actor: User, origin: Origin, call_id: UUID) -> Undone:
    """`undo_turn` for one call over MCP, or one request of a page."""
    return _undo(actor, origin, call_id=call_id)


@transaction.atomic
def _undo(actor: User, origin: Origin, **made_in: Any) -> Undone:
    # Locked rows, so that two clicks undo once.
    changes = list(
        Change.objects.visible_to(actor).standing().filter(**made_in).select_for_update(of=("self",))
    )
    if not changes:
        raise NotFound("Nothing of that is left to undo.")
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
    kind = kind_named(last.object_type)
    try:
        row = kind.lock(actor, last.object_id)
        before = kind.snapshot(row)
        values = _values_before(kind, newest_first, row, before)
        kind.check(row, values)
        with transaction.atomic():
            kind.write(row, values)
            written = record_change(actor=actor, origin=origin, verb="undo", row=row, before=before)
    except (CannotUndo, NotFound, Forbidden) as refusal:
        reason = str(refusal) or "It was changed since."
        undone.conflicts.append(UndoConflict(last.object_type, last.ref, last.title, reason))
        return
    except IntegrityError:
        reason = "Its old key is taken by now."
        undone.conflicts.append(UndoConflict(last.object_type, last.ref, last.title, reason))
        return
    pks = [change.pk for change in newest_first]
    Change.objects.filter(undone_by__in=pks).update(undone_at=None, undone_by=None)
    Change.objects.filter(pk__in=pks).update(undone_at=timezone.now(), undone_by=written)
    if written:
        undone.changes.append(written)


def _values_before(kind: RecordedKind, newest_first: list[Change], row: Any, now: Snapshot) -> Snapshot:
    values: Snapshot = {}
    for change in newest_first:
        for name, value in change.after.items():
            if values.get(name, now[name]) != value:
                raise CannotUndo(f"Its {_words(name)} was changed since.")
        if change.before:
            values.update(change.before)
        else:
            values = kind.unmade(row, change.after)
    return values


def _words(name: str) -> str:
    return name.removesuffix("_id").removesuffix("_at").replace("_", " ")
