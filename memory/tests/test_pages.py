"""The memory page: who sees it, what it lists, and what each of its forms does."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from chat.models import Conversation, Message
from memory.indexing import index_message
from memory.models import MemoryItem
from memory.operations import delete_memory
from memory.tests.talk import API, ask, remember, remember_all
from tasks.changes import Origin
from tasks.models import Door, Project
from tasks.operations import create_project, create_team

CHAT = Origin(Door.CHAT)
SCRIPT = {"HX-Request": "true"}
VERBS = ("approve", "reject", "forget", "restore")


def show(client: Client, project: Project, **given: Any) -> str:
    answer = client.get(reverse("memory"), {"project": project.key, **given})
    assert answer.status_code == 200
    return answer.content.decode()


def lines(html: str) -> list[str]:
    return re.findall(r'class="memory-value"[^>]*>([^<]*)<', html)


def page_of(item: MemoryItem) -> str:
    return reverse("memory-item", args=[item.pk])


def act(client: Client, item: MemoryItem, verb: str, **options: Any) -> Any:
    return client.post(reverse("memory-act", args=[item.pk, verb]), **options)


def suggest(project: Project, value: str = "Launch on 15 January", **fields: Any) -> MemoryItem:
    return remember(project, value, origin=CHAT, **{"confidence": 0.5, "key": "launch", **fields})


def corrected(item: MemoryItem, **changes: Any) -> dict[str, Any]:
    return {
        "value": item.value, "type": item.type, "subject": item.subject, "relevance": item.relevance,
        "confidence": item.confidence, "expires_at": "", **changes,
    }  # fmt: skip


class TestWhoSeesIt:
    def test_a_stranger_finds_nothing_and_changes_nothing(
        self, web: Project, as_alice: Client, as_charlie: Client
    ) -> None:
        item = suggest(web, "The secret launch")
        gets = [
            page_of(item),
            f"{reverse('memory')}?project={web.pk}",
            f"{reverse('memory-new')}?project=WEB",
        ]
        posts = [page_of(item), gets[2], *(reverse("memory-act", args=[item.pk, verb]) for verb in VERBS)]
        for url in gets:
            assert as_alice.get(url).status_code == 200
            answer = as_charlie.get(url)
            assert answer.status_code == 404, url
            assert "secret" not in answer.content.decode()
        for url in posts:
            assert as_charlie.post(url, corrected(item, value="Mine")).status_code == 404, url
        item.refresh_from_db()
        assert (item.status, item.value, MemoryItem.objects.count()) == ("suggested", "The secret launch", 1)

    def test_nobody_in_particular_has_to_sign_in(self, web: Project, client: Client) -> None:
        item = suggest(web)
        for url in (reverse("memory"), reverse("memory-new"), page_of(item)):
            assert client.get(url)["Location"].startswith("/accounts/login/")
        for verb in VERBS:
            assert act(client, item, verb)["Location"].startswith("/accounts/login/")

    def test_wrong_methods(self, web: Project, as_alice: Client) -> None:
        item = suggest(web)
        assert as_alice.post(reverse("memory")).status_code == 405
        assert as_alice.put(page_of(item)).status_code == 405
        assert as_alice.delete(reverse("memory-new")).status_code == 405
        for verb in VERBS:
            assert as_alice.get(reverse("memory-act", args=[item.pk, verb])).status_code == 405

    def test_forms_need_their_token(self, web: Project, alice: User) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(alice)
        item = suggest(web)
        for url in (
            page_of(item),
            reverse("memory-new"),
            *(reverse("memory-act", args=[item.pk, v]) for v in VERBS),
        ):
            assert strict.post(url, corrected(item)).status_code == 403, url
        assert MemoryItem.objects.get().status == "suggested"

    def test_another_projects_items_stay_out(
        self, web: Project, neighbours: list[Project], as_alice: Client
    ) -> None:
        remember(web, "Sign-in breaks on Safari")
        for given in ({}, {"q": "Safari"}, {"as_of": "2099-01-01"}, {"q": "Safari", "status": "suppressed"}):
            assert "LEAK" not in show(as_alice, web, **given)


class TestBrowsing:
    def test_the_latest_comes_first(self, web: Project, as_alice: Client) -> None:
        for value in ("one", "two", "three"):
            remember(web, value)
        assert lines(show(as_alice, web)) == ["three", "two", "one"]

    def test_an_empty_project_says_how_to_begin(self, inbox: Project, as_alice: Client) -> None:
        html = show(as_alice, inbox)
        assert "Nothing is remembered in Inbox yet" in html
        assert f"{reverse('memory-new')}?project={inbox.pk}" in html

    def test_of_two_projects_with_one_key(self, alice: User, web: Project, as_alice: Client) -> None:
        team = create_team(actor=alice, origin=API, name="Studio")
        theirs = create_project(actor=alice, origin=API, key="WEB", name="Website", team=team)
        remember(web, "mine")
        remember(theirs, "theirs")
        chosen = re.findall(r'<option value="([0-9a-f-]{36})"', show(as_alice, web))
        found = {as_alice.get(reverse("memory"), {"project": each}).content.decode() for each in chosen}
        assert sorted(value for html in found for value in lines(html)) == ["mine", "theirs"]

    def test_every_page_of_many(self, web: Project, as_alice: Client) -> None:
        remember_all(web, [{"value": f"Note {n}", "type": "context"} for n in range(100)])
        remember_all(web, [{"value": f"Note {n}", "type": "context"} for n in range(100, 120)])
        seen = [value for page in (1, 2, 3) for value in lines(show(as_alice, web, page=page))]
        assert len(seen) == len(set(seen)) == 120
        assert lines(show(as_alice, web, page=4)) == []
        assert "page=2" in show(as_alice, web, page=3)

    def test_types_and_statuses_narrow_and_are_counted(self, web: Project, as_alice: Client) -> None:
        remember(web, "The queue is PostgreSQL", key="queue", type="decision")
        remember(web, "The queue is Redis", key="queue", type="decision")
        remember(web, "Redis loses jobs", type="error")
        suggest(web)
        html = show(as_alice, web)
        assert lines(html) == ["Redis loses jobs", "The queue is Redis"]
        counts = re.findall(r'([A-Z][\w ]+) <span class="count">(\d+)', html)
        assert counts == [("In use", "2"), ("Suggested", "1"), ("Superseded", "1"), ("Suppressed", "0")]
        assert "1 suggestion waits for your yes" in html
        assert lines(show(as_alice, web, type="error")) == ["Redis loses jobs"]
        assert lines(show(as_alice, web, status="superseded")) == ["The queue is PostgreSQL"]
        assert lines(show(as_alice, web, status="suggested", q="january")) == ["Launch on 15 January"]
        assert lines(show(as_alice, web, status="suggested", q="june")) == []

    def test_what_is_suppressed_says_why(self, web: Project, as_alice: Client, settings: Any) -> None:
        settings.MAX_MEMORY_ITEMS = 1
        remember(web, "Weak", relevance=0.1)
        remember(web, "Strong", relevance=0.9)
        html = show(as_alice, web, status="suppressed")
        assert lines(html) == ["Weak"]
        assert "Over the limit of 1 items" in html

    def test_expired_is_not_in_use(self, web: Project, as_alice: Client) -> None:
        with time_machine.travel("2026-11-20T10:00:00Z", tick=False):
            remember(web, "The token", expires_at=datetime(2026, 11, 21, tzinfo=UTC))
        with time_machine.travel("2026-11-22T10:00:00Z", tick=False):
            assert lines(show(as_alice, web)) == []

    def test_as_of_shows_what_was_held_then(self, web: Project, as_alice: Client) -> None:
        remember(web, "It is MySQL", key="db", occurred_at=datetime(2025, 1, 1, tzinfo=UTC))
        remember(web, "It is PostgreSQL", key="db", occurred_at=datetime(2025, 6, 1, tzinfo=UTC))
        forgotten = remember(web, "It is Oracle", key="old", occurred_at=datetime(2025, 1, 1, tzinfo=UTC))
        delete_memory(actor=web.owner, origin=API, item=forgotten)
        assert lines(show(as_alice, web, as_of="2025-03-01")) == ["It is MySQL"]
        assert lines(show(as_alice, web, as_of="2025-07-01")) == ["It is PostgreSQL"]
        assert lines(show(as_alice, web, as_of="2025-03-01", q="mysql postgresql")) == ["It is MySQL"]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("status", "lost"), ("type", "message"), ("as_of", "yesterday"), ("as_of", "0001-01-01"),
            ("page", "0"), ("page", "²"), ("page", "99999999"), ("q", "x" * 5000),
        ],
    )  # fmt: skip
    def test_an_address_that_cannot_be_names_what_is_wrong(
        self, web: Project, as_alice: Client, name: str, value: str
    ) -> None:
        answer = as_alice.get(reverse("memory"), {"project": "WEB", name: value})
        assert answer.status_code == 400
        assert f"{name}: must" in answer.content.decode()

    def test_a_script_gets_the_list_alone(self, web: Project, as_alice: Client) -> None:
        remember(web, "Sign-in breaks on Safari")
        html = as_alice.get(
            reverse("memory"), {"project": "WEB", "q": "Safari"}, headers=SCRIPT
        ).content.decode()
        assert html.startswith('<div id="memory-list"')
        assert lines(html) == ["Sign-in breaks on Safari"]


class TestSearching:
    def test_finds_by_words_and_says_why(self, web: Project, as_alice: Client) -> None:
        remember(web, "Sign-in breaks on Safari")
        remember(web, "Lunch is at noon")
        html = show(as_alice, web, q="What broke on Safari?")
        assert lines(html) == ["Sign-in breaks on Safari"]
        assert "Shares “safari”" in html

    def test_what_was_said_leads_to_its_place(self, web: Project, alice: User, as_alice: Client) -> None:
        talk = Conversation.objects.create(user=alice, project=web)
        said = Message.objects.create(
            conversation=talk, role="user", content="The accordion is in the cellar"
        )
        index_message(said)
        assert f'href="/c/{talk.pk}/?message={said.pk}#message-{said.pk}"' in show(
            as_alice, web, q="accordion"
        )

    def test_an_item_leads_to_where_it_was_said(self, web: Project, alice: User, as_alice: Client) -> None:
        talk = Conversation.objects.create(user=alice, project=web)
        said = Message.objects.create(conversation=talk, role="user", content="Remember the accordion")
        item = remember(web, "The accordion is in the cellar", source_message=said)
        place = f'href="/c/{talk.pk}/?message={said.pk}#message-{said.pk}"'
        assert place in show(as_alice, web)
        assert place in as_alice.get(page_of(item)).content.decode()

    def test_text_is_text(self, web: Project, as_alice: Client) -> None:
        item = remember(web, "<script>alert(1)</script> & safari", subject="<b>Dana</b>")
        for html in (
            show(as_alice, web),
            show(as_alice, web, q="safari <i>"),
            as_alice.get(page_of(item)).content.decode(),
        ):
            assert "<script>alert" not in html
            assert "<b>Dana" not in html
            assert 'value="safari <i>' not in html


class TestCorrecting:
    def test_another_value_supersedes_and_the_history_keeps_the_old(
        self, web: Project, as_alice: Client
    ) -> None:
        item = remember(web, "Standup is at nine", key="daily")
        answer = as_alice.post(page_of(item), corrected(item, value="Standup is at ten"))
        now = MemoryItem.objects.get(status="active")
        assert answer["Location"] == page_of(now)
        html = as_alice.get(page_of(now)).content.decode()
        assert "Standup is at nine" in html
        old = as_alice.get(page_of(item)).content.decode()
        assert "Another value took its place" in old
        assert page_of(now) in old
        assert [hit.value for hit in ask(web, "standup")] == ["Standup is at ten"]

    def test_every_field(self, web: Project, as_alice: Client) -> None:
        item = remember(web, "Standup is at nine")
        as_alice.post(
            page_of(item),
            corrected(
                item, type="decision", subject="Dana", relevance="0.9", confidence="0.8",
                expires_at="2090-01-01T12:00", local_only="on",
            ),
        )  # fmt: skip
        item.refresh_from_db()
        assert (item.type, item.subject, item.relevance, item.confidence) == ("decision", "Dana", 0.9, 0.8)
        assert item.local_only
        # Alice is in Zurich.
        assert item.expires_at == datetime(2090, 1, 1, 11, tzinfo=UTC)
        as_alice.post(page_of(item), corrected(item))
        assert MemoryItem.objects.filter(pk=item.pk, expires_at=None, local_only=False).exists()

    @pytest.mark.parametrize(
        ("field", "value", "reason"),
        [
            ("value", " ", "required"), ("value", "x" * 8001, "at most 8000"), ("value", "a\x00b", "Null"),
            ("type", "rumour", "valid choice"), ("relevance", "1.5", "less than or equal to 1"),
            ("relevance", "nan", "number"), ("confidence", "", "required"),
            ("expires_at", "2020-01-01T10:00", "future"), ("expires_at", "soon", "valid date"),
            ("subject", "x" * 121, "at most 120"),
        ],
    )  # fmt: skip
    def test_a_refusal_stands_by_its_field_and_keeps_what_was_typed(
        self, web: Project, as_alice: Client, field: str, value: str, reason: str
    ) -> None:
        item = remember(web, "Standup is at nine")
        answer = as_alice.post(page_of(item), corrected(item, **{"subject": "kept as typed", field: value}))
        assert answer.status_code == 400
        html = answer.content.decode()
        assert re.search(rf'id="id_{field}_error">[^<]*{reason}', html)
        assert field == "subject" or "kept as typed" in html
        item.refresh_from_db()
        assert (item.value, item.subject) == ("Standup is at nine", "")

    def test_what_is_out_of_use_cannot_be_changed(self, web: Project, as_alice: Client) -> None:
        item = remember(web, "Standup is at nine", key="daily")
        remember(web, "Standup is at ten", key="daily")
        answer = as_alice.post(page_of(item), corrected(item, value="Never"))
        assert answer.status_code == 400
        assert not MemoryItem.objects.filter(value="Never").exists()

    def test_by_hand(self, web: Project, as_alice: Client) -> None:
        url = f"{reverse('memory-new')}?project=WEB"
        given = {
            "value": "Deploys go out on Tuesdays",
            "type": "decision",
            "relevance": "0.5",
            "confidence": "1",
        }
        assert (
            as_alice.post(url, {**given, "key": "deploys"})["Location"]
            == f"{reverse('memory')}?project={web.pk}"
        )
        item = MemoryItem.objects.get()
        assert (item.project, item.key, item.type, item.status) == (web, "deploys", "decision", "active")
        as_alice.post(url, {**given, "value": "Another, without a key"})
        assert MemoryItem.objects.filter(status="active").count() == 2
        answer = as_alice.post(url, {**given, "value": ""})
        assert answer.status_code == 400
        assert 'id="id_value_error"' in answer.content.decode()


class TestDeciding:
    def test_approve(self, web: Project, as_alice: Client) -> None:
        item = suggest(web)
        assert ask(web, "launch") == []
        answer = act(as_alice, item, "approve", data={"next": page_of(item)}, follow=True)
        assert answer.redirect_chain[-1][0] == page_of(item)
        assert "“launch” is remembered." in answer.content.decode()
        assert [hit.key for hit in ask(web, "launch")] == ["launch"]

    def test_reject(self, web: Project, as_alice: Client) -> None:
        item = suggest(web)
        answer = act(as_alice, item, "reject", headers=SCRIPT)
        assert answer.content.decode() == "“launch” is rejected."
        item.refresh_from_db()
        assert (item.status, item.reason) == ("suppressed", "Rejected.")

    def test_what_was_decided_is_no_suggestion_any_more(self, web: Project, as_alice: Client) -> None:
        item = suggest(web)
        act(as_alice, item, "reject")
        answer = act(as_alice, item, "approve", headers=SCRIPT)
        assert answer.status_code == 409
        assert "not a suggestion" in answer.content.decode()
        assert "not a suggestion" in act(as_alice, item, "approve", follow=True).content.decode()
        assert ask(web, "launch") == []

    def test_forget(self, web: Project, as_alice: Client) -> None:
        item = remember(web, "Sign-in breaks on Safari", key="safari")
        answer = act(as_alice, item, "forget")
        assert answer["Location"] == f"{reverse('memory')}?project={web.pk}"
        assert ask(web, "Safari") == []
        assert lines(show(as_alice, web)) == []
        assert "Gone for good on" in as_alice.get(page_of(item)).content.decode()

    def test_what_was_forgotten_can_be_used_again(self, web: Project, as_alice: Client) -> None:
        item = remember(web, "Sign-in breaks on Safari", key="safari")
        act(as_alice, item, "forget")
        assert "Use it again" in as_alice.get(page_of(item)).content.decode()
        act(as_alice, item, "restore")
        assert [hit.key for hit in ask(web, "Safari")] == ["safari"]
        assert act(as_alice, item, "restore", headers=SCRIPT).status_code == 409

    @pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
    def test_it_never_leads_elsewhere(self, web: Project, as_alice: Client, elsewhere: str) -> None:
        answer = act(as_alice, suggest(web), "approve", data={"next": elsewhere})
        assert answer["Location"] == f"{reverse('memory')}?project={web.pk}"
