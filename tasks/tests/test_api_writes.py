"""What keeps writes over REST from being lost or doubled: ETags and idempotency keys; and many at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tasks import operations
from tasks.models import Change, IdempotencyKey, Project, Task
from tasks.tests.asking import asked, refused, send
from tasks.tests.making import API, add, verbs_of


def etag(client: Client, path: str = "tasks/WEB-1/") -> str:
    return str(send(client, "get", path)["ETag"])


# --- Versions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["patch", "put", "delete"])
def test_a_lost_update_is_refused(as_alice: Client, alice: User, web: Project, verb: str) -> None:
    task = add(alice, web)
    seen = etag(as_alice)
    asked(as_alice, "patch", "tasks/WEB-1/", {"priority": "high"}, If_Match=seen)
    told = asked(as_alice, verb, "tasks/WEB-1/", {"title": "Mine"}, expect=412, If_Match=seen)
    assert (told["code"], verbs_of(task)) == ("stale", ["create", "update"])
    assert send(as_alice, verb, "tasks/WEB-1/", {"title": "Mine"}, If_Match=etag(as_alice)).status_code < 300


@pytest.mark.parametrize(("tag", "status"), [("*", 200), ('"0"', 412), ('W/"{}"', 412), ('"zz"', 412)])
def test_other_tags(as_alice: Client, alice: User, web: Project, tag: str, status: int) -> None:
    add(alice, web)
    tag = tag.format(etag(as_alice).strip('"'))
    assert send(as_alice, "patch", "tasks/WEB-1/", {"title": "x"}, If_Match=tag).status_code == status


def test_a_malformed_tag(as_alice: Client, alice: User, web: Project) -> None:
    add(alice, web)
    for tag in ("5f3a", '"a', '"a", "b"', ""):
        refused(as_alice, "patch", "tasks/WEB-1/", {"title": "x"}, field="If-Match", If_Match=tag)
    assert Task.objects.get().title == "Buy milk"


def test_the_answer_to_a_write_has_the_tag_of_what_is_read(as_alice: Client, web: Project) -> None:
    for verb, path in (("post", "tasks/"), ("patch", "tasks/WEB-1/"), ("put", "tasks/WEB-1/")):
        written = send(as_alice, verb, path, {"title": verb} | ({"project": "WEB"} if verb == "post" else {}))
        assert written["ETag"] == etag(as_alice)


def test_what_has_not_changed_is_not_sent(as_alice: Client, alice: User, web: Project) -> None:
    parent = add(alice, web, "Parent")
    add(alice, web, "Child", parent=parent)
    for path in ("tasks/WEB-2/", "projects/WEB/"):
        seen = etag(as_alice, path)
        for tag in (seen, f"W/{seen}", f'"x", {seen}', "*"):
            response = send(as_alice, "get", path, If_None_Match=tag)
            assert (response.status_code, response.content, response["ETag"]) == (304, b"", seen)
        assert send(as_alice, "get", path, If_None_Match='"x"').status_code == 200
    # What other rows add to it counts as well.
    seen = etag(as_alice, "tasks/WEB-2/")
    operations.update_project(actor=alice, origin=API, project=web, changes={"key": "SITE"})
    response = send(as_alice, "get", "tasks/SITE-2/", If_None_Match=seen)
    assert (response.status_code, response.json()["parent"]) == (200, "SITE-1")


def test_what_changes_nothing_keeps_the_version(as_alice: Client, alice: User, web: Project) -> None:
    task = add(alice, web, labels=["a"])
    seen = etag(as_alice)
    for body in ({"labels": ["A"]}, {"title": " Buy milk", "completed": False}, {}):
        assert send(as_alice, "patch", "tasks/WEB-1/", body, If_Match=seen)["ETag"] == seen
    assert verbs_of(task) == ["create"]


def test_verbs_check_versions_too(as_alice: Client, alice: User, web: Project) -> None:
    add(alice, web)
    for verb in ("complete", "reopen"):
        assert send(as_alice, "post", f"tasks/WEB-1/{verb}/", If_Match='"1-1"').status_code == 412
        assert send(as_alice, "post", f"tasks/WEB-1/{verb}/", If_Match=etag(as_alice)).status_code == 200


# --- Keys -----------------------------------------------------------------------------------------------

WRITES: list[tuple[str, str, Any]] = [
    ("post", "tasks/", {"title": "x", "project": "WEB"}),
    ("patch", "tasks/WEB-1/", {"title": "y", "labels": ["b"]}),
    ("put", "tasks/WEB-1/", {"title": "y"}),
    ("post", "tasks/WEB-1/complete/", {}),
    ("post", "tasks/WEB-1/reopen/", {}),
    ("post", "tasks/bulk/", [{"title": "x"}, {"title": ""}]),
    ("patch", "tasks/bulk/", [{"id": "WEB-1", "title": "y"}]),
    ("post", "tasks/import/", [{"title": "x"}]),
    ("post", "projects/", {"name": "New"}),
    ("patch", "projects/WEB/", {"name": "New"}),
]


@pytest.mark.parametrize(("verb", "path", "body"), WRITES)
def test_a_replay_gets_the_same_answer(
    as_alice: Client, alice: User, web: Project, verb: str, path: str, body: Any
) -> None:
    add(alice, web, labels=["a"], status="done" if "reopen" in path else "todo")
    first = send(as_alice, verb, path, body, Idempotency_Key="k")
    changes = Change.objects.count()
    again = send(as_alice, verb, path.rstrip("/"), body, Idempotency_Key="k")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert [again.get(name) for name in ("ETag", "Location")] == [
        first.get(name) for name in ("ETag", "Location")
    ]
    assert (Change.objects.count(), IdempotencyKey.objects.count()) == (changes, 1)


def test_a_key_stands_for_one_request(as_alice: Client, alice: User, web: Project) -> None:
    add(alice, web)
    asked(as_alice, "post", "tasks/", {"title": "x"}, expect=201, Idempotency_Key="k")
    others: list[tuple[str, str, Any]] = [
        ("post", "tasks/", {"title": "y"}),
        ("patch", "tasks/WEB-1/", {"title": "x"}),
        ("post", "projects/", {"name": "x"}),
        ("post", "tasks/import/?dry_run=true", [{"title": "x"}]),
    ]
    for verb, path, body in others:
        assert asked(as_alice, verb, path, body, expect=422, Idempotency_Key="k")["code"] == "key_reused"
    assert Task.objects.count() == 2


def test_a_refused_write_frees_its_key(as_alice: Client) -> None:
    refused(as_alice, "post", "tasks/", {"title": ""}, field="title", Idempotency_Key="k")
    asked(as_alice, "post", "tasks/", {"title": "x"}, expect=201, Idempotency_Key="k")


@pytest.mark.parametrize("key", ["", " ", "x" * 256])
def test_a_bad_key_is_named(as_alice: Client, key: str) -> None:
    refused(as_alice, "post", "tasks/", {"title": "x"}, field="idempotency_key", Idempotency_Key=key)
    assert not Task.objects.exists()


# --- Many at once ---------------------------------------------------------------------------------------


def test_a_bad_item_leaves_the_others(as_alice: Client, web: Project) -> None:
    items: list[Any] = [
        {"title": "One", "project": "WEB"}, {"title": ""}, {"title": "x", "project": "NOPE"}, 7,
        {"title": "Two", "project": "WEB", "blocked_by": ["WEB-1"]},
    ]  # fmt: skip
    results = asked(as_alice, "post", "tasks/bulk/", {"tasks": items})["results"]
    assert [each["status"] for each in results] == [201, 400, 400, 400, 201]
    assert [results[n]["task"]["ref"] for n in (0, 4)] == ["WEB-1", "WEB-2"]
    assert results[4]["task"]["blocked_by"] == ["WEB-1"]
    assert [list(results[n]["error"]["errors"]) for n in (1, 2)] == [["title"], ["project"]]
    assert results[1]["error"]["code"] == "invalid"


def test_many_changes(as_alice: Client, alice: User, charlie: User, web: Project) -> None:
    for _ in range(3):
        add(alice, web)
    theirs = add(charlie, operations.ensure_inbox(charlie))
    stale = etag(as_alice, "tasks/WEB-2/")
    asked(as_alice, "patch", "tasks/WEB-2/", {"priority": "low"})
    items: list[Any] = [
        {"id": "WEB-1", "completed": True}, {"id": "WEB-2", "title": "x", "if_match": stale},
        {"id": "WEB-3", "title": "x", "if_match": etag(as_alice, "tasks/WEB-3/")},
        {"id": "WEB-9", "title": "x"}, {"id": str(theirs.pk), "title": "x"}, {"title": "x"},
        {"id": "WEB-1", "colour": "red"},
    ]  # fmt: skip
    results = asked(as_alice, "patch", "tasks/bulk/", items)["results"]
    assert [each["status"] for each in results] == [200, 412, 200, 404, 404, 400, 400]
    assert (results[0]["task"]["completed"], results[2]["task"]["title"]) == (True, "x")
    assert results[1]["error"]["code"] == "stale"
    assert results[2]["etag"] == etag(as_alice, "tasks/WEB-3/")
    assert list(results[6]["error"]["errors"]) == ["colour"]


@pytest.mark.parametrize("body", [[], {"tasks": []}, {"tasks": "x"}, {}, [{"title": "x"}] * 101])
def test_one_to_a_hundred(as_alice: Client, body: Any) -> None:
    for verb in ("post", "patch"):
        refused(as_alice, verb, "tasks/bulk/", body, field="tasks")
    refused(as_alice, "post", "tasks/bulk/", {"items": []}, field="items")
    assert not Task.objects.exists()


def test_what_was_made_is_what_is_read(as_alice: Client, web: Project) -> None:
    body = {
        "title": "Ship ✓", "project": "WEB", "description": "a\nb", "priority": "high", "labels": ["x", "y"],
        "due_date": "2027-03-28T02:30:00+01:00", "assignee": "alice", "recurrence": "FREQ=DAILY",
    }  # fmt: skip
    made = as_alice.post("/api/tasks/", body, content_type="application/json")
    for known, status in (("", 200), (made["ETag"], 304)):
        read = as_alice.get(made["Location"], headers={"If-None-Match": known})
        assert (read.status_code, read["ETag"]) == (status, made["ETag"])
        assert status == 304 or read.json() == made.json()
