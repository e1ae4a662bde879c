"""What is recorded of memory: receipts, undo of a turn, undo of that, and what somebody changed since."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.utils import timezone

from accounts.errors import NotFound
from accounts.models import User
from chat.models import Message, Turn
from memory import operations
from memory.indexing import index_message
from memory.models import MemoryItem, RecallEntry
from memory.operations import store_memories, store_memory
from memory.tests.talk import API, ask, remember, values
from tasks.changes import snapshot
from tasks.models import Change, Project
from tasks.receipts import receipts
from tasks.tests.making import in_turn, make_turn
from tasks.undo import Undone, undo_turn


@pytest.fixture
def turn(alice: User, web: Project) -> Turn:
    return make_turn(alice, web)


def told(turn: Turn | None = None) -> list[str]:
    changes = Change.objects.filter(object_type="memory", turn=turn)
    return [each["text"] for each in receipts(changes, changes[0].actor.zone)] if changes else []  # type: ignore[union-attr]


def keep(turn: Turn, value: str, **fields: Any) -> MemoryItem:
    return remember(turn.conversation.project, value, origin=in_turn(turn), **fields)


def correct(turn: Turn | None, item: MemoryItem, **changes: Any) -> MemoryItem:
    return operations.update_memory(
        actor=item.project.owner,
        origin=in_turn(turn) if turn else API,
        item=item,
        changes=changes,  # type: ignore[arg-type]
    )


def forget(turn: Turn | None, item: MemoryItem) -> None:
    origin = in_turn(turn) if turn else API
    operations.delete_memory(actor=item.project.owner, origin=origin, item=item)


def undo(turn: Turn, *, within: Turn | None = None) -> Undone:
    actor = turn.conversation.user
    return undo_turn(actor=actor, origin=in_turn(within) if within else API, turn_id=turn.pk)


def state(project: Project) -> dict[str, Any]:
    """Every item as it is, and what recall may find of it and of the messages."""
    rows = {str(row.pk): snapshot(row) for row in MemoryItem.objects.filter(project=project)}
    entries = RecallEntry.objects.filter(project=project)
    shown = sorted(
        map(str, entries.values_list("item", "message", "valid_from", "valid_until", "local_only"))
    )
    return {"rows": rows, "entries": shown}


def standing(project: Project) -> list[tuple[str, str]]:
    rows = MemoryItem.objects.filter(project=project, status="active")
    return sorted(rows.values_list("key", "value"))


class TestReceipts:
    def test_of_what_is_kept_changed_and_forgotten(self, web: Project, turn: Turn) -> None:
        port = keep(turn, "Staging runs on port 8443", key="port")
        port = correct(turn, port, value="Staging runs on port 9443")
        correct(turn, port, type="decision", local_only=True, confidence=0.5)
        forget(turn, port)
        assert told(turn) == [
            "Remembered “port”: Staging runs on port 8443",
            "Replaced “port”: Staging runs on port 8443",
            "Changed “port”: Staging runs on port 9443",
            "Changed “port”: now decision, confidence 0.5, local only",
            "Forgot “port”: Staging runs on port 9443",
            "Forgot an earlier “port”: Staging runs on port 8443",
        ]

    def test_of_another_value_under_the_same_key(self, web: Project, turn: Turn) -> None:
        remember(web, "MySQL", key="db")
        keep(turn, "PostgreSQL", key="db")
        assert told(turn) == ["Replaced “db”: MySQL", "Remembered “db”: PostgreSQL"]

    def test_of_the_same_again_there_is_none(self, web: Project, turn: Turn) -> None:
        remember(web, "PostgreSQL", key="db")
        keep(turn, "PostgreSQL", key="db")
        assert told(turn) == []

    def test_of_suggestions(self, web: Project, turn: Turn) -> None:
        remember(web, "Blue", key="colour")
        first = keep(turn, "Red", key="colour", confidence=0.2)
        second = keep(turn, "Tea", key="drink", confidence=0.2)
        by: Any = {"actor": web.owner, "origin": in_turn(turn)}
        operations.approve_suggestion(**by, item=first)
        operations.reject_suggestion(**by, item=second)
        assert told(turn) == [
            "Suggested “colour”: Red",
            "Suggested “drink”: Tea",
            "Replaced “colour”: Blue",
            "Approved “colour”: Red",
            "Rejected “drink”: Tea",
        ]

    def test_of_a_contradiction_and_of_clearing(self, web: Project, turn: Turn) -> None:
        old, new = remember(web, "Monday", key="a"), remember(web, "Friday", key="b")
        operations.supersede(actor=web.owner, origin=in_turn(turn), item=old, by=new)
        operations.clear_memory(actor=web.owner, origin=in_turn(turn), project=web)
        assert told(turn) == ["Replaced “a”: Monday", "Forgot “b”: Friday", "Forgot an earlier “a”: Monday"]

    def test_of_what_had_to_make_room(self, web: Project, turn: Turn, settings: LazySettings) -> None:
        settings.MAX_MEMORY_ITEMS = 1
        remember(web, "Old news", key="old", relevance=0.1)
        keep(turn, "News", key="new")
        assert told(turn) == [
            "Remembered “new”: News",
            "Set aside “old”: Old news (over the limit of 1 items)",
        ]

    def test_expiry_is_recorded_and_is_no_deed_of_the_turn(self, web: Project, turn: Turn) -> None:
        with time_machine.travel("2026-01-01T00:00:00Z", tick=False):
            remember(web, "The code is 4711", key="code", expires_at=datetime(2026, 2, 1, tzinfo=UTC))
        with time_machine.travel("2026-03-01T00:00:00Z", tick=False):
            keep(turn, "News", key="new")
        assert told() == ["Remembered “code”: The code is 4711", "Let expire “code”: The code is 4711"]
        assert told(turn) == ["Remembered “new”: News"]

    def test_what_is_gone_for_good_leaves_no_words_behind(self, web: Project, turn: Turn) -> None:
        with time_machine.travel("2026-01-01T00:00:00Z", tick=False):
            forget(turn, keep(turn, "The canary sings at noon", key="canary"))
        with time_machine.travel("2026-03-01T00:00:00Z", tick=False):
            remember(web, "Something", key="else")
        assert told(turn) == [
            "Remembered a memory that is gone by now",
            "Forgot a memory that is gone by now",
        ]
        assert "canary" not in str(list(Change.objects.values()))

    def test_a_long_value_is_cut(self, turn: Turn) -> None:
        keep(turn, "word " * 200, key="long")
        [receipt] = told(turn)
        assert receipt.endswith("word…")
        assert len(receipt) < 230


class TestUndo:
    def test_what_was_remembered_is_gone_and_what_it_replaced_is_back(self, web: Project, turn: Turn) -> None:
        remember(web, "The database is MySQL", key="db")
        before = state(web)
        keep(turn, "The database is PostgreSQL", key="db")
        keep(turn, "Deploys are on Tuesday", key="deploys")
        undone = undo(turn)
        assert (len(undone.changes), undone.conflicts) == (3, [])
        assert standing(web) == [("db", "The database is MySQL")]
        assert values(ask(web, "Which database? When are deploys?")) == ["The database is MySQL"]
        assert state(web)["entries"] == before["entries"]

    def test_a_correction_goes_back(self, web: Project, turn: Turn) -> None:
        item = remember(web, "Staging runs on port 8443", key="port", subject="staging")
        correct(None, item, relevance=0.9)
        before = state(web)["rows"][str(item.pk)]
        later = correct(turn, item, value="Staging runs on port 9443", subject="ops")
        correct(turn, later, confidence=0.4, local_only=True)
        assert undo(turn).conflicts == []
        assert state(web)["rows"][str(item.pk)] == before
        assert values(ask(web, "port of staging")) == ["Staging runs on port 8443"]

    def test_what_was_forgotten_comes_back_with_its_history(self, web: Project, turn: Turn) -> None:
        with time_machine.travel("2026-01-01T00:00:00Z", tick=False):
            remember(web, "The database is MySQL", key="db")
        current = remember(web, "The database is PostgreSQL", key="db")
        before = state(web)
        forget(turn, current)
        assert ask(web, "database") == []
        undo(turn)
        assert state(web) == before
        assert values(ask(web, "database")) == ["The database is PostgreSQL"]
        then = datetime(2026, 1, 2, tzinfo=UTC)
        assert values(ask(web, "database", as_of=then)) == ["The database is MySQL"]

    def test_what_was_set_aside_comes_back(self, web: Project, turn: Turn, settings: LazySettings) -> None:
        settings.MAX_MEMORY_ITEMS = 1
        remember(web, "The old canary", key="old", relevance=0.1)
        before = state(web)
        keep(turn, "The new canary", key="new")
        undo(turn)
        assert values(ask(web, "canary")) == ["The old canary"]
        assert state(web)["entries"] == before["entries"]

    @pytest.mark.parametrize("decision", ["approve_suggestion", "reject_suggestion"])
    def test_a_decision_goes_back(self, web: Project, turn: Turn, decision: str) -> None:
        remember(web, "The database is MySQL", key="db")
        doubted = keep(make_turn(web.owner, web), "The database is PostgreSQL", key="db", confidence=0.2)
        before = state(web)
        getattr(operations, decision)(actor=web.owner, origin=in_turn(turn), item=doubted)
        assert undo(turn).conflicts == []
        assert state(web) == before
        assert values(ask(web, "database")) == ["The database is MySQL"]

    def test_an_undo_can_be_undone(self, web: Project, turn: Turn, alice: User) -> None:
        remember(web, "The database is MySQL", key="db")
        gone = remember(web, "Deploys are on Tuesday", key="deploys")
        forget(turn, gone)
        store_memories(
            actor=alice,
            origin=in_turn(turn),
            project=web,
            items=[
                {"key": "db", "value": f"The database is {name}", "type": "context"}
                for name in ("SQLite", "PostgreSQL")
            ],
        )
        done = state(web)
        undoing = make_turn(alice, web)
        undo(turn, within=undoing)
        assert standing(web) == [("db", "The database is MySQL"), ("deploys", "Deploys are on Tuesday")]
        assert undo(undoing).conflicts == []
        assert state(web) == done
        assert values(ask(web, "database deploys")) == ["The database is PostgreSQL"]
        undo(turn)
        assert standing(web) == [("db", "The database is MySQL"), ("deploys", "Deploys are on Tuesday")]

    def test_an_undo_reads_as_one(self, web: Project, turn: Turn, alice: User) -> None:
        remember(web, "MySQL", key="db")
        keep(turn, "PostgreSQL", key="db")
        undoing = make_turn(alice, web)
        undo(turn, within=undoing)
        assert told(undoing) == ["Undid “db”: out of use", "Undid “db”: in use again"]

    def test_what_was_corrected_since_stays_and_the_rest_goes_back(self, web: Project, turn: Turn) -> None:
        mine = keep(turn, "Staging runs on port 8443", key="port")
        keep(turn, "Deploys are on Tuesday", key="deploys")
        correct(None, mine, value="Staging runs on port 9443")
        [conflict] = undo(turn).conflicts
        assert (conflict.object_type, conflict.ref, conflict.reason) == (
            "memory",
            "port",
            "Its status was changed since.",
        )
        assert standing(web) == [("port", "Staging runs on port 9443")]

    def test_another_field_changed_since_is_kept(self, web: Project, turn: Turn) -> None:
        item = remember(web, "Staging runs on port 8443", key="port")
        correct(turn, item, confidence=0.5)
        correct(None, item, local_only=True)
        assert undo(turn).conflicts == []
        item.refresh_from_db()
        assert (item.confidence, item.local_only) == (1.0, True)

    def test_a_key_that_is_in_use_again_is_a_conflict(self, web: Project, turn: Turn) -> None:
        forget(turn, remember(web, "MySQL", key="db"))
        remember(web, "PostgreSQL", key="db")
        [conflict] = undo(turn).conflicts
        assert (conflict.ref, conflict.reason) == ("db", "Its old key is taken by now.")
        assert standing(web) == [("db", "PostgreSQL")]

    def test_what_is_gone_for_good_is_a_conflict(self, web: Project, turn: Turn) -> None:
        with time_machine.travel("2026-01-01T00:00:00Z", tick=False):
            forget(turn, remember(web, "MySQL", key="db"))
        with time_machine.travel("2026-03-01T00:00:00Z", tick=False):
            remember(web, "Something", key="else")
        assert len(undo(turn).conflicts) == 1

    def test_a_strangers_turn_has_nothing_to_undo(self, web: Project, turn: Turn, charlie: User) -> None:
        keep(turn, "MySQL", key="db")
        with pytest.raises(NotFound) as refusal:
            undo_turn(actor=charlie, origin=API, turn_id=turn.pk)
        assert "MySQL" not in str(refusal.value)
        assert standing(web) == [("db", "MySQL")]


class TestTheMessageItCameFrom:
    @pytest.fixture
    def message(self, turn: Turn) -> Message:
        message = Message.objects.create(
            conversation=turn.conversation, role=Message.Role.USER, content="Staging listens on port 8443."
        )
        assert index_message(message)
        return message

    def said(self, web: Project) -> list[str]:
        return values(ask(web, "On which port does staging listen?", types=["message"]))

    def test_is_out_of_recall_with_it_and_back_with_it(
        self, web: Project, turn: Turn, message: Message
    ) -> None:
        item = remember(web, "Staging: port 8443", source_message=message)
        forget(turn, item)
        assert self.said(web) == []
        undo(turn)
        assert self.said(web) == ["Staging listens on port 8443."]

    def test_ends_with_it_and_goes_on_with_it(self, web: Project, turn: Turn, message: Message) -> None:
        remember(web, "Staging: port 8443", key="port", source_message=message)
        keep(turn, "Staging: port 9443", key="port")
        assert self.said(web) == []
        undo(turn)
        assert self.said(web) == ["Staging listens on port 8443."]

    def test_is_as_private_as_it(self, web: Project, turn: Turn, message: Message) -> None:
        item = remember(web, "Staging: port 8443", source_message=message, local_only=True)
        forget(turn, item)
        undo(turn)
        assert self.said(web) == ["Staging listens on port 8443."]
        assert ask(web, "port staging", include_local=False) == []


def test_a_hundred_items_are_recorded_in_few_statements(
    web: Project, django_assert_max_num_queries: Any
) -> None:
    items: list[Any] = [
        {"key": f"fact-{n}", "value": f"Fact {n} at {timezone.now()}", "type": "context"} for n in range(100)
    ]
    with django_assert_max_num_queries(30):
        store_memories(actor=web.owner, origin=API, project=web, items=items)
    assert Change.objects.filter(object_type="memory", verb="store").count() == 100


def test_the_door_is_told(web: Project, alice: User) -> None:
    store_memory(actor=alice, origin=API, project=web, value="x", type="context")
    change = Change.objects.get(object_type="memory")
    assert (change.actor, change.door, change.project) == (alice, "api", web)
