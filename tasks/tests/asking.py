"""Requests as programs send them."""

from __future__ import annotations

from typing import Any

from django.test import Client

TASK_KEYS = [
    "id", "ref", "number", "project", "title", "description", "status", "completed", "priority", "due_date",
    "labels", "assignee", "parent", "blocked_by", "recurrence", "created_at", "updated_at", "completed_at",
]  # fmt: skip


def send(client: Client, verb: str, path: str, body: Any = None, **headers: str) -> Any:
    """The response; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {} if body is None and verb == "get" else {"data": body, "content_type": "application/json"}
    return getattr(client, verb)(f"/api/{path}", headers=named, **sent)


def asked(
    client: Client, verb: str, path: str, body: Any = None, *, expect: int = 200, **headers: str
) -> Any:
    """The body of the answer, which must have that status."""
    response = send(client, verb, path, body, **headers)
    assert response.status_code == expect, response.content
    return response.json() if response.content else None


def refs(client: Client, query: str = "") -> list[str]:
    """What a list of tasks holds, in its order."""
    page = asked(client, "get", f"tasks/?{query}")
    assert page["count"] == len(page["results"])
    return [task["ref"] for task in page["results"]]


def refused(client: Client, verb: str, path: str, body: Any = None, *, field: str, **headers: str) -> None:
    """Answered with a 400 that names the field."""
    response = send(client, verb, path, body, **headers)
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert field in response.json()["errors"], response.json()
