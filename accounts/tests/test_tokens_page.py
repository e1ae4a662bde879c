"""The page of API tokens: what it lists, what it makes, and that a secret is seen once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken, User
from accounts.tests.programs import LIST, Program

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PAGE = "/settings/tokens/"
FORM = {"name": "Backup script", "scopes": "read", "days": "30"}


def secrets_in(answer: Any) -> list[str]:
    return re.findall(r"tl-[A-Za-z0-9_-]{43}", answer.content.decode())


def test_a_token_is_made_and_seen_once(alice: User, as_alice: Client) -> None:
    with time_machine.travel(NOON, tick=False):
        as_alice.force_login(alice)
        answer = as_alice.post(PAGE, FORM)
        (text,) = set(secrets_in(answer))
        assert "no-store" in answer["Cache-Control"]
        assert Client().get(LIST, headers={"Authorization": f"Bearer {text}"}).status_code == 200
        row = ApiToken.objects.get()
        assert (row.user, row.name, row.scopes) == (alice, "Backup script", "read")
        assert row.expires_at == NOON + timedelta(days=30)
        again = as_alice.get(PAGE)
    assert secrets_in(again) == []
    html = again.content.decode()
    assert "Backup script" in html and f"{row.prefix}…" in html and "only reads" in html


def test_one_without_an_end(alice: User, as_alice: Client) -> None:
    as_alice.post(PAGE, FORM | {"days": "", "scopes": "read,write"})
    row = ApiToken.objects.get()
    assert (row.expires_at, row.scopes) == (None, "read,write")
    assert "until revoked" in as_alice.get(PAGE).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 101},
        {"name": "a\u202eb"},
        {"scopes": "all"},
        {"scopes": ""},
        {"days": "7"},
    ],
)
def test_a_wrong_value_is_explained(as_alice: Client, wrong: dict[str, str]) -> None:
    answer = as_alice.post(PAGE, FORM | wrong)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_it_says_when_each_was_used_and_ends_in_one_s_own_zone(alice: User, as_alice: Client) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        program = Program(alice, expires_at=NOON + timedelta(days=1))
        as_alice.force_login(alice)
        assert "never used" in as_alice.get(PAGE).content.decode()
        program.get()
        html = as_alice.get(PAGE).content.decode()
        assert "last used 20 Nov 2026, 13:00" in html and "until 21 Nov 2026" in html
        clock.move_to(NOON + timedelta(days=2))
        assert "expired 21 Nov 2026" in as_alice.get(PAGE).content.decode()


def test_revoking(alice: User, as_alice: Client) -> None:
    program = Program(alice)
    assert program.get().status_code == 200
    answer = as_alice.post(reverse("revoke_api_token", args=[program.token.pk]), follow=True)
    assert "is revoked" in answer.content.decode()
    assert program.get().status_code == 401


def test_others_tokens_do_not_exist(alice: User, as_charlie: Client) -> None:
    program = Program(alice)
    assert program.token.prefix not in as_charlie.get(PAGE).content.decode()
    for pk in (program.token.pk, uuid4()):
        assert as_charlie.post(reverse("revoke_api_token", args=[pk])).status_code == 404
    assert program.get().status_code == 200


def test_names_are_text(alice: User, as_alice: Client) -> None:
    html = as_alice.post(PAGE, FORM | {"name": "<b>x</b>"}).content.decode()
    assert "<b>x</b>" not in html and "&lt;b&gt;x&lt;/b&gt;" in html


def test_who_may_come_here_and_how(alice: User, as_alice: Client) -> None:
    revoke = reverse("revoke_api_token", args=[Program(alice).token.pk])
    for answer in (Client().get(PAGE), Client().post(PAGE, FORM), Client().post(revoke)):
        assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
    elsewhere = Client(enforce_csrf_checks=True)
    elsewhere.cookies = as_alice.cookies
    assert elsewhere.post(PAGE, FORM).status_code == elsewhere.post(revoke).status_code == 403
    assert as_alice.get(revoke).status_code == as_alice.delete(PAGE).status_code == 405
    # A page is for people: a token does not open it.
    assert Client().get(PAGE, headers=Program(alice).headers).status_code == 302
    assert ApiToken.objects.count() == 2


def test_the_settings_lead_there(as_alice: Client) -> None:
    assert f'href="{PAGE}"' in as_alice.get(reverse("settings")).content.decode()
