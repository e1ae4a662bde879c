"""Lists: `limit` and `offset` in, one page with the total out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import Invalid
from accounts.rest.bodies import refuse_unknown

DEFAULT_LIMIT, MAX_LIMIT = 50, 200
TOTAL = "X-Total-Count"


class Slice(NamedTuple):
    limit: int
    offset: int


def asked_slice(request: Request, filters: Collection[str] = ()) -> Slice:
    """What a list is asked for; more than 200 rows are cut to 200.

    Raises Invalid, also for a parameter that is none of `limit`, `offset` and `filters`.
    """
    query = request.query_params
    refuse_unknown(query, {*Slice._fields, *filters})
    limit = _natural(query.get("limit"), "limit", DEFAULT_LIMIT)
    if limit == 0:
        raise Invalid.field("limit", f"must be a whole number from 1 to {MAX_LIMIT}.")
    return Slice(min(limit, MAX_LIMIT), _natural(query.get("offset"), "offset", 0))


def filters_of(request: Request) -> dict[str, str]:
    """The other parameters of a list, for the caller to check: an unknown one is an error, not ignored."""
    return {name: value for name, value in request.query_params.dict().items() if name not in Slice._fields}


def page(request: Request, asked: Slice, total: int, results: Iterable[Any]) -> Response:
    """`{"count", "next", "previous", "results"}`, with `X-Total-Count`."""
    limit, offset = asked
    more, before = offset + limit < total, offset > 0 and total > 0
    address = request.build_absolute_uri(request.path) if more or before else ""
    rest = {name: values for name, values in request.query_params.lists() if name not in Slice._fields}

    def link(start: int) -> str:
        return f"{address}?{urlencode({**rest, 'limit': limit, 'offset': start}, doseq=True)}"

    body = {
        "count": total,
        "next": link(offset + limit) if more else None,
        "previous": link(max(0, offset - limit)) if before else None,
        "results": list(results),
    }
    return Response(body, headers={TOTAL: str(total)})


def page_of(
    request: Request, rows: Any, as_json: Callable[[Any], Any], *, filters: Collection[str] = ()
) -> Response:
    """A page of a queryset. Raises Invalid as `asked_slice` does."""
    asked = asked_slice(request, filters)
    found = rows[asked.offset : asked.offset + asked.limit]
    return page(request, asked, rows.count(), map(as_json, found))


def _natural(text: str | None, name: str, default: int) -> int:
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid.field(name, "must be a whole number, 0 or more.")
    return int(text)
