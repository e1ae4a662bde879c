"""Stop: at once, with what was said and done kept."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.utils import timezone

from chat import leases, persistence
from chat.llm.types import Step
from chat.llm.types import ToolCall as Call
from chat.models import Conversation, Message, Turn
from chat.operations import post_message, request_stop
from chat.tests.person import Person, names_of, text_of
from chat.tests.replies import HANG, Reply, calls, hang, text
from chat.tests.scripted_server import ScriptedServer
from chat.tests.scripts import MILK
from tasks.models import Task

ASKED = "Milk is nearly gone."
WITHIN_SECONDS = 1.0


def stopped_in_time(person: Person, turn_id: str) -> dict[str, Any]:
    person.act("stop", turn_id)
    turn = person.ended(turn_id, within=WITHIN_SECONDS)
    assert turn["status"] == "stopped"
    return turn


def test_stop_in_the_middle_of_text_keeps_it_and_hangs_up(person: Person, model: ScriptedServer) -> None:
    model.play([Reply([{"content": "I will "}, {"content": "add"}, HANG])])
    turn_id = person.post(ASKED)["turn"]
    seen: list[str] = []

    async def watch() -> None:
        async for frame in person.stream(turn_id):
            seen.append(frame.data.get("text", ""))
            if "".join(seen) == "I will add":
                return

    async_to_sync(watch)()
    turn = stopped_in_time(person, turn_id)
    assert (turn["text"], turn["error"], turn["tool_calls"]) == ("I will add", None, [])
    assert model.wait_until(lambda server: server.hung_up == 1)
    reply = Message.objects.get(role="assistant")
    assert (str(reply.pk), reply.content, reply.metadata["stopped"]) == (turn["reply"], "I will add", True)
    read = person.read(turn_id)
    assert (names_of(read)[-1], text_of(read)) == ("turn.stopped", "I will add")


def test_stop_before_any_text(person: Person, model: ScriptedServer) -> None:
    model.play([hang(), text("Hello again.")])
    turn_id = person.post(ASKED)["turn"]
    assert model.wait_until(lambda server: len(server.requests) == 1)
    assert stopped_in_time(person, turn_id)["text"] == ""
    assert model.wait_until(lambda server: server.hung_up == 1)
    # Servers refuse an assistant's message without content, so the empty reply is no history.
    assert person.say("Hello?")["text"] == "Hello again."
    assert [message["role"] for message in model.bodies[1]["messages"]] == ["system", "user", "user"]


def test_stop_keeps_what_the_calls_have_changed(person: Person, model: ScriptedServer) -> None:
    model.play([calls(("add_task", MILK)), hang()])
    turn_id = person.post(ASKED)["turn"]
    assert model.wait_until(lambda server: len(server.requests) == 2)
    turn = stopped_in_time(person, turn_id)
    assert [call["status"] for call in turn["tool_calls"]] == ["done"]
    assert [each["ref"] for each in turn["receipts"]] == ["INBOX-1"]
    assert Task.objects.get().title == "Buy milk"


def test_stop_while_an_approval_is_awaited(person: Person, model: ScriptedServer) -> None:
    model.play([calls(("add_task", MILK)), text("Added.")])
    person.say(ASKED)
    model.play([calls(("delete_task", {"task": "INBOX-1"}), ("add_task", MILK))])
    turn_id = person.say("Forget it.", expect=202)["id"]
    turn = stopped_in_time(person, turn_id)
    assert [call["status"] for call in turn["tool_calls"]] == ["rejected", "rejected"]
    assert turn["receipts"] == []
    assert [task.deleted_at for task in Task.objects.all()] == [None]
    assert person.act("approve", turn_id, expect=409)["code"] == "not_awaiting_approval"


def test_calls_that_the_stop_came_before_are_closed(person: Person, model: ScriptedServer) -> None:
    conversation = Conversation.objects.get(pk=person.conversation)
    posted = post_message(actor=person.user, conversation=conversation, text=ASKED)
    assert leases.claim(posted.turn_id, "gone") is not None
    step = Step(calls=[Call("one", "add_task", MILK)])
    persistence.record_step(posted.turn_id, "gone", number=1, text="Adding.", step=step)
    row = Turn.objects.get(pk=posted.turn_id)
    request_stop(actor=person.user, turn=row)
    assert persistence.park(row.pk, "gone") is False
    Turn.objects.filter(pk=row.pk).update(lease_expires_at=timezone.now())
    turn = person.ended(str(row.pk))
    assert (turn["status"], turn["text"]) == ("stopped", "Adding.")
    (call,) = turn["tool_calls"]
    assert (call["status"], call["result"]["error"]["code"]) == ("rejected", "not_run")
    assert (Task.objects.count(), model.requests) == (0, [])


def test_stop_after_the_end_changes_nothing(person: Person, model: ScriptedServer) -> None:
    model.play([text("Hello."), text("Still here.")])
    done = person.say("Hello")
    assert person.act("stop", done["id"]) == done
    assert person.ended(done["id"]) == done
    assert person.say("Are you there?")["text"] == "Still here."


def test_stop_twice_is_stop_once(person: Person, model: ScriptedServer) -> None:
    model.play([hang()])
    turn_id = person.post(ASKED)["turn"]
    assert model.wait_until(lambda server: len(server.requests) == 1)
    person.act("stop", turn_id)
    stopped_in_time(person, turn_id)
    assert [role for role, _ in person.messages()] == ["user", "assistant"]
