"""Sign in by one-time link or password, sign out, and set or change the password."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.signin_link import make_link

PASSWORD = "correct horse battery"


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice", password=PASSWORD)


@pytest.fixture
def me(db: None) -> User:
    return User.objects.create_superuser("me")


def link(user: User) -> str:
    return make_link(user, "")


def signed_in(client: Client) -> bool:
    return client.get("/accounts/password/").status_code == 200


def test_a_link_signs_in_once(me: User) -> None:
    address, client = link(me), Client()
    response = client.get(address)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(me.pk)
    other = Client()
    refused = other.get(address)
    assert refused.status_code == 410
    assert "manage.py signin_link" in refused.content.decode()
    assert not signed_in(other)


def test_two_links_made_and_used_in_the_same_second_each_work_once(me: User) -> None:
    with time_machine.travel(timezone.now(), tick=True):
        first = link(me)
        assert Client().get(first).status_code == 302
        me.refresh_from_db()
        second = link(me)
        assert Client().get(first).status_code == 410
        assert Client().get(second).status_code == 302
        assert Client().get(second).status_code == 410


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_uses_one_signs_in() -> None:
    address = link(User.objects.create_superuser("me"))

    def use(_: int) -> int:
        try:
            return Client().get(address).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(threads.map(use, range(8)))
    assert statuses == [302] + [410] * 7


def test_head_does_not_use_a_link_up(me: User) -> None:
    address, client = link(me), Client()
    assert client.head(address).status_code == 200
    assert not signed_in(client)
    assert client.post(address).status_code == 405
    assert client.get(address).status_code == 302


def test_a_link_lasts_an_hour(me: User) -> None:
    with time_machine.travel(timezone.now() - timedelta(minutes=59), tick=False):
        fresh = link(me)
    with time_machine.travel(timezone.now() - timedelta(minutes=61), tick=False):
        stale = link(me)
    assert Client().get(stale).status_code == 410
    assert Client().get(fresh).status_code == 302


def test_a_sign_in_or_a_new_password_ends_a_link(alice: User) -> None:
    address = link(alice)
    Client().post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert Client().get(address).status_code == 410
    alice.refresh_from_db()
    address = link(alice)
    alice.set_password("another good phrase")
    alice.save()
    assert Client().get(address).status_code == 410


def test_a_link_is_for_its_own_person_while_active(alice: User, me: User) -> None:
    uid, token = link(alice).split("/")[3:5]
    other = link(me).split("/")[3]
    changed = token[:-1] + ("1" if token.endswith("0") else "0")
    for wrong in (f"{other}/{token}", f"{uid}/{changed}", f"{uid}/x", f"%FF/{token}", f"bm8/{token}"):
        assert Client().get(f"/accounts/link/{wrong}/").status_code == 410, wrong
    address = link(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert Client().get(address).status_code == 410


def test_the_command_prints_a_working_link_alone(me: User) -> None:
    out = StringIO()
    call_command("signin_link", "me", base_url="https://tasks.example.com/", stdout=out)
    address = out.getvalue().strip()
    assert address.startswith("https://tasks.example.com/accounts/link/")
    assert Client().get(address.removeprefix("https://tasks.example.com")).status_code == 302


def test_the_command_knows_only_people_who_can_sign_in(alice: User) -> None:
    with pytest.raises(CommandError, match="There is no user named nobody"):
        call_command("signin_link", "nobody")
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with pytest.raises(CommandError, match="not active"):
        call_command("signin_link", "alice")


def test_a_password_signs_in_and_goes_where_one_was_going(alice: User) -> None:
    client = Client()
    gate = client.get("/accounts/password/")
    assert gate["Location"] == "/accounts/login/?next=/accounts/password/"
    response = client.post(
        gate["Location"], {"login": "alice", "password": PASSWORD, "next": "/accounts/password/"}
    )
    assert response["Location"] == "/accounts/password/"
    assert signed_in(client)


def test_sign_in_does_not_lead_away(alice: User) -> None:
    form = {"login": "alice", "password": PASSWORD, "next": "https://evil.example/"}
    assert Client().post("/accounts/login/", form)["Location"] == "/"


@pytest.mark.parametrize(
    "form", [{"login": "alice", "password": "wrong"}, {"login": "a\0", "password": "b\0"}]
)
def test_a_wrong_password_says_so(alice: User, form: dict[str, str]) -> None:
    client = Client()
    response = client.post("/accounts/login/", form)
    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
    assert not signed_in(client)


def test_sign_out_is_a_post(alice: User) -> None:
    client = Client()
    client.force_login(alice)
    assert client.get("/accounts/logout/").status_code == 405
    assert signed_in(client)
    assert client.post("/accounts/logout/")["Location"] == "/accounts/login/"
    assert not signed_in(client)


def test_a_person_without_a_password_sets_one(me: User) -> None:
    client = Client()
    client.get(link(me))
    assert "old_password" not in client.get("/accounts/password/").content.decode()
    response = client.post("/accounts/password/", {"new_password1": PASSWORD, "new_password2": PASSWORD})
    assert response["Location"] == "/accounts/password/done/"
    assert client.get("/accounts/password/done/").status_code == 200
    other = Client()
    other.post("/accounts/login/", {"login": "me", "password": PASSWORD})
    assert signed_in(other)


def test_a_person_with_a_password_must_know_it_to_change_it(alice: User) -> None:
    client, elsewhere = Client(), Client()
    for browser in (client, elsewhere):
        browser.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    new = {"new_password1": "another good phrase", "new_password2": "another good phrase"}
    assert client.post("/accounts/password/", new).status_code == 200
    assert client.post("/accounts/password/", {**new, "old_password": "wrong"}).status_code == 200
    assert client.post("/accounts/password/", {**new, "old_password": PASSWORD}).status_code == 302
    assert signed_in(client)
    assert not signed_in(elsewhere)
