"""Undo: a whole turn goes back, by its button or in words; what was edited since stays."""

from __future__ import annotations

from typing import Any

import pytest

from chat.models import Turn
from chat.tests.person import Person
from chat.tests.replies import calls, text
from chat.tests.scripted_server import ScriptedServer
from chat.tests.talking import HTMX, act
from tasks.changes import Origin, Snapshot, snapshot
from tasks.models import Change, Door, Project, Task
from tasks.operations import add_task, ensure_inbox, update_task

DOOR = Origin(Door.API)


def turn_of(person: Person, model: ScriptedServer, *wanted: tuple[str, Any]) -> dict[str, Any]:
    model.play([calls(*wanted), text("So be it.")])
    turn = person.say("Please.")
    assert (turn["status"], {call["status"] for call in turn["tool_calls"]}) == ("done", {"done"})
    return turn


def task(title: str) -> Task:
    return Task.objects.get(title=title)


@pytest.fixture
def milk(person: Person) -> Task:
    inbox = ensure_inbox(person.user)
    parent = add_task(actor=person.user, origin=DOOR, project=inbox, title="Shopping")
    return add_task(
        actor=person.user,
        origin=DOOR,
        project=inbox,
        title="Buy milk",
        description="Two litres",
        priority="low",
        labels=["home"],
        parent=parent,
    )


EVERYTHING = {
    "task": "INBOX-2",
    "title": "Buy oat milk",
    "description": "One litre",
    "priority": "high",
    "due": "2030-05-06T17:00",
    "labels": ["shop"],
    "assignee": "me",
    "parent": "none",
    "blocked_by": ["INBOX-1"],
    "repeat": "FREQ=WEEKLY;BYDAY=TU",
    "status": "in_progress",
}


def test_every_field_comes_back(person: Person, model: ScriptedServer, milk: Task) -> None:
    before = snapshot(milk)
    turn = turn_of(person, model, ("update_task", EVERYTHING), ("complete_task", {"task": "INBOX-2"}))
    milk.refresh_from_db()
    changed = {name for name, value in snapshot(milk).items() if value != before[name]}
    assert len(changed) >= 10
    undone = person.act("undo", turn["id"], expect=200)
    milk.refresh_from_db()
    assert snapshot(milk) == before
    assert undone["conflicts"] == []
    assert "INBOX-2" in [each["object"] for each in undone["restored"]]
    assert {each["undone"] for each in undone["turn"]["receipts"]} == {True}


def test_what_a_turn_made_goes_to_the_trash(person: Person, model: ScriptedServer) -> None:
    turn = turn_of(
        person,
        model,
        ("create_project", {"key": "WEB", "name": "Website"}),
        ("add_task", {"title": "Write it", "project": "WEB"}),
        ("add_task", {"title": "Buy milk"}),
    )
    undone = person.act("undo", turn["id"], expect=200)
    assert [each["object"] for each in undone["restored"]] == ["INBOX-1", "WEB-1", "WEB"]
    assert undone["conflicts"] == []
    assert not Task.objects.filter(deleted_at=None).exists()
    assert [each.key for each in Project.objects.filter(deleted_at=None)] == ["INBOX"]


def test_a_row_edited_since_is_reported_and_left_alone(
    person: Person, model: ScriptedServer, milk: Task
) -> None:
    change = ("update_task", {"task": "INBOX-2", "title": "Buy oat milk"})
    turn = turn_of(person, model, change, ("add_task", {"title": "Tea"}))
    update_task(actor=person.user, origin=DOOR, task=milk, changes={"title": "Buy soy milk"})
    undone = person.act("undo", turn["id"], expect=200)
    (conflict,) = undone["conflicts"]
    assert (conflict["object"], "title" in conflict["reason"]) == ("INBOX-2", True)
    assert [each["object"] for each in undone["restored"]] == ["INBOX-3"]
    assert Task.objects.get(pk=milk.pk).title == "Buy soy milk"
    assert task("Tea").deleted_at is not None


def test_another_field_edited_since_is_kept(person: Person, model: ScriptedServer, milk: Task) -> None:
    turn = turn_of(person, model, ("update_task", {"task": "INBOX-2", "title": "Buy oat milk"}))
    update_task(actor=person.user, origin=DOOR, task=milk, changes={"description": "Three litres"})
    assert person.act("undo", turn["id"], expect=200)["conflicts"] == []
    milk.refresh_from_db()
    assert (milk.title, milk.description) == ("Buy milk", "Three litres")


def test_a_second_undo_finds_nothing(person: Person, model: ScriptedServer, milk: Task) -> None:
    turn = turn_of(person, model, ("complete_task", {"task": "INBOX-2"}))
    person.act("undo", turn["id"], expect=200)
    changes = Change.objects.count()
    assert person.act("undo", turn["id"], expect=404)["code"] == "not_found"
    assert Change.objects.count() == changes


def test_a_turn_without_changes_has_nothing_to_undo(person: Person, model: ScriptedServer) -> None:
    model.play([text("Hello.")])
    assert person.act("undo", person.say("Hello")["id"], expect=404)["code"] == "not_found"


def test_undo_in_words_and_its_own_undo(person: Person, model: ScriptedServer, milk: Task) -> None:
    turn_of(person, model, ("update_task", EVERYTHING))
    milk.refresh_from_db()
    changed: Snapshot = snapshot(milk)
    undoing = turn_of(person, model, ("undo", {}))
    assert task("Buy milk").priority == "low"
    assert [(each["verb"], each["ref"]) for each in undoing["receipts"]] == [("undo", "INBOX-2")]
    assert undoing["tool_calls"][0]["result"]["conflicts"] == []
    person.act("undo", undoing["id"], expect=200)
    milk.refresh_from_db()
    assert snapshot(milk) == changed


def test_undo_in_words_takes_the_last_turn_that_changed_something(
    person: Person, model: ScriptedServer, milk: Task
) -> None:
    turn_of(person, model, ("add_task", {"title": "Tea"}))
    turn_of(person, model, ("list_tasks", {}))
    turn_of(person, model, ("undo", {}))
    assert task("Tea").deleted_at is not None
    model.play([calls(("undo", {})), text("There is nothing.")])
    again = person.say("Undo that too.")
    assert again["tool_calls"][0]["result"]["error"]["code"] == "not_found"
    assert Task.objects.get(pk=milk.pk).deleted_at is None


def test_the_built_in_assistant_undoes(person: Person, milk: Task) -> None:
    done = person.say("complete INBOX-2")
    assert [each["verb"] for each in done["receipts"]] == ["complete"]
    undone = person.say("undo")
    assert (undone["status"], [each["verb"] for each in undone["receipts"]]) == ("done", ["undo"])
    assert Task.objects.get(pk=milk.pk).status == "todo"


def test_an_approved_deletion_can_be_undone(person: Person, milk: Task) -> None:
    turn = person.say("delete INBOX-2", expect=202)
    person.act("approve", turn["id"])
    person.ended(turn["id"])
    assert Task.objects.get(pk=milk.pk).deleted_at is not None
    person.act("undo", turn["id"], expect=200)
    assert Task.objects.get(pk=milk.pk).deleted_at is None


def test_an_undo_is_taken_back_by_its_button_and_over_rest(person: Person, milk: Task) -> None:
    turn = person.say("complete INBOX-2")
    assert person.act("redo", turn["id"], expect=404)["code"] == "not_found"
    person.act("undo", turn["id"], expect=200)
    redone = person.act("redo", turn["id"], expect=200)
    assert ([each["object"] for each in redone["restored"]], redone["conflicts"]) == (["INBOX-2"], [])
    assert Task.objects.get(pk=milk.pk).status == "done"
    assert {each["undone"] for each in redone["turn"]["receipts"]} == {False}
    row = Turn.objects.get(pk=turn["id"])
    assert '/undo/"' in person.client.post(act(row, "redo"), headers=HTMX).content.decode()
    undone = person.client.post(act(row, "undo"), headers=HTMX).content.decode()
    assert ('/redo/"' in undone, '/undo/"' in undone) == (True, False)
    redone_page = person.client.post(act(row, "redo"), headers=HTMX).content.decode()
    assert '/undo/"' in redone_page
    update_task(actor=person.user, origin=DOOR, task=milk, changes={"status": "todo"})
    (conflict,) = person.act("undo", turn["id"], expect=200)["conflicts"]
    assert conflict["object"] == "INBOX-2"
