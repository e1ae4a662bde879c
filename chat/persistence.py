"""What a turn writes, one sync unit each; a turn calls them through `in_database` and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.errors import Invalid
from chat import approvals, others
from chat.budgets import reported_tokens
from chat.context import build_request
from chat.llm.selection import BUILT_IN, is_remote
from chat.llm.types import Request, Step
from chat.llm.types import ToolCall as Call
from chat.metrics import count_turn
from chat.models import Conversation, Message, ToolCall, Turn
from chat.querysets import TurnQuerySet
from chat.recalled import Reference, look_up, shown_memories
from chat.tools.pinning import pin
from chat.tools.registry import ToolContext, call_tool
from tasks.changes import Origin
from tasks.models import Door
from tasks.receipts import Receipt, receipts
from tasks.text import clean_json, storable

MAX_ATTEMPTS = 5
MAX_ARGUMENTS_BYTES = 64 * 1024
NEW_TITLE = Conversation._meta.get_field("title").default
NOT_RUN = {"error": {"code": "not_run", "message": "The turn ended before this ran. It changed nothing."}}
_RELATED = ("conversation__user", "conversation__project", "user_message__author")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A turn as its new holder finds it."""

    turn_id: UUID
    user_id: UUID
    conversation_id: UUID
    provider: str
    text: str
    steps: int
    calls: int
    unfinished: tuple[UUID, ...]
    changed: bool
    stop_requested: bool
    begun_before: bool
    ran_seconds: float


@dataclass(frozen=True, slots=True)
class CallState:
    """A tool call as it stands now."""

    pk: UUID
    call_id: str
    name: str
    arguments: dict[str, Any]
    status: str
    result: dict[str, Any]
    changed: bool


@dataclass(frozen=True, slots=True)
class Finished:
    """A reply as it was stored."""

    message_id: UUID
    receipts: list[Receipt]


def claim(turn_id: UUID, worker: str) -> Claimed | None:
    """Takes the lease of a runnable turn that nobody holds; None when somebody does.

    A turn whose workers died `MAX_ATTEMPTS` times is given up as interrupted.
    """
    now = timezone.now()
    with transaction.atomic():
        turn = Turn.objects.abandoned(now).select_for_update().filter(pk=turn_id).first()
        if turn is None:
            return None
        taken_over = turn.status == Turn.Status.RUNNING
        if taken_over and turn.attempts >= MAX_ATTEMPTS:
            _give_up(turn)
            return None
        if turn.user_message.author_id is None:
            # Nothing runs with the rights of somebody who is gone.
            _give_up(turn)
            return None
        turn.attempts += taken_over
        turn.status = Turn.Status.RUNNING
        turn.lease_owner, turn.lease_expires_at = worker, now + _lease()
        turn.save(update_fields=["status", "attempts", "lease_owner", "lease_expires_at", "updated_at"])
    calls = list(turn.tool_calls.order_by("step", "position"))
    return Claimed(
        turn_id=turn.pk,
        user_id=turn.user_message.author_id,
        conversation_id=turn.conversation_id,
        provider=turn.provider,
        text=turn.draft,
        steps=max((call.step for call in calls), default=0),
        calls=len(calls),
        unfinished=tuple(call.pk for call in calls if call.status not in ToolCall.FINISHED),
        changed=turn.changes.exists(),
        stop_requested=turn.stop_requested,
        begun_before=turn.provider != "",
        ran_seconds=turn.ran_seconds,
    )


def renew_lease(turn_id: UUID, worker: str, seconds: float = 0.0) -> str:
    """Renews it, `seconds` after the last time. Returns `held`, `stop` when it is to stop, or `lost`."""
    held = _held(turn_id, worker)
    renewed = {"lease_expires_at": timezone.now() + _lease(), "ran_seconds": F("ran_seconds") + seconds}
    if not held.update(**renewed):
        # A turn that has just been parked is left by its worker in a moment, after it has told its readers.
        parked = Turn.objects.filter(pk=turn_id, status=Turn.Status.AWAITING_APPROVAL)
        return "held" if parked.exists() else "lost"
    return "stop" if held.filter(stop_requested=True).exists() else "held"


def release(turn_id: UUID, worker: str) -> None:
    """Gives a running turn back at once, for another worker to take."""
    _held(turn_id, worker).update(status=Turn.Status.QUEUED, lease_owner="", lease_expires_at=None)


def end_lease(turn_id: UUID, worker: str) -> None:
    """Leaves a running turn to be taken over, as from a worker that died: it counts as an attempt."""
    _held(turn_id, worker).update(lease_expires_at=timezone.now())


def free_leases(worker: str) -> None:
    """Ends the leases of all workers but this one, when no other can be alive."""
    held = Turn.objects.filter(status=Turn.Status.RUNNING).exclude(lease_owner=worker)
    held.update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def load_request(turn_id: UUID) -> Request:
    return build_request(_turn(turn_id))


def recall_once(turn_id: UUID) -> list[Reference]:
    """What memory has for the turn's question: looked up the first time, and the same ever after."""
    turn = _turn(turn_id)
    if turn.recalled is None:
        turn.recalled = look_up(turn)
        Turn.objects.filter(pk=turn_id).update(recalled=turn.recalled, updated_at=timezone.now())
        others.note(turn, is_so=others.in_references(turn.speaker, shown_memories(turn)))
    return shown_memories(turn)


def set_assistant(turn_id: UUID, worker: str, *, provider: str, model: str) -> bool:
    """False when another worker holds the turn by now."""
    named = {"provider": provider[:80], "model": model[:120]}
    return bool(_held(turn_id, worker).update(**named, updated_at=timezone.now()))


@transaction.atomic
def record_step(turn_id: UUID, worker: str, *, number: int, text: str, step: Step) -> list[CallState] | None:
    """Commits a step's text and its calls before any of them runs; None when another worker holds it."""
    turn = _held(turn_id, worker).select_related(*_RELATED).select_for_update(of=("self",)).first()
    if turn is None:
        return None
    taken = set(turn.tool_calls.values_list("call_id", flat=True))
    standing = approvals.standing_reason(turn, [call.name for call in step.calls])
    rows = []
    for position, call in enumerate(step.calls):
        call_id = _free_id(call.id, taken)
        taken.add(call_id)
        rows.append(_call_row(turn, number, position, call, call_id, standing))
    ToolCall.objects.bulk_create(rows)
    prompt, completion = reported_tokens(step)
    Turn.objects.filter(pk=turn_id).update(
        draft=text,
        prompt_tokens=F("prompt_tokens") + prompt,
        completion_tokens=F("completion_tokens") + completion,
        updated_at=timezone.now(),
    )
    return [_state(row) for row in rows]


def call_states(turn_id: UUID, pks: Sequence[UUID]) -> list[CallState]:
    rows = ToolCall.objects.filter(turn=turn_id, pk__in=pks).order_by("step", "position")
    return [_state(row) for row in rows]


def run_call(pk: UUID) -> CallState:
    """Runs a tool call; its effect, its change records and its result commit together.

    A call that has finished already answers with its stored result and does nothing. One that would take
    its turn beyond `BULK` rows without a yes does nothing either, and waits for it.
    """
    started = monotonic()
    with transaction.atomic():
        row = ToolCall.objects.select_for_update(of=("self",)).get(pk=pk)
        if row.status in ToolCall.FINISHED or row.status == ToolCall.Status.AWAITING_APPROVAL:
            return _state(row)
        turn = _turn(row.turn_id)
        before = approvals.rows_changed(turn)
        seen = turn.changes.count()
        try:
            with transaction.atomic():
                result, failed = _perform(row, turn)
                changed = turn.changes.count() > seen
                if changed and row.status != ToolCall.Status.APPROVED:
                    _refuse_bulk(turn, before)
        except _Bulk:
            return _ask_first(turn, row)
        row.result, row.status = result, ToolCall.Status.FAILED if failed else ToolCall.Status.DONE
        row.error = result["error"]["message"] if failed else ""
        row.latency_ms = round((monotonic() - started) * 1000)
        row.save()
        if turn.provider != BUILT_IN and not turn.read_others:
            others.note(turn, is_so=others.in_result(turn.speaker, result))
        return _state(row, changed=changed)


class _Bulk(Exception):
    """A call changes more rows than may change without a yes."""


def _perform(row: ToolCall, turn: Turn) -> tuple[dict[str, Any], bool]:
    if row.invalid:
        return {"error": {"code": "invalid", "message": row.invalid}}, True
    outcome = call_tool(row.name, row.arguments, tool_context(turn))
    return outcome.result, outcome.failed


def _refuse_bulk(turn: Turn, before: int) -> None:
    now = approvals.rows_changed(turn)
    if now > approvals.BULK and now > before:
        raise _Bulk


def _ask_first(turn: Turn, first: ToolCall) -> CallState:
    """Leaves a call, and the changes that were asked for together with it, waiting for a yes."""
    together = turn.tool_calls.filter(step=first.step, status=ToolCall.Status.PENDING)
    for row in together.exclude(pk=first.pk).order_by("position"):
        if approvals.changes_rows(row.name) and not row.invalid:
            _ask_about(row, tool_context(turn), approvals.Reason.BULK)
            row.save()
    _ask_about(first, tool_context(turn), approvals.Reason.BULK)
    first.save()
    return _state(first)


def park(turn_id: UUID, worker: str) -> bool:
    """Leaves the turn waiting for the person's approval, held by nobody.

    False when it is to stop, or when another worker holds it: then it is as it was.
    """
    parked = _held(turn_id, worker).filter(stop_requested=False)
    return bool(
        parked.update(
            status=Turn.Status.AWAITING_APPROVAL,
            lease_owner="",
            lease_expires_at=None,
            updated_at=timezone.now(),
        )
    )


@transaction.atomic
def finish(
    turn_id: UUID, *, worker: str, status: str, text: str, step: Step, metadata: dict[str, Any]
) -> Finished | None:
    """Stores the reply and closes the turn; None when another worker holds it by now.

    A call that the end came before is closed too, so that nobody takes it for done.
    """
    turn = _held(turn_id, worker).select_for_update(of=("self",)).first()
    if turn is None:
        return None
    prompt, completion = reported_tokens(step)
    turn.prompt_tokens += prompt
    turn.completion_tokens += completion
    if memories := shown_memories(turn):
        metadata = {**metadata, "recalled": memories}
    reply = Message.objects.create(
        conversation_id=turn.conversation_id,
        role=Message.Role.ASSISTANT,
        content=text,
        tokens_used=turn.prompt_tokens + turn.completion_tokens,
        metadata={"turn": str(turn.pk), **({"others": True} if turn.read_others else {}), **metadata},
    )
    turn.reply, turn.draft = reply, text
    turn.tool_calls.exclude(status__in=ToolCall.FINISHED).update(
        status=ToolCall.Status.REJECTED, result=NOT_RUN, updated_at=timezone.now()
    )
    _close(turn, status)
    _name_conversation(turn)
    return Finished(reply.pk, turn_receipts(turn))


@transaction.atomic
def fail(turn_id: UUID, *, worker: str, code: str, message: str, text: str) -> bool:
    """Closes the turn as failed, keeping what was committed. False when another worker holds it."""
    turn = _held(turn_id, worker).select_for_update(of=("self",)).first()
    if turn is None:
        return False
    turn.error = {"code": code, "message": message, "text": text}
    _close(turn, Turn.Status.FAILED)
    return True


def turn_receipts(turn: Turn) -> list[Receipt]:
    return receipts(turn.changes.order_by("created_at", "id"), turn.speaker.zone)


def tool_context(turn: Turn) -> ToolContext:
    user, conversation = turn.speaker, turn.conversation
    return ToolContext(
        actor=user,
        origin=Origin(Door.CHAT, turn.pk),
        project=conversation.project,
        now=timezone.now().astimezone(user.zone),
        conversation_id=conversation.pk,
        message=turn.user_message,
        remote=is_remote(turn.provider),
    )


def runnable_turns() -> list[UUID]:
    return list(
        Turn.objects.abandoned(timezone.now()).order_by("created_at").values_list("pk", flat=True)[:50]
    )


def _held(turn_id: UUID, worker: str) -> TurnQuerySet:
    return Turn.objects.filter(pk=turn_id, lease_owner=worker, status=Turn.Status.RUNNING)


def _turn(turn_id: UUID) -> Turn:
    return Turn.objects.select_related(*_RELATED).get(pk=turn_id)


def _call_row(turn: Turn, number: int, position: int, call: Call, call_id: str, standing: str) -> ToolCall:
    invalid = storable(call.invalid)
    try:
        arguments = clean_json(dict(call.arguments), "arguments", longest=MAX_ARGUMENTS_BYTES)
    except Invalid as error:
        arguments, invalid = {}, error.detail
    row = ToolCall(
        turn=turn,
        call_id=call_id,
        step=number,
        position=position,
        name=storable(call.name)[:80],
        arguments=arguments,
        invalid=invalid,
    )
    reason = approvals.reason_for(call.name, turn.speaker.approval, standing)
    if reason and not invalid:
        _ask_about(row, tool_context(turn), reason)
    return row


def _ask_about(row: ToolCall, context: ToolContext, reason: str) -> None:
    # What a person approves is what runs: a title that fits another task tomorrow is pinned today.
    pinned = pin(row.name, row.arguments, context)
    if pinned is not None:
        row.arguments, row.status = pinned, ToolCall.Status.AWAITING_APPROVAL
        row.asked_because = reason


def _free_id(wanted: str, taken: set[str]) -> str:
    wanted = storable(wanted)[:120] or "call"
    if wanted not in taken:
        return wanted
    return next(name for n in range(2, 10_000) if (name := f"{wanted}#{n}") not in taken)


def _state(row: ToolCall, changed: bool = False) -> CallState:
    return CallState(row.pk, row.call_id, row.name, row.arguments, row.status, row.result or {}, changed)


def _close(turn: Turn, status: str) -> None:
    turn.status, turn.finished_at = status, timezone.now()
    turn.lease_owner, turn.lease_expires_at, turn.stop_requested = "", None, False
    turn.save()
    transaction.on_commit(lambda: count_turn(turn))


def _give_up(turn: Turn) -> None:
    message = "The server went down several times while it answered. What was done so far is kept."
    turn.error = {"code": "interrupted", "message": message, "text": turn.draft}
    _close(turn, Turn.Status.INTERRUPTED)


def _name_conversation(turn: Turn) -> None:
    conversation = turn.conversation
    if conversation.title == NEW_TITLE:
        line = " ".join(turn.user_message.content.split())
        line = line[:1].upper() + line[1:]
        conversation.title = line if len(line) <= 60 else line[:59].rstrip() + "…"
    conversation.save(update_fields=["title", "updated_at"])


def _lease() -> timedelta:
    return timedelta(seconds=settings.TURN_LEASE_SECONDS)
