"""The API's entry into Django: the same answers as the long way, through a real server."""

from __future__ import annotations

import asyncio
import http.client
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import StreamingHttpResponse

from accounts.tokens import create_token
from chat.models import Conversation, Turn
from chat.operations import start_conversation
from chat.tests.conftest import turns_end
from chat.tests.person import Person
from chat.tests.serving import Server, serving
from config.api_entry import Streams
from tasks.changes import Origin
from tasks.models import Door
from tasks.operations import add_task, ensure_inbox

__all__ = ["turns_end"]


@pytest.fixture
def person(turns_end: None, alice: Any) -> Person:
    return Person(alice)


def call(
    server: Server, verb: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Without the caller's session; header names with _ for -."""
    caller = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    caller.request(verb, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = caller.getresponse()
    return answer.status, answer.headers, answer.read()


def test_the_entry(person: Person) -> None:
    bearer = f"Bearer {create_token(actor=person.user, name='entry')[1]}"
    conversation = start_conversation(actor=person.user)
    for number in range(60):
        add_task(
            actor=person.user, origin=Origin(Door.API), project=ensure_inbox(person.user), title=f"T{number}"
        )
    here = f"/api/conversations/{conversation.pk}/"
    origins = {"CORS_ALLOWED_ORIGINS": "https://app.example"}
    with serving(person, origins) as server:
        status, headers, body = call(server, "GET", "/api/conversations", Authorization=bearer)
        assert (status, headers["X-Total-Count"]) == (200, "1")
        assert headers["Content-Length"] == str(len(body))
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert len(headers["X-Request-ID"]) == 32
        same = call(server, "GET", "/api/conversations/", Authorization=bearer, X_Request_ID="mine")
        assert (same[0], same[1]["X-Request-ID"]) == (200, "mine")
        head = call(server, "HEAD", "/api/conversations/", Authorization=bearer)
        assert (head[0], head[2], head[1]["Content-Length"]) == (200, b"", headers["Content-Length"])

        # A view that waits has a method that does not.
        assert call(server, "GET", f"{here}messages/", Authorization=bearer)[0] == 200
        said = call(
            server, "POST", f"{here}messages", b'{"message": "hello"}',
            Authorization=bearer, Content_Type="application/json",
        )  # fmt: skip
        assert said[0] == 201
        program = {
            "Authorization": bearer, "Content_Type": "application/json", "Accept": "text/event-stream",
        }  # fmt: skip
        status, headers, body = call(server, "POST", f"{here}messages/", b'{"message": "hello"}', **program)
        assert (status, headers["Content-Type"], headers["X-Accel-Buffering"]) == (
            200, "text/event-stream", "no",
        )  # fmt: skip
        assert (len(headers["X-Request-ID"]), body.count(b"event: turn.done")) == (32, 1)
        turn = Turn.objects.latest("created_at")
        path = f"/api/turns/{turn.pk}/events/"
        status, _, again = call(server, "GET", path, Authorization=bearer)
        assert (status, again.count(b"event: turn.done")) == (200, 1)
        assert call(server, "GET", path, Authorization="Bearer tl-no")[0] == 401
        refused = call(server, "POST", f"{here}messages/", b"{}", **program)
        assert (refused[0], refused[1]["Content-Type"]) == (400, "application/problem+json")

        for verb, path, wrong in (
            ("GET", "/api/nowhere/", 404),
            ("GET", f"{here}%00", 400),
            ("GET", "/api/conversations/?limit=%ff", 400),
            ("PUT", here, 405),
            ("POST", "/api/conversations/", 415),
        ):
            status, headers, body = call(
                server, verb, path, b"{}" if verb != "GET" else None, Authorization=bearer
            )
            assert (path, status) == (path, wrong)
            assert headers["Content-Type"] == "application/problem+json"
        assert call(server, "PUT", here, Authorization=bearer)[1]["Allow"]
        status, headers, _ = call(server, "GET", here, Authorization="Bearer tl-no")
        assert (status, headers["WWW-Authenticate"].partition(" ")[0]) == (401, "Bearer")

        # A session needs its CSRF token, and gets the same answer as by token.
        assert server.ask("PATCH", here, {"title": "Renamed"})[0] == 200
        assert server.ask("PATCH", here, {"title": "No"}, **{"X-CSRFToken": "x" * 32})[0] == 403
        assert Conversation.objects.get().title == "Renamed"

        asked = {"Origin": "https://app.example", "Access_Control_Request_Method": "GET"}
        status, headers, _ = call(server, "OPTIONS", here, None, **asked)
        assert (status, headers["Access-Control-Allow-Origin"]) == (200, "https://app.example")
        assert headers["Access-Control-Allow-Credentials"] == "true"
        assert {"idempotency-key", "if-match"} <= set(headers["Access-Control-Allow-Headers"].split(", "))
        status, headers, _ = call(
            server, "GET", "/api/conversations/", None, Origin="https://app.example", Authorization=bearer
        )
        assert {"X-Total-Count", "ETag"} <= set(headers["Access-Control-Expose-Headers"].split(", "))
        assert call(server, "GET", here, Authorization=bearer, Host="evil.example")[0] == 400

        # Whole pieces, and a reader who leaves early.
        status, headers, body = call(server, "GET", "/api/tasks/export/?format=csv", Authorization=bearer)
        assert (status, body.count(b"\n")) == (200, 61)
        with socket.create_connection(("127.0.0.1", server.port)) as leaving:
            lines = ["GET /api/tasks/export/ HTTP/1.1", "Host: localhost", f"Authorization: {bearer}", "", ""]
            leaving.sendall("\r\n".join(lines).encode())
            leaving.recv(10)
        assert call(server, "GET", "/health")[2] == b'{"status":"ok"}'
        assert call(server, "GET", here, Authorization=bearer)[0] == 200


def test_more_callers_than_threads(person: Person) -> None:
    """Each gets their own answer, and a kept connection sees what others have written since."""
    bearer = f"Bearer {create_token(actor=person.user, name='entry')[1]}"
    with serving(person, {}) as server:
        callers = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=20) for _ in range(24)]
        for count in (0, 1, 2):
            for caller in callers:
                caller.request("GET", "/api/conversations/", headers={"Authorization": bearer})
            totals = set()
            for caller in callers:
                answer = caller.getresponse()
                answer.read()
                totals.add((answer.status, answer.headers["X-Total-Count"]))
            assert totals == {(200, str(count))}
            start_conversation(actor=person.user)


@pytest.mark.django_db
def test_a_reader_who_stalls_gives_the_thread_back() -> None:
    """A few of them would otherwise end all streams of everybody."""
    streams, sent, closed = Streams(1, patience=0.05), [], []

    def pieces() -> Iterator[bytes]:
        try:
            yield from (b"one", b"two")
        finally:
            closed.append(True)

    async def never(*message: Any) -> Any:
        await asyncio.Event().wait()

    async def takes(message: Any) -> None:
        sent.append(message["body"])

    async def both() -> None:
        for send in (never, takes):
            await asyncio.wait_for(streams.send(StreamingHttpResponse(pieces()), never, send), 10)

    asyncio.run(both())
    assert (sent, closed) == ([b"one", b"two", b""], [True, True])
