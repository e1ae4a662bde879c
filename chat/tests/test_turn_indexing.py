"""What was said becomes searchable after the reply, once, and nothing that was missed or forgotten is lost
or comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.utils import timezone

from chat.afterwards import catch_up, index_said
from chat.models import Conversation, Message, Turn
from chat.operations import delete_conversation
from chat.tests.person import LONGEST_WAIT, Person, at_once
from chat.tests.replies import CUT, Reply, text
from chat.tests.scripted_server import ScriptedServer
from chat.tests.talking import make_turn
from chat.worker import worker
from memory.models import RecallEntry
from memory.operations import delete_memory
from memory.recall import Hit
from memory.tests.talk import API, ask, remember, values
from tasks.models import Project


def settled() -> None:
    assert worker().follow_ups_done(LONGEST_WAIT)


def heard(person: Person) -> list[str]:
    """What is searchable of what the person said and was answered, in order."""
    entries = RecallEntry.objects.visible_to(person.user).exclude(message=None)
    return [entry.text for entry in entries.order_by("thread", "position")]


def find(person: Person, question: str) -> list[Hit]:
    return ask(Conversation.objects.get(pk=person.conversation).project, question)


@pytest.fixture
def left(turns_end: None, web: Project) -> Turn:
    """A turn whose worker died behind the reply."""
    talk = Conversation.objects.create(user=web.owner, project=web)
    turn = make_turn(talk, "The accordion is in the cellar", "I will remember that.")
    finished = timezone.now() - timedelta(minutes=5)
    Turn.objects.filter(pk=turn.pk).update(finished_at=finished)
    return turn


def test_what_was_said_can_be_recalled_from_another_conversation(
    person: Person, model: ScriptedServer
) -> None:
    model.play([text("Noted."), text("In the cellar.")])
    person.say("The accordion is in the cellar")
    settled()
    person.begin_anew()
    person.say("Where is the accordion?")
    assert "The accordion is in the cellar" in str(model.bodies[-1]["messages"][-1])


def test_both_sides_in_order_once(person: Person, model: ScriptedServer) -> None:
    model.play([text("Noted."), text("Good.")])
    person.say("The accordion is in the cellar")
    turn = person.say("The drums are in the attic")
    settled()
    person.ended(turn["id"])
    at_once([lambda: index_said(turn["conversation"])] * 3)
    assert heard(person) == [
        "The accordion is in the cellar",
        "Noted.",
        "The drums are in the attic",
        "Good.",
    ]


def test_a_failed_turn_that_is_tried_again_is_indexed_with_its_reply(
    person: Person, model: ScriptedServer
) -> None:
    model.play([Reply([{"content": "It is"}, CUT])])
    failed = person.say("The accordion is in the cellar")
    settled()
    assert heard(person) == ["The accordion is in the cellar"]
    model.play([text("Noted.")])
    person.act("retry", failed["id"])
    person.ended(failed["id"])
    settled()
    assert heard(person) == ["The accordion is in the cellar", "Noted."]


def test_a_crash_before_indexing_loses_nothing(left: Turn, web: Project) -> None:
    assert ask(web, "accordion") == []
    async_to_sync(catch_up)()
    assert "The accordion is in the cellar" in values(ask(web, "accordion"))
    left.refresh_from_db()
    assert left.indexed_at


def test_so_does_the_next_turn_of_the_conversation(person: Person, web: Project, left: Turn) -> None:
    person.request("post", f"conversations/{left.conversation_id}/messages/", {"message": "help"}, expect=201)
    settled()
    assert values(ask(web, "accordion", types=["message"]))[:1] == ["The accordion is in the cellar"]
    first = RecallEntry.objects.order_by("position").first()
    assert first
    assert first.message_id == left.user_message_id


def test_a_deleted_conversation_is_forgotten(person: Person) -> None:
    person.say("The accordion is in the cellar")
    settled()
    assert find(person, "accordion") != []
    talk = Conversation.objects.get(pk=person.conversation)
    delete_conversation(actor=person.user, conversation=talk)
    assert ask(talk.project, "accordion") == []


def test_what_was_forgotten_does_not_come_back(person: Person) -> None:
    turn = person.say("My locker code is 4711")
    settled()
    message = Message.objects.get(pk=turn["message"])
    item = remember(message.conversation.project, "The locker code is 4711", source_message=message)
    delete_memory(actor=person.user, origin=API, item=item)
    item.delete()
    call_command("index_memory")
    async_to_sync(catch_up)()
    assert "My locker code is 4711" not in heard(person)


def test_what_was_forgotten_before_it_was_indexed_is_not_indexed(left: Turn, web: Project) -> None:
    item = remember(web, "The accordion is in the cellar", source_message=left.user_message)
    delete_memory(actor=web.owner, origin=API, item=item)
    index_said(left.conversation_id)
    assert ask(web, "accordion") == []


def test_what_is_out_of_date_by_then_is_only_history(left: Turn, web: Project) -> None:
    remember(web, "The accordion is in the cellar", key="accordion", source_message=left.user_message)
    before = timezone.now()
    remember(web, "The accordion is in the attic", key="accordion")
    index_said(left.conversation_id)
    now = values(ask(web, "Where is the accordion?"))
    assert "The accordion is in the attic" in now
    assert "The accordion is in the cellar" not in now
    assert "The accordion is in the cellar" in values(ask(web, "accordion", as_of=before))


def test_the_message_of_a_local_only_item_is_local_from_the_first(left: Turn, web: Project) -> None:
    remember(web, "The accordion is in the cellar", source_message=left.user_message, local_only=True)
    index_said(left.conversation_id)
    assert "The accordion is in the cellar" in values(ask(web, "accordion", types=["message"]))
    assert "The accordion is in the cellar" not in values(ask(web, "accordion", include_local=False))


def test_the_built_in_assistant_s_own_words_are_not_searchable(person: Person) -> None:
    """Its "I did not understand that" was found as what is known of whatever it had not understood."""
    person.say("The accordion is in the cellar")
    settled()
    assert heard(person) == ["The accordion is in the cellar"]
    call_command("index_memory", all=True)
    assert heard(person) == ["The accordion is in the cellar"]
