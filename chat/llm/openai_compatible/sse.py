"""Cuts the bytes of a server-sent event stream into the data of its events."""

from __future__ import annotations

MAX_EVENT_BYTES = 8 * 1024 * 1024


class EventTooLong(Exception):
    """One event grew beyond `MAX_EVENT_BYTES`."""


class EventReader:
    """Reads an event stream in chunks cut anywhere, also inside a character or a line end.

    `feed` returns the data of the events that the chunk completed, several data lines joined by a
    line feed. `close` returns what a server left without its last empty line.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> list[bytes]:
        buffer = self._rest + chunk if self._rest else chunk
        if b"\r" in buffer:
            # A CR at the end may be the first half of a CRLF: it waits for the next chunk.
            held = b"\r" if buffer.endswith(b"\r") else b""
            buffer = buffer.removesuffix(b"\r").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        else:
            held = b""
        lines = buffer.split(b"\n")
        self._rest = lines.pop() + held
        if len(self._rest) > MAX_EVENT_BYTES:
            raise EventTooLong
        return self._events(lines)

    def close(self) -> list[bytes]:
        lines = [self._rest.removesuffix(b"\r"), b""]
        self._rest = b""
        return self._events(lines)

    def _events(self, lines: list[bytes]) -> list[bytes]:
        events = []
        for line in lines:
            if not line:
                if self._data:
                    events.append(b"\n".join(self._data))
                    self._data = []
            elif line.startswith(b"data:"):
                self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])
            elif line.startswith(b"error:"):
                # llama.cpp until the end of 2025 named the field so, and put the bare error in it.
                self._data.append(b'{"error":%s}' % line[6:])
        return events
