"""The rows of a turn as compiled statements: a turn reads and writes them several times over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import CharField, DateTimeField

from accounts.statements import Slot, Statement
from chat.models import Turn
from chat.querysets import TurnQuerySet

RELATED = ("conversation__user", "conversation__project", "user_message__author")

TURN: Any = Slot("turn")
NOW: Any = Slot("now", DateTimeField())
_WORKER: Any = Slot("worker", CharField())


def held_by_worker() -> TurnQuerySet:
    """The running turns whose leases `worker` has."""
    return Turn.objects.filter(lease_owner=_WORKER, status=Turn.Status.RUNNING).order_by()


def held() -> TurnQuerySet:
    """The running turn `turn` while `worker` has its lease."""
    return held_by_worker().filter(pk=TURN)


_ONE = Statement(lambda: Turn.objects.select_related(*RELATED).filter(pk=TURN).order_by())
_ENDED = Statement(lambda: Turn.objects.select_related(*RELATED, "reply").filter(pk=TURN).order_by())
_HELD = Statement(lambda: held().select_related(*RELATED).select_for_update(of=("self",)))


def one_turn(turn_id: UUID) -> Turn:
    """With what nearly every unit needs of it. Raises Turn.DoesNotExist."""
    turn: Turn | None = _ONE.instance(turn=turn_id)
    if turn is None:
        raise Turn.DoesNotExist(f"There is no turn {turn_id}.")
    return turn


def ended_turn(turn_id: UUID) -> Turn | None:
    """The same with its reply; None when it is gone."""
    turn: Turn | None = _ENDED.instance(turn=turn_id)
    return turn


def lock_held(turn_id: UUID, worker: str) -> Turn | None:
    """The running turn, locked for this transaction; None when another worker holds it by now."""
    turn: Turn | None = _HELD.instance(turn=turn_id, worker=worker)
    return turn
