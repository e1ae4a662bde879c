"""Exactly once: replays, retries, take-overs and races have one effect."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.errors import Conflict
from chat import leases, persistence
from chat.llm.types import Step
from chat.llm.types import ToolCall as Call
from chat.models import Conversation, Message, ToolCall, Turn
from chat.operations import post_message
from chat.tests.person import LONGEST_WAIT, Person, at_once, names_of, text_of
from chat.tests.replies import CUT, Reply, calls, error, hang, text, words
from chat.tests.scripted_server import ScriptedServer
from chat.tests.scripts import BREAD, MILK
from chat.worker import worker
from tasks.models import Change, Task

ASKED = "Milk and bread are nearly gone."
DEAD = "another:worker"


def posting(person: Person, message: str, key: str = "") -> Callable[[], tuple[int, dict[str, Any]]]:
    # Signed in here: callers that wait together must not hold every connection that the view needs.
    conversation, caller = person.conversation, Person(person.user)

    def post() -> tuple[int, dict[str, Any]]:
        response: Any = caller.answer(
            "post",
            f"conversations/{conversation}/messages/",
            {"message": message},
            Prefer="respond-async",
            **({"Idempotency-Key": key} if key else {}),
        )
        return response.status_code, response.json()

    return post


@pytest.fixture
def orphan(person: Person) -> Turn:
    """A turn whose worker has just claimed it, and is gone."""
    posted = post_message(
        actor=person.user, conversation=Conversation.objects.get(pk=person.conversation), text=ASKED
    )
    assert leases.claim(posted.turn_id, DEAD) is not None
    return Turn.objects.get(pk=posted.turn_id)


def record(turn: Turn, *wanted: tuple[str, dict[str, Any]], text: str = "") -> list[UUID]:
    made = [Call(f"call_{number}", name, arguments) for number, (name, arguments) in enumerate(wanted)]
    states = persistence.record_step(turn.pk, DEAD, number=1, text=text, step=Step(calls=made))
    assert states is not None
    return [state.pk for state in states]


def expire(turn: Turn) -> str:
    Turn.objects.filter(pk=turn.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    return str(turn.pk)


def tasks() -> list[str]:
    return [task.title for task in Task.objects.order_by("number")]


def test_a_retry_goes_on_behind_the_calls_that_ran(person: Person, model: ScriptedServer) -> None:
    model.play([calls(("add_task", MILK), before="Adding."), Reply([{"content": "I have"}, CUT])])
    failed = person.say(ASKED)
    assert (failed["status"], tasks()) == ("failed", ["Buy milk"])
    model.play([text("Milk is on it.")])
    person.act("retry", failed["id"])
    turn = person.ended(failed["id"])
    assert (turn["status"], turn["error"], turn["text"]) == ("done", None, "Adding.\n\nMilk is on it.")
    asked, answered = model.bodies[0]["messages"][-2:]
    assert asked["tool_calls"][0]["function"]["name"] == "add_task"
    assert '"INBOX-1"' in answered["content"]
    assert tasks() == ["Buy milk"]
    assert [call["status"] for call in turn["tool_calls"]] == ["done"]
    assert [each["ref"] for each in turn["receipts"]] == ["INBOX-1"]
    assert person.messages() == [("user", ASKED), ("assistant", "Adding.\n\nMilk is on it.")]


def test_a_retry_that_fails_again_can_be_tried_again(person: Person, model: ScriptedServer) -> None:
    model.perform("bad_key")
    turn_id = person.say(ASKED)["id"]
    person.act("retry", turn_id)
    assert person.ended(turn_id)["status"] == "failed"
    model.play([calls(("add_task", MILK)), text("Added.")])
    person.act("retry", turn_id)
    assert (person.ended(turn_id)["status"], tasks()) == ("done", ["Buy milk"])


def test_only_the_last_failed_turn_can_be_tried_again(person: Person, model: ScriptedServer) -> None:
    model.play([error(400), text("Hello.")])
    failed = person.say(ASKED)
    done = person.say("Hello")
    for turn in (failed, done):
        assert person.act("retry", turn["id"], expect=409)["code"] == "not_retryable"
    assert person.turn(failed["id"])["status"] == "failed"


def test_ten_concurrent_posts_of_one_key_are_one_turn(person: Person, model: ScriptedServer) -> None:
    model.play([calls(("add_task", MILK)), text("Added.")])
    answers = at_once([posting(person, ASKED, key="the-same")] * 10)
    assert {status for status, _ in answers} == {202}
    (turn_id,) = {body["turn"] for _, body in answers}
    assert person.ended(turn_id)["status"] == "done"
    assert (Message.objects.filter(role="user").count(), Turn.objects.count()) == (1, 1)
    assert tasks() == ["Buy milk"]


def test_a_key_with_another_message_is_refused(person: Person, model: ScriptedServer) -> None:
    model.play([text("Hello."), text("Again.")])
    headers: Any = {"Idempotency-Key": "the-same"}
    first = person.say("Hello", **headers)
    assert person.say("Hello", **headers)["id"] == first["id"]
    assert person.say("Good evening", expect=422, **headers)["code"] == "key_reused"
    assert len(model.requests) == 1


def test_a_key_posts_one_conversation_through_the_one_shot_door(
    person: Person, model: ScriptedServer
) -> None:
    model.play([calls(("add_task", MILK)), text("Added.")])
    body = {"message": ASKED}
    headers: Any = {"Idempotency-Key": "the-same"}
    first = person.request("post", "chat/", body, expect=201, **headers)
    assert (first["status"], first["reply"], first["error"]) == ("done", "Added.", None)
    assert [each["ref"] for each in first["receipts"]] == ["INBOX-1"]
    assert [(call["name"], call["status"]) for call in first["tool_calls"]] == [("add_task", "done")]
    assert person.request("post", "chat/", body, expect=201, **headers) == first
    assert (Conversation.objects.count(), tasks()) == (1, ["Buy milk"])


def test_of_two_messages_at_once_one_is_answered(person: Person, model: ScriptedServer) -> None:
    model.perform(lambda body: hang())
    answers = at_once([posting(person, "First"), posting(person, "Second")])
    assert sorted(status for status, _ in answers) == [202, 409]
    (refused,) = [body for status, body in answers if status == 409]
    (taken,) = [body for status, body in answers if status == 202]
    assert (refused["code"], refused["turn"]) == ("turn_running", taken["turn"])
    assert (Message.objects.count(), Turn.objects.count()) == (1, 1)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time, and no row locks")
def test_a_message_that_waits_too_long_for_another_is_refused(person: Person) -> None:
    conversation = Conversation.objects.get(pk=person.conversation)
    locked, told = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Conversation.objects.select_for_update().get(pk=conversation.pk)
            locked.set()
            told.wait(LONGEST_WAIT)

    def post() -> None:
        locked.wait(LONGEST_WAIT)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '50ms'")
            with pytest.raises(Conflict) as refused:
                post_message(actor=person.user, conversation=conversation, text=ASKED)
            assert refused.value.code == "conflict"
            # The connection goes back to the pool, and on to another test.
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")
        finally:
            told.set()

    at_once([hold, post])
    assert (Message.objects.count(), Turn.objects.count()) == (0, 0)


def test_two_tabs_never_interleave(person: Person, model: ScriptedServer) -> None:
    model.perform(lambda body: words("Well, let me think.", pause=0.005))
    tabs = [Person(person.user), Person(person.user)]

    def talk(tab: Person, name: str) -> None:
        for number in range(3):
            while True:
                response: Any = tab.answer("post", path, {"message": f"{name} {number}"})
                if response.status_code == 201:
                    break
                assert response.status_code == 409
                worker().submit(UUID(response.json()["turn"])).result(LONGEST_WAIT)

    path = f"conversations/{person.conversation}/messages/"
    at_once([lambda: talk(tabs[0], "One"), lambda: talk(tabs[1], "Two")])
    said = person.messages()
    assert [role for role, _ in said] == ["user", "assistant"] * 6
    assert {text for role, text in said if role == "assistant"} == {"Well, let me think."}
    for tab in ("One", "Two"):
        assert [text for _, text in said if text.startswith(tab)] == [f"{tab} {n}" for n in range(3)]


def test_a_call_that_runs_twice_at_once_has_one_effect(orphan: Turn) -> None:
    (pk,) = record(orphan, ("add_task", MILK))
    states = at_once([lambda: persistence.run_call(pk)] * 4)
    assert {state.status for state in states} == {"done"}
    assert len({json.dumps(state.result, sort_keys=True) for state in states}) == 1
    assert sorted(state.changed for state in states) == [False, False, False, True]
    assert (tasks(), Change.objects.count()) == (["Buy milk"], 1)


def test_a_turn_left_between_two_calls_is_taken_over(
    person: Person, model: ScriptedServer, orphan: Turn
) -> None:
    first, _ = record(orphan, ("add_task", MILK), ("add_task", BREAD), text="Two things.")
    persistence.run_call(first)
    model.play([text("Both are on it.")])
    turn = person.ended(expire(orphan))
    assert (turn["status"], turn["text"]) == ("done", "Two things.\n\nBoth are on it.")
    assert [call["status"] for call in turn["tool_calls"]] == ["done", "done"]
    assert tasks() == ["Buy milk", "Buy bread"]
    assert [message["role"] for message in model.bodies[0]["messages"][-3:]] == ["assistant", "tool", "tool"]
    assert Turn.objects.get().attempts == 1
    read = person.read(turn["id"])
    assert text_of(read) == turn["text"]
    assert names_of(read)[:2] == ["turn.started", "text.reset"]


def test_a_turn_that_another_worker_holds_is_left_alone(
    person: Person, model: ScriptedServer, orphan: Turn
) -> None:
    turn = person.ended(str(orphan.pk))
    assert (turn["status"], model.requests) == ("running", [])
    assert Turn.objects.get().lease_owner == DEAD


def test_a_worker_that_lost_its_lease_writes_nothing(
    person: Person, model: ScriptedServer, orphan: Turn
) -> None:
    model.play([text("Hello.")])
    turn = person.ended(expire(orphan))
    late = Step(calls=[Call("late", "add_task", MILK)])
    assert persistence.record_step(orphan.pk, DEAD, number=1, text="Late", step=late) is None
    assert persistence.park(orphan.pk, DEAD) is False
    assert leases.renew_lease(orphan.pk, DEAD) == "lost"
    assert not persistence.fail(orphan.pk, worker=DEAD, code="late", message="Late.", text="")
    ended = persistence.finish(orphan.pk, worker=DEAD, status="done", text="Late", step=late, metadata={})
    assert ended is None
    assert person.turn(turn["id"]) == turn
    assert person.messages() == [("user", ASKED), ("assistant", "Hello.")]
    assert not ToolCall.objects.exists()


def test_a_turn_whose_workers_keep_dying_is_given_up_and_can_be_tried_again(
    person: Person, model: ScriptedServer, orphan: Turn
) -> None:
    (pk,) = record(orphan, ("add_task", MILK))
    persistence.run_call(pk)
    Turn.objects.filter(pk=orphan.pk).update(attempts=leases.MAX_ATTEMPTS)
    turn = person.ended(expire(orphan))
    assert (turn["status"], turn["error"]["code"], model.requests) == ("interrupted", "interrupted", [])
    assert [frame.name for frame in person.read(turn["id"])][-1] == "turn.failed"
    model.play([text("Milk is on it.")])
    person.act("retry", turn["id"])
    assert (person.ended(turn["id"])["status"], tasks()) == ("done", ["Buy milk"])


def test_the_lease_is_renewed_while_the_model_is_silent(
    person: Person, model: ScriptedServer, settings: Settings
) -> None:
    settings.TURN_LEASE_SECONDS = 0.6
    settings.LLM_TIMEOUT = 1.5
    model.perform(lambda body: hang())
    turn = person.say(ASKED)
    assert (turn["status"], turn["error"]["code"]) == ("failed", "assistant_unavailable")
    assert (Turn.objects.get().attempts, len(model.requests)) == (0, 1)


def test_many_turns_at_once_give_each_task_its_own_number(person: Person, model: ScriptedServer) -> None:
    model.perform("two_calls")
    people = [Person(person.user) for _ in range(8)]
    turns = [each.post(ASKED)["turn"] for each in people]
    assert [person.ended(turn)["status"] for turn in turns] == ["done"] * 8
    assert sorted(task.number for task in Task.objects.all()) == list(range(1, 17))
