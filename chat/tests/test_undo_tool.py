"""The undo tool: the last turn that changed something, one turn by its id, and nobody else's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from accounts.models import User
from chat.tests.calling import Caller, caller_for
from tasks.models import Change, Project, Task
from tasks.operations import ensure_inbox, update_task
from tasks.tests.making import API, add


@pytest.fixture
def call(alice: User, web: Project) -> Caller:
    add(alice, web)
    return caller_for(alice, web)


def milk() -> Task:
    return Task.objects.get(project__key="WEB", number=1)


def test_the_last_turn(call: Caller) -> None:
    call("update_task", task="WEB-1", priority="high", title="Buy oat milk")
    call("add_task", title="Buy bread")
    answer = call.in_new_turn()("undo")
    assert answer["conflicts"] == []
    assert sorted(answer["restored"], key=lambda each: each["object"]) == [
        {
            "object": "WEB-1",
            "text": "Undid WEB-1 “Buy milk”: title “Buy oat milk” → “Buy milk”, medium priority",
        },
        {"object": "WEB-2", "text": "Undid WEB-2 “Buy bread”: moved to the trash"},
    ]
    assert (milk().title, milk().priority) == ("Buy milk", "medium")


def test_again_goes_one_turn_further_back(call: Caller) -> None:
    call("update_task", task="WEB-1", priority="high")
    call.in_new_turn()("update_task", task="WEB-1", priority="low")
    for expected in ("high", "medium"):
        call.in_new_turn()("undo")
        assert milk().priority == expected
    error = call.in_new_turn().refused("undo")
    assert (error["code"], error["message"]) == ("not_found", "There is nothing to undo here.")


def test_a_turn_does_not_undo_itself(call: Caller) -> None:
    call("update_task", task="WEB-1", priority="high")
    assert call.refused("undo")["code"] == "not_found"
    assert milk().priority == "high"


def test_turns_that_changed_nothing_are_passed_over(call: Caller) -> None:
    call("update_task", task="WEB-1", priority="high")
    call.in_new_turn()("list_tasks")
    call.in_new_turn()("undo")
    assert milk().priority == "medium"


def test_another_conversation_is_not_undone(call: Caller, alice: User, web: Project) -> None:
    call("update_task", task="WEB-1", priority="high")
    assert caller_for(alice, web).refused("undo")["code"] == "not_found"
    outside = Caller(replace(caller_for(alice, web).context, conversation_id=None))
    outside("undo")
    assert milk().priority == "medium"


def test_a_turn_by_its_id(call: Caller, alice: User, web: Project) -> None:
    call("update_task", task="WEB-1", priority="high")
    call.in_new_turn()("update_task", task="WEB-1", title="Buy oat milk")
    turn = str(call.context.origin.turn_id)
    assert caller_for(alice, web)("undo", turn=turn)["conflicts"] == []
    assert (milk().priority, milk().title) == ("medium", "Buy oat milk")
    assert call.in_new_turn().refused("undo", turn=turn)["code"] == "not_found"


def test_what_was_edited_since_is_a_conflict(call: Caller, alice: User) -> None:
    call("update_task", task="WEB-1", priority="high")
    update_task(actor=alice, origin=API, task=milk(), changes={"priority": "low"})
    assert call.in_new_turn()("undo") == {
        "restored": [],
        "conflicts": [{"object": "WEB-1", "reason": "Its priority was changed since."}],
    }
    assert milk().priority == "low"


def test_a_strangers_turn_is_not_found(call: Caller, charlie: User) -> None:
    call("update_task", task="WEB-1", priority="high")
    stranger = caller_for(charlie, ensure_inbox(charlie))
    error = stranger.refused("undo", turn=str(call.context.origin.turn_id))
    assert error["code"] == "not_found"
    assert "WEB" not in error["message"]
    assert stranger.refused("undo")["code"] == "not_found"
    assert milk().priority == "high"


@pytest.mark.parametrize("turn", ["last", "1", "01a201ac-f200-7583-b148-15902d68f95f"])
def test_a_turn_that_is_none(call: Caller, turn: str) -> None:
    call("update_task", task="WEB-1", priority="high")
    assert call.in_new_turn().refused("undo", turn=turn)["code"] == "not_found"


def test_an_undo_is_recorded_in_its_own_turn(call: Caller) -> None:
    call("update_task", task="WEB-1", priority="high")
    later = call.in_new_turn()
    later("undo")
    change = Change.objects.get(verb="undo")
    assert (change.turn_id, change.after) == (later.context.origin.turn_id, {"priority": "medium"})
