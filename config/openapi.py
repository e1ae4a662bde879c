"""The OpenAPI document: what the apps' `schema.py` say of each address, and what is true of all of them.

Imported when the document is first asked for: it costs what a server that nobody asks should not pay.
"""

from __future__ import annotations

import http
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

import orjson
import yaml
from django.conf import settings
from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator
from rest_framework.views import APIView

from accounts.errors import DomainError
from accounts.rest.schema import DOCUMENTED, Json, Operation, describe
from chat import schema as chat
from config import docs
from config.errors import DRF_CODES, STATUS
from memory import schema as memory
from tasks import schema as tasks
from tasks import teams_schema as teams

__all__ = ["as_json", "as_yaml", "chat", "document", "memory", "tasks", "teams"]

SENTENCES = {
    400: "Malformed, or a field is wrong: see `errors`.",
    401: "Nobody is signed in, or the token is wrong, expired or revoked.",
    403: "Not allowed, the token lacks the scope, or a session came without its CSRF token.",
    404: "Not there, or not yours to see.",
    405: "The address does not know this method.",
    409: "It clashes with the present state.",
    412: "The row was changed since its ETag was read.",
    413: "Larger than this server accepts.",
    415: "The body is of a type that is not taken here.",
    422: "The idempotency key came with another request before.",
    429: "Too many requests.",
    503: "Something that this needs is down.",
}
WAIT = {"description": "Seconds until a new try makes sense.", "schema": {"type": "integer", "minimum": 1}}
CHALLENGE = {"description": "How to sign in.", "schema": {"type": "string"}}
ALLOW = {"description": "The methods that it knows.", "schema": {"type": "string"}}
EXTRA = {
    401: {"WWW-Authenticate": CHALLENGE},
    405: {"Allow": ALLOW},
    429: {"Retry-After": WAIT},
    503: {"Retry-After": WAIT},
}
REQUEST_ID = {"$ref": "#/components/headers/X-Request-ID"}
SAFE = ("get", "head", "options")
# By token; by session, with the CSRF token where something is written.
READS: list[Json] = [{"token": []}, {"session": []}]
WRITES: list[Json] = [{"token": []}, {"session": [], "csrf": []}]

OPEN_API: Json = {
    "type": "object",
    "required": ["openapi", "info", "paths"],
    "properties": {"openapi": {"const": "3.1.0"}},
}
describe(
    "api-schema",
    None,
    "About",
    get=Operation(
        "getSchema",
        {(200, docs.JSON): OPEN_API, (200, docs.YAML): {"type": "string"}},
        says="This document. As YAML with `Accept: application/vnd.oai.openapi` or `?format=yaml`.",
    ),
)
describe(
    "api-docs",
    None,
    "About",
    get=Operation("getDocs", {(200, "text/html"): {"type": "string"}}, says="This document as a page."),
)


class Enumerator(EndpointEnumerator):
    """Every route under /api/ that has a name, with its description in the view's place."""

    def _get_api_endpoints(self, patterns: Any, prefix: str) -> list[tuple[str, str, str, Any]]:
        return [
            (path, regex, method, described.as_view())
            for path, regex, described in self.described()
            for method in described().allowed_methods
            if method != "OPTIONS"
        ]

    def described(self) -> Iterator[tuple[str, str, type[APIView]]]:
        for name, pattern in routes():
            regex = f"^api/{pattern.removeprefix('^')}"
            yield path_of(pattern), regex, DOCUMENTED[name]


def routes() -> Iterator[tuple[str, str]]:
    """The names and the patterns of the addresses under /api/, in the order in which they are tried."""
    from config.urls import urlpatterns

    for resolver in urlpatterns:
        if str(resolver.pattern) == "api/":
            routes: Any = resolver.url_patterns  # type: ignore[union-attr]
            yield from ((str(route.name), str(route.pattern)) for route in routes)


def path_of(pattern: str) -> str:
    """`/api/tasks/{task}/` for `^tasks/(?P<task>…)/?$`."""
    path, depth, name = "", 0, re.compile(r"\(\?P<(\w+)>")
    at = 0
    while at < len(pattern):
        begun = name.match(pattern, at)
        if begun and depth == 0:
            path, depth, at = f"{path}{{{begun[1]}}}", 1, begun.end()
            continue
        depth += {"(": 1, ")": -1}.get(pattern[at], 0) if depth else 0
        if depth == 0 and pattern[at] not in "^?$)":
            path += pattern[at]
        at += 1
    return f"/api/{path}"


class Generator(SchemaGenerator):
    endpoint_inspector_cls = Enumerator


@cache
def document() -> Json:
    """The whole document; made once."""
    made = cast(Json, Generator().get_schema(request=None, public=True))
    components = made["components"]
    components["responses"] = {f"Status{status}": _refusal(status) for status in SENTENCES}
    components["headers"] = {
        "X-Request-ID": {
            "description": "Finds the request in the server's log.",
            "schema": {"type": "string"},
        }
    }
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "An API token: `tl-…`."},
        "session": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
        "csrf": {
            "type": "apiKey",
            "in": "header",
            "name": "X-CSRFToken",
            "description": "The cookie `csrftoken`.",
        },
    }
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            _complete(path, method, operation)
    _close(made)
    return made


def as_json() -> bytes:
    return orjson.dumps(document())


@cache
def as_yaml() -> bytes:
    text: str = yaml.safe_dump(orjson.loads(as_json()), sort_keys=False, allow_unicode=True, width=110)
    return text.encode()


def _complete(path: str, method: str, operation: Json) -> None:
    is_open = path in ("/api/schema/", "/api/docs/")
    operation["security"] = [] if is_open else READS if method in SAFE else WRITES
    refused = operation.pop("x-refuses")
    for status in [400] if is_open else refused:
        operation["responses"][str(status)] = {"$ref": f"#/components/responses/Status{status}"}
    for response in operation["responses"].values():
        if "$ref" not in response:
            response.setdefault("headers", {})["X-Request-ID"] = REQUEST_ID


def _close(made: Json) -> None:
    # An unknown field of a body is an error; answers may grow.
    asked = {
        name
        for methods in made["paths"].values()
        for operation in methods.values()
        for name in _referred(operation.get("requestBody"), made["components"]["schemas"])
    }
    for name in asked:
        schema = made["components"]["schemas"][name]
        if schema.get("type") == "object":
            schema["additionalProperties"] = False


def _referred(part: Any, schemas: Json) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(ref := part.get("$ref"), str):
            name = ref.rpartition("/")[2]
            yield name
            yield from _referred(schemas[name], schemas)
        for inner in part.values():
            yield from _referred(inner, schemas)
    elif isinstance(part, list):
        for inner in part:
            yield from _referred(inner, schemas)


def codes() -> dict[int, list[str]]:
    """The codes of each status, from the errors that there are."""
    found: dict[int, set[str]] = {413: {"too_large"}}
    for status, code in DRF_CODES.items():
        found.setdefault(status, set()).add(code)
    for error in _errors(DomainError):
        families = (getattr(family, "code", "") for family in error.__mro__)
        family = next((code for code in families if code in STATUS), None)
        if family:
            found.setdefault(STATUS[family], set()).add(error.code)
    return {status: sorted(codes) for status, codes in found.items()}


def _errors(family: type[DomainError]) -> Iterator[type[DomainError]]:
    for error in family.__subclasses__():
        yield error
        yield from _errors(error)


def _refusal(status: int) -> Json:
    known, title = codes()[status], http.HTTPStatus(status).phrase
    schema = {
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"properties": {"status": {"const": status}, "code": {"enum": known}}},
        ]
    }
    example = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": SENTENCES[status].replace("`", ""),
        "code": known[0],
        "errors": {"title": ["is required."]} if status == 400 else {},
        "request_id": "fd26a2debe6f4aefaff003da18e9489e",
    }
    return {
        "description": SENTENCES[status],
        "headers": {**EXTRA.get(status, {}), "X-Request-ID": REQUEST_ID},
        "content": {"application/problem+json": {"schema": schema, "example": example}},
    }
