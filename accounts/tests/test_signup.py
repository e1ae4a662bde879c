"""Making an account, confirming an address, and a forgotten password; with mail and without."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User

NEW = {"username": "dora", "email": "dora@example.com", "password1": "a long good phrase"}


@pytest.fixture
def with_mail(settings: Settings) -> None:
    settings.MAIL_CONFIGURED = True
    settings.ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.SIGNUP = True


def link_in(message: Any) -> str:
    found = re.search(r"http://testserver(/\S+)", message.body)
    assert found
    return found[1]


def test_sign_up_can_be_closed(db: None, settings: Settings) -> None:
    settings.SIGNUP = False
    assert "Make an account" not in Client().get(reverse("login")).content.decode()
    assert "takes no sign-ups" in Client().get(reverse("account_signup")).content.decode()
    Client().post(reverse("account_signup"), NEW)
    assert not User.objects.exists()


def test_without_mail_one_is_in_at_once(db: None, settings: Settings) -> None:
    settings.SIGNUP = True
    assert reverse("account_signup") in Client().get(reverse("login")).content.decode()
    client = Client()
    assert client.post(reverse("account_signup"), {**NEW, "email": ""})["Location"] == "/"
    dora = User.objects.get(username="dora")
    assert client.session["_auth_user_id"] == str(dora.pk)
    assert (dora.is_staff, dora.is_superuser, mail.outbox) == (False, False, [])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"username": "alice"}, "username"),
        ({"username": "a\0b"}, "username"),
        ({"username": "x" * 151}, "username"),
        ({"password1": "dora"}, "password1"),
        ({"email": "nowhere"}, "email"),
    ],
)
def test_each_field_says_what_is_wrong(
    alice: User, settings: Settings, wrong: dict[str, str], field: str
) -> None:
    settings.SIGNUP = True
    answer = Client().post(reverse("account_signup"), NEW | wrong)
    assert answer.status_code == 200
    assert answer.context["form"].errors[field]
    assert User.objects.count() == 1


def test_an_address_is_confirmed_before_the_first_sign_in(db: None, with_mail: None) -> None:
    client = Client()
    client.post(reverse("account_signup"), NEW)
    signed_in = {"login": "dora", "password": NEW["password1"]}
    assert Client().post(reverse("login"), signed_in)["Location"] == reverse(
        "account_email_verification_sent"
    )
    link = link_in(mail.outbox[0])
    assert "dora says that this address is theirs" in mail.outbox[0].body
    assert "Yes, it is mine" in client.get(link).content.decode()
    client.post(link)
    assert Client().post(reverse("login"), signed_in)["Location"] == "/"
    by_address = {**signed_in, "login": "Dora@Example.com"}
    assert Client().post(reverse("login"), by_address)["Location"] == "/"


def test_who_was_here_before_mail_was_is_not_asked_for_an_address(alice: User, with_mail: None) -> None:
    answer = Client().post(reverse("login"), {"login": "alice", "password": "alice-password"})
    assert answer["Location"] == "/"


def test_a_known_address_is_not_given_away(alice: User, with_mail: None) -> None:
    User.objects.filter(pk=alice.pk).update(email="alice@example.com")
    alice.refresh_from_db()
    EmailAddress.objects.create(user=alice, email="alice@example.com", verified=True, primary=True)
    fresh = Client().post(reverse("account_signup"), NEW)
    taken = Client().post(reverse("account_signup"), NEW | {"username": "eve", "email": "alice@example.com"})
    assert (fresh.status_code, fresh["Location"]) == (taken.status_code, taken["Location"])
    assert "There is one already" in mail.outbox[-1].body
    assert not User.objects.filter(username="eve").exists()
    reset = reverse("account_reset_password")
    answers = {
        (answer.status_code, answer["Location"])
        for address in ("alice@example.com", "nobody@example.com")
        for answer in [Client().post(reset, {"email": address})]
    }
    assert len(answers) == 1


def test_a_forgotten_password(alice: User, with_mail: None) -> None:
    EmailAddress.objects.create(user=alice, email="alice@example.com", verified=True, primary=True)
    elsewhere, client = Client(), Client()
    elsewhere.force_login(alice)
    client.post(reverse("account_reset_password"), {"email": "alice@example.com"})
    page = client.get(link_in(mail.outbox[0]))["Location"]
    assert "Save the password" in client.get(page).content.decode()
    new = "another good phrase"
    unlike = client.post(page, {"password1": new, "password2": "something else"})
    assert unlike.context["form"].errors["password2"]
    assert client.post(page, {"password1": new, "password2": new}).status_code == 302
    assert elsewhere.get(reverse("settings")).status_code == 302
    assert "works no longer" in client.get(link_in(mail.outbox[0])).content.decode()
    assert Client().post(reverse("login"), {"login": "alice", "password": new})["Location"] == "/"


def test_without_mail_the_page_says_what_to_do(db: None) -> None:
    page = Client().get(reverse("account_reset_password")).content.decode()
    assert "manage.py signin_link" in page


def test_a_new_address_counts_when_it_is_confirmed(alice: User, as_alice: Client, with_mail: None) -> None:
    EmailAddress.objects.create(user=alice, email="old@example.com", verified=True, primary=True)
    User.objects.filter(pk=alice.pk).update(email="old@example.com")
    as_alice.post(reverse("account_email"), {"email": "new@example.com", "action_add": "1"})
    alice.refresh_from_db()
    assert alice.email == "old@example.com"
    as_alice.post(link_in(mail.outbox[-1]))
    alice.refresh_from_db()
    assert alice.email == "new@example.com"
    assert list(EmailAddress.objects.filter(user=alice).values_list("email", flat=True)) == [
        "new@example.com"
    ]


def test_sign_ups_are_counted(db: None, settings: Settings) -> None:
    settings.SIGNUP = True
    settings.ACCOUNT_RATE_LIMITS = {"signup": "2/m/ip"}
    client = Client(REMOTE_ADDR="192.0.2.77")
    wrong = NEW | {"password1": "1"}
    assert [client.post(reverse("account_signup"), wrong).status_code for _ in range(3)] == [200, 200, 429]
