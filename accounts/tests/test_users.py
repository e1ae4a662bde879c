"""How people come to be: with an Inbox, and ids that sort by time."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import call_command

from accounts.models import User
from tasks.models import Project
from tasks.tests.making import add


def test_createsuperuser(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a-long-one-4")
    call_command("createsuperuser", interactive=False, username="olga", email="olga@example.com", verbosity=0)
    olga = User.objects.get()
    assert (olga.is_superuser, olga.is_staff, olga.check_password("a-long-one-4")) == (True, True, True)
    assert Project.objects.get(owner=olga).is_inbox


def test_a_new_person_has_the_defaults(db: None) -> None:
    user = User.objects.create_user("ann")
    user.full_clean(exclude=["password"])
    assert (user.timezone, user.approval, user.zone) == ("", "destructive", ZoneInfo("UTC"))


def test_saving_again_makes_no_second_inbox(alice: User) -> None:
    alice.first_name = "Alice"
    alice.save()
    assert Project.objects.filter(owner=alice).count() == 1


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "europe/zurich", "x" * 65])
def test_a_time_zone_is_one_that_exists(alice: User, zone: str) -> None:
    alice.timezone = zone
    with pytest.raises(ValidationError) as refusal:
        alice.full_clean()
    assert "timezone" in refusal.value.message_dict


def test_ids_sort_by_time(alice: User, web: Project) -> None:
    start = datetime(2026, 11, 25, 12, tzinfo=UTC)
    ids = []
    for n in range(50):
        with time_machine.travel(start + timedelta(milliseconds=10 * n), tick=False):
            ids.append(add(alice, web, f"Task {n}").pk)
    assert ids == sorted(ids)
    assert {(each.version, each.variant) for each in (*ids, alice.pk)} == {(7, uuid.RFC_4122)}


def test_ids_made_in_one_moment_differ(db: None) -> None:
    with time_machine.travel(datetime(2026, 11, 25, 12, tzinfo=UTC), tick=False):
        ids = [User().pk for _ in range(1000)]
    assert len(set(ids)) == 1000
