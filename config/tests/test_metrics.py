"""/metrics: the figures grow with what happens, and only those may read them who should."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.tokens import create_token
from chat.models import Conversation, Message, Turn
from chat.tests.person import Person
from tasks.operations import ensure_inbox

pytestmark = pytest.mark.django_db(transaction=True)
LOCAL: dict[str, Any] = {"SERVER_NAME": "localhost", "HTTP_HOST": "localhost:8000"}


def figures() -> dict[str, float]:
    response = Client(**LOCAL).get("/metrics")
    assert response.status_code == 200
    lines = response.content.decode().splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line[:1] != "#"}


def growth(act: Callable[[], object]) -> dict[str, float]:
    """What an act added to each figure of our own."""
    before = figures()
    act()
    after = figures()
    ours = {
        name: value - before.get(name, 0) for name, value in after.items() if name.startswith("tasklore_")
    }
    return {name: more for name, more in ours.items() if more}


def test_it_is_what_prometheus_reads() -> None:
    response = Client(**LOCAL).get("/metrics/")
    assert response["Content-Type"].startswith("text/plain; version=")
    text = response.content.decode()
    for name in ("requests", "turns", "tool_calls", "tokens"):
        assert f"# TYPE tasklore_{name}_total counter" in text
    assert "# TYPE tasklore_request_seconds histogram" in text
    assert "# TYPE tasklore_recall_seconds histogram" in text
    assert "process_resident_memory_bytes" in text
    assert Client(**LOCAL).post("/metrics").status_code == 405


def test_requests_are_counted_by_route_and_status(as_alice: Client) -> None:
    def act() -> None:
        for name in ("a", "b", "c"):
            as_alice.get(f"/api/{name}")
        as_alice.get("/settings/")
        as_alice.generic("MADE-UP", "/settings/")

    more = growth(act)
    unknown = [name for name in more if "api_not_found" in name and "_total" in name]
    assert len(unknown) == 1
    assert 'method="GET"' in unknown[0] and 'status="404"' in unknown[0] and more[unknown[0]] == 3
    counts = [
        value for name, value in more.items() if re.match(r"tasklore_request_seconds_count\{.*settings", name)
    ]
    assert counts == [1, 1]
    assert not any("MADE-UP" in name for name in more)
    buckets = [
        name for name in more if name.startswith("tasklore_request_seconds_bucket") and "settings" in name
    ]
    assert any('le="+Inf"' in name for name in buckets)


def test_a_turn_and_its_tools_are_counted(alice: User) -> None:
    person = Person(alice)
    path = f"conversations/{person.conversation}/messages/"

    def act() -> None:
        person.request("post", path, {"message": "add Water the plants"}, expect=201)

    more = growth(act)
    assert more['tasklore_turns_total{provider="built-in",status="done"}'] == 1
    assert more['tasklore_tool_calls_total{name="add_task",outcome="done"}'] == 1


def test_recall_is_timed(as_alice: Client, alice: User) -> None:
    ensure_inbox(alice)
    more = growth(lambda: as_alice.get("/api/memory/recall", {"query": "the plants"}))
    assert more["tasklore_recall_seconds_count"] == 1


def test_open_turns_are_those_of_the_database(alice: User) -> None:
    before = figures()
    assert before['tasklore_open_turns{status="queued"}'] == 0
    conversation = Conversation.objects.create(user=alice, project=ensure_inbox(alice))
    asked = Message.objects.create(conversation=conversation, role="user", content="Hello")
    Turn.objects.create(conversation=conversation, user_message=asked, status="awaiting_approval")
    after = figures()
    assert after['tasklore_open_turns{status="awaiting_approval"}'] == 1
    assert after['tasklore_open_turns{status="running"}'] == 0


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"REMOTE_ADDR": "203.0.113.9"},
        {"HTTP_X_FORWARDED_FOR": "203.0.113.9"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"HTTP_HOST": "tasks.example.com"},
        {"HTTP_HOST": "tasks.example.com:8000"},
        {"HTTP_HOST": "localhost.example.com:80"},
    ],
)
def test_a_stranger_needs_a_token(alice: User, elsewhere: dict[str, Any]) -> None:
    client = Client(**{**LOCAL, **elsewhere})
    response = client.get("/metrics")
    assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")
    assert b"tasklore_" not in response.content
    client.force_login(alice)
    assert client.get("/metrics").status_code == 401, "a session is not enough"


def test_a_token_must_be_good_and_may_read(alice: User) -> None:
    def status(secret: str) -> int:
        client = Client(**LOCAL, REMOTE_ADDR="203.0.113.9")
        return client.get("/metrics", headers={"Authorization": f"Bearer {secret}"}).status_code

    _, reads = create_token(actor=alice, name="monitoring", scopes=["read"])
    _, writes = create_token(actor=alice, name="robot", scopes=["write"])
    assert (status(reads), status(writes), status("tl-made-up")) == (200, 403, 401)
