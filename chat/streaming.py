"""A turn's events as server-sent events; what the log no longer has is taken from the database."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from uuid import UUID

import orjson
from django.http import StreamingHttpResponse

from chat.database import in_database
from chat.events import (
    ApprovalRequired,
    MemoryRecalled,
    TextReset,
    TurnDone,
    TurnEvent,
    TurnFailed,
    TurnStarted,
    TurnStopped,
    as_json,
    event_log,
)
from chat.models import ToolCall, Turn
from chat.persistence import turn_receipts
from chat.recalled import shown_memories

if TYPE_CHECKING:
    from accounts.models import User

RECHECK = 2.0
FIRST_POLL, LONGEST_POLL = 0.05, 1.0
KEEP_ALIVE = b": keep-alive\n\n"
# The id of what came from the rows. No log knows it, and so what follows is the log from its beginning.
STORED = "stored"


def stream_response(
    turn_id: UUID, last_event_id: str = "", *, reader: User | None = None
) -> StreamingHttpResponse:
    """The SSE answer for a turn that its reader may see; with a `reader`, until they may do so no longer."""
    frames = turn_stream(turn_id, last_event_id)
    if reader is not None:
        frames = while_seen(frames, reader, turn_id)
    response = StreamingHttpResponse(frames, content_type="text/event-stream")
    response["Cache-Control"] = "no-cache, no-transform"
    response["X-Accel-Buffering"] = "no"
    return response


async def turn_stream(turn_id: UUID, last_event_id: str = "") -> AsyncIterator[bytes]:
    """Frames from after `last_event_id` to the turn's end, and a comment in every silence."""
    log, after = event_log(), last_event_id
    yield b"retry: 1000\n\n"
    caught_up, from_rows, pause = False, after == STORED, FIRST_POLL
    while True:
        silent, first = False, True
        async with contextlib.aclosing(log.follow(turn_id, after=after)) as events:  # type: ignore[type-var]
            async for batch in events:
                if not batch:
                    silent = True
                    break
                after, is_last = batch[-1].id, batch[-1].is_last
                if (
                    is_last
                    and first
                    and (await in_database(is_live, turn_id) or await _goes_on(turn_id, after))
                ):
                    # Tried again since: the log holds the old end, and now or soon a new beginning. What
                    # came while we waited is no old end.
                    break
                frames = [_frame(each.name, orjson.dumps(each.data), each.id) for each in batch]
                if from_rows:
                    # The log tells from the beginning what the rows have told in part.
                    frames.insert(0, _stored_frame(TextReset("")))
                caught_up, first, from_rows = True, False, False
                yield b"".join(frames)
                if is_last:
                    return
        # The log is silent, or knows nothing of it: it ended long ago, or another process holds it. A silent
        # one has told all that it has, and that may be more than is stored.
        stored, live = await in_database(stored_events, turn_id)
        if not live or not (caught_up or silent):
            yield b"".join(map(_stored_frame, stored))
            caught_up, from_rows, after = True, True, STORED
        if not live:
            return
        yield KEEP_ALIVE
        if not silent:
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_POLL)


async def while_seen(frames: AsyncIterator[bytes], reader: User, turn_id: UUID) -> AsyncIterator[bytes]:
    """The frames, ended within 3 seconds when the reader may not see the turn any more."""
    # One task reads them from first to last: what they wait with may not move to another.
    waiting: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=1)
    reading = asyncio.create_task(_fill(waiting, frames))
    asked = time.monotonic()
    try:
        while True:
            frame: bytes | None = b""
            with contextlib.suppress(TimeoutError):
                frame = await asyncio.wait_for(waiting.get(), RECHECK)
            if time.monotonic() - asked >= RECHECK:
                if not await in_database(_sees, reader, turn_id):
                    return
                asked = time.monotonic()
            if frame is None:
                await reading
                return
            if frame:
                yield frame
    finally:
        reading.cancel()


async def _fill(waiting: asyncio.Queue[bytes | None], frames: AsyncIterator[bytes]) -> None:
    async with contextlib.aclosing(frames):  # type: ignore[type-var]
        async for frame in frames:
            await waiting.put(frame)
    await waiting.put(None)


def _sees(reader: User, turn_id: UUID) -> bool:
    return Turn.objects.visible_to(reader).filter(pk=turn_id).exists()


async def _goes_on(turn_id: UUID, last_id: str) -> bool:
    async with contextlib.aclosing(event_log().follow(turn_id, after=last_id)) as events:  # type: ignore[type-var]
        async for _ in events:
            return True
    return False


def is_live(turn_id: UUID) -> bool:
    return Turn.objects.live().filter(pk=turn_id).exists()


def stored_events(turn_id: UUID) -> tuple[list[TurnEvent], bool]:
    """What a reader needs who has only the rows, and whether more will come."""
    related = ("conversation__user", "user_message__author", "reply")
    turn = Turn.objects.select_related(*related).filter(pk=turn_id).first()
    if turn is None:
        return [TurnFailed({"code": "not_found", "message": "This conversation was deleted."})], False
    text = turn.reply.content if turn.reply else turn.error.get("text", turn.draft)
    events: list[TurnEvent] = [TurnStarted(turn.provider, turn.model)]
    if memories := shown_memories(turn):
        events.append(MemoryRecalled(memories))
    events.append(TextReset(text))
    if turn.status == Turn.Status.AWAITING_APPROVAL:
        waiting = turn.tool_calls.filter(status=ToolCall.Status.AWAITING_APPROVAL)
        calls = [{"id": row.call_id, "name": row.name, "arguments": row.arguments} for row in waiting]
        events.append(ApprovalRequired(calls))
    elif turn.status in (Turn.Status.FAILED, Turn.Status.INTERRUPTED):
        events.append(TurnFailed({"code": turn.error["code"], "message": turn.error["message"]}))
    elif not turn.is_live:
        ended = TurnStopped if turn.status == Turn.Status.STOPPED else TurnDone
        events.append(ended(str(turn.reply_id), turn_receipts(turn)))
    return events, turn.is_live


def _stored_frame(event: TurnEvent) -> bytes:
    return _frame(event.name, orjson.dumps(as_json(event)), STORED)


def _frame(name: str, data: bytes, identifier: str = "") -> bytes:
    head = f"id: {identifier}\n" if identifier else ""
    return f"{head}event: {name}\ndata: ".encode() + data + b"\n\n"
