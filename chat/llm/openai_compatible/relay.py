"""From the bytes of a reply to its text, while they arrive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from chat.llm.openai_compatible.faults import Fault
from chat.llm.openai_compatible.reply_reader import ReplyReader
from chat.llm.openai_compatible.sse import EventReader, EventTooLong

# After the reply's end is known, what may still come is its usage and the end of the stream.
_GRACE_BEFORE_DONE = 5.0
_GRACE_AFTER_DONE = 0.5


async def texts_of(body: AsyncIterator[bytes], reader: ReplyReader) -> AsyncGenerator[str, None]:
    """The text to show of a reply, as its body arrives; `reader` holds the rest. Raises Fault.

    The body may be an event stream, or one JSON document from a server that does not stream.
    """
    events = EventReader()
    document = b""
    begun = False
    try:
        while (piece := await _piece(body, reader)) is not None:
            if document or (not begun and piece.lstrip()[:1] in (b"{", b"[", b"<")):
                document += piece
                continue
            begun = begun or not piece.isspace()
            texts, fault = [], None
            try:
                for data in events.feed(piece):
                    texts.append(reader.feed(data))
            except Fault as error:
                # What came before it in the same piece was said.
                fault = error
            if texts:
                yield "".join(texts)
            if fault is not None:
                raise fault
    except EventTooLong:
        raise Fault("broken", "one event was too long") from None
    if document:
        yield reader.feed_whole(document)
    elif not reader.settled:
        yield "".join(map(reader.feed, events.close()))


async def _piece(body: AsyncIterator[bytes], reader: ReplyReader) -> bytes | None:
    if not reader.settled:
        return await anext(body, None)
    try:
        async with asyncio.timeout(_GRACE_AFTER_DONE if reader.done else _GRACE_BEFORE_DONE):
            return await anext(body, None)
    except (TimeoutError, Fault):
        # The reply is complete: how the connection ends no longer matters.
        return None
