"""What no address can take as a body, at every one that takes any: refused, and the field is named."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from chat.tests.conftest import person, turns_end
from chat.tests.person import Person
from config.tests.conformance import strict, undescribed
from config.tests.possessions import Possessions, possessions
from config.tests.test_openapi import body_of, operations, resolved

__all__ = ["person", "turns_end"]

JSON = "application/json"
# By what is wrong: the body, its content type, the status, and the field that is named.
BAD: dict[str, tuple[bytes, str, int, str]] = {
    "101 levels": (b'{"zzz": ' + b"[" * 101 + b"]" * 101 + b"}", JSON, 400, ""),
    "100,000 levels": (b'{"zzz": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", JSON, 400, ""),
    "NUL": (b'{"zzz": "a\\u0000"}', JSON, 400, "zzz"),
    "half of a surrogate pair": (b'{"zzz": "\\ud800"}', JSON, 400, "zzz"),
    "NaN": (b'{"zzz": NaN}', JSON, 400, "zzz"),
    "Infinity": (b'{"zzz": {"a": [1, -Infinity]}}', JSON, 400, "zzz.a.1"),
    "5,000 digits": (b'{"zzz": ' + b"9" * 5_000 + b"}", JSON, 400, "zzz"),
    "an unknown field": (b'{"zzz": 1, "title": "x", "name": "x"}', JSON, 400, "zzz"),
    "not JSON": (b'{"zzz": 1', JSON, 400, ""),
    "not UTF-8": (b'{"zzz": "\xff"}', JSON, 400, ""),
    "a word": (b'"word"', JSON, 400, ""),
    "a number": (b"1", JSON, 400, ""),
    "null": (b"null", JSON, 400, ""),
    "a list of numbers": (b"[1, null]", JSON, 400, ""),
    "a form": (b"title=x&name=x&message=x", "application/x-www-form-urlencoded", 415, ""),
    "plain text": (b'{"title": "x"}', "text/plain", 415, ""),
    "XML": (b"<title/>", "application/xml", 415, ""),
    "no type": (b'{"title": "x"}', "", 415, ""),
}
FINE = {"type": "context", "items": [{"value": "x", "type": "context"}]}
# A list of items is a body there, and each of them is refused for itself.
LISTS = {"/api/tasks/bulk/", "/api/tasks/import/"}
WRITES = [(method, path) for method, path, _ in operations() if method in ("post", "put", "patch")]
WRONG_TYPES: tuple[Any, ...] = ({"a": {"b": 1}}, [[1]], 17, True, "\t\t", "x" * 30_000, None, -1, 1e300)


def send(client: Client, method: str, path: str, body: bytes, kind: str) -> Any:
    return client.generic(method.upper(), path, body, content_type=kind)


def told(response: Any, method: str, path: str) -> dict[str, Any]:
    """A JSON answer, which the document describes."""
    text, kind = response.content.decode(), response["Content-Type"]
    assert response.status_code < 500, text
    assert undescribed(method, path, response.status_code, kind, text) == []
    return dict(response.json())


@pytest.mark.parametrize("wrong", BAD)
def test_what_nobody_can_take(person: Person, wrong: str) -> None:
    things = possessions(person)
    body, kind, status, named = BAD[wrong]
    for method, path in WRITES:
        response = send(person.client, method, things.in_path(path), body, kind)
        answer = told(response, method, path)
        if wrong == "a list of numbers" and path in LISTS and response.status_code == 200:
            assert [each["status"] for each in answer["results"]] == [400, 400]
            continue
        assert response.status_code == status, (method, path, answer)
        assert set(answer["errors"]) >= ({named} if named else set()), (method, path, answer)


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_wrong_types_name_their_field(person: Person, method: str, path: str) -> None:
    things = possessions(person)
    schema = resolved(body_of(strict()["paths"][path][method]))
    for form in (resolved(each) for each in schema.get("oneOf", [schema])):
        for name in form.get("properties", {}):
            for value in WRONG_TYPES:
                rest = {each: FINE.get(each, "x") for each in form.get("required", []) if each != name}
                refused_by_name(person.client, method, path, things, {**rest, name: value}, name)


def refused_by_name(
    client: Client, method: str, path: str, things: Possessions, body: dict[str, Any], name: str
) -> None:
    response = client.generic(
        method.upper(),
        things.in_path(path),
        orjson.dumps(body),
        content_type=JSON,
        headers={"Prefer": "respond-async"},
    )
    answer = told(response, method, path)
    schema = {**body_of(strict()["paths"][path][method]), "components": strict()["components"]}
    fits = Draft202012Validator(schema).is_valid(body)
    assert fits or response.status_code in (400, 404) or path in LISTS, (body, answer)
    if response.status_code == 400:
        assert any(field == name or field.startswith(f"{name}.") for field in answer["errors"]), (
            body,
            answer,
        )
