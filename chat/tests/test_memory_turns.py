"""Memory in a conversation: kept, recalled and forgotten by a model or by plain English, told and undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from chat.llm.selection import model_assistant
from chat.models import Message
from chat.tests.person import Person
from chat.tests.replies import calls, text
from chat.tests.scripted_server import ScriptedServer
from memory.models import MemoryItem
from memory.operations import update_memory
from memory.tests.talk import API, ask, remember, values
from tasks.models import Project
from tasks.operations import ensure_inbox

PORT = "Staging runs on port 8443"


@pytest.fixture
def home(person: Person) -> Project:
    return ensure_inbox(person.user)


@pytest.fixture
def far_model(model: ScriptedServer, settings: Settings) -> Iterator[ScriptedServer]:
    """The scripted model at an address outside the loopback network: it may well be on another machine."""
    settings.OPENAI_BASE_URL = model.base_url.replace("127.0.0.1", "0.0.0.0")
    model_assistant.cache_clear()
    yield model


def turn_of(
    person: Person, model: ScriptedServer, *wanted: tuple[str, Any], expect: int = 201
) -> dict[str, Any]:
    model.play([calls(*wanted), text("So be it.")])
    return person.say("Please.", expect=expect)


def texts(turn: dict[str, Any]) -> list[str]:
    return [receipt["text"] for receipt in turn["receipts"]]


def in_use(home: Project) -> list[str]:
    return sorted(MemoryItem.objects.filter(project=home, status="active").values_list("value", flat=True))


class TestWithAModel:
    def test_a_memory_is_told_traced_and_undone(
        self, person: Person, model: ScriptedServer, home: Project
    ) -> None:
        turn = turn_of(person, model, ("store_memory", {"key": "staging-port", "value": PORT}))
        assert turn["receipts"] == [
            {
                "verb": "store",
                "object": "memory",
                "ref": "staging-port",
                "text": f"Remembered “staging-port”: {PORT}",
                "undone": False,
            }
        ]
        assert MemoryItem.objects.get().source_message == Message.objects.get(content="Please.")
        undone = person.act("undo", turn["id"], expect=200)
        assert ([each["object"] for each in undone["restored"]], undone["conflicts"]) == (
            ["staging-port"],
            [],
        )
        assert undone["turn"]["receipts"][0]["undone"]
        assert (in_use(home), ask(home, "staging port")) == ([], [])

    def test_claiming_to_remember_is_not_remembering(
        self, person: Person, model: ScriptedServer, home: Project
    ) -> None:
        model.play([text("I will remember that.")])
        assert (person.say("The code is 12.")["receipts"], in_use(home)) == ([], [])

    def test_forgetting_asks_and_runs_what_was_approved(
        self, person: Person, model: ScriptedServer, home: Project
    ) -> None:
        remember(home, PORT, key="staging-port")
        turn = turn_of(person, model, ("delete_memory", {"key": "port of staging"}), expect=202)
        assert turn["tool_calls"][0]["arguments"] == {"key": "staging-port"}
        assert in_use(home) == [PORT]
        page = person.client.get(f"/c/{person.conversation}/").content.decode()
        assert PORT in page
        person.act("approve", turn["id"])
        done = person.ended(turn["id"])
        assert texts(done) == [f"Forgot “staging-port”: {PORT}"]
        assert in_use(home) == []
        person.act("undo", turn["id"], expect=200)
        assert values(ask(home, "staging port")) == [PORT]

    def test_undo_in_words_and_its_own_undo(
        self, person: Person, model: ScriptedServer, home: Project
    ) -> None:
        remember(home, "Staging runs on port 80", key="staging-port")
        turn_of(person, model, ("update_memory", {"key": "staging-port", "value": PORT}))
        assert in_use(home) == [PORT]
        undoing = turn_of(person, model, ("undo", {}))
        assert in_use(home) == ["Staging runs on port 80"]
        assert {receipt["verb"] for receipt in undoing["receipts"]} == {"undo"}
        person.act("undo", undoing["id"], expect=200)
        assert in_use(home) == values(ask(home, "staging port")) == [PORT]

    def test_what_was_corrected_since_is_a_conflict(
        self, person: Person, model: ScriptedServer, home: Project
    ) -> None:
        turn = turn_of(
            person, model,
            ("store_memory", {"key": "port", "value": PORT}),
            ("store_memory", {"value": "Deploys are on Tuesday"}),
        )  # fmt: skip
        item = MemoryItem.objects.get(key="port")
        update_memory(actor=person.user, origin=API, item=item, changes={"value": "Staging is gone"})
        undone = person.act("undo", turn["id"], expect=200)
        assert [each["object"] for each in undone["conflicts"]] == ["port"]
        assert in_use(home) == ["Staging is gone"]

    def test_a_stranger_undoes_nothing(
        self, person: Person, stranger: Person, model: ScriptedServer, home: Project
    ) -> None:
        turn = turn_of(person, model, ("store_memory", {"value": PORT}))
        stranger.act("undo", turn["id"], expect=404)
        assert in_use(home) == [PORT]

    def test_a_model_elsewhere_is_told_nothing_local_only(
        self, person: Person, far_model: ScriptedServer, home: Project
    ) -> None:
        remember(home, "The door code is 4711", key="door", local_only=True)
        remember(home, "The door is green", key="colour")
        turn = turn_of(person, far_model, ("recall_memory", {"query": "door code"}), ("recall_memory", {}))
        assert [hit["value"] for call in turn["tool_calls"] for hit in call["result"]["hits"]] == [
            "The door is green",
            "The door is green",
        ]
        assert "4711" not in str([each.body for each in far_model.requests])

    def test_a_model_on_this_machine_is(self, person: Person, model: ScriptedServer, home: Project) -> None:
        remember(home, "The door code is 4711", key="door", local_only=True)
        turn = turn_of(person, model, ("recall_memory", {"query": "door code"}))
        assert turn["tool_calls"][0]["result"]["hits"][0]["value"] == "The door code is 4711"


class TestInPlainEnglish:
    def test_remembered_recalled_and_forgotten(self, person: Person, home: Project) -> None:
        kept = person.say("remember that staging runs on port 8443")
        assert kept["text"] == "I'll remember: staging runs on port 8443."
        [receipt] = texts(kept)
        assert receipt.startswith("Remembered “staging-runs-port-8443-")
        assert MemoryItem.objects.get().source_message is not None
        assert "staging runs on port 8443" in person.say("what do we know about the staging port?")["text"]
        asked = person.say("forget the staging port", expect=202)
        assert asked["status"] == "awaiting_approval"
        person.act("approve", asked["id"])
        forgotten = person.ended(asked["id"])
        assert forgotten["text"].startswith("Forgotten: staging runs on port 8443.")
        again = person.say("what do we know about the staging port?")
        assert again["text"] == "I remember nothing about that."
        undone = person.say("undo")
        assert [each["verb"] for each in undone["receipts"]] == ["undo"]
        assert in_use(home) == ["staging runs on port 8443"]

    def test_said_twice_it_is_kept_once(self, person: Person, home: Project) -> None:
        person.say("remember that Bob likes tea")
        again = person.say("note that Bob likes tea")
        assert again["text"] == "I remember that already: Bob likes tea."
        assert (again["receipts"], in_use(home)) == ([], ["Bob likes tea"])

    def test_a_date_in_it_stays_text(self, person: Person, home: Project) -> None:
        person.say("remember that the demo moved to Friday 5pm")
        assert in_use(home) == ["the demo moved to Friday 5pm"]
        assert MemoryItem.objects.get().expires_at is None

    def test_a_reminder_is_a_task(self, person: Person, home: Project) -> None:
        turn = person.say("remind me to renew the certificate")
        assert ([receipt["object"] for receipt in turn["receipts"]], in_use(home)) == (["task"], [])

    def test_what_several_fit_is_asked_and_a_choice_answers(self, person: Person, home: Project) -> None:
        remember(home, PORT, key="staging-port")
        remember(home, "Staging is in Basel", key="staging-place")
        turn = person.say("forget staging")
        assert "Which of these shall I forget?" in turn["text"]
        choices = Message.objects.filter(role="assistant").latest("created_at").metadata["choices"]
        assert set(choices) == {"forget the memory staging-port", "forget the memory staging-place"}
        assert (turn["receipts"], len(in_use(home))) == ([], 2)
        asked = person.say("forget the memory staging-port", expect=202)
        assert asked["tool_calls"][0]["arguments"] == {"key": "staging-port"}
        person.act("reject", asked["id"])
        assert person.ended(asked["id"])["text"] == "All right, I left it as it was."
        assert len(in_use(home)) == 2

    def test_what_is_not_there_is_said(self, person: Person, home: Project) -> None:
        turn = person.say("forget the moon base")
        assert turn["text"] == "I remember nothing like that, so there is nothing to forget."
        assert "nothing" in person.say("what did we decide on the moon base?")["text"]

    def test_a_decision_is_found_by_that(self, person: Person, home: Project) -> None:
        person.say("we decided to use PostgreSQL for the archive")
        remember(home, "Tea is at four")
        assert "PostgreSQL" in person.say("what did we decide on the archive?")["text"]
        told = person.say("what did we decide?")["text"]
        assert ("PostgreSQL" in told, "Tea" in told) == (True, False)

    def test_what_is_private_stays_here(self, person: Person, home: Project) -> None:
        person.say("remember privately that the door code is 4711")
        assert MemoryItem.objects.get().local_only
        assert "4711" in person.say("what do we know about the door code?")["text"]

    def test_another_persons_memory_is_not_found(
        self, person: Person, stranger: Person, home: Project
    ) -> None:
        remember(home, PORT, key="staging-port")
        assert "8443" not in stranger.say("what do we know about the staging port?")["text"]
        assert "nothing to forget" in stranger.say("forget the memory staging-port")["text"]
        assert in_use(home) == [PORT]
