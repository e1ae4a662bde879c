"""Approval: what a person says yes to is exactly what runs, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from accounts.models import Approval
from chat.models import ToolCall, Turn
from chat.tests.person import Frame, Person, at_once, names_of, text_of
from chat.tests.replies import calls, text
from chat.tests.scripted_server import ScriptedServer
from tasks.changes import Origin
from tasks.models import Change, Door, Task
from tasks.operations import add_task, ensure_inbox

DELETE = ("delete_task", {"task": "milk"})


@pytest.fixture
def milk(person: Person) -> Task:
    return add_task(
        actor=person.user, origin=Origin(Door.API), project=ensure_inbox(person.user), title="Buy milk"
    )


def prefer(person: Person, approval: Approval) -> None:
    person.user.approval = approval
    person.user.save(update_fields=["approval"])


def parked(person: Person, model: ScriptedServer, *wanted: tuple[str, Any], said: str = "") -> dict[str, Any]:
    model.play([calls(*(wanted or (DELETE,)), before=said), text("So be it.")])
    return person.say("Forget the milk.", expect=202)


def statuses(turn: dict[str, Any]) -> list[str]:
    return [call["status"] for call in turn["tool_calls"]]


def in_trash(task: Task) -> bool:
    return Task.objects.get(pk=task.pk).deleted_at is not None


def test_deleting_waits_by_default(person: Person, model: ScriptedServer, milk: Task) -> None:
    turn = parked(person, model, said="I will delete it.")
    assert (turn["status"], statuses(turn)) == ("awaiting_approval", ["awaiting_approval"])
    assert (turn["text"], turn["receipts"]) == ("I will delete it.", [])
    assert turn["tool_calls"][0]["arguments"] == {"task": "INBOX-1"}
    assert not in_trash(milk)
    row = Turn.objects.get()
    assert (row.lease_owner, row.lease_expires_at) == ("", None)
    assert len(model.requests) == 1
    refused = person.post("And now?", expect=409)
    assert (refused["code"], "your yes or no" in refused["detail"]) == ("turn_running", True)


def test_yes_runs_the_stored_call_once(person: Person, model: ScriptedServer, milk: Task) -> None:
    turn_id = parked(person, model)["id"]
    path = f"turns/{turn_id}/approve/"
    answers = at_once([lambda: Person(person.user).answer("post", path).status_code] * 3)
    assert sorted(answers) == [202, 409, 409]
    turn = person.ended(turn_id)
    assert (turn["status"], turn["text"], statuses(turn)) == ("done", "So be it.", ["done"])
    assert [(each["verb"], each["ref"]) for each in turn["receipts"]] == [("delete", "INBOX-1")]
    assert in_trash(milk)
    assert Change.objects.filter(verb="delete").count() == 1
    assert person.act("approve", turn_id, expect=409)["code"] == "not_awaiting_approval"
    assert person.act("reject", turn_id, expect=409)["code"] == "not_awaiting_approval"
    assert '"deleted"' in model.bodies[1]["messages"][-1]["content"]


def test_no_changes_nothing_and_tells_the_model(person: Person, model: ScriptedServer, milk: Task) -> None:
    turn_id = parked(person, model)["id"]
    person.act("reject", turn_id)
    turn = person.ended(turn_id)
    assert (turn["status"], turn["text"], statuses(turn)) == ("done", "So be it.", ["rejected"])
    assert turn["receipts"] == []
    assert not in_trash(milk)
    told = model.bodies[1]["messages"][-1]
    assert told["role"] == "tool"
    assert "did not allow this" in told["content"]
    assert person.act("approve", turn_id, expect=409)["code"] == "not_awaiting_approval"


def test_a_title_means_the_task_that_it_meant_when_asked(
    person: Person, model: ScriptedServer, milk: Task
) -> None:
    turn_id = parked(person, model)["id"]
    Task.objects.filter(pk=milk.pk).update(title="Buy oat drink")
    other = add_task(actor=person.user, origin=Origin(Door.API), project=milk.project, title="Milk")
    person.act("approve", turn_id)
    assert person.ended(turn_id)["status"] == "done"
    assert (in_trash(milk), in_trash(other)) == (True, False)


def test_a_call_that_cannot_work_is_not_asked_about(
    person: Person, model: ScriptedServer, milk: Task
) -> None:
    model.play([calls(("delete_task", {"task": "no such thing"})), text("There is none.")])
    turn = person.say("Forget the bread.")
    assert (turn["status"], statuses(turn)) == ("done", ["failed"])


def test_calls_before_the_question_run_and_those_behind_it_wait(
    person: Person, model: ScriptedServer, milk: Task
) -> None:
    turn = parked(person, model, ("add_task", {"title": "Tea"}), DELETE, ("add_task", {"title": "Honey"}))
    assert statuses(turn) == ["done", "awaiting_approval", "pending"]
    assert {task.title for task in Task.objects.all()} == {"Buy milk", "Tea"}
    person.act("reject", turn["id"])
    turn = person.ended(turn["id"])
    assert (turn["status"], statuses(turn)) == ("done", ["done", "rejected", "done"])
    assert {task.title for task in Task.objects.kept()} == {"Buy milk", "Tea", "Honey"}
    assert [message["role"] for message in model.bodies[1]["messages"][-3:]] == ["tool", "tool", "tool"]


def test_two_destructive_calls_are_one_question(person: Person, model: ScriptedServer, milk: Task) -> None:
    tea = add_task(actor=person.user, origin=Origin(Door.API), project=milk.project, title="Tea")
    turn = parked(person, model, DELETE, ("delete_task", {"task": "Tea"}))
    assert statuses(turn) == ["awaiting_approval", "awaiting_approval"]
    person.act("approve", turn["id"])
    assert statuses(person.ended(turn["id"])) == ["done", "done"]
    assert (in_trash(milk), in_trash(tea)) == (True, True)


def test_never_asks_nobody(person: Person, model: ScriptedServer, milk: Task) -> None:
    prefer(person, Approval.NEVER)
    model.play([calls(DELETE), text("Gone.")])
    turn = person.say("Forget the milk.")
    assert (turn["status"], statuses(turn)) == ("done", ["done"])
    assert in_trash(milk)


def test_always_asks_about_every_write_and_no_read(person: Person, model: ScriptedServer, milk: Task) -> None:
    prefer(person, Approval.ALWAYS)
    model.play([calls(("list_tasks", {})), calls(("complete_task", {"task": "milk"})), text("Done.")])
    turn = person.say("Milk is here.", expect=202)
    assert (turn["status"], statuses(turn)) == ("awaiting_approval", ["done", "awaiting_approval"])
    person.act("approve", turn["id"])
    assert person.ended(turn["id"])["status"] == "done"
    assert Task.objects.get(pk=milk.pk).status == "done"


def test_the_built_in_assistant_asks_too(person: Person, milk: Task) -> None:
    turn = person.say("delete INBOX-1", expect=202)
    assert (turn["status"], turn["provider"], statuses(turn)) == (
        "awaiting_approval",
        "built-in",
        ["awaiting_approval"],
    )
    person.act("approve", turn["id"])
    turn = person.ended(turn["id"])
    assert (turn["status"], in_trash(milk)) == ("done", True)


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_a_stranger_decides_nothing(
    person: Person, stranger: Person, model: ScriptedServer, milk: Task, verb: str
) -> None:
    turn = parked(person, model)
    assert stranger.act(verb, turn["id"], expect=404)["code"] == "not_found"
    assert ToolCall.objects.get().status == "awaiting_approval"
    assert not in_trash(milk)


def reading_until(person: Person, turn_id: str, name: str) -> list[Frame]:
    async def read() -> list[Frame]:
        found = []
        async for frame in person.stream(turn_id):
            found.append(frame)
            if frame.name == name:
                break
        return found

    return async_to_sync(read)()


def test_a_late_reader_of_a_parked_turn_sees_the_question(
    person: Person, model: ScriptedServer, milk: Task, fresh_log: Callable[[], None]
) -> None:
    turn_id = parked(person, model, said="Shall I?")["id"]
    question = {"calls": [{"id": "call_1", "name": "delete_task", "arguments": {"task": "INBOX-1"}}]}
    for _ in ("from the log", "from the database"):
        read = reading_until(person, turn_id, "approval.required")
        assert read[-1].data == question
        assert text_of(read) == "Shall I?"
        fresh_log()
    person.act("approve", turn_id)
    turn = person.ended(turn_id)
    read = person.read(turn_id)
    assert text_of(read) == turn["text"] == "Shall I?\n\nSo be it."
    assert names_of(read) == [
        "turn.started", "text.reset", "tool.call", "tool.result", "text.delta", "turn.done",
    ]  # fmt: skip
    assert [frame.data["changed"] for frame in read if frame.name == "tool.result"] == [True]
