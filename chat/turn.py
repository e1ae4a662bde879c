"""The turn: ask the assistant, run what it calls, until it has answered. Async, and holds nothing open
while a model talks: every database unit goes through `in_database`, every event to the log."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError

from chat import budgets, leases, persistence
from chat.database import in_database
from chat.events import (
    ApprovalRequired,
    EventLog,
    MemoryRecalled,
    TextDelta,
    TextReset,
    ToolAnswered,
    ToolCalled,
    TurnDone,
    TurnFailed,
    TurnStarted,
    TurnStopped,
)
from chat.keeping import LeaseKeeper
from chat.leases import Claimed
from chat.llm import types as llm
from chat.llm.selection import built_in_assistant
from chat.models import ToolCall, Turn
from chat.outbox import Outbox
from chat.persistence import CallState, Prepared
from chat.recalled import shown_memories
from tasks.text import storable

logger = structlog.get_logger(__name__)

TOLD_SECONDS = 1.0
NO_ANSWER = "The assistant gave no answer."
LISTED_BELOW = "What changed is listed below."
UNEXPECTED = "Something went wrong on the server. What was done so far is kept."


@dataclass(slots=True)
class Run:
    """A turn in progress: what this worker knows beyond the rows."""

    claimed: Claimed
    worker: str
    outbox: Outbox
    assistant: llm.Assistant
    text: str
    steps: int
    calls: int
    changed: bool
    prepared: Prepared | None
    asked: Callable[[], None]
    ended: bool = False
    metadata: dict[str, Any] = field(default_factory=dict)
    last_step: llm.Step = field(default_factory=llm.Step)

    @property
    def turn_id(self) -> UUID:
        return self.claimed.turn_id


class Parked(Exception):
    """The turn waits for the person's approval."""


class LeaseLost(Exception):
    """Another worker runs the turn by now; nothing of ours may be written."""


async def run_turn(
    turn_id: UUID, *, keeper: LeaseKeeper, log: EventLog, stop: asyncio.Event, asked: Callable[[], None]
) -> bool:
    """Runs a queued or abandoned turn to its end, to a stop, or to where it waits for an approval.

    Calls `asked` when the assistant has its question. Returns whether it ended here. Does nothing when
    another worker holds it. Cancelling gives the turn back for another worker.
    """
    turn_id, worker = UUID(str(turn_id)), keeper.worker
    # From before the claim on: a process that has just started may take longer than a lease to prepare.
    lost = keeper.expect(turn_id, stop)
    try:
        begun = await in_database(persistence.begin, turn_id, worker)
        if begun is None:
            return False
        keeper.claimed(turn_id)
        return await _run_claimed(*begun, worker=worker, log=log, stop=stop, lost=lost, asked=asked)
    except asyncio.CancelledError:
        await asyncio.shield(in_database(leases.release, turn_id, worker))
        raise
    finally:
        keeper.leave(turn_id)


async def _run_claimed(
    claimed: Claimed,
    prepared: Prepared | None,
    *,
    worker: str,
    log: EventLog,
    stop: asyncio.Event,
    lost: asyncio.Future[None],
    asked: Callable[[], None],
) -> bool:
    turn_id, turn = claimed.turn_id, claimed.turn
    structlog.contextvars.bind_contextvars(
        turn_id=str(turn_id), conversation_id=str(turn.conversation_id), user_id=str(claimed.user_id)
    )
    outbox = Outbox(log, claimed.turn_id, still_mine=lambda: _holds(claimed.turn_id, worker))
    run = Run(
        claimed,
        worker,
        outbox,
        claimed.assistant,
        turn.draft,
        claimed.steps,
        claimed.calls,
        claimed.changed,
        prepared,
        asked,
    )
    if turn.stop_requested:
        stop.set()
    try:
        await _until_stopped(run, stop, lost)
    except asyncio.CancelledError:
        outbox.abandon()
        raise
    except LeaseLost:
        logger.warning("turn_lease_lost")
    except (OperationalError, InterfaceError):
        # The database is away, not the turn: the lease runs out, and whoever takes it over goes on.
        raise
    except llm.AssistantError as error:
        await _fail(run, error.code, str(error))
    except Exception:
        logger.exception("turn_crashed")
        await _fail(run, "server_error", UNEXPECTED)
    finally:
        await _settle_rest(run)
        await outbox.close(TOLD_SECONDS)
    return run.ended


async def _holds(turn_id: UUID, worker: str) -> bool:
    return await in_database(leases.renew_lease, turn_id, worker) != "lost"


async def _until_stopped(run: Run, stop: asyncio.Event, lost: asyncio.Future[None]) -> None:
    answering = asyncio.create_task(_answer(run))
    stopping = asyncio.create_task(stop.wait())
    try:
        watched: set[asyncio.Future[Any]] = {answering, stopping, lost}
        done, _ = await asyncio.wait(
            watched,
            timeout=max(0.0, settings.TURN_MAX_SECONDS - run.claimed.turn.ran_seconds),
            return_when=asyncio.FIRST_COMPLETED,
        )
    finally:
        await _cancel(answering, stopping)
    if answering in done:
        with contextlib.suppress(Parked):
            answering.result()
            await _finish(run, Turn.Status.DONE)
    elif lost in done:
        raise LeaseLost
    elif stopping in done:
        await _finish(run, Turn.Status.STOPPED)
    else:
        seconds = settings.TURN_MAX_SECONDS
        await _end_at_bound(run, f"I stopped after {seconds:g} seconds, before I was finished.")
        await _finish(run, Turn.Status.DONE)


async def _answer(run: Run) -> None:
    """Steps until one has no calls. Returns with the reply's text in `run`, or raises Parked."""
    run.outbox.put(TurnStarted(run.assistant.provider, run.assistant.model))
    if memories := run.prepared.memories if run.prepared else shown_memories(run.claimed.turn):
        run.outbox.put(MemoryRecalled(memories))
    if run.claimed.begun_before:
        run.outbox.put(TextReset(run.text))
    if run.claimed.unfinished:
        states = await in_database(persistence.call_states, run.turn_id, run.claimed.unfinished)
        await _run_calls(run, states)
    while run.steps < settings.TURN_MAX_STEPS:
        step = await _ask(run)
        run.last_step = step
        if not step.calls:
            await _complete_text(run)
            return
        if run.calls + len(step.calls) > settings.TURN_MAX_TOOL_CALLS:
            await _end_at_bound(run, f"I stopped at {settings.TURN_MAX_TOOL_CALLS} tool calls.")
            return
        run.steps += 1
        run.calls += len(step.calls)
        recorded = await in_database(
            persistence.record_step, run.turn_id, run.worker, number=run.steps, text=run.text, step=step
        )
        if recorded is None:
            raise LeaseLost
        run.last_step = llm.Step(choices=step.choices)
        await _run_calls(run, recorded)
    await _end_at_bound(run, f"I stopped after {run.steps} steps, before I was finished.")


async def _ask(run: Run) -> llm.Step:
    """One step of the assistant. The built-in one takes over when the day's tokens are used up, and, for a
    command that it understands, when a model cannot be reached."""
    prepared, run.prepared = run.prepared, None
    if prepared is None:
        prepared = await in_database(persistence.prepare, run.turn_id)
    run.asked()
    if prepared.refusal:
        return await _hand_over(run, prepared.refusal)
    if prepared.reserved is None:
        return await _stream(run, run.assistant.reply(prepared.request), llm.Step())
    try:
        return await _ask_model(run, prepared.request, prepared.reserved)
    except llm.AssistantUnavailable as error:
        takeover = None if run.text or run.steps else await _take_over(run, error)
        if takeover is None:
            raise
        return takeover


async def _ask_model(run: Run, request: llm.Request, reserved: budgets.Reservation) -> llm.Step:
    step, answered = llm.Step(), True
    try:
        return await _stream(run, run.assistant.reply(request), step)
    except llm.AssistantError:
        answered = False
        raise
    finally:
        await in_database(budgets.settle, reserved, step, answered=answered)


async def _hand_over(run: Run, reason: str) -> llm.Step:
    run.assistant = built_in_assistant()
    await _set_assistant(run, run.assistant)
    logger.warning("assistant_taken_over", reason=reason)
    run.metadata["notice"] = f"{reason} The built-in assistant answered instead."
    run.outbox.put(TurnStarted(run.assistant.provider, run.assistant.model))
    prepared = await in_database(persistence.prepare, run.turn_id)
    return await _stream(run, run.assistant.reply(prepared.request), llm.Step())


async def _settle_rest(run: Run) -> None:
    """What was counted for a step that was never asked is given back."""
    if run.prepared is not None and run.prepared.reserved is not None:
        await in_database(budgets.settle, run.prepared.reserved, llm.Step(), answered=False)


async def _stream(run: Run, events: AsyncIterator[llm.Event], step: llm.Step) -> llm.Step:
    async with contextlib.aclosing(events) as stream:  # type: ignore[type-var]
        async for event in stream:
            match event:
                case llm.TextDelta(text):
                    await _say(run, step, text)
                case llm.CallRequested(call):
                    step.calls.append(call)
                case llm.Usage():
                    step.usage = event
                case llm.Choices(options):
                    step.choices = options
    if step.choices:
        run.metadata["choices"] = list(step.choices)
    return step


async def _say(run: Run, step: llm.Step, text: str) -> None:
    text = storable(text)
    if not step.text and run.text and text.strip():
        text = "\n\n" + text.lstrip()
    step.text += text
    run.text += text
    run.outbox.put(TextDelta(text))


async def _take_over(run: Run, error: llm.AssistantUnavailable) -> llm.Step | None:
    built_in = built_in_assistant()
    await _set_assistant(run, built_in)
    prepared = await in_database(persistence.prepare, run.turn_id)
    heard = [event async for event in built_in.reply(prepared.request)]
    if not any(isinstance(event, llm.CallRequested) for event in heard):
        # It did not understand either: the person should know that the model is down.
        await _set_assistant(run, run.assistant)
        return None
    logger.warning("assistant_taken_over", reason=str(error))
    run.assistant = built_in
    run.metadata["notice"] = storable(f"{error} The built-in assistant answered instead.")
    run.outbox.put(TurnStarted(built_in.provider, built_in.model))
    return await _stream(run, _replay(heard), llm.Step())


async def _replay(events: list[llm.Event]) -> AsyncIterator[llm.Event]:
    for event in events:
        yield event


async def _run_calls(run: Run, states: list[CallState]) -> None:
    for index, state in enumerate(states):
        if state.status == ToolCall.Status.AWAITING_APPROVAL:
            await _park(run, states[index:])
        run.outbox.put(ToolCalled(state.call_id, state.name, state.arguments))
        with structlog.contextvars.bound_contextvars(tool_name=state.name):
            answered = await in_database(persistence.run_call, state.pk)
            logger.info("tool_call", status=answered.status, changed=answered.changed)
        if answered.status == ToolCall.Status.AWAITING_APPROVAL:
            rest = [each.pk for each in states[index:]]
            await _park(run, await in_database(persistence.call_states, run.turn_id, rest))
        run.changed = run.changed or answered.changed
        run.outbox.put(
            ToolAnswered(answered.call_id, answered.name, answered.status, answered.result, answered.changed)
        )


async def _park(run: Run, states: list[CallState]) -> None:
    waiting = [each for each in states if each.status == ToolCall.Status.AWAITING_APPROVAL]
    if not await in_database(persistence.park, run.turn_id, run.worker):
        # Somebody asked to stop, or took the turn over: the keeper of the lease sees which, and ends this.
        await asyncio.Event().wait()
    calls = [{"id": each.call_id, "name": each.name, "arguments": each.arguments} for each in waiting]
    run.outbox.put(ApprovalRequired(calls))
    raise Parked


async def _complete_text(run: Run) -> None:
    if not run.text.strip():
        await _say(run, llm.Step(), LISTED_BELOW if run.changed else NO_ANSWER)


async def _end_at_bound(run: Run, sentence: str) -> None:
    run.metadata["bound"] = True
    await _say(run, llm.Step(), f"{sentence} What was done so far is kept.")


async def _finish(run: Run, status: Turn.Status) -> None:
    if status == Turn.Status.STOPPED:
        run.metadata["stopped"] = True
    finished = await in_database(
        persistence.finish,
        run.turn_id,
        worker=run.worker,
        status=status,
        text=run.text,
        step=run.last_step,
        metadata=run.metadata,
    )
    if finished is None:
        raise LeaseLost
    run.ended = True
    ended = TurnStopped if status == Turn.Status.STOPPED else TurnDone
    run.outbox.put(ended(str(finished.message_id), finished.receipts))
    logger.info("turn_finished", status=str(status), steps=run.steps, tool_calls=run.calls)


async def _fail(run: Run, code: str, message: str) -> None:
    message = storable(message)
    failed = await in_database(
        persistence.fail, run.turn_id, worker=run.worker, code=code, message=message, text=run.text
    )
    if failed:
        run.ended = True
        run.outbox.put(TurnFailed({"code": code, "message": message}))
        logger.warning("turn_failed", code=code, reason=message)


async def _set_assistant(run: Run, assistant: llm.Assistant) -> None:
    if not await in_database(leases.name_assistant, run.turn_id, run.worker, assistant):
        raise LeaseLost


async def _cancel(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
