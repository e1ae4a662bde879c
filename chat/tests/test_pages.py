"""The chat page and its fragments: who sees them, and what they show."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from chat.models import Conversation, ToolCall, Turn
from chat.operations import start_conversation
from chat.tests.talking import HTMX, act, adding, awaiting, make_turn, page, read
from tasks.models import Project
from tasks.operations import complete_task
from tasks.tests.making import API, add


@pytest.fixture
def talk(alice: User, inbox: Project) -> Conversation:
    return start_conversation(actor=alice, project=inbox, title="Alice’s secret talk")


def addresses(row: Conversation, turn: Turn) -> dict[str, list[str]]:
    """Every address of the page, by method, which belongs to the owner of `row`."""
    older = reverse("conversations")
    return {
        "get": [
            page(row),
            reverse("talk", args=[row.pk]),
            reverse("turn", args=[row.pk, turn.pk]),
            f"{older}?before={row.pk}",
            f"{older}?current={row.pk}",
            f"{reverse('new')}?project={row.project_id}",
        ],
        "post": [
            page(row),
            reverse("conversation_rename", args=[row.pk]),
            reverse("conversation_delete", args=[row.pk]),
            *(act(turn, verb) for verb in ("undo", "redo", "stop", "retry", "approve", "reject")),
        ],
    }


class TestWhoSeesIt:
    def test_the_owner(self, talk: Conversation, as_alice: Client) -> None:
        for url in addresses(talk, make_turn(talk))["get"]:
            assert as_alice.get(url).status_code == 200, url

    def test_a_stranger_finds_nothing_and_changes_nothing(
        self, talk: Conversation, as_charlie: Client
    ) -> None:
        turn = make_turn(talk)
        task = adding(turn)
        own = start_conversation(actor=User.objects.get(username="charlie"))
        for method, urls in addresses(talk, turn).items():
            for url in urls:
                sent = {"message": "hi", "title": "Mine"} if method == "post" else None
                answer = getattr(as_charlie, method)(url, sent)
                assert answer.status_code == 404, url
                assert "secret" not in answer.content.decode()
        assert own.turns.count() == 0
        talk.refresh_from_db()
        task.refresh_from_db()
        assert (talk.title, talk.turns.count(), task.deleted_at) == ("Alice’s secret talk", 1, None)

    def test_nobody_in_particular_has_to_sign_in(self, talk: Conversation, client: Client) -> None:
        for method, urls in addresses(talk, make_turn(talk)).items():
            for url in urls:
                answer = getattr(client, method)(url)
                assert answer.status_code == 302, url
                assert answer["Location"].startswith("/accounts/login/")

    def test_wrong_methods(self, talk: Conversation, as_alice: Client) -> None:
        turn = make_turn(talk)
        for url in addresses(talk, turn)["post"][1:]:
            assert as_alice.get(url).status_code == 405, url
        for name in ("home", "conversations"):
            assert as_alice.post(reverse(name)).status_code == 405
        assert as_alice.put(page(talk)).status_code == 405
        assert as_alice.post(reverse("talk", args=[talk.pk])).status_code == 405

    def test_a_turn_is_found_under_its_own_conversation_alone(
        self, alice: User, talk: Conversation, as_alice: Client
    ) -> None:
        other = start_conversation(actor=alice)
        turn = make_turn(talk)
        assert as_alice.get(reverse("turn", args=[other.pk, turn.pk])).status_code == 404

    @pytest.mark.parametrize(
        "query", ["before=nonsense", f"before={UUID(int=7)}", f"message={UUID(int=7)}", "project=NOPE"]
    )
    def test_what_the_address_names_wrongly_is_not_there(
        self, talk: Conversation, as_alice: Client, query: str
    ) -> None:
        assert as_alice.get(f"{page(talk)}?{query}").status_code == 404


class TestWhatItShows:
    def test_the_root_is_the_newest_conversation(self, talk: Conversation, as_alice: Client) -> None:
        newest = start_conversation(actor=talk.user)
        assert as_alice.get("/")["Location"] == page(newest)

    def test_or_the_empty_state_with_three_examples_that_send(self, alice: User, as_alice: Client) -> None:
        html = as_alice.get("/").content.decode()
        assert len(re.findall(r'<button[^>]*class="example"[^>]*name="message"[^>]*value="[^"]+', html)) == 3

    def test_a_new_conversation_is_made_by_its_first_message(
        self, alice: User, web: Project, as_alice: Client
    ) -> None:
        assert "Website" in read(as_alice, reverse("new"), project="WEB")
        assert not Conversation.objects.exists()

    def test_it_says_which_assistant_answers(self, talk: Conversation, as_alice: Client) -> None:
        assert "Built-in assistant" in read(as_alice, page(talk))

    def test_each_reply_says_who_wrote_it(self, talk: Conversation, as_alice: Client) -> None:
        turn = make_turn(talk)
        Turn.objects.filter(pk=turn.pk).update(provider="localhost:11434", model="qwen3")
        assert "qwen3 · localhost:11434" in read(as_alice, page(talk))

    def test_what_was_said_is_text_and_what_was_answered_is_markdown(
        self, talk: Conversation, as_alice: Client
    ) -> None:
        make_turn(talk, "**add** <b>milk</b>", "Added **milk** <script>alert(1)</script>.")
        html = as_alice.get(page(talk)).content.decode()
        assert "**add** &lt;b&gt;milk&lt;/b&gt;" in html
        assert "Added <strong>milk</strong> &lt;script&gt;" in html

    def test_receipts_come_from_what_changed_not_from_the_words(
        self, talk: Conversation, as_alice: Client
    ) -> None:
        make_turn(talk, reply="I have added bread and eggs!")
        turn = make_turn(talk)
        adding(turn)
        text = read(as_alice, page(talk))
        assert "I have added bread and eggs! Nothing was changed" in text
        assert "Added INBOX-1 “Buy milk” Undo" in text

    def test_a_failed_turn_offers_another_try_while_it_is_the_last(
        self, talk: Conversation, as_alice: Client
    ) -> None:
        error = {"code": "timeout", "message": "The model took too long.", "text": "I was saying"}
        make_turn(talk, reply="", status=Turn.Status.FAILED, error=error)
        text = read(as_alice, page(talk))
        assert "I was saying The model took too long. Try again" in text
        retry = "/retry/"
        assert retry in as_alice.get(page(talk)).content.decode()
        make_turn(talk)
        assert retry not in as_alice.get(page(talk)).content.decode()

    def test_a_stopped_turn_says_so_and_keeps_its_text(self, talk: Conversation, as_alice: Client) -> None:
        make_turn(talk, reply="As far as I got", status=Turn.Status.STOPPED)
        assert "As far as I got Stopped." in read(as_alice, page(talk))

    def test_a_notice_stands_above_the_reply(self, talk: Conversation, as_alice: Client) -> None:
        make_turn(talk, metadata={"notice": "The model did not answer."})
        assert "The model did not answer. Added milk ." in read(as_alice, page(talk))

    def test_choices_can_be_sent_while_they_are_the_last_word(
        self, talk: Conversation, as_alice: Client
    ) -> None:
        make_turn(talk, metadata={"choices": ["WEB-1", "WEB-2"]})
        buttons = 'name="message" value="WEB-2"'
        assert buttons in as_alice.get(page(talk)).content.decode()
        make_turn(talk)
        assert buttons not in as_alice.get(page(talk)).content.decode()

    def test_tool_calls_are_named(self, talk: Conversation, as_alice: Client) -> None:
        turn = make_turn(talk)
        ToolCall.objects.create(turn=turn, call_id="1", step=1, position=0, name="add_task", status="done")
        assert "add task Done" in read(as_alice, page(talk))

    def test_a_turn_in_the_making_shows_its_draft_and_can_be_followed(
        self, talk: Conversation, as_alice: Client
    ) -> None:
        turn = make_turn(talk, status=Turn.Status.RUNNING, draft="So **far**")
        html = as_alice.get(page(talk)).content.decode()
        assert re.search(rf'data-turn="{turn.pk}"[^>]* data-live', html)
        assert "So **far**" in html
        assert f'<noscript><meta http-equiv="refresh" content="3; url={page(talk)}"></noscript>' in html

    def test_an_approval_shows_exactly_what_would_run(
        self, alice: User, talk: Conversation, as_alice: Client
    ) -> None:
        add(alice, talk.project, "Buy milk")
        arguments = {"task": "INBOX-1", "note": "a\u202eb\u200b\x07", "count": 3, "<i>": ["x", {"y": None}]}
        awaiting(talk, "delete_task", arguments)
        text = read(as_alice, page(talk))
        assert "delete task “Buy milk”" in text
        assert "note a⟨U+202E⟩b⟨U+200B⟩⟨U+0007⟩" in text
        assert '["x", {"y": null}]' in text and "<i>" in text
        assert "Approve Reject" in text

    def test_long_talks_are_read_from_their_end(self, talk: Conversation, as_alice: Client) -> None:
        turns = [make_turn(talk, f"message {n}.") for n in range(45)]
        text = read(as_alice, page(talk))
        assert "message 44." in text and "message 5." in text and "message 4." not in text
        earlier = read(as_alice, page(talk), before=str(turns[5].pk))
        assert "message 4." in earlier and "message 5." not in earlier

    def test_an_address_leads_to_a_message_far_back(self, talk: Conversation, as_alice: Client) -> None:
        turns = [make_turn(talk, f"message {n}.") for n in range(60)]
        html = as_alice.get(f"{page(talk)}?message={turns[5].reply_id}").content.decode()
        assert f'id="message-{turns[5].reply_id}"' in html
        assert f'id="message-{turns[59].user_message_id}"' in html
        assert "message 0." not in html

    def test_many_conversations_are_listed_in_parts(self, alice: User, as_alice: Client) -> None:
        rows = [start_conversation(actor=alice, title=f"talk {n}.") for n in range(35)]
        first = read(as_alice, page(rows[-1]))
        assert "talk 34." in first and "talk 5." in first and "talk 4." not in first
        rest = read(as_alice, reverse("conversations"), before=str(rows[5].pk))
        assert "talk 4." in rest and "talk 0." in rest and "talk 5." not in rest

    def test_the_query_count_does_not_grow_with_what_is_shown(
        self,
        alice: User,
        inbox: Project,
        talk: Conversation,
        as_alice: Client,
        django_assert_num_queries: Any,
    ) -> None:
        for number in range(12):
            turn = make_turn(talk, metadata={"choices": ["a"]})
            ToolCall.objects.create(turn=turn, call_id="1", step=1, position=0, name="add_task")
            complete_task(actor=alice, origin=API, task=adding(turn, f"task {number}"))
            add(alice, inbox, f"open {number}", labels=["home"])
            start_conversation(actor=alice)
        # Session, user, conversation; turns, tool calls, changes; whether they are in a team, conversations;
        # open tasks, projects, done tasks.
        with django_assert_num_queries(11):
            as_alice.get(page(talk))

    def test_no_page_carries_a_script_or_a_style_of_its_own(
        self, talk: Conversation, as_alice: Client
    ) -> None:
        make_turn(talk)
        for url in (page(talk), reverse("new"), reverse("settings"), reverse("conversations")):
            answer = as_alice.get(url)
            html = answer.content.decode()
            assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=\"/static/)", html)
            assert not re.search(r'(src|href|action)="(https?:)?//', html)
            assert "unsafe" not in answer["Content-Security-Policy"]


class TestKeepingUp:
    def test_a_page_that_has_everything_is_told_so(self, talk: Conversation, as_alice: Client) -> None:
        make_turn(talk)
        url = reverse("talk", args=[talk.pk])
        html = as_alice.get(url).content.decode()
        seen = re.findall(r'data-seen="([^"]+)"', html)[0]
        assert as_alice.get(url, {"seen": seen}).status_code == 204
        make_turn(talk, "and eggs")
        assert "and eggs" in as_alice.get(url, {"seen": seen}).content.decode()

    def test_the_list_alone_for_the_page_and_a_whole_page_without_javascript(
        self, talk: Conversation, as_alice: Client
    ) -> None:
        fragment = as_alice.get(reverse("conversations"), {"current": str(talk.pk)}, headers=HTMX)
        assert "<html" not in fragment.content.decode() and "aria-current" in fragment.content.decode()
        assert "<html" in as_alice.get(reverse("conversations")).content.decode()

    def test_a_turn_by_itself(self, talk: Conversation, as_alice: Client) -> None:
        turn = make_turn(talk)
        html = as_alice.get(reverse("turn", args=[talk.pk, turn.pk])).content.decode()
        assert html.strip().startswith(f'<article id="turn-{turn.pk}"')
