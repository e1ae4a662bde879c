"""What keeps a project's memory clean: expiry, the limit on its size, and the end of what was deleted."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from heapq import nsmallest
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db.models import F

from memory.models import MemoryItem, RecallEntry

if TYPE_CHECKING:
    from tasks.models import Project

HALF_LIFE = timedelta(days=90)
DELETED = "Deleted."
DELETED_KEPT_FOR = timedelta(days=30)


def freshness(item: MemoryItem, now: datetime) -> float:
    """From 1, when it was just stored or recalled, down by half every 90 days."""
    age = now - (item.last_recalled_at or item.created_at)
    return float(0.5 ** max(0.0, age / HALF_LIFE))


def sweep(project: Project, now: datetime) -> None:
    """Suppresses what has expired, and removes for good what was deleted 30 days ago."""
    items = MemoryItem.objects.filter(project=project)
    items.active().filter(expires_at__lte=now).update(
        status=MemoryItem.Status.SUPPRESSED, reason="Expired.", ended_at=F("expires_at"), updated_at=now
    )
    items.filter(
        status=MemoryItem.Status.SUPPRESSED, reason=DELETED, updated_at__lt=now - DELETED_KEPT_FOR
    ).delete()


def evict(project: Project, *, spared: Collection[UUID], now: datetime) -> list[MemoryItem]:
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
    evicted = nsmallest(over, rows, key=lambda row: (row.relevance * freshness(row, now), row.created_at))
    for row in evicted:
        row.status, row.ended_at = MemoryItem.Status.SUPPRESSED, now
        row.reason = (
            f"Over the limit of {limit} items: its relevance {row.relevance:.2f} × freshness "
            f"{freshness(row, now):.2f} was the lowest."
        )
    MemoryItem.objects.bulk_update(evicted, ["status", "ended_at", "reason"], batch_size=500)
    RecallEntry.objects.filter(item__in=evicted).update(valid_until=now)
    return evicted
