"""Every verb on project memory: check access, validate, write the rows and their recall entries, together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.errors import Conflict, Invalid
from memory import indexing
from memory.access import lock_item, lock_memory
from memory.entries import close_entries, follow, forget_entries, keep_local
from memory.errors import NotSuggested
from memory.fields import MemoryFields, clean_fields, own_key
from memory.models import MemoryItem
from memory.querysets import MemoryItemQuerySet
from memory.upkeep import DELETED, REJECTED, evict, sweep
from tasks.access import check_version
from tasks.changes import Origin, Snapshot, record_change, record_changes, snapshot
from tasks.models import Door, Project

if TYPE_CHECKING:
    from accounts.models import User
    from chat.models import Message

MAX_BATCH = 100
ASSISTANT_DOORS = (Door.CHAT, Door.MCP)

Status = MemoryItem.Status


def store_memory(
    *,
    actor: User,
    origin: Origin,
    project: Project,
    source_message: Message | None = None,
    **fields: Any,
) -> MemoryItem:
    """`fields` are those of MemoryFields. Supersedes the active item with the same key.

    What an assistant stores with less confidence than CONFIDENCE_THRESHOLD waits as a suggestion.
    Raises Invalid for a bad field.
    """
    items = _store(actor, origin, project, [fields], source_message, prefix=False)
    return items[0]


def store_memories(
    *,
    actor: User,
    origin: Origin,
    project: Project,
    items: Sequence[MemoryFields],
    source_message: Message | None = None,
) -> list[MemoryItem]:
    """Up to 100 items in the order given, all or none. Raises Invalid; a field is `items.3.value`."""
    if not 1 <= len(items) <= MAX_BATCH:
        raise Invalid.field("items", f"must be 1 to {MAX_BATCH} items; there are {len(items)}.")
    return _store(actor, origin, project, items, source_message, prefix=True)


@transaction.atomic
def update_memory(
    *,
    actor: User,
    origin: Origin,
    item: MemoryItem,
    changes: MemoryFields,
    version: datetime | None = None,
) -> MemoryItem:
    """Changes the fields given. Another value for an active item supersedes it, so that history keeps the
    old one; returns the item that is current. Raises Invalid, NotFound, Conflict for one out of use, or
    Stale for another `version` than the present one."""
    row = lock_item(actor, origin, item)
    check_version(row, version)
    if row.status not in (Status.ACTIVE, Status.SUGGESTED):
        raise Conflict(f"“{row.key}” is {row.status}; only what is in use can be changed.")
    fields = clean_fields(actor, changes, complete=False)
    if fields.pop("key", row.key) != row.key:
        raise Invalid.field("key", "stays what it is; store it under the new key and delete this one.")
    if row.status == Status.ACTIVE and fields.get("value", row.value) != row.value:
        return _reword(actor, origin, row, fields)
    before = snapshot(row)
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    indexing.refresh(row, reworded="value" in fields)
    keep_local([row])
    record_change(actor=actor, origin=origin, verb="update", row=row, before=before)
    return row


@transaction.atomic
def supersede(*, actor: User, origin: Origin, item: MemoryItem, by: MemoryItem) -> MemoryItem:
    """Ends an active item because another one, under another key, contradicts it. Returns the ended one."""
    row, heir = lock_item(actor, origin, item), lock_item(actor, origin, by)
    if row.project_id != heir.project_id or row.pk == heir.pk:
        raise Invalid.field("by", "must be another item of the same project.")
    if row.status != Status.ACTIVE or heir.status != Status.ACTIVE:
        raise Conflict("Both items must be active.")
    before = snapshot(row)
    _end(row, heir)
    row.save()
    close_entries([row])
    record_change(actor=actor, origin=origin, verb="supersede", row=row, before=before)
    return row


@transaction.atomic
def approve_suggestion(*, actor: User, origin: Origin, item: MemoryItem) -> MemoryItem:
    """Makes a suggestion active; it supersedes the active item with its key. Raises NotSuggested."""
    row = _suggestion(actor, origin, item)
    current = MemoryItem.objects.filter(project=row.project, key=row.key).active().first()
    changes = [("approve", row, snapshot(row))]
    if current is not None:
        # Before the approval, so that undo, which goes backwards, frees the key first.
        changes.insert(0, ("supersede", current, snapshot(current)))
        _end(current, row)
        current.save()
        close_entries([current])
    row.status = Status.ACTIVE
    row.save()
    indexing.index_items([row])
    keep_local([row])
    record_changes(actor=actor, origin=origin, changes=changes)
    evict(actor, origin, row.project, spared=[row.pk], now=timezone.now())
    return row


@transaction.atomic
def reject_suggestion(*, actor: User, origin: Origin, item: MemoryItem) -> MemoryItem:
    """Suppresses a suggestion. Raises NotSuggested."""
    row = _suggestion(actor, origin, item)
    before = snapshot(row)
    row.status, row.reason, row.ended_at = Status.SUPPRESSED, REJECTED, timezone.now()
    row.save()
    record_change(actor=actor, origin=origin, verb="reject", row=row, before=before)
    return row


@transaction.atomic
def delete_memory(
    *, actor: User, origin: Origin, item: MemoryItem, version: datetime | None = None
) -> MemoryItem:
    """Takes an item, its history and the message that it came from out of recall; gone after 30 days.

    Raises NotFound, or Stale for another `version` than the present one.
    """
    row = lock_item(actor, origin, item)
    check_version(row, version)
    rows = MemoryItem.objects.filter(project=row.project, key=row.key)
    _delete(actor, origin, rows)
    row.refresh_from_db()
    return row


@transaction.atomic
def restore_memory(*, actor: User, origin: Origin, item: MemoryItem) -> MemoryItem:
    """Puts a suppressed item to use again, without the end that it had if that has passed.

    Raises Conflict when it is not suppressed, or when its key names another item by now.
    """
    row = lock_item(actor, origin, item)
    if row.status != Status.SUPPRESSED:
        raise Conflict(f"“{row.key}” is {row.status}; only what is suppressed can be restored.")
    if MemoryItem.objects.filter(project=row.project, key=row.key).active().exists():
        raise Conflict(f"“{row.key}” names another item by now; forget that one first.")
    before, now = snapshot(row), timezone.now()
    row.status, row.reason, row.ended_at, row.superseded_by = Status.ACTIVE, "", None, None
    if row.expires_at and row.expires_at <= now:
        row.expires_at = None
    row.save()
    follow(row)
    record_change(actor=actor, origin=origin, verb="restore", row=row, before=before)
    evict(actor, origin, row.project, spared=[row.pk], now=now)
    return row


@transaction.atomic
def clear_memory(*, actor: User, origin: Origin, project: Project) -> int:
    """Deletes every item of a project; returns how many were in use."""
    project = lock_memory(actor, origin, project)
    rows = MemoryItem.objects.filter(project=project)
    count = rows.active().count() + rows.suggested().count()
    _delete(actor, origin, rows)
    return count


@transaction.atomic
def _store(
    actor: User,
    origin: Origin,
    project: Project,
    items: Sequence[Mapping[str, Any]],
    source_message: Message | None,
    *,
    prefix: bool,
) -> list[MemoryItem]:
    project = lock_memory(actor, origin, project)
    now = timezone.now()
    sweep(actor, origin, project, now)
    rows = []
    for number, fields in enumerate(items):
        try:
            rows.append(_new_item(actor, origin, project, fields, source_message, now))
        except Invalid as error:
            if not prefix:
                raise
            named = {f"items.{number}.{name}": reason for name, reason in error.fields.items()}
            raise Invalid(f"items.{number}.{error.detail}", fields=named) from None
    stored, new, changed = _merge(project, rows, now)
    MemoryItem.objects.bulk_update([row for row, _ in changed], _ENDING, batch_size=500)
    MemoryItem.objects.bulk_create(new)
    # What ended comes first, so that undo, which goes backwards, frees its key before it is back.
    changes = [("supersede" if row.ended_at else "update", row, before) for row, before in changed]
    changes += [("store", row, {}) for row in new]
    record_changes(actor=actor, origin=origin, changes=changes)
    close_entries([row for row, _ in changed if row.ended_at])
    for row, _ in changed:
        if row.ended_at is None:
            indexing.refresh(row)
    indexing.index_items([row for row in new if row.status in (Status.ACTIVE, Status.SUPERSEDED)])
    keep_local(stored)
    evicted = evict(actor, origin, project, spared=[row.pk for row in new], now=now)
    gone = {row.pk: row for row in evicted}
    return [gone.get(row.pk, row) for row in stored]


_ENDING = [
    "status", "reason", "ended_at", "superseded_by", "relevance", "confidence", "expires_at", "local_only",
]  # fmt: skip


def _new_item(
    actor: User,
    origin: Origin,
    project: Project,
    given: Mapping[str, Any],
    source_message: Message | None,
    now: datetime,
) -> MemoryItem:
    item = MemoryItem(project=project, source_message=source_message)
    for name, value in clean_fields(actor, given, complete=True).items():
        setattr(item, name, value)
    item.key = item.key or own_key(item)
    item.valid_from = item.occurred_at or now
    if origin.door in ASSISTANT_DOORS and item.confidence < settings.CONFIDENCE_THRESHOLD:
        item.status = Status.SUGGESTED
    return item


def _merge(
    project: Project, rows: Sequence[MemoryItem], now: datetime
) -> tuple[list[MemoryItem], list[MemoryItem], list[tuple[MemoryItem, Snapshot]]]:
    """What each row became, the rows to insert, and the stored rows to update, each as it was before."""
    known = MemoryItem.objects.filter(project=project, key__in={row.key for row in rows})
    known = known.filter(status__in=["active", "suggested"]).select_related("project")
    standing = {(row.status, row.key): row for row in known}
    before_all = {row.pk: snapshot(row) for row in standing.values()}
    changed: dict[Any, MemoryItem] = {}
    stored, new = [], []
    for row in rows:
        active = standing.get((Status.ACTIVE, row.key))
        if active is not None and (active.value, active.type) == (row.value, row.type):
            _confirm(active, row)
            changed[active.pk] = active
            stored.append(active)
            continue
        before = active if row.status == Status.ACTIVE else standing.get((Status.SUGGESTED, row.key))
        if before is not None:
            changed[before.pk] = before
            _end(before, row, now if row.status == Status.SUGGESTED else None)
        standing[row.status, row.key] = row
        new.append(row)
        stored.append(row)
    return stored, new, [(row, before_all[pk]) for pk, row in changed.items() if pk in before_all]


def _confirm(item: MemoryItem, said_again: MemoryItem) -> None:
    item.confidence = max(item.confidence, said_again.confidence)
    item.relevance = max(item.relevance, said_again.relevance)
    item.expires_at = said_again.expires_at
    item.local_only = item.local_only or said_again.local_only


def _end(item: MemoryItem, heir: MemoryItem, now: datetime | None = None) -> None:
    item.status, item.superseded_by = Status.SUPERSEDED, heir
    item.reason = "" if item.key == heir.key else f"Contradicted by “{heir.key}”."
    item.ended_at = now or max(item.valid_from, heir.valid_from)


_KEPT = (
    "key", "value", "type", "subject", "thread", "relevance", "confidence", "expires_at", "local_only",
)  # fmt: skip


def _reword(actor: User, origin: Origin, row: MemoryItem, fields: Mapping[str, Any]) -> MemoryItem:
    values = {name: getattr(row, name) for name in _KEPT} | dict(fields)
    now, before = timezone.now(), snapshot(row)
    heir = MemoryItem(project=row.project, **{**values, "valid_from": values.get("occurred_at") or now})
    _end(row, heir)
    row.save()
    heir.save()
    close_entries([row])
    indexing.index_items([heir])
    changes = [("supersede", row, before), ("update", heir, {})]
    record_changes(actor=actor, origin=origin, changes=changes)
    return heir


def _suggestion(actor: User, origin: Origin, item: MemoryItem) -> MemoryItem:
    row = lock_item(actor, origin, item)
    if row.status != Status.SUGGESTED:
        raise NotSuggested(f"“{row.key}” is {row.status}, not a suggestion.")
    return row


def _delete(actor: User, origin: Origin, rows: MemoryItemQuerySet) -> None:
    now = timezone.now()
    rows = rows.exclude(status=Status.SUPPRESSED, reason=DELETED)
    found = list(rows.select_related("project").order_by("-created_at", "-id"))
    changes = []
    for row in found:
        changes.append(("delete", row, snapshot(row)))
        row.status, row.reason, row.ended_at = Status.SUPPRESSED, DELETED, row.ended_at or now
    sources = {row.source_message_id for row in found if row.source_message_id}
    forget_entries([row.pk for row in found], sources)
    rows.update(
        status=Status.SUPPRESSED, reason=DELETED, ended_at=Coalesce("ended_at", Value(now)), updated_at=now
    )
    record_changes(actor=actor, origin=origin, changes=changes)
