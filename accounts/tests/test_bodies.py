"""What a JSON body may hold: a fault is named by its field."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.errors import Invalid
from accounts.rest.bodies import read_json

pytestmark = pytest.mark.one_lane

WRONG = {
    "NaN": (b'{"a": {"b": [1, NaN]}}', "a.b.1"),
    "infinity": (b'{"a": -Infinity}', "a"),
    "a number beyond every float": (b'{"a": 1e999}', "a"),
    "5,000 digits": (b'{"a": {"n": ' + b"9" * 5000 + b"}}", "a.n"),
    "half of a surrogate pair": (b'{"title": "x\\ud800"}', "title"),
    "half of a pair in a name": (b'{"x\\udfff": 1}', "body"),
    "NUL": (b'{"items": [{"title": "a\\u0000b"}]}', "items.0.title"),
    "NUL in a name": (b'{"a\\u0000": 1}', "body"),
    "101 levels": (b'{"a": ' + b"[" * 101 + b"]" * 101 + b"}", ""),
    "100,000 levels": (b"[" * 100_000 + b"]" * 100_000, ""),
    "not JSON": (b'{"a": 1', ""),
    "not UTF-8": (b'{"a": "\xff"}', ""),
    "a word": (b"hello", ""),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_no_database_holds_is_refused(case: str) -> None:
    raw, field = WRONG[case]
    with pytest.raises(Invalid) as refused:
        read_json(raw)
    assert list(refused.value.fields) == ([field] if field else [])
    assert refused.value.detail


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"", {}),
        (b'{"a": [1, -2.5, true, null, "\\u00e9\\ud83d\\ude00"]}', {"a": [1, -2.5, True, None, "é😀"]}),
        (b'{"a": "\\\\u0000"}', {"a": "\\u0000"}),
        (b"[" * 99 + b"]" * 99, None),
    ],
)
def test_the_rest_is_read(raw: bytes, value: Any) -> None:
    read = read_json(raw)
    assert read == value or value is None
