"""Memory over HTTP: what programs send and get, who may, and what is refused by field."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from memory.models import MemoryItem
from memory.tests.talk import remember, twin
from tasks.changes import Origin
from tasks.models import Door, Project

SAFARI = {"project": "WEB", "key": "safari", "value": "Sign-in breaks on Safari", "type": "error"}

pytestmark = pytest.mark.usefixtures("web")


def post(client: Client, path: str, body: Any, **headers: str) -> Any:
    return client.post(f"/api/memory/{path}", body, content_type="application/json", headers=headers)


def fields(response: Any) -> set[str]:
    assert response.status_code == 400, response.content
    assert response["Content-Type"] == "application/problem+json"
    return set(response.json()["errors"])


@pytest.mark.parametrize("slash", ["", "/"])
def test_store_and_recall(as_alice: Client, slash: str) -> None:
    stored = post(
        as_alice, f"store{slash}", {**SAFARI, "subject": "Dana", "occurred_at": "2025-05-08T13:56:00"}
    )
    assert stored.status_code == 201
    (item,) = stored.json()["items"]
    assert (item["key"], item["status"], item["project"]) == ("safari", "active", "WEB")
    question = {"project": "WEB", "query": "What broke on Safari?"}
    for answer in (
        post(as_alice, f"recall{slash}", question),
        as_alice.get(f"/api/memory/recall{slash}", question),
    ):
        (hit,) = answer.json()["hits"]
        assert set(hit) == {"key", "value", "type", "score", "why", "source"}
        assert (hit["key"], hit["type"], hit["source"]["subject"]) == ("safari", "error", "Dana")


def test_store_many(as_alice: Client) -> None:
    items = [{"key": f"k{n}", "value": f"Fact {n}", "type": "context", "thread": "1"} for n in range(100)]
    answer = post(as_alice, "store", {"project": "WEB", "items": items})
    assert [each["key"] for each in answer.json()["items"]] == [f"k{n}" for n in range(100)]
    assert as_alice.get("/api/memory/count/", {"project": "WEB"}).json()["count"] == 100
    assert fields(post(as_alice, "store", {"project": "WEB", "items": [*items, items[0]]})) == {"items"}


def test_the_project_is_a_key_an_id_or_the_inbox(as_alice: Client, web: Project, inbox: Project) -> None:
    post(as_alice, "store", {**SAFARI, "project": str(web.pk)})
    post(as_alice, "store", {"value": "Buy milk", "type": "context"})
    rows = MemoryItem.objects.order_by("created_at").values_list("project__key", flat=True)
    assert list(rows) == ["WEB", "INBOX"]
    assert post(as_alice, "recall", {"query": "milk"}).json()["hits"][0]["value"] == "Buy milk"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("store", {"project": "WEB", "type": "error"}, "value"),
        ("store", {"project": "WEB", "value": "x"}, "type"),
        ("store", {**SAFARI, "type": "gossip"}, "type"),
        ("store", {**SAFARI, "value": ""}, "value"),
        ("store", {**SAFARI, "value": "a\x00b"}, "value"),
        ("store", {**SAFARI, "confidence": 2}, "confidence"),
        ("store", {**SAFARI, "confidence": "sure"}, "confidence"),
        ("store", {**SAFARI, "expires_at": "soon"}, "expires_at"),
        ("store", {**SAFARI, "user": "alice"}, "user"),
        ("store", {"items": []}, "items"),
        ("store", {"items": [SAFARI]}, "items.0.project"),
        ("store", {"items": [{"value": "x", "type": "error"}, 7]}, "items.1"),
        ("store", {"items": [{"value": "x", "type": "error", "colour": "red"}]}, "items.0.colour"),
        ("store", {"items": [{"value": "x", "type": "nonsense"}]}, "items.0.type"),
        ("recall", {"project": "WEB"}, "query"),
        ("recall", {"query": ""}, "query"),
        ("recall", {"query": "x", "limit": 0}, "limit"),
        ("recall", {"query": "x", "limit": "many"}, "limit"),
        ("recall", {"query": "x", "types": "error"}, "types"),
        ("recall", {"query": "x", "types": ["gossip"]}, "types"),
        ("recall", {"query": "x", "min_confidence": 7}, "min_confidence"),
        ("recall", {"query": "x", "as_of": "then"}, "as_of"),
        ("recall", {"query": "x", "user": "alice"}, "user"),
    ],
)
def test_what_is_wrong_is_named(as_alice: Client, path: str, body: Any, field: str) -> None:
    assert fields(post(as_alice, path, body)) == {field}
    assert not MemoryItem.objects.exists()


def test_a_body_that_is_no_object_is_refused(as_alice: Client) -> None:
    for path in ("store", "recall"):
        assert post(as_alice, path, [1]).status_code == 400


def test_nobody_reaches_anothers_memory(as_alice: Client, as_charlie: Client, web: Project) -> None:
    remember(web, "Sign-in breaks on Safari", key="safari")
    attempts = [
        post(as_charlie, "store", SAFARI),
        post(as_charlie, "recall", {"project": "WEB", "query": "Safari"}),
        post(as_charlie, "recall", {"project": str(web.pk), "query": "Safari"}),
        post(as_charlie, "clear", {"project": "WEB"}),
        as_charlie.get("/api/memory/", {"project": "WEB"}),
        as_charlie.delete("/api/memory/?project=WEB"),
        as_charlie.get("/api/memory/count", {"project": "WEB"}),
        as_charlie.get("/api/memory/safari", {"project": "WEB"}),
        as_charlie.delete("/api/memory/safari?project=WEB"),
        post(as_charlie, "safari/approve?project=WEB", {}),
        post(as_charlie, "safari/reject?project=WEB", {}),
        post(as_charlie, "safari/restore?project=WEB", {}),
    ]
    assert {each.status_code for each in attempts} == {404}
    assert MemoryItem.objects.get().status == "active"


def test_a_near_identical_item_of_a_stranger_is_not_in_the_answer(
    as_alice: Client, as_charlie: Client, charlie: User
) -> None:
    twin(charlie, "WEB")
    post(as_charlie, "store", {**SAFARI, "value": "LEAK Sign-in breaks on Safari"})
    post(as_alice, "store", SAFARI)
    for client, value in ((as_alice, SAFARI["value"]), (as_charlie, "LEAK Sign-in breaks on Safari")):
        hits = post(client, "recall", {"project": "WEB", "query": "Safari sign-in"}).json()["hits"]
        assert [hit["value"] for hit in hits] == [value]


@pytest.mark.parametrize("path", ["", "store", "recall", "count", "clear", "some-key"])
def test_nobody_without_signing_in(client: Client, path: str) -> None:
    assert client.get(f"/api/memory/{path}").status_code in (401, 405)
    assert client.post(f"/api/memory/{path}").status_code in (401, 405)


@pytest.mark.parametrize(
    ("method", "path"), [("get", "store"), ("get", "clear"), ("post", "count"), ("post", "safari")]
)
def test_the_wrong_method_is_said(as_alice: Client, method: str, path: str) -> None:
    assert getattr(as_alice, method)(f"/api/memory/{path}").status_code == 405


def test_one_item_with_its_history(as_alice: Client) -> None:
    post(as_alice, "store", SAFARI)
    post(as_alice, "store", {**SAFARI, "value": "Sign-in works on Safari 19"})
    item = as_alice.get("/api/memory/safari", {"project": "WEB"}).json()
    assert item["value"] == "Sign-in works on Safari 19"
    assert [(each["value"], each["status"]) for each in item["history"]] == [
        ("Sign-in breaks on Safari", "superseded")
    ]


@pytest.mark.parametrize(
    "key", ["store", "recall", "count", "clear", "a/approve", "a/reject", "a/restore", "a/"]
)
def test_a_key_is_an_address_of_its_own(as_alice: Client, key: str) -> None:
    answer = post(as_alice, "store", {**SAFARI, "key": key})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["key"])


def test_keys_with_slashes_and_spaces_work(as_alice: Client) -> None:
    post(as_alice, "store", {**SAFARI, "key": "auth/sign in: safari"})
    answer = as_alice.get("/api/memory/auth/sign%20in:%20safari/", {"project": "WEB"})
    assert answer.json()["key"] == "auth/sign in: safari"


def test_update_delete_count_and_clear(as_alice: Client) -> None:
    post(as_alice, "store", SAFARI)
    post(as_alice, "store", {**SAFARI, "key": "other"})
    changed = as_alice.patch(
        "/api/memory/safari/?project=WEB", {"value": "Fixed"}, content_type="application/json"
    )
    assert changed.json()["value"] == "Fixed"
    assert as_alice.delete("/api/memory/safari?project=WEB").status_code == 204
    assert as_alice.get("/api/memory/safari?project=WEB").status_code == 404
    count = as_alice.get("/api/memory/count?project=WEB").json()
    assert (count["count"], count["by_status"]["suppressed"], count["by_type"]["error"]) == (1, 2, 1)
    assert post(as_alice, "clear/", {"project": "WEB"}).json() == {"deleted": 1}
    assert as_alice.get("/api/memory/count?project=WEB").json()["count"] == 0


def test_lists_by_status_with_reasons(as_alice: Client, web: Project) -> None:
    remember(web, "Dana likes red", key="red", confidence=0.2, origin=Origin(Door.CHAT))
    listed = as_alice.get("/api/memory/", {"project": "WEB", "status": "suggested"})
    assert [each["key"] for each in listed.json()["results"]] == ["red"]
    assert listed["X-Total-Count"] == "1"
    assert post(as_alice, "red/reject?project=WEB", {}).json()["status"] == "suppressed"
    suppressed = as_alice.get("/api/memory/?project=WEB&status=suppressed").json()["results"]
    assert suppressed[0]["reason"] == "Rejected."
    assert fields(as_alice.get("/api/memory/?status=lost")) == {"status"}


def test_a_suggestion_is_approved(as_alice: Client, web: Project) -> None:
    remember(web, "Dana likes red", key="red", confidence=0.2, origin=Origin(Door.CHAT))
    assert post(as_alice, "red/approve/?project=WEB", {}).json()["status"] == "active"
    assert post(as_alice, "red/approve/?project=WEB", {}).status_code == 409


def test_what_was_deleted_or_rejected_is_restored(as_alice: Client, web: Project) -> None:
    post(as_alice, "store", SAFARI)
    assert post(as_alice, "safari/restore?project=WEB", {}).status_code == 409
    as_alice.delete("/api/memory/safari?project=WEB")
    restored = post(as_alice, "safari/restore?project=WEB", {}).json()
    assert (restored["status"], restored["reason"], restored["ended_at"]) == ("active", "", None)
    assert as_alice.get("/api/memory/safari?project=WEB").status_code == 200
    asked = post(as_alice, "recall", {"project": "WEB", "query": "Safari"})
    assert [hit["key"] for hit in asked.json()["hits"]] == ["safari"]
    remember(web, "Dana likes red", key="red", confidence=0.2, origin=Origin(Door.CHAT))
    post(as_alice, "red/reject?project=WEB", {})
    assert post(as_alice, "red/restore?project=WEB", {}).json()["status"] == "active"
    assert post(as_alice, "never/restore?project=WEB", {}).status_code == 404


def test_what_has_an_heir_is_not_restored(as_alice: Client) -> None:
    post(as_alice, "store", SAFARI)
    as_alice.delete("/api/memory/safari?project=WEB")
    post(as_alice, "store", {**SAFARI, "value": "Another by that name"})
    refused = post(as_alice, "safari/restore?project=WEB", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


def test_the_same_idempotency_key_stores_once(as_alice: Client) -> None:
    body = {"project": "WEB", "value": "Sign-in breaks", "type": "error"}
    key = {"Idempotency-Key": "one"}
    answers = [post(as_alice, "store", body, **key).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert MemoryItem.objects.count() == 1
    assert post(as_alice, "store", {**body, "value": "Other"}, **key).status_code == 422


def test_as_of_and_types_in_an_address(as_alice: Client) -> None:
    for value, when in (("MySQL", "2025-01-01T00:00:00Z"), ("PostgreSQL", "2025-06-01T00:00:00Z")):
        item = {"key": "db", "value": f"The database is {value}", "type": "decision", "occurred_at": when}
        post(as_alice, "store", {**item, "project": "WEB"})
    asked = {
        "project": "WEB",
        "query": "database",
        "as_of": "2025-03-01T00:00:00Z",
        "types": "decision,error",
    }
    hits = as_alice.get("/api/memory/recall", asked).json()["hits"]
    assert [hit["value"] for hit in hits] == ["The database is MySQL"]
