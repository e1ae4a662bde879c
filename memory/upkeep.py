"""What keeps a project's memory clean: expiry, the limit on its size, and the end of what was deleted."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from heapq import nsmallest
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings

from memory.models import MemoryItem, RecallEntry
from memory.querysets import MemoryItemQuerySet
from tasks.changes import Origin, record_changes, snapshot
from tasks.models import Change

if TYPE_CHECKING:
    from accounts.models import User
    from tasks.models import Project

HALF_LIFE = timedelta(days=90)
DELETED = "Deleted."
REJECTED = "Rejected."
DELETED_KEPT_FOR = timedelta(days=30)


def freshness(item: MemoryItem, now: datetime) -> float:
    """From 1, when it was just stored or recalled, down by half every 90 days."""
    age = now - (item.last_recalled_at or item.created_at)
    return float(0.5 ** max(0.0, age / HALF_LIFE))


def sweep(actor: User, origin: Origin, project: Project, now: datetime) -> None:
    """Suppresses what has expired, and removes for good what was deleted 30 days ago.

    Time did this and no turn, so that undoing the turn that came upon it brings nothing back.
    """
    items = MemoryItem.objects.filter(project=project).select_related("project")
    expired = list(items.active().filter(expires_at__lte=now))
    changes = []
    for row in expired:
        changes.append(("expire", row, snapshot(row)))
        row.status, row.reason, row.ended_at = MemoryItem.Status.SUPPRESSED, "Expired.", row.expires_at
        row.updated_at = now
    MemoryItem.objects.bulk_update(expired, [*_ENDING, "updated_at"], batch_size=500)
    record_changes(actor=actor, origin=Origin(origin.door, client=origin.client), changes=changes)
    _purge(items.filter(status=MemoryItem.Status.SUPPRESSED, reason=DELETED), now - DELETED_KEPT_FOR)


def evict(
    actor: User, origin: Origin, project: Project, *, spared: Collection[UUID], now: datetime
) -> list[MemoryItem]:
    """Suppresses the least valuable items, by relevance × freshness, until the project is within its limit.

    `spared` were stored just now and stay, unless they alone are too many.
    """
    active = MemoryItem.objects.filter(project=project).active()
    limit = settings.MAX_MEMORY_ITEMS
    over = active.count() - limit
    if over <= 0:
        return []
    pool = active if len(spared) >= limit else active.exclude(pk__in=spared)
    rows = pool.only("relevance", "last_recalled_at", "created_at")
    least = nsmallest(over, rows, key=lambda row: (row.relevance * freshness(row, now), row.created_at))
    evicted = list(active.filter(pk__in=[row.pk for row in least]).select_related("project"))
    changes = []
    for row in evicted:
        changes.append(("evict", row, snapshot(row)))
        row.status, row.ended_at = MemoryItem.Status.SUPPRESSED, now
        row.reason = (
            f"Over the limit of {limit} items: its relevance {row.relevance:.2f} × freshness "
            f"{freshness(row, now):.2f} was the lowest."
        )
    MemoryItem.objects.bulk_update(evicted, _ENDING, batch_size=500)
    RecallEntry.objects.filter(item__in=evicted).update(valid_until=now)
    record_changes(actor=actor, origin=origin, changes=changes)
    return evicted


_ENDING = ["status", "reason", "ended_at"]


def _purge(deleted: MemoryItemQuerySet, before: datetime) -> None:
    """Removes what was deleted before then, and what change records still tell of it."""
    gone = list(deleted.filter(updated_at__lt=before).values_list("pk", flat=True))
    if gone:
        MemoryItem.objects.filter(pk__in=gone).delete()
        records = Change.objects.filter(object_type=Change.Object.MEMORY, object_id__in=gone)
        records.update(ref="", title="", before={}, after={})
