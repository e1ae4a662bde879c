"""A body over MAX_REQUEST_BYTES is answered with 413 before it is spooled, its size declared or not."""

import asyncio
import json
from typing import Any

import pytest
from django.conf import settings

from config.asgi import application
from config.tests.conformance import undescribed
from config.tests.possessions import Possessions
from config.tests.test_openapi import operations

pytestmark = pytest.mark.one_lane

ID = "01a201a9-6f4a-7c1e-8a51-0d7a9b3c5e21"


def post(
    chunks: list[bytes], headers: list[tuple[bytes, bytes]], path: str = "/health", method: str = "POST"
) -> tuple[int, dict[bytes, bytes], bytes, int]:
    """Status, headers and body of the answer, and how many chunks were taken."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(b"host", b"localhost"), *headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    taken = 0
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        nonlocal taken
        if taken == len(chunks):
            await asyncio.Event().wait()
        taken += 1
        return {"type": "http.request", "body": chunks[taken - 1], "more_body": taken < len(chunks)}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(application(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body, taken


def test_a_declared_size_is_refused_unread() -> None:
    size = str(settings.MAX_REQUEST_BYTES + 1).encode()
    status, headers, body, taken = post([b"x"], [(b"content-length", size)])
    assert (status, taken) == (413, 0)
    assert headers[b"content-type"] == b"application/problem+json"
    assert json.loads(body)["code"] == "too_large"


def test_an_undeclared_size_is_refused_at_the_limit() -> None:
    chunk = b"x" * (settings.MAX_REQUEST_BYTES // 4)
    status, _, body, taken = post([chunk] * 100, [(b"transfer-encoding", b"chunked")])
    assert (status, json.loads(body)["status"]) == (413, 413)
    assert taken == 5


def test_a_body_at_the_limit_reaches_django() -> None:
    status, _, body, taken = post([b"x" * settings.MAX_REQUEST_BYTES], [])
    assert (status, taken) == (403, 1)
    assert b"This form is out of date" in body


def test_no_address_takes_more() -> None:
    chunk = b"x" * (settings.MAX_REQUEST_BYTES // 4)
    things = Possessions(
        task=ID, project=ID, conversation=ID, turn=ID, key="far", comment=ID, team=ID, invitation=ID
    )
    for method, path, _ in operations():
        if method in ("post", "put", "patch"):
            chunked = [(b"transfer-encoding", b"chunked"), (b"content-type", b"application/json")]
            status, headers, body, taken = post([chunk] * 9, chunked, things.in_path(path), method.upper())
            assert (status, taken) == (413, 5), (method, path)
            assert undescribed(method, path, status, headers[b"content-type"].decode(), body.decode()) == []
