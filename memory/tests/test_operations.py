"""Storing, superseding, approving, evicting: what becomes of an item, and who may."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings

from accounts.errors import Conflict, DomainError, Invalid, NotFound
from accounts.models import User
from memory import operations
from memory.errors import NotSuggested
from memory.models import MemoryItem, RecallEntry
from memory.operations import store_memories, store_memory
from memory.tests.talk import API, ask, remember, remember_all, values
from tasks.changes import Origin
from tasks.models import Door, Project

CHAT = Origin(Door.CHAT)


def test_an_item_without_a_key_gets_a_readable_one_of_its_own(web: Project) -> None:
    first, second = remember(web, "The build is green"), remember(web, "The build is green")
    assert first.key.startswith("build-green-")
    assert first.key != second.key


def test_history_is_kept_under_a_key(web: Project) -> None:
    old = remember(web, "MySQL", key="db")
    new = remember(web, "PostgreSQL", key="db")
    old.refresh_from_db()
    assert (old.status, old.superseded_by) == ("superseded", new)
    assert old.ended_at is not None
    assert "MySQL" not in values(ask(web, "mysql"))


def test_the_same_said_again_is_one_item(web: Project) -> None:
    first = remember(web, "PostgreSQL", key="db", confidence=0.5)
    again = remember(web, "PostgreSQL", key="db", confidence=0.9)
    assert again.pk == first.pk
    assert MemoryItem.objects.get().confidence == 0.9


def test_a_batch_is_stored_in_order_and_a_key_twice_supersedes(web: Project) -> None:
    items = remember_all(
        web, [{"key": "db", "value": each, "type": "decision"} for each in ("MySQL", "SQLite", "PostgreSQL")]
    )
    assert [row.status for row in items] == ["superseded", "superseded", "active"]
    assert values(ask(web, "SQLite PostgreSQL MySQL")) == ["PostgreSQL"]


def test_a_batch_is_all_or_none_and_names_the_place(web: Project) -> None:
    bad: list[Any] = [{"value": "fine", "type": "context"}, {"value": "", "type": "context"}]
    with pytest.raises(Invalid) as refusal:
        store_memories(actor=web.owner, origin=API, project=web, items=bad)
    assert list(refusal.value.fields) == ["items.1.value"]
    assert not MemoryItem.objects.exists()
    for size in (0, 101):
        with pytest.raises(Invalid, match="items"):
            remember_all(web, [{"value": "x", "type": "context"}] * size)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"value": "   "}, "value"),
        ({"value": "x" * 8001}, "value"),
        ({"value": "a\x00b"}, "value"),
        ({"value": "half \ud800"}, "value"),
        ({"type": "gossip"}, "type"),
        ({"key": "k" * 121}, "key"),
        ({"confidence": 1.1}, "confidence"),
        ({"confidence": float("nan")}, "confidence"),
        ({"confidence": True}, "confidence"),
        ({"relevance": -0.1}, "relevance"),
        ({"relevance": "high"}, "relevance"),
        ({"local_only": "yes"}, "local_only"),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "expires_at"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_fields_are_named(web: Project, fields: dict[str, Any], name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        store_memory(
            **{"actor": web.owner, "origin": API, "project": web, "value": "v", "type": "context", **fields}
        )
    assert list(refusal.value.fields) == [name]


@pytest.mark.parametrize("missing", ["value", "type"])
def test_required_fields_are_named(web: Project, missing: str) -> None:
    fields: dict[str, Any] = {"value": "v", "type": "context"}
    del fields[missing]
    with pytest.raises(Invalid) as refusal:
        store_memory(actor=web.owner, origin=API, project=web, **fields)
    assert list(refusal.value.fields) == [missing]


def test_a_stranger_finds_nothing_to_change(web: Project, charlie: User) -> None:
    item = remember(web, "PostgreSQL", key="db")
    attempts: list[Any] = [
        lambda: remember(web, "x", actor=charlie),
        lambda: operations.update_memory(actor=charlie, origin=API, item=item, changes={"value": "x"}),
        lambda: operations.delete_memory(actor=charlie, origin=API, item=item),
        lambda: operations.clear_memory(actor=charlie, origin=API, project=web),
        lambda: operations.supersede(actor=charlie, origin=API, item=item, by=item),
        lambda: operations.approve_suggestion(actor=charlie, origin=API, item=item),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            attempt()
    assert MemoryItem.objects.get().value == "PostgreSQL"


def test_what_the_assistant_doubts_waits_for_a_yes(web: Project, settings: LazySettings) -> None:
    remember(web, "The database is MySQL", key="db")
    doubted = remember(web, "The database is PostgreSQL", key="db", confidence=0.6, origin=CHAT)
    sure = remember(web, "Deploys are on Tuesday", key="deploys", confidence=0.9, origin=CHAT)
    assert (doubted.status, sure.status) == ("suggested", "active")
    assert values(ask(web, "database")) == ["The database is MySQL"]
    operations.approve_suggestion(actor=web.owner, origin=API, item=doubted)
    assert values(ask(web, "database")) == ["The database is PostgreSQL"]
    with pytest.raises(NotSuggested):
        operations.approve_suggestion(actor=web.owner, origin=API, item=doubted)


def test_what_expired_is_restored_without_its_end(web: Project) -> None:
    with time_machine.travel("2026-11-20T10:00:00Z", tick=False):
        item = remember(web, "The canary token", key="t", expires_at=datetime(2026, 11, 21, tzinfo=UTC))
    with time_machine.travel("2026-11-22T10:00:00Z", tick=False):
        remember(web, "Something else")
        operations.restore_memory(actor=web.owner, origin=API, item=item)
        assert [hit.key for hit in ask(web, "canary")] == ["t"]
    item.refresh_from_db()
    assert (item.status, item.reason, item.expires_at) == ("active", "", None)


def test_a_rejected_suggestion_stays_out_with_its_reason(web: Project) -> None:
    doubted = remember(web, "Dana likes red", confidence=0.1, origin=CHAT)
    operations.reject_suggestion(actor=web.owner, origin=API, item=doubted)
    doubted.refresh_from_db()
    assert (doubted.status, doubted.reason) == ("suppressed", "Rejected.")
    assert ask(web, "Dana red") == []


def test_a_contradiction_under_another_key_supersedes(web: Project) -> None:
    old, new = remember(web, "We meet on Monday", key="a"), remember(web, "We meet on Friday", key="b")
    ended = operations.supersede(actor=web.owner, origin=API, item=old, by=new)
    assert "“b”" in ended.reason
    assert values(ask(web, "When do we meet?")) == ["We meet on Friday"]
    with pytest.raises(Conflict):
        operations.supersede(actor=web.owner, origin=API, item=old, by=new)


def test_beyond_the_limit_the_least_valuable_goes_with_a_reason(web: Project, settings: LazySettings) -> None:
    settings.MAX_MEMORY_ITEMS = 3
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False):
        remember(web, "An old canary", key="old", relevance=0.6)
        remember(web, "A dear canary", key="dear", relevance=1.0)
    with time_machine.travel("2026-11-01T00:00:00Z", tick=False):
        remember(web, "A dull canary", key="dull", relevance=0.3)
        remember(web, "A new canary", key="new", relevance=0.01)
        gone = MemoryItem.objects.get(status="suppressed")
        assert gone.key == "old"
        assert "limit of 3" in gone.reason
        assert {hit.key for hit in ask(web, "canary")} == {"dear", "dull", "new"}


def test_recalling_keeps_an_item_fresh(web: Project, settings: LazySettings) -> None:
    settings.MAX_MEMORY_ITEMS = 2
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False):
        remember_all(web, [{"key": k, "value": f"{k} canary", "type": "context"} for k in ("used", "idle")])
    with time_machine.travel("2026-11-01T00:00:00Z", tick=False):
        assert [hit.key for hit in ask(web, "used")] == ["used"]
        remember(web, "third")
    assert MemoryItem.objects.get(status="suppressed").key == "idle"


def test_deleting_ends_the_history_too_and_goes_for_good_later(web: Project) -> None:
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False):
        remember(web, "MySQL", key="db")
        item = remember(web, "PostgreSQL", key="db")
        operations.delete_memory(actor=web.owner, origin=API, item=item)
        assert set(MemoryItem.objects.values_list("status", "reason")) == {("suppressed", "Deleted.")}
        assert not RecallEntry.objects.exists()
    with time_machine.travel("2026-02-15T00:00:00Z", tick=False):
        remember(web, "Something", key="else")
    assert [row.key for row in MemoryItem.objects.all()] == ["else"]


def test_only_what_is_in_use_can_be_changed(web: Project) -> None:
    old = remember(web, "MySQL", key="db")
    remember(web, "PostgreSQL", key="db")
    with pytest.raises(DomainError):
        operations.update_memory(actor=web.owner, origin=API, item=old, changes={"value": "x"})
    with pytest.raises(Invalid, match="key"):
        current = MemoryItem.objects.get(status="active")
        operations.update_memory(actor=web.owner, origin=API, item=current, changes={"key": "x"})
