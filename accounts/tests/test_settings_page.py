"""The settings page, and the time zone that a browser tells once."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Approval, User

GOOD = {
    "first_name": "Alice",
    "timezone": "Pacific/Auckland",
    "date_order": "day_first",
    "approval": "always",
}


@pytest.fixture
def newcomer(alice: User) -> User:
    User.objects.filter(pk=alice.pk).update(timezone="")
    return User.objects.get(pk=alice.pk)


def test_the_page_shows_what_is_set(alice: User, as_alice: Client) -> None:
    html = as_alice.get(reverse("settings")).content.decode()
    assert '<option value="Europe/Zurich" selected>' in html
    assert "In use: Built-in assistant." in html
    assert reverse("security") in html and reverse("logout") in html


def test_and_saves_it(alice: User, as_alice: Client) -> None:
    answer = as_alice.post(reverse("settings"), GOOD, follow=True)
    assert "Your settings are saved." in answer.content.decode()
    alice.refresh_from_db()
    assert (alice.first_name, alice.timezone, alice.approval) == (
        "Alice",
        "Pacific/Auckland",
        Approval.ALWAYS,
    )
    assert alice.day_first


@pytest.mark.parametrize(
    "wrong",
    [
        {"timezone": "Mars/Olympus"},
        {"approval": "maybe"},
        {"approval": ""},
        {"date_order": "year_first"},
        {"date_order": ""},
        {"first_name": "x" * 151},
    ],
)
def test_a_wrong_value_is_explained_and_not_saved(
    alice: User, as_alice: Client, wrong: dict[str, str]
) -> None:
    answer = as_alice.post(reverse("settings"), GOOD | wrong)
    assert answer.status_code == 400
    assert "error" in answer.content.decode()
    before = alice.timezone
    alice.refresh_from_db()
    assert (alice.timezone, alice.approval, alice.day_first) == (before, Approval.DESTRUCTIVE, False)


def test_nothing_but_the_form_s_own_fields_is_saved(alice: User, as_alice: Client) -> None:
    as_alice.post(reverse("settings"), GOOD | {"is_superuser": "on", "username": "root"})
    alice.refresh_from_db()
    assert (alice.is_superuser, alice.username) == (False, "alice")


def test_the_browser_s_zone_and_order_are_taken_while_no_zone_is_set(
    newcomer: User, as_alice: Client
) -> None:
    assert 'data-time-zone-url="/settings/timezone/"' in as_alice.get(reverse("new")).content.decode()
    first = {"timezone": "Asia/Tokyo", "date_order": "day_first"}
    assert as_alice.post(reverse("settings_timezone"), first).status_code == 204
    later = {"timezone": "Asia/Seoul", "date_order": "month_first"}
    assert as_alice.post(reverse("settings_timezone"), later).status_code == 204
    newcomer.refresh_from_db()
    assert (newcomer.timezone, newcomer.day_first) == ("Asia/Tokyo", True)
    assert "data-time-zone-url" not in as_alice.get(reverse("new")).content.decode()


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "UTC\x00", "x" * 500])
def test_what_is_no_zone_is_refused(newcomer: User, as_alice: Client, zone: str) -> None:
    assert as_alice.post(reverse("settings_timezone"), {"timezone": zone}).status_code == 400
    newcomer.refresh_from_db()
    assert newcomer.timezone == ""


def test_an_order_that_no_browser_knows_is_refused(newcomer: User, as_alice: Client) -> None:
    sent = {"timezone": "Asia/Tokyo", "date_order": "year_first"}
    assert as_alice.post(reverse("settings_timezone"), sent).status_code == 400
    assert as_alice.post(reverse("settings_timezone"), {"timezone": "Asia/Tokyo"}).status_code == 204
    newcomer.refresh_from_db()
    assert (newcomer.timezone, newcomer.day_first) == ("Asia/Tokyo", False)


def test_one_has_to_be_signed_in(db: None, client: Client) -> None:
    for answer in (client.get(reverse("settings")), client.post(reverse("settings_timezone"))):
        assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")


def test_wrong_methods(as_alice: Client) -> None:
    assert as_alice.delete(reverse("settings")).status_code == 405
    assert as_alice.get(reverse("settings_timezone")).status_code == 405
