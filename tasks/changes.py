"""Change records: made beside every write, in its transaction, for each kind of row that an app registers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import models

from accounts.rows import Write, inserting, inserting_told, made, write, write_told
from tasks.models import Change, Door, Project

if TYPE_CHECKING:
    from accounts.models import User

Snapshot = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """Through which door a change came, and in which turn, if any.

    Over MCP and on pages there are no turns: `call_id` is the call or the page's request instead, which
    undo takes back as a whole, and `client` the program that made the call.
    """

    door: Door
    turn_id: UUID | None = None
    call_id: UUID | None = None
    client: str = ""


class CannotUndo(Exception):
    """The row is no longer as the undone changes left it; the message says in what, in a sentence."""


class RecordedKind(ABC):
    """A kind of row whose changes are recorded: what a record holds, how it reads, and how undo goes back.

    `fields` are the attributes that a snapshot holds.
    """

    object_type: ClassVar[Change.Object]
    model: ClassVar[type[models.Model]]
    fields: ClassVar[tuple[str, ...]]

    @abstractmethod
    def project(self, row: Any) -> Project: ...

    @abstractmethod
    def ref(self, row: Any) -> str:
        """What people call it, at most 120 characters."""

    @abstractmethod
    def title(self, row: Any) -> str:
        """At most 200 characters."""

    @abstractmethod
    def receipt(self, change: Change, zone: ZoneInfo) -> str:
        """A change of such a row as one line for people."""

    @abstractmethod
    def lock(self, actor: User, pk: UUID) -> Any:
        """The row as it is now, locked for this transaction. Raises NotFound or Forbidden."""

    @abstractmethod
    def unmade(self, row: Any, made: Snapshot) -> Snapshot:
        """What its fields become when its making is undone. Raises CannotUndo for a row in use."""

    def snapshot(self, row: Any, **known: Any) -> Snapshot:
        """The row's fields as JSON values; those that are `known` are not read."""
        return {name: _as_json(getattr(row, name)) for name in self.fields} | known

    def check(self, row: Any, values: Snapshot) -> None:  # noqa: B027 - most kinds have nothing to check
        """Raises CannotUndo when these values no longer go with the other rows."""

    def counting(self, row: Any, before: Snapshot, after: Snapshot, *, told: bool = False) -> Write | None:
        """What is written beside the record of a change, and returns ids; most kinds count nothing.

        With `told` it is for `write_told`.
        """
        return None

    def counted(self, ids: Sequence[int]) -> None:  # noqa: B027 - most count nothing
        """Called with what it returned."""

    def write(self, row: Any, values: Snapshot) -> None:
        """Puts values of a snapshot back and saves."""
        for name in self.fields:
            if name in values:
                field: Any = row._meta.get_field(name.removesuffix("_id"))
                setattr(row, name, field.to_python(values[name]))
        row.save()


_BY_MODEL: dict[type[models.Model], RecordedKind] = {}


def register(kind: RecordedKind) -> None:
    """To be called when the app that owns the rows is ready."""
    _BY_MODEL[kind.model] = kind


def kind_of(row: models.Model) -> RecordedKind:
    return _BY_MODEL[type(row)]


def kind_named(object_type: str) -> RecordedKind:
    return next(kind for kind in _BY_MODEL.values() if kind.object_type == object_type)


def snapshot(row: models.Model, **known: Any) -> Snapshot:
    """The row's fields as JSON values; those that are `known` are not read."""
    return kind_of(row).snapshot(row, **known)


def record_change(
    *,
    actor: User,
    origin: Origin,
    verb: str,
    row: models.Model,
    before: Snapshot,
    after: Snapshot | None = None,
    beside: Sequence[Write] = (),
) -> Change | None:
    """Writes what differs between `before` and the row now; nothing when nothing does.

    `after` is the row's snapshot, if it has been taken; `beside` what is written with the record, if there
    is one.
    """
    change, counting = _difference(actor, origin, verb, row, before, after)
    if change is not None:
        _write(kind_of(row), [*beside, inserting(change)], counting)
    return change


def record_changes(
    *, actor: User, origin: Origin, changes: Iterable[tuple[str, models.Model, Snapshot]]
) -> list[Change]:
    """`record_change` for many rows, in one insert; `changes` are verb, row and before, in order."""
    found = []
    for verb, row, before in changes:
        change, counting = _difference(actor, origin, verb, row, before)
        if change is not None:
            found.append(change)
            _write(kind_of(row), [], counting)
    return Change.objects.bulk_create(found, batch_size=500)


def record_told(
    *,
    actor: User,
    origin: Origin,
    verb: str,
    row: models.Model,
    before: Snapshot,
    after: Snapshot,
    beside: Sequence[Write],
    told: Mapping[str, str],
) -> tuple[Any, ...] | None:
    """`record_change` as one `write_told`: what the first write beside it returned, or None for nothing.

    Something must differ. `told` is for `inserting_told` of the record. PostgreSQL only.
    """
    change, counting = _difference(actor, origin, verb, row, before, after, told=True)
    assert change is not None
    writes = [*beside, inserting_told(change, told)]
    found = write_told(*writes, counting) if counting else write_told(*writes)
    if counting:
        kind_of(row).counted([pk for *_, pk in found])
    return found[0][:-1] if found else None


def _write(kind: RecordedKind, writes: Sequence[Write], counting: Write | None) -> None:
    if counting is not None:
        kind.counted([pk for (pk,) in write(*writes, counting)])
    elif writes:
        write(*writes)


def _difference(
    actor: User,
    origin: Origin,
    verb: str,
    row: models.Model,
    before: Snapshot,
    after: Snapshot | None = None,
    *,
    told: bool = False,
) -> tuple[Change | None, Write | None]:
    kind = kind_of(row)
    now = kind.snapshot(row) if after is None else after
    changed = [name for name in now if before.get(name, _MISSING) != now[name]]
    if not changed:
        return None, None
    change = made(
        Change,
        actor=actor,
        project=kind.project(row),
        door=origin.door,
        turn_id=origin.turn_id,
        call_id=origin.call_id,
        client=origin.client,
        object_type=kind.object_type,
        object_id=row.pk,
        ref=kind.ref(row),
        title=kind.title(row),
        verb=verb,
        before={name: before[name] for name in changed if name in before},
        after={name: now[name] for name in changed},
    )
    return change, kind.counting(row, before, now, told=told)


_MISSING = object()


def _as_json(value: Any) -> Any:
    if value is None or type(value) is str:
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        # In one zone, so that a row just written and the same row read again compare equal.
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, list) else value
