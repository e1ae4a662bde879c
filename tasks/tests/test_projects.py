"""Projects: how they are made and changed, and what the Inbox keeps."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.errors import Conflict, Forbidden, Invalid
from accounts.models import User
from tasks import operations
from tasks.models import INBOX, Door, Project
from tasks.tests.making import API, last_change, verbs_of


def update_project(actor: User, project: Project, **changes: Any) -> Project:
    return operations.update_project(
        actor=actor,
        origin=API,
        project=project,
        changes=changes,  # type: ignore[arg-type]
    )


def test_every_user_gets_an_inbox(alice: User) -> None:
    inbox = Project.objects.visible_to(alice).get()
    assert (inbox.key, inbox.owner, inbox.is_inbox) == (INBOX, alice, True)
    assert operations.ensure_inbox(alice) == inbox


def test_a_missing_inbox_comes_back(alice: User, inbox: Project) -> None:
    inbox.delete()
    assert operations.ensure_inbox(alice).key == INBOX


def test_create_project(alice: User) -> None:
    project = operations.create_project(
        actor=alice, origin=API, key="web", name="  Web   site ", description="All\r\nof it"
    )
    assert (project.key, project.name, project.description) == ("WEB", "Web site", "All\nof it")
    change = last_change(project)
    assert (change.verb, change.actor, change.door, change.ref) == ("create", alice, Door.API, "WEB")
    assert (change.before, change.after["name"]) == ({}, "Web site")


@pytest.mark.parametrize("key", ["", "1AB", "TOOLONGAKEY", "A-B", "Ä", "A B"])
def test_create_project_refuses_a_bad_key(alice: User, key: str) -> None:
    with pytest.raises(Invalid) as refusal:
        operations.create_project(actor=alice, origin=API, key=key, name="Web")
    assert "key" in refusal.value.fields


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "a\x00b", "\ud800"])
def test_create_project_refuses_a_bad_name(alice: User, name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        operations.create_project(actor=alice, origin=API, key="WEB", name=name)
    assert "name" in refusal.value.fields


@pytest.mark.parametrize("key", ["WEB", "web", INBOX])
def test_a_key_is_taken_once(alice: User, web: Project, key: str) -> None:
    with pytest.raises(Conflict):
        operations.create_project(actor=alice, origin=API, key=key, name="Other")


def test_two_people_may_use_one_key(web: Project, charlie: User) -> None:
    assert operations.create_project(actor=charlie, origin=API, key="WEB", name="Mine").key == "WEB"


def test_nobody_makes_a_project_for_another(alice: User, charlie: User) -> None:
    with pytest.raises(Forbidden):
        operations.create_project(actor=charlie, origin=API, key="WEB", name="Web", owner=alice)
    assert not Project.objects.filter(owner=alice, key="WEB").exists()


@pytest.mark.parametrize(
    ("name", "key"),
    [("Website", "WEBS"), ("my 2 cats", "MY2C"), ("42", "P"), ("Über uns", "UBER"), ("日本", "P"), ("", "P")],
)
def test_free_key(alice: User, name: str, key: str) -> None:
    assert operations.free_key(alice, name) == key


def test_free_key_counts_up(alice: User, web: Project) -> None:
    operations.create_project(actor=alice, origin=API, key="WEB2", name="Second")
    assert operations.free_key(alice, "Web") == "WEB3"


def test_update_project(alice: User, web: Project) -> None:
    project = update_project(
        alice, web, name="Site", key="site", description="d", status="paused", metadata={"a": [1]}
    )
    assert (project.key, project.status, project.metadata) == ("SITE", "paused", {"a": [1]})
    change = last_change(project)
    assert (change.before["key"], change.after["key"]) == ("WEB", "SITE")
    assert set(change.after) == {"key", "name", "description", "status", "metadata"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", "no good"),
        ("name", ""),
        ("description", "x" * 20_001),
        ("status", "deleted"),
        ("metadata", ["not an object"]),
        ("metadata", {"deep": {"nan": float("nan")}}),
        ("metadata", {"big": "x" * 17_000}),
        ("metadata", {"nul": "\x00"}),
    ],
)
def test_update_project_names_the_bad_field(alice: User, web: Project, field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        update_project(alice, web, **{field: value})
    assert field in refusal.value.fields


def test_update_project_refuses_a_taken_key(alice: User, web: Project) -> None:
    with pytest.raises(Conflict):
        update_project(alice, web, key=INBOX)


def test_the_inbox_keeps_its_key_and_stays_active(alice: User, inbox: Project) -> None:
    with pytest.raises(Invalid, match="key"):
        update_project(alice, inbox, key="MINE")
    with pytest.raises(Invalid, match="active"):
        update_project(alice, inbox, status="archived")
    assert update_project(alice, inbox, name="My things").name == "My things"


def test_nothing_changed_writes_no_record(alice: User, web: Project) -> None:
    update_project(alice, web, name=web.name)
    assert verbs_of(web) == ["create"]
