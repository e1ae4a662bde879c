"""Budgets: past the day's tokens no request leaves, however many ask at once, and the person is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from pytest_django import Settings

from accounts.models import User
from chat.budgets import BudgetSpent, reserve, settle, today
from chat.llm.types import Request, Situation, Step, Usage, UserMessage
from chat.models import TokenUse, Turn
from chat.operations import start_and_post
from chat.tests.person import LONGEST_WAIT, Person
from chat.tests.replies import Pause, Reply, calls, error, text
from chat.tests.scripted_server import ScriptedServer
from chat.tests.talking import plain
from chat.worker import worker
from tasks.changes import Origin
from tasks.models import Door, Task
from tasks.operations import add_task, ensure_inbox

PRICE = {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000}
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
WORD = Request("Rules.", (UserMessage("Hello"),), (), Situation(now=NOON))


def used(user: User) -> int:
    return today(user).used


def test_at_the_limit_the_built_in_assistant_answers_and_says_so(
    person: Person, model: ScriptedServer, settings: Settings
) -> None:
    settings.DAILY_TOKEN_BUDGET = 1000
    model.perform(lambda body: text("Hello.", usage=PRICE))
    assert person.say("Hello there")["notice"] == ""
    assert today(person.user).is_spent
    for said in ("Add milk", "I wonder about the milk."):
        turn = person.say(said)
        assert (turn["status"], turn["provider"], turn["error"]) == ("done", "built-in", None)
        assert turn["notice"].startswith("Today's 1,000 tokens are used up")
        assert "00:00 (Europe/Zurich)" in turn["notice"]
        assert turn["notice"].endswith("The built-in assistant answered instead.")
    assert [task.title for task in Task.objects.all()] == ["milk"]
    assert (len(model.requests), used(person.user)) == (1, 1000)


def test_a_turn_that_reaches_the_limit_ends_with_what_it_did(
    person: Person, model: ScriptedServer, settings: Settings
) -> None:
    settings.DAILY_TOKEN_BUDGET = 500
    model.play([calls(("add_task", {"title": "Buy milk"}), usage=PRICE)])
    turn = person.say("Milk is nearly gone.")
    assert (turn["status"], turn["provider"], len(model.requests)) == ("done", "built-in", 1)
    assert "Buy milk" in turn["text"]
    assert "used up" in turn["notice"]
    assert [each["ref"] for each in turn["receipts"]] == ["INBOX-1"]


def test_fifty_turns_at_once_do_not_overdraw(
    person: Person, model: ScriptedServer, settings: Settings
) -> None:
    settings.DAILY_TOKEN_BUDGET = 5000
    waiting = {"role": "assistant", "content": "Hello."}
    model.perform(lambda body: Reply([Pause(1.0), waiting], waiting, usage=PRICE))
    posted = [start_and_post(actor=person.user, project=None, text="A story, please.") for _ in range(50)]
    for running in [worker().submit(each.turn_id) for each in posted]:
        running.result(LONGEST_WAIT)
    ended = list(Turn.objects.select_related("reply"))
    assert {turn.status for turn in ended} == {"done"}
    asked = len(model.requests)
    # Each counts with its prompt before it leaves, so that they do not all see the same room.
    assert 1 <= asked <= 5
    assert used(person.user) == asked * 1000
    notices = [turn.reply.metadata.get("notice", "") for turn in ended if turn.reply]
    assert sum("used up" in notice for notice in notices) == 50 - asked


def test_what_no_server_counts_is_estimated(person: Person, model: ScriptedServer) -> None:
    model.play([text("Hello, how are you?", usage=None)])
    person.say("Hello")
    use = TokenUse.objects.get()
    assert 500 < use.prompt_tokens < 5000
    assert use.completion_tokens == 5


def test_a_server_that_is_down_costs_nothing(person: Person, model: ScriptedServer) -> None:
    model.perform(lambda body: error(400, "No."))
    assert person.say("Hello")["status"] == "failed"
    assert used(person.user) == 0


def test_a_day_is_the_persons_own(alice: User, settings: Settings) -> None:
    settings.DAILY_TOKEN_BUDGET = 100
    evening = datetime(2026, 3, 10, 22, 50, tzinfo=UTC)  # 23:50 in Zurich
    with time_machine.travel(evening, tick=False):
        settle(reserve(alice, WORD), Step(usage=Usage(60, 60)))
        assert today(alice).resets_at == datetime(2026, 3, 10, 23, tzinfo=UTC)
        with pytest.raises(BudgetSpent, match="00:00"):
            reserve(alice, WORD)
        # Another time zone is no new purse: there it is the same day still.
        alice.timezone = "Asia/Kathmandu"
        with pytest.raises(BudgetSpent):
            reserve(alice, WORD)
    alice.timezone = "Europe/Zurich"
    with time_machine.travel(evening + timedelta(minutes=10), tick=False):
        assert used(alice) == 0
        reserve(alice, WORD)


def test_what_a_crash_left_stays_counted(alice: User) -> None:
    reserve(alice, WORD)
    assert used(alice) == 3


def test_seconds_add_up_over_the_workers_of_a_turn(
    person: Person, model: ScriptedServer, settings: Settings
) -> None:
    settings.TURN_MAX_SECONDS = 60.0
    add_task(actor=person.user, origin=Origin(Door.API), project=ensure_inbox(person.user), title="Milk")
    model.play([calls(("delete_task", {"task": "INBOX-1"}))])
    parked = person.say("Forget the milk.", expect=202)
    Turn.objects.filter(pk=parked["id"]).update(ran_seconds=61.0)
    person.act("approve", parked["id"])
    turn = person.ended(parked["id"])
    assert (turn["status"], len(model.requests)) == ("done", 1)
    assert "I stopped after 60 seconds" in turn["text"]


def test_the_settings_page_says_how_much_is_used(person: Person, settings: Settings) -> None:
    settings.DAILY_TOKEN_BUDGET = 50_000
    settle(reserve(person.user, WORD), Step(usage=Usage(12_000, 345)))
    shown = plain(person.client.get("/settings/").content.decode())
    assert "12,345 of 50,000 tokens used today" in shown
    settings.DAILY_TOKEN_BUDGET = 0
    assert "12,345 tokens used today" in plain(person.client.get("/settings/").content.decode())
