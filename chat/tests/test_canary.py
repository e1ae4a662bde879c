"""What is local-only is in no request to a model on another machine, whatever is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from chat.llm.selection import model_assistant
from chat.tests.person import LONGEST_WAIT, Person
from chat.tests.replies import Reply, calls, text
from chat.tests.scripted_server import ScriptedServer
from chat.tests.teaching import item, teaching
from chat.worker import worker
from memory import vectors
from memory.embeddings import embedder
from memory.models import MemoryItem
from memory.operations import update_memory
from memory.tests.talk import API, remember
from tasks.models import Project
from tasks.operations import ensure_inbox

CANARY = "canary-7f3a"
QUESTION = "What is the passphrase of the vault in the cellar?"


@pytest.fixture
def remote(model: ScriptedServer, settings: Settings) -> Iterator[ScriptedServer]:
    """The scripted server under an address that is not a loopback one, for chat and embeddings."""
    settings.OPENAI_BASE_URL = model.base_url.replace("127.0.0.1", "0.0.0.0")
    settings.OPENAI_EMBEDDING_MODEL = "scripted-embeddings"
    settings.MEMORY_EXTRACTION = True
    model_assistant.cache_clear()
    embedder.cache_clear()
    yield model
    embedder.cache_clear()


@pytest.fixture
def home(person: Person) -> Project:
    return ensure_inbox(person.user)


@pytest.fixture
def secret(home: Project) -> MemoryItem:
    return remember(home, f"The passphrase of the vault is {CANARY}", key="vault", local_only=True)


def sent(server: ScriptedServer) -> str:
    return str(server.bodies) + str([each.body for each in server.others])


def say(person: Person, words: str) -> dict[str, Any]:
    turn = person.say(words)
    assert worker().follow_ups_done(LONGEST_WAIT)
    return turn


def recalling(body: dict[str, Any]) -> Reply:
    """A model that also asks memory itself."""
    if body["messages"][-1]["role"] == "tool":
        return text("I could not find it.")
    return calls(("recall_memory", {"query": QUESTION}), ("recall_memory", {"query": "vault", "limit": 20}))


def test_neither_recall_nor_the_tool_nor_extraction_tells_it(
    person: Person, remote: ScriptedServer, secret: MemoryItem
) -> None:
    remember(secret.project, "The vault in the cellar was built in 1962", key="vault-age")
    remote.perform(teaching(recalling, [item("The vault stays in the cellar")]))
    say(person, f"{QUESTION} The vault stays in the cellar, because it is too heavy.")
    assert "built in 1962" in sent(remote)
    assert len(remote.bodies) == 3
    assert CANARY not in sent(remote)


def test_what_the_built_in_assistant_said_of_it_is_held_back_later(
    person: Person, remote: ScriptedServer, secret: MemoryItem, settings: Settings
) -> None:
    address, settings.OPENAI_BASE_URL = settings.OPENAI_BASE_URL, ""
    say(person, "what do we know about the vault?")
    assert any(CANARY in words for _, words in person.messages()), "it was said, on this machine"
    settings.OPENAI_BASE_URL = address
    remote.perform(teaching("I do not know.", []))
    say(person, f"{QUESTION} I have to know it, because the cellar is flooded.")
    person.begin_anew()
    say(person, f"{QUESTION} I have to know it, because the cellar is flooded.")
    assert "stays on the person's machine" in sent(remote)
    assert CANARY not in sent(remote)


def test_what_became_local_only_later_is_told_no_more(
    person: Person, remote: ScriptedServer, home: Project
) -> None:
    told = remember(home, f"The passphrase of the vault is {CANARY}", key="vault")
    remote.perform(teaching(f"It is {CANARY}.", []))
    say(person, QUESTION)
    assert CANARY in sent(remote)
    update_memory(actor=home.owner, origin=API, item=told, changes={"local_only": True})
    remote.perform(teaching("I do not know.", []))
    say(person, f"{QUESTION} I ask again, because I forgot the passphrase.")
    assert CANARY not in sent(remote)


def test_it_is_not_embedded_elsewhere(person: Person, remote: ScriptedServer, secret: MemoryItem) -> None:
    remember(secret.project, "The vault in the cellar was built in 1962", key="vault-age")
    vectors.fill()
    assert "built in 1962" in str([each.body for each in remote.others])
    assert CANARY not in sent(remote)
