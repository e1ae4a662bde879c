"""Projects over REST."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tasks import operations
from tasks.models import Project
from tasks.tests.asking import asked, refs, refused, send
from tasks.tests.making import API, add, verbs_of


def keys(client: Client, query: str = "") -> list[str]:
    page = asked(client, "get", f"projects/?{query}")
    assert page["count"] == len(page["results"])
    return [project["key"] for project in page["results"]]


def test_a_new_project(as_alice: Client) -> None:
    body = {
        "key": "site",
        "name": "Website",
        "description": "All of it",
        "status": "paused",
        "metadata": {"a": [1]},
    }
    response = send(as_alice, "post", "projects/", body)
    project = response.json()
    assert (response.status_code, response["Location"]) == (201, "/api/projects/SITE/")
    stamps = {name: project[name] for name in ("id", "created_at", "updated_at")}
    assert project == {**body, "key": "SITE", "team": None, **stamps}
    assert (
        asked(as_alice, "get", "projects/site")
        == project
        == asked(as_alice, "get", f"projects/{project['id']}/")
    )


def test_a_key_is_made_from_the_name(as_alice: Client) -> None:
    made = [asked(as_alice, "post", "projects/", {"name": "Website"}, expect=201)["key"] for _ in range(2)]
    assert made == ["WEBS", "WEBS2"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": 7}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "x", "key": "1A"}, "key"),
        ({"name": "x", "key": "TOOLONGAKEY"}, "key"),
        ({"name": "x", "status": "done"}, "status"),
        ({"name": "x", "metadata": []}, "metadata"),
        ({"name": "x", "metadata": {"a": [1e19]}}, "metadata"),
        ({"name": "x", "description": None}, "description"),
        ({"name": "x", "owner": "bob"}, "owner"),
    ],
)
def test_a_bad_field_is_named(as_alice: Client, web: Project, body: Any, field: str) -> None:
    refused(as_alice, "post", "projects/", body, field=field)
    refused(as_alice, "put", "projects/WEB/", body, field=field)
    assert verbs_of(web) == ["create"]


def test_a_taken_key(as_alice: Client, web: Project) -> None:
    told = asked(as_alice, "post", "projects/", {"name": "x", "key": "web"}, expect=409)
    assert told["code"] == "conflict"


def test_changes(as_alice: Client, web: Project) -> None:
    assert (
        asked(as_alice, "patch", "projects/WEB/", {"metadata": {"a": 1}, "status": "paused"})["status"]
        == "paused"
    )
    shown = asked(as_alice, "get", "projects/WEB/")
    assert asked(as_alice, "put", "projects/WEB/", shown)["metadata"] == {"a": 1}
    assert asked(as_alice, "put", "projects/WEB/", {"name": "Web"})["metadata"] == {}
    assert asked(as_alice, "patch", "projects/WEB/", {"key": "SITE"})["key"] == "SITE"
    refused(as_alice, "patch", "projects/SITE/", {"id": shown["id"][::-1]}, field="id")
    told = asked(as_alice, "patch", "projects/SITE/", {"name": "x"}, expect=412, If_Match='"1-1"')
    assert told["code"] == "stale"


def test_the_inbox_stays(as_alice: Client, inbox: Project) -> None:
    asked(as_alice, "delete", "projects/INBOX/", expect=409)
    refused(as_alice, "patch", "projects/INBOX/", {"key": "MINE"}, field="key")
    assert keys(as_alice) == ["INBOX"]


def test_the_trash(as_alice: Client, alice: User, web: Project) -> None:
    add(alice, web)
    asked(as_alice, "delete", "projects/WEB/", expect=204)
    assert (keys(as_alice), keys(as_alice, "trashed=true")) == (["INBOX"], ["WEB"])
    assert refs(as_alice) == []
    asked(as_alice, "get", "projects/WEB/", expect=404)
    asked(as_alice, "post", "projects/WEB/restore/")
    assert (keys(as_alice), keys(as_alice, "trashed=true")) == (["INBOX", "WEB"], [])
    assert refs(as_alice) == ["WEB-1"]
    history = asked(as_alice, "get", "projects/WEB/history/")
    assert [each["verb"] for each in history["results"]] == ["restore", "delete", "create"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "API INBOX WEB"),
        ("status=paused", "API"),
        ("status=active,paused", "API INBOX WEB"),
        ("q=site", "WEB"),
        ("search=api", "API"),
        ("ordering=-key", "WEB INBOX API"),
        ("ordering=name", "API INBOX WEB"),
        ("ordering=-created_at", "API WEB INBOX"),
    ],
)
def test_lists(as_alice: Client, alice: User, web: Project, query: str, found: str) -> None:
    operations.create_project(actor=alice, origin=API, key="API", name="For programs", status="paused")
    assert keys(as_alice, query) == found.split()


@pytest.mark.parametrize("query", ["x=1", "status=done", "ordering=owner", "trashed=2", "limit=x", "q="])
def test_a_bad_parameter_is_named(as_alice: Client, query: str) -> None:
    refused(as_alice, "get", f"projects/?{query}", field=query.partition("=")[0])


def test_queries(as_alice: Client, web: Project, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    # Session, user; total, rows.
    with django_assert_num_queries(4):
        asked(as_alice, "get", "projects/")
