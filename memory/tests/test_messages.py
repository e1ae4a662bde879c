"""What was said in conversations is recalled beside the items, by whoever said it and nobody else."""

from __future__ import annotations

import pytest

from accounts.models import User
from chat.models import Conversation, Message
from memory.indexing import index_message
from memory.models import RecallEntry
from memory.operations import delete_memory, update_memory
from memory.tests.talk import API, ask, remember, values
from tasks.models import Project


@pytest.fixture
def talk(web: Project) -> Conversation:
    return Conversation.objects.create(user=web.owner, project=web)


def say(talk: Conversation, text: str, role: str = "user", **metadata: object) -> Message:
    message = Message.objects.create(conversation=talk, role=role, content=text, metadata=metadata)
    index_message(message)
    return message


def test_a_message_is_found_and_names_its_source(talk: Conversation, web: Project) -> None:
    message = say(talk, "The accordion is in the cellar")
    (hit,) = ask(web, "Where is the accordion?")
    assert (hit.type, hit.source.message_id, hit.source.conversation_id) == ("message", message.pk, talk.pk)


def test_another_persons_conversation_in_the_project_stays_theirs(
    web: Project, charlie: User, talk: Conversation
) -> None:
    theirs = Conversation.objects.create(user=charlie, project=web)
    say(theirs, "The accordion is at Charlie's")
    say(talk, "The accordion is in the cellar")
    assert values(ask(web, "accordion")) == ["The accordion is in the cellar"]


def test_other_projects_conversations_are_not_searched(web: Project, inbox: Project) -> None:
    say(Conversation.objects.create(user=web.owner, project=inbox), "The accordion is in the attic")
    assert ask(web, "accordion") == []


def test_a_reply_that_repeats_memory_is_not_recalled(talk: Conversation, web: Project) -> None:
    remember(web, "The accordion is in the cellar", key="accordion")
    say(
        talk,
        "You told me that the accordion is in the cellar, on the left",
        "assistant",
        recalled=["accordion"],
    )
    assert [hit.key for hit in ask(web, "accordion")] == ["accordion"]


def test_a_message_gives_way_to_the_item_made_of_it(talk: Conversation, web: Project) -> None:
    message = say(talk, "Please note: the accordion is in the cellar")
    remember(web, "The accordion is in the cellar", key="accordion", source_message=message)
    (hit,) = ask(web, "accordion")
    assert (hit.key, hit.source.message_id, hit.source.conversation_id) == ("accordion", message.pk, talk.pk)


def test_what_was_superseded_is_not_recalled_from_its_message(talk: Conversation, web: Project) -> None:
    message = say(talk, "We decided that deploys are on Monday")
    remember(web, "Deploys are on Monday", key="deploys", source_message=message)
    remember(web, "Deploys are on Friday", key="deploys")
    assert values(ask(web, "When are deploys?")) == ["Deploys are on Friday"]


def test_forgetting_an_item_forgets_its_message(talk: Conversation, web: Project) -> None:
    message = say(talk, "My locker code is canary")
    item = remember(web, "The locker code is canary", source_message=message)
    delete_memory(actor=web.owner, origin=API, item=item)
    assert ask(web, "locker canary") == []


def test_a_local_only_items_message_is_local_too(talk: Conversation, web: Project) -> None:
    message = say(talk, "My locker code is canary")
    remember(web, "The locker code is canary", source_message=message, local_only=True)
    assert ask(web, "locker canary", include_local=False) == []


def test_so_is_that_of_an_item_made_local_only_later(talk: Conversation, web: Project) -> None:
    message = say(talk, "My locker code is canary")
    item = remember(web, "The locker code is canary", source_message=message)
    assert ask(web, "locker canary", include_local=False) != []
    update_memory(actor=web.owner, origin=API, item=item, changes={"local_only": True})
    assert ask(web, "locker canary", include_local=False) == []


def test_messages_that_the_reader_has_are_left_out(talk: Conversation, web: Project) -> None:
    message = say(talk, "Where is the accordion?")
    assert ask(web, "Where is the accordion?", without_messages=[message.pk]) == []


def test_messages_can_be_asked_for_alone(talk: Conversation, web: Project) -> None:
    say(talk, "The accordion is loud")
    remember(web, "The accordion is in the cellar", key="accordion")
    assert values(ask(web, "accordion", types=["message"])) == ["The accordion is loud"]


def test_deleting_the_conversation_deletes_what_recall_knows_of_it(talk: Conversation, web: Project) -> None:
    say(talk, "The accordion is in the cellar")
    talk.delete()
    assert ask(web, "accordion") == []
    assert not RecallEntry.objects.exists()
