"""Every write to conversations and turns happens once under an Idempotency-Key."""

from __future__ import annotations

from typing import Any

from chat.models import Conversation
from chat.tests.person import Person
from tasks.models import Change

KEY: Any = {"Idempotency-Key": "once"}


def test_a_conversation_is_started_once(person: Person, stranger: Person) -> None:
    begun = [person.request("post", "conversations/", {"title": "Plans"}, expect=201, **KEY) for _ in "ab"]
    assert begun[0] == begun[1]
    assert Conversation.objects.filter(title="Plans").count() == 1
    reused = person.request("post", "conversations/", {"title": "Others"}, expect=422, **KEY)
    assert reused["code"] == "key_reused"
    # A key is one person's.
    theirs = stranger.request("post", "conversations/", {"title": "Others"}, expect=201, **KEY)
    assert theirs["id"] != begun[0]["id"]


def test_a_renaming_that_is_sent_again_changes_nothing_since(person: Person) -> None:
    path = f"conversations/{person.conversation}/"
    first = person.request("patch", path, {"title": "First"}, expect=200, **KEY)
    person.request("patch", path, {"title": "Second"}, expect=200)
    assert person.request("patch", path, {"title": "First"}, expect=200, **KEY) == first
    assert Conversation.objects.get(pk=person.conversation).title == "Second"


def test_an_undo_that_is_sent_again_is_not_undone(person: Person) -> None:
    turn = person.say("add buy milk")
    answers = [person.request("post", f"turns/{turn['id']}/undo/", {}, expect=200, **KEY) for _ in "ab"]
    assert answers[0] == answers[1]
    assert Change.objects.filter(verb="undo").count() == 1
