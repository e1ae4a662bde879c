"""Request bodies: JSON that every database can hold, checked against the fields that are known."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from rest_framework import serializers
from rest_framework.request import Request

from accounts.errors import Invalid

NESTED = "The body is nested too deeply; 100 levels are accepted."
MAX_DEPTH = 100


def read_json(raw: bytes) -> Any:
    """The value that `raw` stands for; no bytes at all are an empty object.

    Raises Invalid, with the field where there is one: for what is not JSON, NaN and Infinity, numbers
    that no database holds, half of a surrogate pair, NUL, and more than 100 levels.
    """
    if not raw:
        return {}
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _named(raw) or Invalid(f"The body is not JSON: {error}.") from None
    # Both are rare, and looking at the bytes is cheaper than walking every value.
    if b"\\u0000" in raw or raw.count(b"[") + raw.count(b"{") > MAX_DEPTH:
        for path, wrong in _faults(value):
            raise _at(path, wrong)
    return value


def json_object(request: Request) -> dict[str, Any]:
    """The body; no body counts as an empty one. Raises Invalid."""
    if not isinstance(request.data, dict):
        raise Invalid("The body must be a JSON object.")
    return dict(request.data)


def checked(
    serializer: type[serializers.Serializer],
    given: Mapping[str, Any],
    *,
    place: str = "",
    partial: bool = False,
) -> dict[str, Any]:
    """The fields given; an unknown one is an error, not ignored. Raises Invalid, the field under `place`."""
    form = serializer(data=given, partial=partial)
    prefix = f"{place}." if place else ""
    refuse_unknown(given, form.fields, prefix=prefix)
    for name, value in given.items():
        if wrong_type := _wrong_type(form.fields[name], value):
            raise Invalid.field(f"{prefix}{name}", wrong_type)
    if not form.is_valid():
        wrong = {f"{prefix}{name}": _first(reason) for name, reason in form.errors.items()}
        raise Invalid(" ".join(f"{name}: {reason}" for name, reason in wrong.items()), fields=wrong)
    return dict(form.validated_data)


def refuse_unknown(
    given: Mapping[str, Any], known: Mapping[str, Any] | set[str], *, prefix: str = ""
) -> None:
    """Raises Invalid for the first name in `given` that is not `known`."""
    for name in given:
        if name not in known:
            listed = f"known are {', '.join(sorted(known))}" if known else "none are known here"
            raise Invalid.field(f"{prefix}{str(name)[:60]}", f"is not known; {listed}.")


def _wrong_type(field: serializers.Field, value: Any) -> str:
    # A serializer takes 17 for text, "yes" for true and true for 1; numbers may be text, in an address.
    if isinstance(field, serializers.CharField) and not isinstance(value, str | None):
        return "must be text."
    if isinstance(field, serializers.BooleanField) and not isinstance(value, bool | None):
        return "must be true or false."
    numeric = isinstance(field, serializers.FloatField | serializers.IntegerField)
    return "must be a number." if numeric and isinstance(value, bool) else ""


def _first(reason: Any) -> str:
    while isinstance(reason, dict | list):
        reason = next(iter(reason.values() if isinstance(reason, dict) else reason))
    return str(reason)


class _Unfit:
    """Stands where a number or a word is that JSON or a database does not know."""


def _named(raw: bytes) -> Invalid | None:
    # The fast reader says where it stopped, in bytes; a program wants the name of the field.
    def number(text: str) -> Any:
        return _Unfit() if len(text) > 300 else float(text)

    try:
        text = raw.decode("utf-8", "surrogatepass")
        value = json.loads(text, parse_constant=lambda _: _Unfit(), parse_int=number, parse_float=number)
    except RecursionError:
        return Invalid(NESTED)
    except ValueError:
        return None
    return next((_at(path, wrong) for path, wrong in _faults(value)), None)


def _faults(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    if depth > MAX_DEPTH:
        yield "", NESTED
    elif isinstance(value, dict):
        for name, inner in value.items():
            place = f"{path}.{name}" if path else name
            yield from ((path or "body", fault) for _, fault in _faults(name))
            yield from _faults(inner, place, depth + 1)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _faults(inner, f"{path}.{number}" if path else str(number), depth + 1)
    elif isinstance(value, _Unfit) or value in (float("inf"), float("-inf")):
        yield path, "must be a finite number that fits into 64 bits."
    elif isinstance(value, str) and "\x00" in value:
        yield path, "contains a NUL character; remove it."
    elif isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
        yield path, "contains half of a surrogate pair; send valid Unicode."


def _at(path: str, wrong: str) -> Invalid:
    shown = path.encode("utf-8", "replace").decode()[:120]
    return Invalid.field(shown, wrong) if shown else Invalid(wrong)
