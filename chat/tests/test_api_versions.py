"""Conversations and memory items have versions: what somebody else wrote is not written over unseen."""

from __future__ import annotations

from typing import Any

import pytest

from chat.models import Conversation
from chat.tests.person import Person
from memory.models import MemoryItem


@pytest.fixture
def rows(person: Person) -> dict[str, tuple[str, dict[str, str]]]:
    """An address and a change of each."""
    item = {"key": "port", "value": "Staging runs on port 8443", "type": "context"}
    person.request("post", "memory/store", item, expect=201)
    return {
        "conversation": (f"conversations/{person.conversation}/", {"title": "Mine"}),
        "item": ("memory/port", {"value": "Staging runs on port 9443"}),
    }


@pytest.mark.parametrize("name", ["conversation", "item"])
def test_a_lost_update_is_refused(person: Person, rows: dict[str, Any], name: str) -> None:
    path, change = rows[name]
    seen = person.answer("get", path)["ETag"]
    unchanged: Any = {"If-None-Match": seen}
    assert person.answer("get", path, **unchanged).status_code == 304

    mine: Any = {"If-Match": seen}
    written = person.answer("patch", path, change, **mine)
    assert (written.status_code, written["ETag"] != seen) == (200, True)
    assert person.request("patch", path, change, expect=412, **mine)["code"] == "stale"
    assert person.request("delete", path, expect=412, **mine)["code"] == "stale"
    wrong: Any = {"If-Match": "not an entity tag"}
    assert "If-Match" in person.request("patch", path, change, expect=400, **wrong)["errors"]

    latest: Any = {"If-Match": person.answer("get", path)["ETag"]}
    assert person.answer("delete", path, **latest).status_code == 204
    assert not Conversation.objects.filter(title="Mine").exists() or name == "item"
    assert not MemoryItem.objects.active().exists() or name == "conversation"
