"""The OpenAPI document says what the API does: its addresses, methods, parameters and fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import yaml
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator

from chat.tests.conftest import person, turns_end
from chat.tests.person import Person
from config import openapi
from config.tests.possessions import possessions

pytestmark = pytest.mark.one_lane

__all__ = ["person", "turns_end"]

DOCUMENT = openapi.document()
WRITES = ("post", "put", "patch")
# Bodies that hold others, and where the names of those are told.
INNER: dict[tuple[str, str], dict[str, Any]] = {
    ("post", "/api/tasks/bulk/"): {"tasks": [{"zzz": 1}]},
    ("patch", "/api/tasks/bulk/"): {"tasks": [{"id": "ZZZ-1", "zzz": 1}]},
    ("post", "/api/tasks/import/"): {"tasks": [{"zzz": 1}]},
    ("post", "/api/memory/store/"): {"items": [{"zzz": 1}]},
}
# Read over where they change nothing, and not to be sent.
READ_ONLY = {"id", "created_at", "updated_at"}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def fields(schema: dict[str, Any]) -> set[str]:
    """The names in a body, of whichever kind it may be."""
    schema = resolved(schema)
    return {
        *schema.get("properties", {}),
        *(name for each in schema.get("oneOf", []) for name in fields(each)),
    }


def body_of(operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {"content": {}})["content"]
    return dict(content.get("application/json", {}).get("schema", {}))


def known(told: str) -> set[str] | None:
    """The names that a refusal of `zzz` says are known; None when it was not refused."""
    if "zzz" not in told:
        return None
    listed = re.search(r"known are ([^.]*)\.", told)
    return set(listed[1].split(", ")) if listed else set()


def ask(client: Client, method: str, path: str, body: Any) -> str:
    response = getattr(client, method)(
        path, **({} if method == "get" else {"data": body}), content_type="application/json"
    )
    return (b"" if response.streaming else response.content).decode()


def test_it_is_valid_and_made_without_a_warning() -> None:
    made = openapi.document.__wrapped__()
    assert not GENERATOR_STATS
    validate_schema(made)
    assert made == DOCUMENT
    assert made["openapi"] == "3.1.0"


def test_it_is_served_as_json_and_as_yaml(client: Client) -> None:
    response: Any = client.get("/api/schema/")
    assert response["Content-Type"] == "application/vnd.oai.openapi+json"
    assert orjson.loads(response.content) == DOCUMENT
    for response in (
        client.get("/api/schema?format=yaml"),
        client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi"}),
    ):
        assert response["Content-Type"] == "application/vnd.oai.openapi"
        assert yaml.safe_load(response.content) == DOCUMENT
    assert client.get("/api/schema/?format=xml").json()["errors"]["format"]


def test_every_address_has_its_methods(person: Person) -> None:
    things = possessions(person)
    for path, methods in DOCUMENT["paths"].items():
        refused = person.client.generic("PROPFIND", things.in_path(path))
        assert refused.status_code == 405, path
        allowed = set(refused["Allow"].lower().split(", ")) - {"head", "options"}
        assert allowed == set(methods), path


def test_parameters_are_those_that_are_taken(person: Person) -> None:
    things = possessions(person)
    for method, path, operation in operations():
        declared = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
        told = ask(person.client, method, things.in_path(path) + "?zzz=1", {})
        taken = known(told)
        assert declared - {"limit", "offset"} == (taken or set()) - {"limit", "offset"}, (method, path)
        if "X-Total-Count" in operation["responses"].get("200", {}).get("headers", {}):
            assert declared >= {"limit", "offset"}, path


def test_fields_are_those_that_are_taken(person: Person) -> None:
    things = possessions(person)
    for method, path, operation in operations():
        if method in WRITES:
            body = {**dict.fromkeys(resolved(body_of(operation)).get("required", []), "x"), "zzz": 1}
            told = ask(person.client, method, things.in_path(path), body)
            assert fields(body_of(operation)) - {"items"} == (known(told) or set()) - READ_ONLY, (
                method,
                path,
            )


@pytest.mark.parametrize(("method", "path"), INNER)
def test_fields_of_items_are_those_that_are_taken(person: Person, method: str, path: str) -> None:
    things, body = possessions(person), INNER[method, path]
    (name,) = body
    schema = resolved(body_of(DOCUMENT["paths"][path][method]))
    lists = (resolved(each)["properties"].get(name) for each in schema.get("oneOf", [schema]))
    item = next(each["items"] for each in lists if each)
    told = ask(person.client, method, things.in_path(path), body)
    assert fields(item) - {"id", "if_match"} == (known(told) or set()) - {"id"}, told


def test_examples_are_what_they_are_examples_of() -> None:
    for _, path, operation in operations():
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for media in (media for each in bodies for media in each.get("content", {}).values()):
            validator = Draft202012Validator({**media["schema"], "components": DOCUMENT["components"]})
            for example in media.get("examples", {}).values():
                assert [error.message for error in validator.iter_errors(example["value"])] == [], path


def test_every_refusal_is_a_problem_with_its_codes() -> None:
    for _, path, operation in operations():
        refused = {status: each for status, each in operation["responses"].items() if status >= "400"}
        assert set(refused) >= (
            {"400"} if not operation["security"] else {"400", "401", "403", "429", "503"}
        ), path
        assert all(
            each == {"$ref": f"#/components/responses/Status{status}"} for status, each in refused.items()
        )
    assert DOCUMENT["components"]["responses"]["Status409"]["content"]["application/problem+json"]["schema"][
        "allOf"
    ][1]["properties"]["code"]["enum"] == [
        "ambiguous",
        "approval_changed",
        "approval_expired",
        "conflict",
        "key_in_flight",
        "not_awaiting_approval",
        "not_retryable",
        "not_suggested",
        "turn_running",
    ]
