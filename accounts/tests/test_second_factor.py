"""A second step at every door: authenticator app, recovery codes, and what one must show to change them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from accounts.signin_link import make_link

PASSWORD = "alice-password"
CODE, AGAIN, ACTIVATE = "mfa_authenticate", "account_reauthenticate", "mfa_activate_totp"


def code(secret: str, *, steps: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(datetime.now(UTC).timestamp()) // 30 + steps)))


def sign_in(client: Client, password: str = PASSWORD) -> Any:
    return client.post(reverse("login"), {"login": "alice", "password": password})


def show_again(client: Client) -> None:
    client.post(reverse(AGAIN), {"password": PASSWORD})


@pytest.fixture
def secret(alice: User) -> str:
    """The app's secret, set up through the page."""
    client = Client()
    sign_in(client)
    show_again(client)
    found: str = client.get(reverse(ACTIVATE)).context["form"].secret
    done = client.post(reverse(ACTIVATE), {"code": code(found)})
    assert done["Location"] == reverse("mfa_view_recovery_codes")
    return found


def test_a_password_alone_signs_nobody_in(alice: User, secret: str) -> None:
    client = Client()
    assert sign_in(client)["Location"] == reverse(CODE)
    assert client.get(reverse("settings")).status_code == 302
    assert client.get("/api/conversations/").status_code == 401
    wrong = client.post(reverse(CODE), {"code": "000000"})
    assert wrong.status_code == 200 and "Incorrect code." in wrong.content.decode()
    assert client.post(reverse(CODE), {"code": code(secret, steps=1)})["Location"] == "/"
    assert client.get(reverse("settings")).status_code == 200


def test_nor_into_the_admin(alice: User, secret: str) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    client = Client()
    page = client.post(reverse("admin:login"), {"username": "alice", "password": PASSWORD})["Location"]
    assert page.startswith(reverse("login"))
    step = client.post(page, {"login": "alice", "password": PASSWORD})["Location"]
    assert client.get(reverse("admin:index")).status_code == 302
    assert client.post(step, {"code": code(secret, steps=1)}).status_code == 302
    assert client.get(reverse("admin:index")).status_code == 200


def test_nor_does_a_link(alice: User, secret: str) -> None:
    client = Client()
    link = make_link(User.objects.get(pk=alice.pk), "")
    assert client.get(link)["Location"] == reverse(CODE)
    assert client.get(reverse("settings")).status_code == 302
    assert Client().get(link).status_code == 410
    assert client.post(reverse(CODE), {"code": code(secret, steps=1)})["Location"] == "/"


def test_a_code_works_once(alice: User, secret: str) -> None:
    first, second = Client(), Client()
    shown = code(secret, steps=1)
    for client in (first, second):
        sign_in(client)
    assert first.post(reverse(CODE), {"code": shown}).status_code == 302
    assert second.post(reverse(CODE), {"code": shown}).status_code == 200


def test_guessing_codes_is_slow(alice: User, secret: str, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "50/15m/ip,3/15m/key"}
    client = Client()
    sign_in(client)
    for _ in range(3):
        client.post(reverse(CODE), {"code": "000000"})
    refused = client.post(reverse(CODE), {"code": code(secret, steps=1)})
    assert "Too many failed login attempts" in refused.content.decode()
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=14, seconds=59)):
        assert client.get(reverse(CODE)).status_code == 200


def test_a_recovery_code_works_once(alice: User, secret: str) -> None:
    recovery = Authenticator.objects.get(user=alice, type="recovery_codes").wrap().get_unused_codes()
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client)
    assert first.post(reverse(CODE), {"code": recovery[0]}).status_code == 302
    assert second.post(reverse(CODE), {"code": recovery[0]}).status_code == 200
    assert "9 left" in first.get(reverse("security")).content.decode()


@pytest.mark.parametrize("name", [ACTIVATE, "mfa_add_webauthn", "mfa_generate_recovery_codes"])
def test_a_session_that_was_left_open_changes_nothing(alice: User, name: str) -> None:
    client = Client()
    client.force_login(alice)
    for answer in (client.get(reverse(name)), client.post(reverse(name), {"code": "1"})):
        assert answer["Location"].startswith(reverse(AGAIN))
    wrong = client.post(reverse(AGAIN), {"password": "wrong"})
    assert "Incorrect password." in wrong.content.decode()
    show_again(client)
    assert client.get(reverse(name)).status_code in (200, 302)


def test_who_came_by_link_has_nothing_to_show_again(alice: User) -> None:
    alice.set_unusable_password()
    alice.save()
    client = Client()
    client.get(make_link(alice, ""))
    assert client.get(reverse(ACTIVATE)).status_code == 200


def test_secrets_are_not_in_the_database(alice: User, secret: str, settings: Settings) -> None:
    kept = str(list(Authenticator.objects.values()))
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    assert secret not in kept and not any(each in kept for each in codes)
    settings.SECRET_KEY = "x" * 50
    stale = Authenticator.objects.get(type="recovery_codes").wrap()
    assert stale.get_unused_codes() != stale.get_unused_codes(), "codes anybody could work out"


def test_the_operator_takes_it_off(alice: User, secret: str) -> None:
    call_command("reset_two_factor", "alice")
    assert not Authenticator.objects.filter(user=alice).exists()
    assert sign_in(Client())["Location"] == "/"
    with pytest.raises(CommandError, match="no user named nobody"):
        call_command("reset_two_factor", "nobody")


def test_the_page_shows_and_ends_sessions(alice: User, charlie: User) -> None:
    here, there, stranger = (
        Client(),
        Client(HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux) Firefox/140.0"),
        Client(),
    )
    sign_in(here)
    sign_in(there)
    stranger.force_login(charlie)
    page = here.get(reverse("security")).content.decode()
    assert "Firefox on Linux" in page and "This browser" in page
    pk = UserSession.objects.get(session_key=there.session.session_key).pk
    assert stranger.post(reverse("end_session", args=[pk])).status_code == 404
    assert there.get(reverse("settings")).status_code == 200
    assert here.post(reverse("end_session", args=[pk])).status_code == 302
    assert there.get(reverse("settings")).status_code == 302
    sign_in(there)
    here.post(reverse("end_other_sessions"))
    assert there.get(reverse("settings")).status_code == 302
    assert here.get(reverse("settings")).status_code == 200


def test_the_old_password_is_not_guessed_from_a_session(alice: User, settings: Settings) -> None:
    settings.SIGNIN_LIMIT_ACCOUNT = 3
    client = Client(REMOTE_ADDR="192.0.2.9")
    client.force_login(alice)
    form = {"old_password": "wrong", "new_password1": "a new phrase", "new_password2": "a new phrase"}
    tries = [client.post(reverse("password_change"), form).status_code for _ in range(4)]
    assert tries == [200, 200, 200, 429]


@pytest.mark.parametrize(
    ("host", "works"),
    [("tasks.example.com", True), ("localhost:8000", True), ("127.0.0.1:8000", False), ("[::1]:8000", False)],
)
def test_passkeys_need_a_name(host: str, works: bool) -> None:
    from accounts.security_page import keys_work_at

    assert keys_work_at(host) is works


def test_what_is_wrong_with_a_passkey_is_said(alice: User) -> None:
    from accounts.signin.second_factor_forms import NOT_ASKED, UNKNOWN_KEY

    client = Client()
    sign_in(client)
    show_again(client)
    assert NOT_ASKED in client.post(reverse("mfa_add_webauthn"), {"name": "Laptop"}).content.decode()
    stranger = Client()
    stranger.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})
    unknown = {"id": "eA", "rawId": "eA", "type": "public-key", "response": {"userHandle": "eA"}}
    for sent, said in (("", NOT_ASKED), (json.dumps(unknown), UNKNOWN_KEY), ('{"id": 1}', UNKNOWN_KEY)):
        page = stranger.post(reverse("mfa_login_webauthn"), {"credential": sent}, follow=True)
        assert said in page.content.decode()


def test_the_security_page_leads_to_an_address_for_passkeys(as_alice: Client) -> None:
    page = as_alice.get(reverse("security"), headers={"Host": "127.0.0.1:8000"}).content.decode()
    assert 'href="http://localhost:8000/settings/security/"' in page
