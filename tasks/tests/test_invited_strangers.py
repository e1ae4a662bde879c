"""Somebody without an account, who was sent the link of an invitation to a team."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Invitation, Role, Team, User
from tasks.operations import create_team, invite, revoke_invitation
from tasks.operations.invitations import Invited
from tasks.tests.making import API

DORA = "dora@example.org"
NEW = {"username": "dora", "email": DORA, "password1": "a long good phrase"}
SIGN_UP, LOGIN = reverse("account_signup"), reverse("login")


@pytest.fixture
def closed(settings: Settings) -> None:
    settings.SIGNUP = False


@pytest.fixture
def team(alice: User, closed: None) -> Team:
    return create_team(actor=alice, origin=API, name="Studio")


@pytest.fixture
def invited(alice: User, team: Team) -> Invited:
    return invite(actor=alice, origin=API, team=team, role=Role.MEMBER, email="Dora@Example.org")


def path_of(invited: Invited) -> str:
    return reverse("team_join", args=[invited.secret])


def text_of(client: Client, path: str) -> str:
    return client.get(path, follow=True).content.decode()


def sign_up(client: Client, path: str, **other: str) -> Any:
    return client.post(SIGN_UP, {**NEW, **other, "next": path})


def test_by_the_link_into_the_team(team: Team, invited: Invited) -> None:
    client, path = Client(), path_of(invited)
    greeting = text_of(client, path)
    assert "Studio" in greeting and "alice" in greeting
    links = re.findall(rf'href="((?:{SIGN_UP}|{LOGIN})\?next=[^"]+)"', greeting)
    form = text_of(client, links[0])
    assert "Then you can join" in form
    assert re.search(rf'<input[^>]*value="{DORA}"[^>]*readonly|<input[^>]*readonly[^>]*value="{DORA}"', form)
    assert "Make an account" in text_of(client, links[1])
    answer = sign_up(client, path)
    assert answer["Location"] == path
    assert "Join as dora" in text_of(client, path)
    client.post(path, {"verb": "accept"})
    dora = team.members.get(user__username="dora")
    assert (dora.role, dora.user.email, dora.user.is_staff) == (Role.MEMBER, DORA, False)
    assert not Invitation.objects.exists()


def test_one_link_makes_one_account(invited: Invited) -> None:
    first, second, path = Client(), Client(), path_of(invited)
    for client in (first, second):
        client.get(path)
    sign_up(first, path)
    User.objects.filter(username="dora").update(email="")
    assert "takes no sign-ups" in sign_up(second, path, username="eve").content.decode()
    assert not User.objects.filter(username="eve").exists()
    # It is Dora's alone now, with or without its link.
    assert text_of(second, path).count("Sign in") > 0
    assert "Studio" in text_of(first, "/teams/")
    assert "Studio" not in text_of(second, path)


@pytest.mark.parametrize("address", ["eve@example.org", "", "dora@example.org.evil.example"])
def test_another_address_is_refused(invited: Invited, address: str) -> None:
    client, path = Client(), path_of(invited)
    client.get(path)
    answer = sign_up(client, path, email=address)
    assert answer.context["form"].errors["email"] == [f"The invitation is for {DORA}."]
    assert not User.objects.filter(username="dora").exists()


def test_without_its_link_it_stays_closed(alice: User, team: Team, invited: Invited) -> None:
    by_name = invite(actor=alice, origin=API, team=team, user=User.objects.create_user("bob"))
    for path in (path_of(by_name), reverse("team_join", args=["x" * 32]), "/"):
        client = Client()
        assert client.get(path)["Location"] == f"{LOGIN}?next={path}"
        assert "Make an account" not in text_of(client, LOGIN)
        assert "takes no sign-ups" in sign_up(client, path_of(invited)).content.decode()
    assert not User.objects.filter(username="dora").exists()


@pytest.mark.parametrize("end", ["expired", "revoked", "replaced"])
def test_an_ended_link_opens_nothing(alice: User, team: Team, invited: Invited, end: str) -> None:
    client, path = Client(), path_of(invited)
    client.get(path)
    later = timezone.now()
    if end == "revoked":
        revoke_invitation(actor=alice, origin=API, invitation=invited.invitation)
    elif end == "replaced":
        invite(actor=alice, origin=API, team=team, email=DORA)
    else:
        later += timedelta(days=8)
    with time_machine.travel(later):
        assert "takes no sign-ups" in sign_up(client, path).content.decode()
        assert Client().get(path)["Location"].startswith(LOGIN)
    assert not User.objects.filter(username="dora").exists()


def test_where_sign_up_is_open_any_address_will_do(team: Team, invited: Invited, settings: Settings) -> None:
    settings.SIGNUP = True
    client, path = Client(), path_of(invited)
    client.get(path)
    sign_up(client, path, email="dora@home.example")
    assert "Join as dora" in text_of(client, path)


def test_with_mail_the_address_is_confirmed_first(team: Team, invited: Invited, settings: Settings) -> None:
    settings.MAIL_CONFIGURED = True
    settings.ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client, path = Client(), path_of(invited)
    client.get(path)
    assert sign_up(client, path)["Location"] == reverse("account_email_verification_sent")
    found = re.search(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    assert found and mail.outbox[0].to == [DORA]
    elsewhere = Client()
    to_sign_in = elsewhere.post(found[1])["Location"]
    assert to_sign_in == f"{LOGIN}?next=%2Fteams%2F"
    by_name = {"login": "dora", "password": NEW["password1"], "next": "/teams/"}
    waiting = elsewhere.post(LOGIN, by_name, follow=True).content.decode()
    assert "Invitation to Studio" in waiting
    assert "Join as dora" in text_of(elsewhere, path)
