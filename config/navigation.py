"""The one navigation: where a signed-in person can go, and where the page in front of them belongs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class Place:
    url: str
    label: str
    icon: str
    is_current: bool


# Name of the URL, words, icon, and which other paths belong to it.
PLACES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("home", "Chat", "talk", ("/new/", "/c/", "/conversations/")),
    ("tasks", "Tasks", "tasks", ()),
    ("projects", "Projects", "folder", ()),
    ("dashboard", "Dashboard", "chart", ()),
    ("memory", "Memory", "memory", ()),
    ("teams", "Teams", "users", ()),
    ("settings", "Settings", "gear", ("/accounts/",)),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """For templates, `places`: those whose pages exist."""
    return {"places": partial(places, request.path)}


def places(path: str) -> list[Place]:
    found = []
    for name, label, icon, others in PLACES:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        inside = path == url if url == "/" else path.startswith(url)
        found.append(Place(url, label, icon, inside or path.startswith(others)))
    return found
