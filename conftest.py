"""The cast: Alice owns, Charlie must see nothing; and doors to act through."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from tasks.changes import Origin
from tasks.models import Door, Project
from tasks.operations import create_project, ensure_inbox


def make_user(name: str) -> User:
    return User.objects.create_user(username=name, password=f"{name}-password", timezone="Europe/Zurich")


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice")


@pytest.fixture
def charlie(db: None) -> User:
    return make_user("charlie")


@pytest.fixture
def origin() -> Origin:
    return Origin(Door.API)


@pytest.fixture
def inbox(alice: User) -> Project:
    return ensure_inbox(alice)


@pytest.fixture
def web(alice: User, origin: Origin) -> Project:
    return create_project(actor=alice, origin=origin, key="WEB", name="Website")


@pytest.fixture
def as_alice(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def as_charlie(charlie: User) -> Client:
    client = Client()
    client.force_login(charlie)
    return client
