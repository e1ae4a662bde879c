"""The page's forms, which work without JavaScript: saying something, and acting on a turn."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from chat.models import Conversation, Message, Turn
from chat.operations import post_message, start_conversation
from chat.tests.person import Person
from chat.tests.talking import HTMX, act, adding, make_turn, page, plain, read
from tasks.models import Change, Project, Task
from tasks.operations import update_task
from tasks.tests.making import API, add


@pytest.fixture
def talk(alice: User, inbox: Project) -> Conversation:
    return start_conversation(actor=alice, project=inbox, title="Alice’s secret talk")


class TestWithoutJavaScript:
    def test_the_first_message_opens_a_conversation(self, person: Person, web: Project) -> None:
        answer = person.client.post(reverse("new"), {"message": "add buy milk", "project": "WEB"})
        turn = Turn.objects.get()
        assert answer["Location"] == f"{page(turn.conversation)}#turn-{turn.pk}"
        assert person.ended(str(turn.pk))["status"] == "done"
        text = read(person.client, page(turn.conversation))
        assert "Added WEB-1 “buy milk”" in text

    def test_the_next_one_goes_on(self, person: Person) -> None:
        row = start_conversation(actor=person.user)
        answer = person.client.post(page(row), {"message": "  help  "})
        turn = Turn.objects.get()
        assert answer.status_code == 302
        assert (turn.conversation, turn.user_message.content) == (row, "help")
        person.ended(str(turn.pk))

    @pytest.mark.parametrize("text", ["", "   ", "x" * 4097, "a\x00b"])
    def test_a_refused_message_is_explained_and_kept(
        self, talk: Conversation, as_alice: Client, text: str
    ) -> None:
        for url in (page(talk), reverse("new")):
            answer = as_alice.post(url, {"message": text})
            assert answer.status_code == 400
            assert 'class="notice alarm"' in answer.content.decode()
            if len(text) > 4096:
                assert text in answer.content.decode()
        assert not Message.objects.exists() and Conversation.objects.count() == 1

    def test_while_an_answer_is_written_a_second_message_is_kept_in_the_box(
        self, talk: Conversation, as_alice: Client
    ) -> None:
        make_turn(talk, status=Turn.Status.RUNNING)
        answer = as_alice.post(page(talk), {"message": "and eggs"})
        assert answer.status_code == 409
        assert "still being answered" in answer.content.decode()
        assert re.search(r"<textarea[^>]*>and eggs</textarea>", answer.content.decode())

    def test_a_form_needs_its_token(self, alice: User, talk: Conversation) -> None:
        careful = Client(enforce_csrf_checks=True)
        careful.force_login(alice)
        assert careful.post(page(talk), {"message": "hi"}).status_code == 403
        assert not Message.objects.exists()

    def test_renaming(self, talk: Conversation, as_alice: Client) -> None:
        url = reverse("conversation_rename", args=[talk.pk])
        assert as_alice.post(url, {"title": "Groceries"})["Location"] == page(talk)
        assert as_alice.post(url, {"title": " "}).status_code == 400
        talk.refresh_from_db()
        assert talk.title == "Groceries"

    def test_deleting_leaves_the_tasks(self, talk: Conversation, as_alice: Client) -> None:
        task = adding(make_turn(talk))
        url = reverse("conversation_delete", args=[talk.pk])
        assert as_alice.post(url)["Location"] == "/"
        assert not Conversation.objects.exists() and not Message.objects.exists()
        task.refresh_from_db()
        assert task.deleted_at is None


class TestActingOnATurn:
    def test_undo_puts_everything_back_through_the_page_s_door(
        self, talk: Conversation, as_alice: Client
    ) -> None:
        turn = make_turn(talk)
        tasks = [adding(turn, "one"), adding(turn, "two")]
        answer = as_alice.post(act(turn, "undo"), headers=HTMX)
        assert answer["HX-Trigger"] == "tasks-changed"
        assert plain(answer.content.decode()).count("Undone") == 2
        assert "Undo all" not in plain(answer.content.decode())
        for task in tasks:
            task.refresh_from_db()
            assert task.deleted_at
        assert [(each.door, each.turn) for each in Change.objects.filter(verb="undo")] == [("page", None)] * 2

    def test_what_somebody_changed_since_is_named_and_left_alone(
        self, alice: User, talk: Conversation, as_alice: Client
    ) -> None:
        turn = make_turn(talk)
        task = adding(turn)
        update_task(actor=alice, origin=API, task=task, changes={"title": "Buy oat milk"})
        answer = as_alice.post(act(turn, "undo"), headers=HTMX)
        assert (
            "Left alone, because somebody changed it since: INBOX-1 Buy milk: Its title was changed"
            in plain(answer.content.decode())
        )
        task.refresh_from_db()
        assert (task.title, task.deleted_at) == ("Buy oat milk", None)

    def test_a_second_undo_says_that_nothing_is_left(self, talk: Conversation, as_alice: Client) -> None:
        turn = make_turn(talk)
        adding(turn)
        as_alice.post(act(turn, "undo"), headers=HTMX)
        again = as_alice.post(act(turn, "undo"), headers=HTMX)
        assert again.status_code == 200 and "left to undo" in again["HX-Trigger"]
        assert Change.objects.filter(verb="undo").count() == 1

    def test_undo_without_javascript_leads_back(self, talk: Conversation, as_alice: Client) -> None:
        turn = make_turn(talk)
        adding(turn)
        assert as_alice.post(act(turn, "undo"))["Location"] == f"{page(talk)}#turn-{turn.pk}"

    @pytest.mark.parametrize(("verb", "is_deleted"), [("approve", True), ("reject", False)])
    def test_a_decision_runs_what_was_asked_or_leaves_it(
        self, person: Person, inbox: Project, verb: str, is_deleted: bool
    ) -> None:
        task = add(person.user, inbox)
        asked = person.post("delete buy milk")
        assert person.ended(asked["turn"])["status"] == "awaiting_approval"
        turn = Turn.objects.get(pk=asked["turn"])
        card = person.client.get(page(turn.conversation)).content.decode()
        (digest,) = re.findall(r'name="digest" value="(\w+)"', card)
        assert person.client.post(act(turn, verb)).status_code == 409
        answer = person.client.post(act(turn, verb), {"digest": digest}, headers=HTMX)
        assert answer.status_code == 200
        assert person.ended(asked["turn"])["status"] == "done"
        task.refresh_from_db()
        assert bool(task.deleted_at) is is_deleted

    def test_deciding_twice_is_refused_in_words(self, talk: Conversation, as_alice: Client) -> None:
        turn = make_turn(talk)
        answer = as_alice.post(act(turn, "approve"), headers=HTMX)
        assert "decided already" in answer["HX-Trigger"]
        assert as_alice.post(act(turn, "approve")).status_code == 409

    def test_a_failed_turn_is_tried_again(self, person: Person) -> None:
        posted = post_message(
            actor=person.user, conversation=start_conversation(actor=person.user), text="add buy milk"
        )
        Turn.objects.filter(pk=posted.turn_id).update(status="failed", error={"code": "x", "message": "x"})
        turn = Turn.objects.get()
        assert "data-live" in person.client.post(act(turn, "retry"), headers=HTMX).content.decode()
        assert person.ended(str(turn.pk))["status"] == "done"
        assert Task.objects.count() == 1

    def test_what_waits_can_be_stopped(self, person: Person, inbox: Project) -> None:
        task = add(person.user, inbox)
        asked = person.post("delete buy milk")
        person.ended(asked["turn"])
        person.client.post(act(Turn.objects.get(), "stop"))
        assert person.ended(asked["turn"])["status"] == "stopped"
        task.refresh_from_db()
        assert task.deleted_at is None
