"""Memory items and hits as JSON values, the same for REST, tools and pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from memory.models import MemoryItem
from memory.recall import Hit


def item_json(row: MemoryItem) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "project": row.project.key,
        "key": row.key,
        "value": row.value,
        "type": row.type,
        "subject": row.subject,
        "thread": row.thread,
        "occurred_at": _iso(row.occurred_at),
        "relevance": row.relevance,
        "confidence": row.confidence,
        "status": row.status,
        "reason": row.reason,
        "superseded_by": str(row.superseded_by_id) if row.superseded_by_id else None,
        "valid_from": _iso(row.valid_from),
        "ended_at": _iso(row.ended_at),
        "local_only": row.local_only,
        "expires_at": _iso(row.expires_at),
        "source_message": str(row.source_message_id) if row.source_message_id else None,
        "recall_count": row.recall_count,
        "last_recalled_at": _iso(row.last_recalled_at),
        "created_at": _iso(row.created_at),
        "updated_at": _iso(row.updated_at),
    }


def hit_json(hit: Hit) -> dict[str, Any]:
    source = hit.source
    return {
        "key": hit.key,
        "value": hit.value,
        "type": hit.type,
        "score": hit.score,
        "why": hit.why,
        "source": {
            "message": str(source.message_id) if source.message_id else None,
            "conversation": str(source.conversation_id) if source.conversation_id else None,
            "subject": source.subject,
            "thread": source.thread,
            "at": _iso(source.at),
        },
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
