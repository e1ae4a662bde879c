"""Who runs a turn: the lease that its worker takes, renews and gives back, and how it passes to another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, FloatField
from django.utils import timezone

from accounts.rows import update
from accounts.statements import Slot, Statement, Update
from chat.llm.selection import assistant_to_go_on
from chat.llm.types import Assistant
from chat.metrics import count_turn
from chat.models import ToolCall, Turn
from chat.rows import NOW, RELATED, TURN, held, held_by_worker

MAX_ATTEMPTS = 5

_FREE = Statement(
    lambda: (
        Turn.objects.abandoned(NOW)
        .filter(pk=TURN)
        .select_related(*RELATED)
        .select_for_update(of=("self",))
        .order_by()
    )
)
_UNTIL: Any = Slot("until", NOW.output_field)
_SECONDS: Any = Slot("seconds", FloatField())
_RENEWED: dict[str, Any] = {
    "returning": ("id", "stop_requested"),
    "lease_expires_at": _UNTIL,
    "ran_seconds": F("ran_seconds") + _SECONDS,
}
_RENEW = Update(held, **_RENEWED)
_RENEW_ALL = Update(held_by_worker, **_RENEWED)

State = Literal["held", "stop", "lost"]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A turn as its new holder finds it, and who is to answer."""

    turn: Turn
    assistant: Assistant
    steps: int
    calls: int
    unfinished: tuple[UUID, ...]
    changed: bool
    begun_before: bool

    @property
    def turn_id(self) -> UUID:
        return self.turn.pk

    @property
    def user_id(self) -> UUID:
        return self.turn.speaker.pk


def claim(turn_id: UUID, worker: str) -> Claimed | None:
    """Takes the lease of a runnable turn that nobody holds; None when somebody does.

    A turn whose workers died `MAX_ATTEMPTS` times is given up as interrupted.
    """
    now = timezone.now()
    with transaction.atomic():
        turn: Turn | None = _FREE.instance(turn=turn_id, now=now)
        if turn is None:
            return None
        taken_over = turn.status == Turn.Status.RUNNING
        # Nothing runs with the rights of somebody who is gone.
        if (taken_over and turn.attempts >= MAX_ATTEMPTS) or turn.user_message.author_id is None:
            _give_up(turn)
            return None
        begun_before = turn.provider != ""
        calls = list(turn.tool_calls.order_by("step", "position")) if begun_before else []
        steps = max((call.step for call in calls), default=0)
        assistant = assistant_to_go_on(turn.provider, steps)
        turn.attempts += taken_over
        turn.status = Turn.Status.RUNNING
        turn.lease_owner, turn.lease_expires_at = worker, _lease_from(now)
        turn.provider, turn.model = named(assistant)
        update(
            turn, "status", "attempts", "lease_owner", "lease_expires_at", "provider", "model", "updated_at"
        )
    return Claimed(
        turn=turn,
        assistant=assistant,
        steps=steps,
        calls=len(calls),
        unfinished=tuple(call.pk for call in calls if call.status not in ToolCall.FINISHED),
        changed=bool(calls) and turn.changes.exists(),
        begun_before=begun_before,
    )


def renew_leases(worker: str, seconds: float) -> dict[UUID, State]:
    """Renews all that the worker holds, `seconds` after the last time; a turn that was claimed meanwhile
    counts as running for as long. Those that it does not hold any more are not among the answer.
    """
    until = _lease_from(timezone.now())
    return {
        UUID(str(pk)): "stop" if stopping else "held"
        for pk, stopping in _RENEW_ALL.run(worker=worker, until=until, seconds=seconds)
    }


def renew_lease(turn_id: UUID, worker: str) -> State:
    """Renews one; `stop` when it is to stop, `lost` when another worker holds it, or nobody."""
    renewed = _RENEW.run(turn=turn_id, worker=worker, until=_lease_from(timezone.now()), seconds=0.0)
    if not renewed:
        # A turn that has just been parked is left by its worker in a moment, after it has told its readers.
        parked = Turn.objects.filter(pk=turn_id, status=Turn.Status.AWAITING_APPROVAL)
        return "held" if parked.exists() else "lost"
    return "stop" if renewed[0][1] else "held"


def name_assistant(turn_id: UUID, worker: str, assistant: Assistant) -> bool:
    """Keeps who answers from now on. False when another worker holds the turn by now."""
    provider, model = named(assistant)
    changed = _held(turn_id, worker).update(provider=provider, model=model, updated_at=timezone.now())
    return bool(changed)


def release(turn_id: UUID, worker: str) -> None:
    """Gives a running turn back at once, for another worker to take."""
    _held(turn_id, worker).update(status=Turn.Status.QUEUED, lease_owner="", lease_expires_at=None)


def end_lease(turn_id: UUID, worker: str) -> None:
    """Leaves a running turn to be taken over, as from a worker that died: it counts as an attempt."""
    _held(turn_id, worker).update(lease_expires_at=timezone.now())


def free_leases(worker: str) -> None:
    """Ends the leases of all workers but this one, when no other can be alive."""
    others = Turn.objects.filter(status=Turn.Status.RUNNING).exclude(lease_owner=worker)
    others.update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def runnable_turns() -> list[UUID]:
    return list(
        Turn.objects.abandoned(timezone.now()).order_by("created_at").values_list("pk", flat=True)[:50]
    )


def close(turn: Turn, status: str) -> None:
    """Ends the turn, within the transaction that locked it, with what has been set on it."""
    turn.status, turn.finished_at = status, timezone.now()
    turn.lease_owner, turn.lease_expires_at, turn.stop_requested = "", None, False
    update(
        turn, "status", "finished_at", "lease_owner", "lease_expires_at", "stop_requested", "reply", "draft",
        "error", "prompt_tokens", "completion_tokens", "updated_at",
    )  # fmt: skip
    transaction.on_commit(lambda: count_turn(turn))


def named(assistant: Assistant) -> tuple[str, str]:
    """Provider and model as a turn keeps them."""
    return assistant.provider[:80], assistant.model[:120]


def _held(turn_id: UUID, worker: str) -> Any:
    return Turn.objects.filter(pk=turn_id, lease_owner=worker, status=Turn.Status.RUNNING)


def _give_up(turn: Turn) -> None:
    message = "The server went down several times while it answered. What was done so far is kept."
    turn.error = {"code": "interrupted", "message": message, "text": turn.draft}
    close(turn, Turn.Status.INTERRUPTED)


def _lease_from(moment: datetime) -> datetime:
    return moment + timedelta(seconds=settings.TURN_LEASE_SECONDS)
