"""A scripted model behind the settings, and people who talk to it over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import redis
from pytest_django import Settings

from accounts.models import User
from chat.events import event_log
from chat.llm.selection import model_assistant
from chat.models import Turn
from chat.operations import request_stop
from chat.tests.person import LONGEST_WAIT, Person
from chat.tests.scripted_server import ScriptedServer, scripted_server
from chat.worker import worker

__all__ = ["scripted_server"]


@pytest.fixture
def turns_end(transactional_db: None) -> Iterator[None]:
    """Leaves no turn running behind a test, because the worker outlives it."""
    yield
    for turn in Turn.objects.live().select_related("conversation__user"):
        request_stop(actor=turn.conversation.user, turn=turn)
        Turn.objects.filter(pk=turn.pk).update(lease_expires_at=None)
        worker().stop(turn.pk)
        worker().submit(turn.pk).result(LONGEST_WAIT)
    assert worker().follow_ups_done(LONGEST_WAIT)


@pytest.fixture
def model(scripted_server: ScriptedServer, settings: Settings) -> Iterator[ScriptedServer]:
    """The scripted server, as the model that the settings name."""
    settings.OPENAI_BASE_URL = scripted_server.base_url
    settings.OPENAI_MODEL = "scripted"
    settings.LLM_TOOL_MODE = "native"
    settings.LLM_TIMEOUT = 5.0
    model_assistant.cache_clear()
    yield scripted_server
    model_assistant.cache_clear()


@pytest.fixture
def fresh_log(settings: Settings) -> Iterator[Callable[[], None]]:
    """Forgets every event, as a new process has, or one whose Redis was emptied."""

    def forget() -> None:
        event_log.cache_clear()
        if settings.REDIS_URL:
            with redis.Redis.from_url(settings.REDIS_URL) as client:
                # Only this database's turns: the other workers' tests share the server.
                for turn_id in Turn.objects.values_list("pk", flat=True):
                    client.delete(f"tasklore:turn:{turn_id}")

    yield forget


@pytest.fixture
def person(turns_end: None, alice: User) -> Person:
    """Alice, signed in."""
    return Person(alice)


@pytest.fixture
def stranger(turns_end: None, charlie: User) -> Person:
    """Charlie, signed in."""
    return Person(charlie)
