"""Embeddings from a server: they follow what is stored, and never tell what is local-only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from structlog.testing import capture_logs

from chat.models import Conversation, Message
from memory import vectors
from memory.embeddings import embedder
from memory.indexing import index_message
from memory.models import RecallEntry
from memory.operations import update_memory
from memory.tests.embedding_server import EmbeddingServer, meaning
from memory.tests.talk import API, ask, remember, twin, values
from tasks.models import Project
from tasks.operations import delete_project

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_lane]

CANARY = "canary-4711"


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddingServer]:
    """A server on another machine, as far as anybody can tell by its settings."""
    found = EmbeddingServer()
    settings.OPENAI_BASE_URL = found.base_url
    settings.OPENAI_API_KEY = "sk-embeddings-test"
    settings.OPENAI_EMBEDDING_MODEL = "tiny"
    embedder.cache_clear()
    embedder().leaves_machine = True
    monkeypatch.setattr(vectors, "_down_until", 0.0)
    yield found
    found.close()
    embedder.cache_clear()


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def wait_for_vectors(count: int = 1, name: str = "api:tiny") -> None:
    wait_for(lambda: RecallEntry.objects.filter(embedder=name).count() == count)


def index(*options: str) -> str:
    out = StringIO()
    call_command("index_memory", *options, stdout=out)
    return out.getvalue()


def test_other_words_for_the_same_are_found(web: Project, server: EmbeddingServer) -> None:
    remember(web, "Authentication fails in the browser", key="auth")
    remember(web, "Bananas are cheap this week", key="fruit")
    wait_for_vectors(2)
    hits = ask(web, "login problem")
    assert [hit.key for hit in hits] == ["auth"]
    assert "means something similar" in hits[0].why
    assert {body["model"] for body in server.received} == {"tiny"}
    assert set(server.keys) == {"Bearer sk-embeddings-test"}
    assert server.texts[-1] == "login problem"


def test_a_message_and_a_reworded_item_are_embedded_too(web: Project, server: EmbeddingServer) -> None:
    talk = Conversation.objects.create(user=web.owner, project=web)
    index_message(Message.objects.create(conversation=talk, role="user", content="The release went well"))
    item = remember(web, "Authentication fails", key="a")
    wait_for_vectors(2)
    assert values(ask(web, "deploy")) == ["The release went well"]
    update_memory(actor=web.owner, origin=API, item=item, changes={"value": "Bananas are cheap"})
    wait_for(lambda: values(ask(web, "fruit")) == ["Bananas are cheap"])
    assert ask(web, "login") == []


def test_nothing_is_held_while_the_server_thinks(web: Project, server: EmbeddingServer) -> None:
    held: list[str] = []

    def write() -> None:
        from django.db import connection

        try:
            Project.objects.filter(pk=web.pk).update(name="Written meanwhile")
        except Exception as error:
            held.append(str(error))
        finally:
            connection.close()

    server.before = write
    remember(web, "Authentication fails")
    wait_for_vectors()
    assert len(ask(web, "login")) == 1
    web.refresh_from_db()
    assert (web.name, held, len(server.received)) == ("Written meanwhile", [], 2)


class TestLocalOnly:
    def test_it_is_never_sent_and_words_find_it(self, web: Project, server: EmbeddingServer) -> None:
        remember(web, f"The safe opens with {CANARY}", key="safe", local_only=True)
        remember(web, f"Somebody wrote {CANARY} on the wall", key="wall")
        remember(web, "Authentication fails", key="auth")
        wait_for_vectors()
        index("--all")
        assert [hit.key for hit in ask(web, "safe")] == ["safe"]
        assert [hit.key for hit in ask(web, "wall")] == ["wall"]
        assert CANARY not in str(server.received)
        assert "safe opens" not in str(server.received)

    def test_nor_a_question_that_says_it(self, web: Project, server: EmbeddingServer) -> None:
        remember(web, f"The safe opens with {CANARY}", key="safe", local_only=True)
        assert [hit.key for hit in ask(web, f"what opens with {CANARY}?")] == ["safe"]
        assert server.received == []

    def test_nor_one_that_says_what_a_project_in_the_trash_holds(
        self, web: Project, server: EmbeddingServer
    ) -> None:
        remember(web, f"The safe opens with {CANARY}", local_only=True)
        delete_project(actor=web.owner, origin=API, project=web)
        assert ask(twin(web.owner), f"what opens with {CANARY}?") == []
        assert server.received == []

    def test_nor_the_message_it_came_from(self, web: Project, server: EmbeddingServer) -> None:
        talk = Conversation.objects.create(user=web.owner, project=web)
        said = Message.objects.create(conversation=talk, role="user", content=f"Keep {CANARY} to yourself")
        remember(web, f"Keep {CANARY} private", source_message=said, local_only=True)
        index_message(said)
        index()
        assert server.received == []

    def test_what_is_made_local_only_stays_where_it_is(self, web: Project, server: EmbeddingServer) -> None:
        server.released.clear()
        item = remember(web, f"The safe opens with {CANARY}", key="safe")
        wait_for(lambda: len(server.received) == 1)
        server.received.clear()
        server.released.set()
        wait_for_vectors()
        update_memory(actor=web.owner, origin=API, item=item, changes={"local_only": True})
        RecallEntry.objects.update(embedder="")
        index()
        assert server.received == []

    def test_a_server_on_this_machine_may_know_it(self, web: Project, server: EmbeddingServer) -> None:
        embedder.cache_clear()
        remember(web, "The login is in the safe", local_only=True, key="safe")
        wait_for_vectors()
        assert [hit.key for hit in ask(web, "password")] == ["safe"]


class TestWhenTheServerFails:
    def test_words_alone_and_one_line_in_the_log(self, web: Project, server: EmbeddingServer) -> None:
        server.answers = [503] * 20
        with capture_logs() as logs:
            assert ask(web, "nothing is there yet") == []
            remember(web, "Sign-in breaks on Safari", key="safari")
            for _ in range(3):
                assert [hit.key for hit in ask(web, "Safari")] == ["safari"]
        warned = [each for each in logs if each["log_level"] == "warning"]
        assert len(warned) == 1
        assert warned[0]["reason"] == "HTTP 503"
        questions = [text for text in server.texts if text != "Sign-in breaks on Safari"]
        assert questions == ["nothing is there yet"]

    def test_a_server_that_hangs(
        self, web: Project, server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(vectors, "PATIENCE", 0.2)
        server.released.clear()
        remember(web, "Sign-in breaks on Safari", key="safari")
        assert [hit.key for hit in ask(web, "Safari")] == ["safari"]

    def test_a_server_that_is_not_there(self, web: Project, server: EmbeddingServer) -> None:
        server.close()
        remember(web, "Sign-in breaks on Safari", key="safari")
        assert [hit.key for hit in ask(web, "Safari")] == ["safari"]
        with pytest.raises(CommandError, match="run this again"):
            index()

    def test_what_it_missed_is_made_up_for(self, web: Project, server: EmbeddingServer) -> None:
        server.answers = [500, 500, 500, 500]
        remember(web, "Authentication fails", key="auth")
        wait_for(lambda: not server.answers)
        remember(web, "Bananas are cheap")
        wait_for_vectors(2)

    def test_a_busy_server_is_asked_again(self, web: Project, server: EmbeddingServer) -> None:
        server.answers = [429, 503]
        remember(web, "Authentication fails")
        wait_for_vectors()
        assert len(server.received) == 3

    def test_a_text_that_it_refuses_costs_its_neighbours_nothing(
        self, web: Project, server: EmbeddingServer
    ) -> None:
        def vector(text: str) -> list[float]:
            if "poison" in text:
                raise ValueError("too long")
            return meaning(text)

        remember(web, "a poison apple", key="poison")
        remember(web, "Authentication fails", key="auth")
        wait_for_vectors(2)
        server.vector = vector
        RecallEntry.objects.update(embedder="", stamp=7)
        assert "2 made anew" in index()
        assert [hit.key for hit in ask(web, "password")] == ["auth"]
        assert index().startswith("0 added, 0 made anew")

    @pytest.mark.parametrize(
        "vector", ["no vector", [], None, [float("nan"), 1.0], ["a", "b"], [[1.0], [2.0]]]
    )
    def test_nonsense_is_no_vector(self, web: Project, server: EmbeddingServer, vector: Any) -> None:
        remember(web, "Sign-in breaks on Safari", key="safari")
        wait_for_vectors()
        server.vector = lambda text: vector
        assert [hit.key for hit in ask(web, "Safari")] == ["safari"]


class TestAnotherModel:
    def test_vectors_of_two_models_never_meet_and_a_command_makes_them_anew(
        self, web: Project, server: EmbeddingServer, settings: Any
    ) -> None:
        remember(web, "Authentication fails", key="auth")
        wait_for_vectors()
        settings.OPENAI_EMBEDDING_MODEL = "other"
        embedder.cache_clear()
        assert ask(web, "login") == []
        assert index().startswith("0 added, 1 made anew with api:other")
        assert [hit.key for hit in ask(web, "login")] == ["auth"]
        assert server.received[-1]["model"] == "other"

    def test_back_to_the_one_that_ships_with_it(
        self, web: Project, server: EmbeddingServer, settings: Any
    ) -> None:
        remember(web, "Authentication fails in the browser", key="auth")
        wait_for_vectors()
        settings.OPENAI_EMBEDDING_MODEL = ""
        embedder.cache_clear()
        asked = len(server.received)
        assert ask(web, "login problem") == []
        assert "1 made anew with wordllama" in index()
        assert [hit.key for hit in ask(web, "login problem")] == ["auth"]
        assert len(server.received) == asked

    def test_a_model_that_changes_its_width_under_its_name(
        self, web: Project, server: EmbeddingServer
    ) -> None:
        remember(web, "Authentication fails", key="auth")
        wait_for_vectors()
        server.vector = lambda text: [*meaning(text), 0.5]
        assert ask(web, "login") == []
        assert [hit.key for hit in ask(web, "authentication")] == ["auth"]
