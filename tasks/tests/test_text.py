"""What text and JSON may be stored."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.errors import Invalid
from tasks import text


def nested(levels: int) -> Any:
    value: Any = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


def test_a_line() -> None:
    assert text.clean_line("  Buy\t\n milk \x07 now ", "title", longest=200) == "Buy milk now"
    assert text.clean_line(" ", "title", longest=200, required=False) == ""
    assert text.clean_line("é" * 200, "title", longest=200) == "é" * 200


def test_several_lines() -> None:
    assert text.clean_text(" a\r\nb\rc\n ", "description") == "a\nb\nc"
    assert text.clean_text("🏡 family: 👨‍👩‍👧", "description") == "🏡 family: 👨‍👩‍👧"


@pytest.mark.parametrize("value", [None, 3, b"bytes", ["a"], "a\x00", "\ud83d", "\udc00x"])
def test_what_no_text_is(value: object) -> None:
    for check in (text.check_text, text.clean_text):
        with pytest.raises(Invalid) as refusal:
            check(value, "title")
        assert list(refusal.value.fields) == ["title"]


def test_the_length_is_counted_after_cleaning() -> None:
    assert text.clean_line(" " * 300 + "x" * 200, "title", longest=200) == "x" * 200
    with pytest.raises(Invalid, match="at most 200 characters; it has 201"):
        text.clean_line("x" * 201, "title", longest=200)
    with pytest.raises(Invalid, match="20000"):
        text.clean_text("x" * 20_001, "description")


def test_labels() -> None:
    assert text.clean_labels(["#Home", "home", " @Two  words ", "ÄÖ"]) == ["home", "two words", "äö"]


@pytest.mark.parametrize(
    "labels", ["home", None, {"home": 1}, [1], [None], [""], [" # "], ["x" * 51], ["\x00"]]
)
def test_bad_labels(labels: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        text.clean_labels(labels)
    assert list(refusal.value.fields) == ["labels"]


def test_a_search_is_short() -> None:
    assert text.clean_search("  a  b ") == "a b"
    assert text.clean_search("") == ""
    for value in ("a " * 101, "\x00", "\ud800"):
        with pytest.raises(Invalid) as refusal:
            text.clean_search(value)
        assert list(refusal.value.fields) == ["search"]


@pytest.mark.parametrize("key", ["A", "WEB", "web", "A1", "ABCDEFGHIJ"])
def test_project_keys(key: str) -> None:
    assert text.clean_project_key(key) == key.upper()


@pytest.mark.parametrize("key", ["", "1A", "A-1", "Ä", "ABCDEFGHIJK", "A B", None, 7])
def test_bad_project_keys(key: object) -> None:
    with pytest.raises(Invalid) as refusal:
        text.clean_project_key(key)
    assert list(refusal.value.fields) == ["key"]


def test_json() -> None:
    value = {"a": [1, 2.5, None, True, {"b": "ü"}]}
    assert text.clean_json(value, "metadata") == value
    assert text.clean_json(nested(text.MAX_JSON_DEPTH), "metadata")


@pytest.mark.parametrize(
    "value",
    [
        [],
        "text",
        None,
        {"a": float("nan")},
        {"a": [float("inf")]},
        {"a": {1, 2}},
        {"a": object()},
        {"a": [1e19]},
        {"a": -(2**63)},
        {"a": "\x00"},
        {"\x00": 1},
        {"\ud800": 1},
        {1: "a"},
        {"a": "x" * text.MAX_JSON_BYTES},
        nested(text.MAX_JSON_DEPTH + 1),
        nested(100_000),
        {"a": [[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]},
    ],
)
def test_bad_json(value: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        text.clean_json(value, "metadata")
    assert list(refusal.value.fields) == ["metadata"]


def test_storable_replaces_what_no_database_holds() -> None:
    assert text.storable("a\x00b\ud83dc") == "a\ufffdb\ufffdc"
    assert text.storable("🏡 ü") == "🏡 ü"
