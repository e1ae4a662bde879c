"""Answers that are given again from memory while nothing at all has changed in the database.

The database says so exactly: SQLite counts what other connections commit, and a connection what it changed;
PostgreSQL names the transactions that a snapshot sees. Asking costs a tenth of reading and writing a page.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

from django.db import connections
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.cursors import vendor
from accounts.rest.views import JSONRenderer
from accounts.statements import fetch

# What one thread remembers of one state.
MOST_ANSWERS = 32
LARGEST_BYTES = 64 * 1024


class _Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    content: bytes


class _Memory(threading.local):
    """Of each thread, which has a connection of its own."""

    state: Hashable = None

    def __init__(self) -> None:
        self.answers: dict[Hashable, _Answer] = {}

    def of(self, state: Hashable) -> dict[Hashable, _Answer]:
        if state != self.state:
            self.state, self.answers = state, {}
        return self.answers


_memory = _Memory()


def while_unchanged(request: Request, answer: Callable[[], Response]) -> HttpResponse:
    """What `answer` makes of the request, or made of the same one of the same person.

    Only for what follows from the database and the address alone: not from the time, and not from a body.
    """
    state = _state()
    if state is None:
        return _response(_made(answer()))
    # Taken before the reading: what is committed meanwhile belongs to a later state.
    answers = _memory.of(state)
    asked = (request.user.pk, request.build_absolute_uri())
    known = answers.get(asked)
    if known is None:
        known = _made(answer())
        if len(known.content) <= LARGEST_BYTES and len(answers) < MOST_ANSWERS:
            answers[asked] = known
    return _response(known)


def _state() -> Hashable:
    """Which state of the database this connection sees; None inside a transaction, whose end is open."""
    database: Any = connections["default"]
    if database.in_atomic_block:
        return None
    if vendor() == "postgresql":
        return str(fetch("SELECT pg_current_snapshot()::text", ())[0][0])
    database.ensure_connection()
    opened = database.connection
    with database.wrap_database_errors:
        (others,) = opened.execute("PRAGMA data_version").fetchone()
    return opened, others, opened.total_changes


def _made(response: Response) -> _Answer:
    headers = {name: value for name, value in response.items() if name != "Content-Type"}
    return _Answer(response.status_code, headers, JSONRenderer().render(response.data))


def _response(answer: _Answer) -> HttpResponse:
    return HttpResponse(
        answer.content, status=answer.status, headers=answer.headers, content_type=JSONRenderer.media_type
    )
