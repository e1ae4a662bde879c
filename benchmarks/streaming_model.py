"""A model server that says `--tokens` words, the first after `--first` seconds, then one every `--pace`.

As cheap as Python can, so that what it feeds is measured and not the feeding. It prints its address, and on
SIGTERM how late its words left, at the 95th percentile in milliseconds: a late model makes every reader late.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import time
from functools import partial
from typing import cast

import uvloop

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    event = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1790000000,
        "model": "scripted",
    }
    data = b"data: %s\n\n" % json.dumps({**event, "choices": [choice]}).encode()
    return b"%x\r\n%s\r\n" % (len(data), data)


def words(tokens: int) -> list[str]:
    return [f"word{number} " for number in range(tokens)]


class Caller(asyncio.Protocol):
    """One connection: a request is whole when its body is; whatever it asks, the answer is the same."""

    pieces: list[bytes]
    first: float
    pace: float
    late: list[float]

    def __init__(self) -> None:
        self.received = b""
        self.transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)

    def connection_lost(self, reason: Exception | None) -> None:
        self.transport = None

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(body) < length or self.transport is None:
            return
        self.received = body[length:]
        self.transport.write(HEAD)
        self._later(0, time.perf_counter() + self.first)

    def _later(self, place: int, due: float) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(max(0.0, due - time.perf_counter()), partial(self._say, place, due))

    def _say(self, place: int, due: float) -> None:
        if self.transport is None:
            return
        self.late.append(time.perf_counter() - due)
        self.transport.write(self.pieces[place])
        if place + 1 < len(self.pieces):
            self._later(place + 1, due + self.pace)


async def serve(options: argparse.Namespace) -> None:
    *said, last = [chunk({"content": word}) for word in words(options.tokens)]
    usage = {"prompt_tokens": 11, "completion_tokens": options.tokens}
    told = b"data: %s\n\n" % json.dumps({"choices": [], "usage": usage}).encode()
    rest = b"%x\r\n%s\r\n" % (len(told), told) + b"e\r\ndata: [DONE]\n\n\r\n" + END
    Caller.pieces = [*said, last + chunk({}, "stop") + rest]
    Caller.first, Caller.pace, Caller.late = options.first, options.pace, []
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    server = await loop.create_server(Caller, "127.0.0.1", options.port, backlog=2048)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await ended.wait()
    late = sorted(Caller.late) or [0.0]
    print(f"{late[int(len(late) * 0.95)] * 1000:.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=60)
    parser.add_argument("--first", type=float, default=0.2)
    parser.add_argument("--pace", type=float, default=0.02)
    uvloop.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
