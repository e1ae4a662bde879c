"""Words to describe the REST API with. Imported with the OpenAPI document alone, never to answer a request.

Each app's `schema.py` describes its addresses by route name; a test holds them to what the views do.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
)
from rest_framework import serializers
from rest_framework.views import APIView

from accounts.rest.authentication import SAFE_METHODS
from accounts.rest.pages import DEFAULT_LIMIT, MAX_LIMIT, TOTAL
from accounts.rest.views import JSONParser, JSONRenderer

Shape = Any
Json = dict[str, Any]

STREAM = "text/event-stream"
UUID = {"type": "string", "format": "uuid"}
MOMENT: Json = {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}
# What may be answered at any address, and what may to a body.
ALWAYS = (400, 401, 403, 429, 503)
TO_A_BODY = (413, 415)

DOCUMENTED: dict[str, type[APIView]] = {}


class Described(APIView):
    """The base of what stands for a view in the document."""

    schema = AutoSchema()
    parser_classes = [JSONParser]
    renderer_classes = [JSONRenderer]


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method of one address takes and answers.

    `answers` maps a status, or a status and a media type, to a serializer, or to None for no body; `refuses`
    are the errors besides those that any address knows. `once` says that it takes an Idempotency-Key,
    `versioned` an If-Match, `cached` an If-None-Match, and `paged` that it is a list. `example` is of the
    body, `reply` of the first answer. What it does is said by the view's docstring, or else by `says`.
    """

    name: str
    answers: Mapping[Any, Shape]
    body: Shape = None
    params: Sequence[OpenApiParameter] = ()
    refuses: Collection[int] = ()
    once: bool = False
    versioned: bool = False
    cached: bool = False
    paged: bool = False
    reads: bool = False
    says: str = ""
    more: str = ""
    example: Any = None
    reply: Any = None
    headers: Sequence[OpenApiParameter] = ()


def describe(route: str, view: Any, tag: str, **verbs: Operation) -> None:
    """Describes the address named `route`; `view` is the class that answers, if one does."""
    members = {verb: _described(verb.upper(), view, tag, each) for verb, each in verbs.items()}
    name = "".join(word.capitalize() for word in route.split("-"))
    DOCUMENTED[route] = type(name, (Described,), members)


def _described(method: str, view: Any, tag: str, told: Operation) -> Any:
    def stub(self: Any, request: Any) -> None: ...

    summary, _, rest = (told.says or _doc(view, method)).partition("\n\n")
    scope = "read" if told.reads or method in SAFE_METHODS else "write"
    return extend_schema(
        operation_id=told.name,
        summary=" ".join(summary.replace("`", "").split()).removesuffix("."),
        description="\n\n".join(filter(None, [rest, told.more, f"Scope: `{scope}`."])),
        tags=[tag],
        parameters=[*told.params, *_headers(told)],
        request=told.body,
        responses={
            status: shape
            if isinstance(shape, OpenApiResponse)
            else OpenApiResponse(shape, description=_of(status))
            for status, shape in told.answers.items()
        },
        examples=_examples(told),
        auth=[],
        extensions={"x-refuses": sorted(_refuses(method, told))},
    )(stub)


def _doc(view: Any, method: str) -> str:
    doc = inspect.getdoc(getattr(view, method.lower())) or inspect.getdoc(view) or ""
    if not doc:
        raise LookupError(f"{view.__name__} does not say what {method} does")
    return doc


def _of(status: Any) -> str:
    code = status[0] if isinstance(status, tuple) else status
    return {
        200: "As asked.",
        201: "Made.",
        202: "Taken on; it goes on by itself.",
        204: "Done.",
        304: "Not changed.",
    }[code]


def _refuses(method: str, told: Operation) -> set[int]:
    refused = {*ALWAYS, *told.refuses}
    if method not in SAFE_METHODS and method != "DELETE":
        refused |= {*TO_A_BODY}
    if told.once:
        refused.add(422)
    if told.versioned:
        refused.add(412)
    return refused


def _headers(told: Operation) -> list[OpenApiParameter]:
    found = [PAGE_LIMIT, PAGE_OFFSET, TOTAL_COUNT] if told.paged else []
    found += [IDEMPOTENCY_KEY] * told.once + [IF_MATCH] * told.versioned + [IF_NONE_MATCH] * told.cached
    if told.cached or told.versioned:
        found.append(etag(*sorted({200, 201, 304} & {*told.answers})))
    return [*found, *told.headers]


def _examples(told: Operation) -> list[OpenApiExample]:
    found = []
    if told.example is not None:
        found.append(OpenApiExample("Example", told.example, request_only=True))
    if told.reply is not None:
        first = next(iter(told.answers))
        found.append(OpenApiExample("Example", told.reply, response_only=True, status_codes=[str(first)]))
    return found


# --- Parameters ---------------------------------------------------------------------------------------


def query(
    name: str, schema: Any, description: str, *, required: bool = False, listed: bool = False
) -> OpenApiParameter:
    """A query parameter; `listed` ones are separated by commas."""
    style: Any = {"style": "form", "explode": False} if listed else {}
    return OpenApiParameter(
        name, schema, OpenApiParameter.QUERY, required=required, description=description, **style
    )


def among(values: Collection[str]) -> Json:
    """The schema of a list of at least one of `values`."""
    return {"type": "array", "items": {"type": "string", "enum": list(values)}, "minItems": 1}


def in_path(name: str, schema: Json, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, schema, OpenApiParameter.PATH, description=description, required=True)


def asked_header(name: str, schema: Any, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, schema, OpenApiParameter.HEADER, description=description)


def answered_header(name: str, description: str, statuses: list[int], schema: Any = str) -> OpenApiParameter:
    """A header of the answers with those statuses."""
    codes: Any = statuses
    return OpenApiParameter(name, schema, OpenApiParameter.HEADER, description=description, response=codes)


def etag(*statuses: int) -> OpenApiParameter:
    return answered_header("ETag", "The version of the row, for If-Match.", [*statuses])


PAGE_LIMIT = query(
    "limit",
    {"type": "integer", "minimum": 1, "default": DEFAULT_LIMIT},
    f"How many; more than {MAX_LIMIT} are cut to {MAX_LIMIT}.",
)
PAGE_OFFSET = query("offset", {"type": "integer", "minimum": 0, "default": 0}, "How many to leave out first.")
TOTAL_COUNT = answered_header(TOTAL, "How many there are on all pages.", [200], int)
IDEMPOTENCY_KEY = asked_header(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "Makes sending it again safe: the same request with the same key gets the stored answer, for two days.",
)
IF_MATCH = asked_header(
    "If-Match",
    {"type": "string", "pattern": r'^(\*|(W/)?"[!#-~]*")$'},
    "The ETag that was read: 412 if it is another by now.",
)
IF_NONE_MATCH = asked_header(
    "If-None-Match", {"type": "string"}, "The ETag that was read: 304 if it still is that."
)
FLAG = OpenApiTypes.BOOL


# --- Shapes -------------------------------------------------------------------------------------------


class Problem(serializers.Serializer):
    """An error (RFC 9457). Act on `status` and `code`; `detail` is for people."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), help_text="What is wrong, by field."
    )
    request_id = serializers.CharField(help_text="Finds the line in the server's log.")
    turn = serializers.CharField(required=False, help_text="With `turn_running`: the one to wait for.")


@cache
def page_of(shape: type[serializers.Serializer]) -> type[serializers.Serializer]:
    """A page of a list."""
    fields = {
        "count": serializers.IntegerField(help_text="How many there are on all pages."),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": shape(many=True),
    }
    return type(f"{shape.__name__.removesuffix('Serializer')}Page", (serializers.Serializer,), fields)


def one_of(name: str, *shapes: type[serializers.Serializer]) -> Shape:
    return PolymorphicProxySerializer(name, list(shapes), resource_type_field_name=None)
