"""The memory tools, called as the turn calls them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from django.conf import LazySettings

from accounts.models import User
from chat.models import Message
from chat.tests.calling import WEDNESDAY, Caller, caller_for
from chat.tools.pinning import pin
from memory.indexing import index_message
from memory.models import MemoryItem
from memory.tests.talk import remember
from tasks.models import Project
from tasks.operations import ensure_inbox


@pytest.fixture
def call(alice: User, web: Project) -> Caller:
    """Alice's tools, in a turn that a model elsewhere answers."""
    return caller_for(alice, web)


@pytest.fixture
def at_home(call: Caller) -> Caller:
    """The same, in a turn of the built-in assistant."""
    return Caller(replace(call.context, remote=False))


def hits(caller: Caller, **arguments: object) -> list[str]:
    return [hit["value"] for hit in caller("recall_memory", **arguments)["hits"]]


class TestStoring:
    def test_and_recalling_correcting_and_forgetting(self, call: Caller) -> None:
        stored = call("store_memory", key="db", value="The database is MySQL", type="decision")
        assert stored == {
            "key": "db",
            "value": "The database is MySQL",
            "type": "decision",
            "status": "active",
            "changed": ["stored"],
        }
        [hit] = call("recall_memory", query="Which database?")["hits"]
        assert (hit["key"], hit["value"], hit["type"]) == ("db", "The database is MySQL", "decision")
        assert date.fromisoformat(hit["date"])
        call("update_memory", key="db", value="The database is PostgreSQL")
        assert hits(call, query="Which database?") == ["The database is PostgreSQL"]
        assert call("delete_memory", key="db")["changed"] == ["deleted"]
        assert hits(call, query="Which database?") == []

    def test_names_the_message_it_came_from(self, call: Caller) -> None:
        message = Message.objects.get(conversation=call.context.conversation_id)
        call = Caller(replace(call.context, message=message))
        call("store_memory", value="Staging runs on port 8443")
        assert MemoryItem.objects.get().source_message == message

    def test_what_is_known_already_is_not_stored_beside_itself(self, call: Caller) -> None:
        call("store_memory", value="Bob prefers tea", type="preference")
        again = call("store_memory", value="bob prefers tea.")
        assert (MemoryItem.objects.filter(status="active").count(), again["key"]) == (
            1,
            MemoryItem.objects.filter(status="active").get().key,
        )
        assert call("store_memory", value="bob prefers tea.")["changed"] == []

    def test_the_opposite_replaces_it(self, call: Caller) -> None:
        call("store_memory", value="We use Redis")
        call("store_memory", value="We do not use Redis")
        assert MemoryItem.objects.get(status="active").value == "We do not use Redis"

    def test_others_by_other_names_stay(self, call: Caller) -> None:
        call("store_memory", value="Bob manages Ann")
        call("store_memory", value="Ann manages Bob")
        assert MemoryItem.objects.filter(status="active").count() == 2

    def test_what_it_doubts_waits_for_a_yes(self, call: Caller, settings: LazySettings) -> None:
        stored = call("store_memory", value="Dana likes red", type="preference", confidence=0.4)
        assert (stored["status"], "yes" in stored["note"]) == ("suggested", True)
        assert hits(call, query="Dana red") == []

    @pytest.mark.parametrize(
        ("words", "at"),
        [
            ("2026-11-30", "2026-12-01T00:00"),
            ("in 3 days", "2026-11-29T00:00"),
            ("tomorrow 5pm", "2026-11-26T17:00"),
        ],
    )
    def test_a_date_in_words_ends_it(self, call: Caller, words: str, at: str) -> None:
        with time_machine.travel(WEDNESDAY):
            call("store_memory", key="code", value="The code is 12", expires_at=words)
            [item] = MemoryItem.objects.all()
            assert item.expires_at is not None
            assert f"{item.expires_at.astimezone(call.context.now.tzinfo):%Y-%m-%dT%H:%M}" == at
            call("update_memory", key="code", expires_at="none")
            assert MemoryItem.objects.get().expires_at is None

    def test_another_project_by_its_key(self, call: Caller, alice: User) -> None:
        call("store_memory", value="Milk is in the fridge", project="inbox")
        assert MemoryItem.objects.get().project == ensure_inbox(alice)
        assert hits(call, query="milk") == []
        assert hits(call, query="milk", project="INBOX") == ["Milk is in the fridge"]


class TestRecalling:
    def test_the_newest_without_a_question(self, call: Caller, web: Project) -> None:
        for n in range(4):
            remember(web, f"Fact number {n}", type="decision" if n == 1 else "context")
        assert hits(call, limit=2) == ["Fact number 3", "Fact number 2"]
        assert hits(call, types=["decision"]) == ["Fact number 1"]
        assert "as_of" in call.refused("recall_memory", as_of="2026-01-01")["message"]

    def test_what_was_known_then(self, call: Caller, web: Project) -> None:
        with time_machine.travel("2026-03-01T12:00:00Z", tick=False):
            remember(web, "The database is MySQL", key="db")
        with time_machine.travel("2026-06-01T12:00:00Z", tick=False):
            remember(web, "The database is PostgreSQL", key="db")
        assert hits(call, query="database", as_of="2026-03-01") == ["The database is MySQL"]
        assert hits(call, query="database", as_of="2026-02-28") == []
        assert hits(call, query="database") == ["The database is PostgreSQL"]

    def test_what_was_said_and_not_the_question_itself(self, call: Caller) -> None:
        home = Message.objects.get(conversation=call.context.conversation_id).conversation
        for words in (
            "The launch is planned for June in Basel.",
            "what do we know about the launch",
            "Launch?",
        ):
            index_message(Message.objects.create(conversation=home, role="user", content=words))
        assert hits(call, query="the launch") == ["The launch is planned for June in Basel."]

    def test_a_long_value_is_cut(self, call: Caller, web: Project) -> None:
        remember(web, "canary " * 500)
        [value] = hits(call, query="canary")
        assert (len(value) <= 300, value[-1]) == (True, "…")


class TestNaming:
    def test_by_words_that_only_one_holds(self, call: Caller, web: Project) -> None:
        remember(web, "Staging runs on port 8443", key="staging-port")
        remember(web, "Production runs in Basel", key="prod")
        assert call("delete_memory", key="the port of staging")["key"] == "staging-port"
        assert call("update_memory", key="PROD", confidence=0.5)["key"] == "prod"

    def test_several_are_asked_about(self, call: Caller, web: Project) -> None:
        remember(web, "Staging runs on port 8443", key="port")
        remember(web, "Staging is in Basel", key="place")
        error = call.refused("delete_memory", key="staging")
        assert error["code"] == "ambiguous"
        assert {each["key"]: each["value"] for each in error["candidates"]} == {
            "port": "Staging runs on port 8443",
            "place": "Staging is in Basel",
        }
        assert MemoryItem.objects.filter(status="active").count() == 2

    @pytest.mark.parametrize("name", ["update_memory", "delete_memory"])
    @pytest.mark.parametrize("words", ["missing", "the", "staging of Mars", "%", "*"])
    def test_none_is_not_found(self, call: Caller, web: Project, name: str, words: str) -> None:
        remember(web, "Staging runs on port 8443", key="port")
        assert (
            call.refused(name, key=words, **({"value": "x"} if name == "update_memory" else {}))["code"]
            == "not_found"
        )

    def test_what_is_approved_is_that_very_one(self, call: Caller, web: Project) -> None:
        remember(web, "Staging runs on port 8443", key="port")
        pinned = pin("delete_memory", {"key": "port of staging"}, call.context)
        assert pinned == {"key": "port"}
        assert pin("delete_memory", {"key": "nothing"}, call.context) is None

    def test_an_update_of_nothing_says_so(self, call: Caller, web: Project) -> None:
        remember(web, "x is y", key="x")
        assert "at least one field" in call.refused("update_memory", key="x")["message"]

    def test_a_strangers_memory_does_not_exist(self, web: Project, charlie: User) -> None:
        remember(web, "The canary sings at noon", key="canary")
        stranger = caller_for(charlie, ensure_inbox(charlie))
        for name in ("update_memory", "delete_memory"):
            more = {"value": "x"} if name == "update_memory" else {}
            assert stranger.refused(name, key="canary", **more)["code"] == "not_found"
            assert stranger.refused(name, key="canary", project="WEB", **more)["code"] == "not_found"
        assert hits(stranger, query="canary") == []
        assert stranger.refused("recall_memory", query="canary", project="WEB")["code"] == "not_found"
        assert stranger.refused("store_memory", value="x", project=str(web.pk))["code"] == "not_found"


class TestLocalOnly:
    @pytest.fixture(autouse=True)
    def _secret(self, web: Project) -> None:
        remember(web, "The door code is 4711", key="door-code", local_only=True)

    def test_stays_on_this_machine(self, call: Caller, at_home: Caller) -> None:
        assert (hits(call, query="door code"), hits(call)) == ([], [])
        assert hits(at_home, query="door code") == hits(at_home) == ["The door code is 4711"]

    @pytest.mark.parametrize("name", ["update_memory", "delete_memory"])
    def test_cannot_be_named_from_elsewhere(self, call: Caller, at_home: Caller, name: str) -> None:
        more = {"confidence": 0.5} if name == "update_memory" else {}
        for words in ("door-code", "door code"):
            error = call.refused(name, key=words, **more)
            assert (error["code"], "4711" in str(error)) == ("not_found", False)
        assert at_home(name, key="door code", **more)["key"] == "door-code"

    def test_nor_asked_about(self, call: Caller, web: Project) -> None:
        remember(web, "The door is green", key="door")
        assert call("delete_memory", key="door")["key"] == "door"
        assert MemoryItem.objects.get(status="active").key == "door-code"

    def test_nor_told_by_an_undo(self, call: Caller, at_home: Caller) -> None:
        at_home("delete_memory", key="door-code")
        undone = call.in_new_turn()("undo")
        assert undone == {"restored": [{"object": "memory"}], "conflicts": []}
        assert hits(at_home, query="door code") == ["The door code is 4711"]

    def test_nor_told_to_whom_says_it_again(self, call: Caller) -> None:
        stored = call("store_memory", value="The door code is 4711")
        assert (stored["changed"], stored["key"] != "door-code") == (["stored"], True)


def test_an_expired_memory_is_not_told(call: Caller, web: Project) -> None:
    with time_machine.travel(WEDNESDAY, tick=False):
        remember(web, "The canary sings", expires_at=WEDNESDAY + timedelta(hours=1))
        assert hits(call) == ["The canary sings"]
    with time_machine.travel(WEDNESDAY + timedelta(hours=2), tick=False):
        later = call.at(WEDNESDAY + timedelta(hours=2))
        assert (hits(later), hits(later, query="canary")) == ([], [])
