"""What a turn writes, one sync unit each; a turn calls them through `in_database` and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.errors import Invalid
from accounts.rows import insert, update
from accounts.statements import Statement, Update
from chat import approvals, others
from chat.budgets import BudgetSpent, Reservation, reported_tokens, reserve
from chat.context import build_request
from chat.leases import Claimed, claim, close
from chat.llm.selection import BUILT_IN, is_remote
from chat.llm.types import Request, Step
from chat.llm.types import ToolCall as Call
from chat.models import Conversation, Message, ToolCall, Turn
from chat.recalled import Reference, look_up, shown_memories
from chat.rows import NOW, TURN, lock_held, one_turn
from chat.tools.pinning import pin
from chat.tools.registry import ToolContext, call_tool
from tasks.changes import Origin
from tasks.models import Change, Door
from tasks.receipts import Receipt, receipts
from tasks.text import clean_json, storable

logger = structlog.get_logger(__name__)

MAX_ARGUMENTS_BYTES = 64 * 1024
NEW_TITLE = Conversation._meta.get_field("title").default
NOT_RUN = {"error": {"code": "not_run", "message": "The turn ended before this ran. It changed nothing."}}
_CHANGES = Statement(lambda: Change.objects.filter(turn=TURN).order_by("created_at", "id"))
_NOT_RUN = Update(
    lambda: ToolCall.objects.filter(turn=TURN).exclude(status__in=ToolCall.FINISHED),
    status=ToolCall.Status.REJECTED,
    result=NOT_RUN,
    updated_at=NOW,
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the next step is asked, and what that has been counted with; `refusal` is why no model may be
    asked, and `memories` are what it is reminded of."""

    request: Request
    reserved: Reservation | None = None
    refusal: str = ""
    memories: Sequence[Reference] = ()


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


def begin(turn_id: UUID, worker: str) -> tuple[Claimed, Prepared | None] | None:
    """Claims a turn, and prepares its first step in the same go; None when somebody else holds it.

    What is to stop, or has calls to run before, is not prepared for.
    """
    claimed = claim(turn_id, worker)
    if claimed is None:
        return None
    if claimed.turn.stop_requested or claimed.unfinished:
        return claimed, None
    try:
        return claimed, _prepare(claimed.turn)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        # It is raised again where the turn can fail by it.
        return claimed, None


def prepare(turn_id: UUID) -> Prepared:
    """For the next step of a turn, as its rows are now."""
    return _prepare(one_turn(turn_id))


def _prepare(turn: Turn) -> Prepared:
    """Recall comes first, and outside of a transaction: it may ask another server."""
    fresh = _recall(turn)
    request = build_request(turn)
    if turn.provider == BUILT_IN:
        return Prepared(request)
    memories = shown_memories(turn)
    with transaction.atomic():
        if fresh:
            update(turn, "recalled", "updated_at")
        try:
            reserved = reserve(turn.speaker, request)
        except BudgetSpent as spent:
            return Prepared(request, refusal=str(spent), memories=memories)
    return Prepared(request, reserved, memories=memories)


def _recall(turn: Turn) -> bool:
    """Puts on the turn what memory has for its question, unless it is there; false if it is not to be kept.

    Looked up the first time, and the same ever after. The built-in assistant asks when it is asked to.
    """
    if turn.provider == BUILT_IN or turn.recalled is not None:
        return False
    try:
        turn.recalled = look_up(turn)
        others.note(turn, is_so=others.in_references(turn.speaker, shown_memories(turn)))
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("recall_failed")
        turn.recalled = None
        return False
    return True


@transaction.atomic
def record_step(turn_id: UUID, worker: str, *, number: int, text: str, step: Step) -> list[CallState] | None:
    """Commits a step's text and its calls before any of them runs; None when another worker holds it."""
    turn = lock_held(turn_id, worker)
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
        turn = one_turn(row.turn_id)
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
    running = Turn.objects.filter(pk=turn_id, lease_owner=worker, status=Turn.Status.RUNNING)
    return bool(
        running.filter(stop_requested=False).update(
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
    turn = lock_held(turn_id, worker)
    if turn is None:
        return None
    prompt, completion = reported_tokens(step)
    turn.prompt_tokens += prompt
    turn.completion_tokens += completion
    if memories := shown_memories(turn):
        metadata = {**metadata, "recalled": memories}
    if turn.provider == BUILT_IN:
        metadata = {**metadata, "nothing_new": True}
    reply = Message(
        conversation_id=turn.conversation_id,
        role=Message.Role.ASSISTANT,
        content=text,
        tokens_used=turn.prompt_tokens + turn.completion_tokens,
        metadata={"turn": str(turn.pk), **({"others": True} if turn.read_others else {}), **metadata},
    )
    insert(reply)
    turn.reply, turn.draft = reply, text
    _NOT_RUN.run(turn=turn_id, now=timezone.now())
    close(turn, status)
    _name_conversation(turn)
    return Finished(reply.pk, turn_receipts(turn))


@transaction.atomic
def fail(turn_id: UUID, *, worker: str, code: str, message: str, text: str) -> bool:
    """Closes the turn as failed, keeping what was committed. False when another worker holds it."""
    turn = lock_held(turn_id, worker)
    if turn is None:
        return False
    turn.error = {"code": code, "message": message, "text": text}
    close(turn, Turn.Status.FAILED)
    return True


def turn_receipts(turn: Turn) -> list[Receipt]:
    return receipts(_CHANGES.instances(turn=turn.pk), turn.speaker.zone)


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


def _name_conversation(turn: Turn) -> None:
    conversation = turn.conversation
    if conversation.title == NEW_TITLE:
        line = " ".join(turn.user_message.content.split())
        line = line[:1].upper() + line[1:]
        conversation.title = line if len(line) <= 60 else line[:59].rstrip() + "…"
        update(conversation, "title", "updated_at")
    else:
        update(conversation, "updated_at")
