"""Under a reply stands what it was reminded of: links to the item and to what was said."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from chat.models import Conversation, Message, Turn
from chat.operations import delete_conversation
from chat.tests.person import LONGEST_WAIT, Person
from chat.tests.replies import text
from chat.tests.scripted_server import ScriptedServer
from chat.tests.talking import page
from chat.worker import worker
from memory.models import MemoryItem
from memory.operations import delete_memory
from memory.tests.talk import API, remember
from tasks.operations import ensure_inbox


@pytest.fixture
def item(person: Person) -> MemoryItem:
    home = ensure_inbox(person.user)
    return remember(home, "The accordion is in the <cellar>", key="accordion & co")


@pytest.fixture
def turn(person: Person, model: ScriptedServer, item: MemoryItem) -> Turn:
    """A reply with an item and with what was said in another conversation."""
    model.play([text("Noted."), text("In the cellar.")])
    person.say("My sister wants the accordion on Sunday")
    assert worker().follow_ups_done(LONGEST_WAIT)
    person.begin_anew()
    return Turn.objects.get(pk=person.say("Who wants the accordion, my sister?")["id"])


def chips(html: str) -> dict[str, str]:
    """Where each chip leads, by what stands on it."""
    found = re.findall(r'<a class="chip" href="([^"]+)"[^>]*>([^<]*)</a>', html)
    return {unescape(label): unescape(url) for url, label in found}


def test_they_lead_to_the_item_and_to_the_message(turn: Turn, item: MemoryItem, person: Person) -> None:
    found = chips(person.client.get(page(turn.conversation)).content.decode())
    assert found["accordion & co"] == f"/memory/{item.pk}/"
    said = Message.objects.get(content="My sister wants the accordion on Sunday")
    (label,) = found.keys() - {"accordion & co"}
    assert re.fullmatch(r"What you said on \d+ \w{3}", label)
    assert found[label] == f"/c/{said.conversation_id}/?message={said.pk}#message-{said.pk}"
    assert person.client.get(found["accordion & co"]).status_code == 200
    assert f'id="message-{said.pk}"' in person.client.get(found[label]).content.decode()


def test_they_are_the_same_live_and_after_a_reload(turn: Turn, person: Person) -> None:
    whole = person.client.get(page(turn.conversation)).content.decode()
    fragment = person.client.get(f"/c/{turn.conversation_id}/turns/{turn.pk}/").content.decode()
    assert chips(whole) == chips(fragment) != {}


def test_what_is_deleted_has_no_chip(turn: Turn, item: MemoryItem, person: Person) -> None:
    delete_memory(actor=person.user, origin=API, item=item)
    said = Conversation.objects.get(messages__content="My sister wants the accordion on Sunday")
    delete_conversation(actor=person.user, conversation=said)
    html = person.client.get(page(turn.conversation)).content.decode()
    assert chips(html) == {}
    assert "accordion &amp; co" not in html


def test_a_reply_that_was_reminded_of_nothing_says_nothing_of_it(
    person: Person, model: ScriptedServer
) -> None:
    model.play([text("Hello.")])
    person.say("Hello there, everybody")
    talk = Conversation.objects.get(pk=person.conversation)
    assert "From memory" not in person.client.get(page(talk)).content.decode()


def test_a_stranger_sees_none(turn: Turn, as_charlie: Client) -> None:
    assert as_charlie.get(page(turn.conversation)).status_code == 404
