"""Reads many streamed turns at once with one thread, epoll and plain sockets, about 10 µs for each read."""

from __future__ import annotations

import gc
import json
import re
import select
import socket
import time
from dataclasses import dataclass, field

WAIT_SECONDS = 30
FIRST, LAST = b"event: text.delta", re.compile(rb"event: turn\.(done|failed|stopped)\ndata: .*\n\n")


@dataclass(slots=True)
class Stream:
    """One turn: what was sent when, and what came back. Moments are of time.perf_counter."""

    socket: socket.socket
    starts: float
    sent: float = 0.0
    first: float = 0.0
    ended: float = 0.0
    pieces: list[bytes] = field(default_factory=list)

    def text(self) -> str:
        """What a reader has at the end. Raises ValueError for a turn that is not done."""
        body = b"".join(self.pieces)
        if not body.startswith(b"HTTP/1.1 200") or b"event: turn.done" not in body:
            raise ValueError(body[:300])
        said = ""
        # A chunk of the answer may end anywhere in an event.
        for event in re.split(rb"\n\n", _unchunked(body.partition(b"\r\n\r\n")[2])):
            name = re.search(rb"^event: (\S+)$", event, re.M)
            found = re.search(rb"^data: (.*)$", event, re.M)
            if name and found and name[1] in (b"text.delta", b"text.reset"):
                text = json.loads(found[1])["text"]
                said = text if name[1] == b"text.reset" else said + text
        return said


def read_streams(port: int, request: bytes, count: int, *, within: float) -> list[Stream]:
    """Opens `count` connections, sends the requests evenly over `within` seconds, and reads to the end."""
    streams = {}
    poll = select.epoll()
    for _ in range(count):
        opened = socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        streams[opened.fileno()] = Stream(opened, 0.0)
        poll.register(opened.fileno(), select.EPOLLIN)
    gc.collect()
    gc.disable()
    begun = time.perf_counter()
    waiting = list(streams.values())[::-1]
    for place, stream in enumerate(reversed(waiting)):
        stream.starts = begun + within * place / count
    open_now = len(streams)
    while open_now:
        now = time.perf_counter()
        while waiting and waiting[-1].starts <= now:
            stream = waiting.pop()
            stream.sent = time.perf_counter()
            stream.socket.sendall(request)
        patience = max(0.0, waiting[-1].starts - now) if waiting else WAIT_SECONDS
        events = poll.poll(patience)
        if not events and not waiting:
            break
        for number, _ in events:
            if _take(streams[number]):
                poll.unregister(number)
                streams[number].socket.close()
                open_now -= 1
    gc.enable()
    poll.close()
    return list(streams.values())


def _take(stream: Stream) -> bool:
    piece = stream.socket.recv(1 << 16)
    stream.pieces.append(piece)
    if not stream.first and FIRST in piece:
        stream.first = time.perf_counter()
    if LAST.search(piece) or not piece:
        stream.ended = time.perf_counter()
        return True
    return False


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size or b"0", 16)
        whole += rest[:length]
        body = rest[length + 2 :]
    return whole
