"""What recall may find of an item, and of the message it came from, as the item's standing changes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import Q

from memory import indexing
from memory.models import MemoryItem, RecallEntry
from memory.upkeep import DELETED, REJECTED

Status = MemoryItem.Status


def close_entries(rows: Sequence[MemoryItem]) -> None:
    """What an item that ended came from ends with it: the message still says what is no longer so."""
    for row in rows:
        told = Q(item=row)
        if row.source_message_id and not _is_told_otherwise(row):
            told |= Q(message_id=row.source_message_id)
        RecallEntry.objects.filter(told, valid_until=None).update(valid_until=row.ended_at)


def keep_local(rows: Sequence[MemoryItem]) -> None:
    """The message that a local-only item came from is as private as the item."""
    sources = [row.source_message_id for row in rows if row.local_only and row.source_message_id]
    if sources:
        RecallEntry.objects.filter(message_id__in=sources).update(local_only=True)


def forget_entries(items: Collection[UUID], messages: Collection[UUID]) -> None:
    """Takes items, and the messages that they came from, out of recall."""
    indexing.forget(RecallEntry.objects.filter(Q(item_id__in=items) | Q(message_id__in=messages)))


def follow(row: MemoryItem) -> None:
    """Makes the entries what they are for an item that always had the standing which it has now."""
    sources = [row.source_message_id] if row.source_message_id else []
    if row.reason == DELETED:
        forget_entries([row.pk], sources)
        return
    if row.status == Status.SUGGESTED or row.reason == REJECTED:
        forget_entries([row.pk], [])
        return
    if RecallEntry.objects.filter(item=row).exists():
        indexing.refresh(row, reworded=True)
    else:
        indexing.index_items([row])
    if row.source_message is not None:
        indexing.index_message(row.source_message)
        if row.status == Status.ACTIVE:
            RecallEntry.objects.filter(message_id__in=sources).update(valid_until=None)
    if row.ended_at:
        close_entries([row])
    keep_local([row])


def _is_told_otherwise(row: MemoryItem) -> bool:
    """Whether another item that is in use came from the same message."""
    others = MemoryItem.objects.filter(source_message_id=row.source_message_id).exclude(pk=row.pk)
    return others.active().exists()
