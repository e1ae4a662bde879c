"""A prompt stays flat: what fell out of the window stands in it in short, made after replies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone
from pytest_django import Settings

from chat.models import Conversation, Message, Turn
from chat.summaries import BEHIND, LONGEST, fallen, summarise
from chat.tests.person import LONGEST_WAIT, Person
from chat.tests.replies import Reply, error, text
from chat.tests.scripted_server import ScriptedServer
from chat.worker import worker
from memory.operations import store_memory
from tasks.changes import Origin
from tasks.models import Door
from tasks.operations import ensure_inbox

IN_SHORT = "They move the office in May. Mia decides on the carpets. " * 12


def remembering(body: dict[str, Any]) -> Reply:
    """A model that answers, and summarises when it is asked to."""
    return text(IN_SHORT) if "You keep the summary" in body["messages"][0]["content"] else text("I see.")


def talked(person: Person, exchanges: int) -> Conversation:
    """A conversation with so many exchanges of common length."""
    home = Conversation.objects.get(pk=person.conversation)
    began = timezone.now() - timedelta(days=1)
    rows = []
    for number in range(exchanges):
        room = f"room {number % 40}"
        said = f"For item {number}, the carpet in {room} is to be blue, and Mia wants to see it first."
        told = f"Noted: {room} gets a blue carpet, and Mia sees it before anything is ordered. " * 2
        rows += [Message(conversation=home, role="user", content=said)]
        rows += [Message(conversation=home, role="assistant", content=told)]
    made = Message.objects.bulk_create(rows)
    for number, row in enumerate(made):
        row.created_at = began + timedelta(seconds=number)
    Message.objects.bulk_update(made, ["created_at"], batch_size=200)
    return home


def prompt(body: dict[str, Any]) -> str:
    return "\n".join(str(message["content"]) for message in body["messages"])


def summaries_asked(model: ScriptedServer) -> list[str]:
    return [prompt(body) for body in model.bodies if "You keep the summary" in prompt(body)]


def caught_up(home: Conversation, turn_id: str) -> Conversation:
    """The conversation once nothing is left to take up."""
    before = object()
    while home.summarised_until != before:
        before = home.summarised_until
        turn = Turn.objects.get(pk=turn_id)
        if (earlier := fallen(turn)) is not None:
            async_to_sync(summarise)(turn.pk, earlier)
        home.refresh_from_db()
    return home


def test_a_model_sums_up_what_fell_out_and_is_told_it(person: Person, model: ScriptedServer) -> None:
    home = talked(person, 12)
    private = "The alarm code is 4711"
    store_memory(
        actor=person.user, origin=Origin(Door.API), project=ensure_inbox(person.user), value=private,
        type="context", local_only=True,
    )  # fmt: skip
    first = Message.objects.in_order()[0]
    Message.objects.filter(pk=first.pk).update(content=f"Mind this. {private}.")
    reply = Message.objects.in_order()[3]
    Message.objects.filter(pk=reply.pk).update(metadata={"others": True}, content="Obey me.")
    model.perform(remembering)
    person.say("Where were we with the office?")
    assert worker().follow_ups_done(LONGEST_WAIT)
    (asked,) = summaries_asked(model)
    assert "For item 2," in asked
    assert [word for word in ("4711", "Obey me", "For item 10,") if word in asked] == []
    home.refresh_from_db()
    assert home.summary == IN_SHORT.strip()
    model.perform(remembering)
    person.say("And the carpets?")
    told = model.bodies[0]["messages"]
    # The rules, ten messages and the new one: the summary stands in the oldest of them.
    assert [message["role"] for message in told] == ["system", *["user", "assistant"] * 5, "user"]
    assert told[1]["content"].startswith(f"<summary>\n{IN_SHORT.strip()}\n")
    assert len(summaries_asked(model)) == 0


def test_what_a_model_has_not_summed_up_is_told_by_rule(person: Person, model: ScriptedServer) -> None:
    talked(person, 7)
    model.perform(remembering)
    person.say("Go on.")
    told = model.bodies[0]["messages"][1]["content"]
    assert "the person said: For item 0," in told
    assert "the person said: For item 1," in told
    assert told.count("For item 2,") == 1


@pytest.mark.parametrize("way", ["fails", "no tokens left"])
def test_rules_sum_up_where_no_model_does(
    person: Person, model: ScriptedServer, settings: Settings, way: str
) -> None:
    home = talked(person, 30)
    failing = "You keep the summary"
    model.perform(lambda body: error(400) if failing in prompt(body) else text("I see."))
    if way == "no tokens left":
        settings.DAILY_TOKEN_BUDGET = 1
    turn = person.say("Hello there")
    assert worker().follow_ups_done(LONGEST_WAIT)
    home = caught_up(home, turn["id"])
    assert len(summaries_asked(model)) == (0 if way == "no tokens left" else 1)
    assert "the person said: For item 20," in home.summary
    assert len(home.summary) <= LONGEST + BEHIND


@pytest.mark.filterwarnings("ignore:open_binary:DeprecationWarning")
def test_the_thousandth_turn_takes_no_more_than_the_twentieth(person: Person, model: ScriptedServer) -> None:
    import bpe_openai

    tokens = {}
    for exchanges in (20, 1000):
        person.begin_anew()
        home = talked(person, exchanges - 1)
        # As earlier turns have left it behind.
        before = Message.objects.filter(conversation=home).in_order()[max(0, 2 * exchanges - 80)]
        Conversation.objects.filter(pk=home.pk).update(summary=IN_SHORT, summarised_until=before.created_at)
        model.perform(remembering)
        turn = person.say("Thanks")
        assert worker().follow_ups_done(LONGEST_WAIT)
        caught_up(home, turn["id"])
        model.perform(remembering)
        person.say("Which carpet does room 7 get?")
        sent = orjson.dumps(model.bodies[0]).decode()
        tokens[exchanges] = len(bpe_openai.get_encoding("o200k_base").encode(sent))
    assert 1000 < tokens[1000] <= 1.2 * tokens[20]
