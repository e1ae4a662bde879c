"""The transport to model servers: what may stand on the wire, and what becomes of a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx2
import pytest

from chat.llm.openai_compatible import transport
from chat.llm.openai_compatible.transport import MOST_BUFFERED, StreamTransport

pytestmark = pytest.mark.one_lane

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"


@dataclass
class Wire:
    """A server that answers with these bytes, piece by piece, and then closes or waits."""

    pieces: list[bytes]
    closes: bool = False
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                size = head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
                self.requests.append(head + await reader.readexactly(int(size or 0)))
                for piece in self.pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0.001)
                if self.closes:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def talk(wire: Wire, use: Callable[[httpx2.AsyncClient, str], Awaitable[None]]) -> None:
    async def run() -> None:
        server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1?a=b"
        async with server, httpx2.AsyncClient(transport=StreamTransport(), timeout=0.5) as client:
            await use(client, address)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("pieces", "closes"),
    [
        ([WHOLE], False),
        ([CHUNKED], False),
        ([CHUNKED[at : at + 1] for at in range(len(CHUNKED))], False),
        ([b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", WHOLE], False),
        ([b"HTTP/1.1 200 OK\r\n\r\nhel", b"lo"], True),
        ([b"HTTP/1.0 200 OK\r\n\r\nhello"], True),
    ],
)
def test_an_answer_is_read_whole(pieces: list[bytes], closes: bool) -> None:
    wire = Wire(pieces, closes)

    async def ask(client: httpx2.AsyncClient, address: str) -> None:
        for _ in range(2):
            answer = await client.post(address, content=b"ask", headers={"X-Key": "k"})
            assert (answer.status_code, answer.content) == (200, b"hello")

    talk(wire, ask)
    assert wire.requests[0].startswith(b"POST /v1?a=b HTTP/1.1\r\n") and wire.requests[0].endswith(
        b"\r\n\r\nask"
    )
    assert b"\r\nX-Key: k\r\n" in wire.requests[0]
    assert wire.connections == (2 if closes else 1)


@pytest.mark.parametrize(
    ("pieces", "closes", "error"),
    [
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"], True, httpx2.RemoteProtocolError),
        ([CHUNKED[:-5]], True, httpx2.RemoteProtocolError),
        ([], True, httpx2.RemoteProtocolError),
        ([b"nonsense\r\n\r\n"], False, httpx2.RemoteProtocolError),
        ([CHUNKED[:-5]], False, httpx2.ReadTimeout),
        ([], False, httpx2.ReadTimeout),
    ],
)
def test_half_an_answer_is_an_error(pieces: list[bytes], closes: bool, error: type[Exception]) -> None:
    async def ask(client: httpx2.AsyncClient, address: str) -> None:
        with pytest.raises(error):
            await client.post(address, content=b"ask")

    talk(Wire(pieces, closes), ask)


def test_who_reads_slowly_holds_the_server_up_and_is_not_late() -> None:
    size = 4 * MOST_BUFFERED
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
    read = 0

    async def ask(client: httpx2.AsyncClient, address: str) -> None:
        nonlocal read
        async with client.stream("POST", address, content=b"ask") as answer:
            await asyncio.sleep(0.7)
            async for piece in answer.aiter_bytes():
                assert len(piece) < 2 * MOST_BUFFERED
                read += len(piece)

    talk(Wire([head, *[bytes(size // 8)] * 8]), ask)
    assert read == size


def test_with_many_streams_a_reader_gathers_and_misses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "WAKES_A_SECOND", 20)
    pieces: list[bytes] = []
    read_at: list[float] = []

    async def ask(client: httpx2.AsyncClient, address: str) -> None:
        began = asyncio.get_running_loop().time()
        async with client.stream("POST", address, content=b"ask") as answer:
            async for piece in answer.aiter_raw():
                pieces.append(piece)
                read_at.append(asyncio.get_running_loop().time() - began)

    chunks = [b"1\r\n%d\r\n" % (number % 10) for number in range(60)]
    talk(Wire([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *chunks, b"0\r\n\r\n"]), ask)
    assert b"".join(pieces) == b"0123456789" * 6
    # The first at once, the last with the end, and between them one every 50 ms.
    assert 2 < len(pieces) < 20
    assert read_at[0] < 0.05


def test_a_reader_who_leaves_ends_the_connection() -> None:
    wire = Wire([CHUNKED[:-5]])

    async def ask(client: httpx2.AsyncClient, address: str) -> None:
        async with client.stream("POST", address, content=b"ask"):
            pass
        wire.pieces = [WHOLE]
        assert (await client.post(address)).content == b"hello"

    talk(wire, ask)
    assert wire.connections == 2


def test_nobody_there() -> None:
    async def ask() -> None:
        async with httpx2.AsyncClient(transport=StreamTransport()) as client:
            with pytest.raises(httpx2.ConnectError):
                await client.post("http://127.0.0.1:1/")

    asyncio.run(ask())
