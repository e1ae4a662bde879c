"""What waits for a person's yes, and why: what is approved is what was shown, while it is fresh, and once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Count
from django.utils import timezone

from accounts.models import Approval
from chat.models import ToolCall, Turn
from chat.tools.registry import Risk, all_tools, needs_approval

# More rows than this in one turn are asked about, whatever the person prefers.
BULK = 10
LASTS = timedelta(hours=24)
REJECTED = {"error": {"code": "rejected", "message": "The person did not allow this. Nothing was changed."}}
EXPIRED = {
    "error": {"code": "approval_expired", "message": "Nobody allowed this within a day. Nothing was changed."}
}
Reason = ToolCall.Reason


def standing_reason(turn: Turn, names: Iterable[str]) -> str:
    """Why every change among these next calls of a turn is asked about; empty when it is not."""
    if turn.read_others:
        return Reason.OTHERS
    planned = sum(changes_rows(name) for name in names)
    return Reason.BULK if planned and rows_changed(turn) + planned > BULK else ""


def reason_for(name: str, approval: str, standing: str) -> str:
    """Why one call is asked about; empty when it is not."""
    if not changes_rows(name):
        return ""
    if standing:
        return standing
    if not needs_approval(name, approval):
        return ""
    return Reason.PREFERENCE if approval == Approval.ALWAYS else Reason.RISK


def changes_rows(name: str) -> bool:
    found = all_tools().get(name)
    return found is not None and found.risk is not Risk.READ


def rows_changed(turn: Turn) -> int:
    """How many rows a turn has changed so far."""
    return int(turn.changes.aggregate(rows=Count("object_id", distinct=True))["rows"])


def digest_of(calls: Sequence[ToolCall]) -> str:
    """Stands for exactly these calls with exactly these arguments, in order."""
    shown = [[call.call_id, call.name, call.arguments] for call in calls]
    return hashlib.sha256(orjson.dumps(shown, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def asked_until(turn: Turn) -> datetime:
    """When the question of a turn that waits goes out of date."""
    return turn.updated_at + LASTS


def approval_json(turn: Turn) -> dict[str, Any] | None:
    """What a turn waits for, for those who decide; None when it does not wait."""
    if turn.status != Turn.Status.AWAITING_APPROVAL:
        return None
    waiting = waiting_calls(turn)
    return {
        "digest": digest_of(waiting),
        "calls": [{"id": call.call_id, "reason": call.asked_because} for call in waiting],
        "expires_at": asked_until(turn).isoformat(),
    }


def waiting_calls(turn: Turn) -> list[ToolCall]:
    calls = turn.tool_calls.filter(status=ToolCall.Status.AWAITING_APPROVAL)
    return list(calls.order_by("step", "position"))


def reject_expired() -> list[UUID]:
    """Rejects what has waited too long; the turns, for their workers to go on with."""
    since = timezone.now() - LASTS
    late = Turn.objects.live().filter(status=Turn.Status.AWAITING_APPROVAL, updated_at__lt=since)
    ids = list(late.values_list("pk", flat=True)[:50])
    return [turn_id for turn_id in ids if _reject(turn_id, since)]


def _reject(turn_id: UUID, since: datetime) -> bool:
    waits = Turn.objects.filter(pk=turn_id, status=Turn.Status.AWAITING_APPROVAL, updated_at__lt=since)
    if not waits.update(status=Turn.Status.QUEUED, updated_at=timezone.now()):
        return False
    calls = ToolCall.objects.filter(turn=turn_id, status=ToolCall.Status.AWAITING_APPROVAL)
    calls.update(status=ToolCall.Status.REJECTED, result=EXPIRED, updated_at=timezone.now())
    return True
