"""What writes over REST share: a key makes them happen once, and a version keeps them from being lost."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, NamedTuple

import orjson
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import Invalid
from accounts.rest.bodies import json_object
from accounts.rest.views import OPTIONS, ApiView
from tasks.idempotency import once

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_VERSION = datetime.min.replace(tzinfo=UTC)

_ETAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


class Answer(NamedTuple):
    """What a write answers with; `etag` and `location` become headers."""

    status: int
    body: Any = None
    etag: str = ""
    location: str = ""


def answered(view: ApiView, perform: Callable[[], Answer]) -> Response:
    """The response to a POST, PUT or PATCH: performed once under its `Idempotency-Key`, if it has one.

    The same request with the same key gets the stored answer, status, body and ETag. Raises Invalid for a
    bad key and KeyReused when it came with another request before.
    """
    request: Request = view.request
    # Not `request.headers`, which is made of all that there are.
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        return _response(perform())
    stored = once(
        actor=view.actor,
        key=key,
        request=[request.method, request.get_full_path().replace("/?", "?").rstrip("/"), _said(request)],
        perform=lambda: orjson.loads(orjson.dumps(list(perform()), option=OPTIONS)),
    )
    return _response(Answer(*stored))


def retry_safe(method: Callable[..., Response]) -> Callable[..., Response]:
    """For a view's POST or PATCH: it takes an `Idempotency-Key`, as `answered` does."""

    @wraps(method)
    def guarded(view: ApiView, request: Request, *args: Any, **kwargs: Any) -> Response:
        def perform() -> Answer:
            response = method(view, request, *args, **kwargs)
            return Answer(response.status_code, response.data, response.headers.get("ETag", ""))

        return answered(view, perform)

    return guarded


def etag_of(updated_at: datetime, body: Any) -> str:
    """Of a row as it is shown: which version it is, and a sum of what other rows and settings add to it."""
    shown = zlib.crc32(orjson.dumps(body, option=OPTIONS))
    return f'"{(updated_at - EPOCH) // timedelta(microseconds=1):x}-{shown:08x}"'


def version_asked(request: Request) -> datetime | None:
    """The version that `If-Match` wants to write to, for an operation to check; None for any.

    Raises Invalid when it is no entity tag.
    """
    return version_of(request.META.get("HTTP_IF_MATCH", "*"), "If-Match")


def version_of(etag: object, field: str) -> datetime | None:
    """The version in an ETag; None for `*`. Raises Invalid when it is no entity tag."""
    given = etag.strip() if isinstance(etag, str) else ""
    if given == "*":
        return None
    match = _ETAG.fullmatch(given)
    if match is None:
        raise Invalid.field(field, 'must be the ETag of a row, such as "5f3a-09c1", or *.')
    version, _, _ = match[2].partition("-")
    # A weak tag never matches, and neither does one that did not come from here.
    if match[1] or not re.fullmatch(r"[0-9a-f]{1,14}", version):
        return NO_VERSION
    return EPOCH + timedelta(microseconds=int(version, 16))


def is_unchanged(request: Request, etag: str) -> bool:
    """Whether the caller has that very representation: its `If-None-Match` names it."""
    given = request.META.get("HTTP_IF_NONE_MATCH", "")
    return given.strip() == "*" or etag in (f'"{match[2]}"' for match in _ETAG.finditer(given))


def row_response(request: Request, body: Any, updated_at: datetime) -> Response:
    """A single row with its ETag, or 304 without a body when the caller has it."""
    etag = etag_of(updated_at, body)
    if is_unchanged(request, etag):
        return Response(status=304, headers={"ETag": etag})
    return versioned_response(body, updated_at)


def versioned_response(body: Any, updated_at: datetime) -> Response:
    """A row that was just written, with its ETag."""
    return Response(body, headers={"ETag": etag_of(updated_at, body)})


def refuse_body(request: Request) -> None:
    """For a verb that takes none. Raises Invalid for a field in it."""
    if unknown := next(iter(json_object(request)), None):
        raise Invalid.field(unknown[:60], "is not known; this takes no body.")


def _response(answer: Answer) -> Response:
    headers = {"ETag": answer.etag, "Location": answer.location}
    return Response(
        answer.body,
        status=answer.status,
        headers={name: value for name, value in headers.items() if value},
    )


def _said(request: Request) -> Any:
    return request.data if isinstance(request.data, dict | list) else str(request.data)
