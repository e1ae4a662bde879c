"""The memory tools, called as the assistant calls them."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from chat.tools.registry import Outcome, ToolContext, all_tools, call_tool
from memory.models import MemoryItem
from tasks.changes import Origin
from tasks.models import Door, Project


@pytest.fixture
def context(alice: User, web: Project) -> ToolContext:
    return ToolContext(alice, Origin(Door.CHAT), web, timezone.now().astimezone(alice.zone))


def call(context: ToolContext, name: str, **arguments: Any) -> Outcome:
    return call_tool(name, arguments, context)


def test_store_recall_update_and_delete(context: ToolContext) -> None:
    stored = call(context, "store_memory", key="db", value="The database is MySQL", type="decision")
    assert stored.result["changed"] == ["stored"]
    hits = call(context, "recall_memory", query="Which database?").result["hits"]
    assert [(hit["key"], hit["value"]) for hit in hits] == [("db", "The database is MySQL")]
    call(context, "update_memory", key="db", value="The database is PostgreSQL")
    hits = call(context, "recall_memory", query="Which database?").result["hits"]
    assert [hit["value"] for hit in hits] == ["The database is PostgreSQL"]
    assert call(context, "delete_memory", key="db").result == {"key": "db", "changed": ["deleted"]}
    assert call(context, "recall_memory", query="Which database?").result == {"hits": []}


def test_an_unsure_memory_waits(context: ToolContext) -> None:
    stored = call(context, "store_memory", value="Dana likes red", type="preference", confidence=0.4)
    assert stored.result["status"] == "suggested"
    assert call(context, "recall_memory", query="Dana red").result == {"hits": []}


def test_times_in_words(context: ToolContext) -> None:
    call(context, "store_memory", key="t", value="The token is 12", type="context", expires_at="in 3 days")
    assert MemoryItem.objects.get().expires_at is not None
    call(context, "update_memory", key="t", expires_at="none")
    assert MemoryItem.objects.get().expires_at is None


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("store_memory", {"value": "x", "type": "gossip"}, "type"),
        ("store_memory", {"value": "x", "type": "context", "user": "bob"}, "user"),
        ("recall_memory", {}, "query"),
        ("recall_memory", {"query": "x", "as_of": "gibberish"}, "as_of"),
        ("update_memory", {"key": "missing", "value": "x"}, "missing"),
        ("update_memory", {"key": "missing"}, "at least one field"),
        ("delete_memory", {"key": "missing"}, "missing"),
    ],
)
def test_mistakes_say_what_to_do(
    context: ToolContext, name: str, arguments: dict[str, Any], words: str
) -> None:
    outcome = call(context, name, **arguments)
    assert outcome.failed
    assert words in outcome.result["error"]["message"]


def test_the_same_call_twice_stores_once(context: ToolContext) -> None:
    arguments = {"value": "The build is green", "type": "context", "idempotency_key": "k"}
    assert call(context, "store_memory", **arguments) == call(context, "store_memory", **arguments)
    assert MemoryItem.objects.count() == 1


def test_forgetting_is_destructive_and_recall_only_reads() -> None:
    risks = {name: each.risk for name, each in all_tools().items() if name.endswith("_memory")}
    assert risks == {
        "store_memory": "write", "recall_memory": "read", "update_memory": "write",
        "delete_memory": "destructive",
    }  # fmt: skip
