"""Keeps `concurrency` requests under way on as many kept connections, as cheaply as Python can.

One thread, epoll and plain sockets: about 10 µs a request, so that the server and not the client is measured.
Of a response only the status and the length of the body are read.
"""

from __future__ import annotations

import gc
import select
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

WAIT_SECONDS = 30


@dataclass
class Load:
    """What one or more rounds measured. Latencies in seconds, of right answers only."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: int = 0
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def cpu_each(self) -> float:
        return self.cpu / max(len(self.latencies), 1)

    def percentile(self, share: float) -> float:
        """In milliseconds, by the nearest rank; 0 when nothing was answered."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else 0.0

    def add(self, other: Load) -> None:
        self.seconds += other.seconds
        self.latencies += other.latencies
        self.errors += other.errors
        self.cpu += other.cpu


class Connection:
    __slots__ = ("received", "sent_at", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.received = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)


class Driver:
    """Sends `requests` to `port`. A right answer has `status` and a body of `least` bytes or more."""

    def __init__(self, port: int, requests: Iterator[bytes], *, status: int, least: int) -> None:
        self.port = port
        self.requests = requests
        self.status = status
        self.least = least
        self.load = Load()
        self.poll = select.epoll()
        self.open: dict[int, Connection] = {}

    def run(self, *, concurrency: int, seconds: float) -> Load:
        """Starts requests for `seconds`, and waits for the answers of those that are under way by then."""
        gc.collect()
        gc.disable()
        started = time.perf_counter()
        for _ in range(concurrency):
            self._connect()
        while self.open:
            events = self.poll.poll(WAIT_SECONDS)
            for number, _ in events:
                self._read(number, until=started + seconds)
            if not events:  # the server is stuck
                self.load.errors += len(self.open)
                break
        self.load.seconds = time.perf_counter() - started
        gc.enable()
        for connection in self.open.values():
            connection.socket.close()
        self.poll.close()
        return self.load

    def _connect(self) -> None:
        connection = Connection(self.port)
        self.open[connection.socket.fileno()] = connection
        self.poll.register(connection.socket.fileno(), select.EPOLLIN)
        connection.send(next(self.requests))

    def _read(self, number: int, *, until: float) -> None:
        connection = self.open[number]
        chunk = _receive(connection.socket)
        connection.received = connection.received + chunk if connection.received else chunk
        answer = _complete(connection.received)
        if chunk and answer is None:
            return
        moment = time.perf_counter()
        if answer is not None and answer[0] == self.status and answer[1] >= self.least:
            self.load.latencies.append(moment - connection.sent_at)
        else:
            self.load.errors += 1
        if chunk and moment < until:
            connection.send(next(self.requests))
            return
        self.poll.unregister(number)
        self.open.pop(number).socket.close()
        if moment < until:
            self._connect()


def _receive(source: socket.socket) -> bytes:
    try:
        return source.recv(1 << 16)
    except OSError:
        return b""


def _complete(received: bytes) -> tuple[int, int] | None:
    """The status and the length of the body, once all of it is there."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = received[: end + 2].lower()
    at = head.find(b"\r\ncontent-length:")
    body = len(received) - end - 4
    if at < 0:
        return (int(head[9:12]), body) if received.endswith(b"0\r\n\r\n") else None
    length = int(head[at + 17 : head.index(b"\r\n", at + 17)])
    return (int(head[9:12]), length) if body >= length else None
