"""What text and JSON may be stored, decided once for every door."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from accounts.errors import Invalid

MAX_TITLE = 200
MAX_DESCRIPTION = 20_000
MAX_NAME = 120
MAX_LABELS = 20
MAX_LABEL = 50
MAX_JSON_BYTES = 16_384
MAX_JSON_DEPTH = 20
LARGEST_NUMBER = 2**63

_PROJECT_KEY = re.compile(r"[A-Z][A-Z0-9]{0,9}")


def check_text(value: object, field: str) -> str:
    """`value` when it is text that every database can hold. Raises Invalid."""
    if not isinstance(value, str):
        raise Invalid.field(field, "must be text.")
    if "\x00" in value:
        raise Invalid.field(field, "contains a NUL character; remove it.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Invalid.field(field, "contains half of a surrogate pair; send valid Unicode.") from None
    return value


def clean_line(value: object, field: str, *, longest: int, required: bool = True) -> str:
    """One line: outer and repeated white space goes, control characters become spaces."""
    text = check_text(value, field)
    text = " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in text).split())
    if required and not text:
        raise Invalid.field(field, "must not be empty.")
    return _not_longer(text, field, longest)


def clean_text(value: object, field: str, *, longest: int = MAX_DESCRIPTION) -> str:
    """Text of several lines; line ends become `\\n`."""
    text = check_text(value, field).replace("\r\n", "\n").replace("\r", "\n").strip()
    return _not_longer(text, field, longest)


def clean_labels(values: Sequence[object]) -> list[str]:
    """Lower-case labels without `#` or repeats, in the order given."""
    if not isinstance(values, (list, tuple)):
        raise Invalid.field("labels", "must be a list of labels.")
    labels: list[str] = []
    for value in values:
        label = clean_line(value, "labels", longest=MAX_LABEL).lstrip("#@").strip().lower()
        if not label:
            raise Invalid.field("labels", "a label must not be empty.")
        if label not in labels:
            labels.append(label)
    if len(labels) > MAX_LABELS:
        raise Invalid.field("labels", f"at most {MAX_LABELS} labels.")
    return labels


def clean_search(value: object, field: str = "search") -> str:
    """Words to search for, as many as a title holds: each one costs every row a comparison."""
    return clean_line(value, field, longest=MAX_TITLE, required=False)


def clean_project_key(value: object) -> str:
    key = clean_line(value, "key", longest=10).upper()
    if not _PROJECT_KEY.fullmatch(key):
        raise Invalid.field("key", "must be 1 to 10 letters and digits, a letter first, such as WEB.")
    return key


def storable(text: str) -> str:
    """Text from outside that nobody can be asked to mend: what no database holds becomes U+FFFD."""
    return text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def clean_json(value: Any, field: str, *, longest: int = MAX_JSON_BYTES) -> dict[str, Any]:
    """A JSON object within `longest` bytes (16 KiB) and 20 levels, of storable text and 64-bit numbers."""
    if not isinstance(value, dict):
        raise Invalid.field(field, "must be a JSON object.")
    _check_json(value, field, MAX_JSON_DEPTH)
    try:
        size = len(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError):
        raise Invalid.field(field, "must hold JSON values only; NaN and Infinity are not.") from None
    if size > longest:
        raise Invalid.field(field, f"must be at most {longest} bytes of JSON.")
    return value


def _check_json(value: Any, field: str, depth: int) -> None:
    if depth == 0:
        raise Invalid.field(field, f"must be at most {MAX_JSON_DEPTH} levels deep.")
    if isinstance(value, str):
        check_text(value, field)
    elif isinstance(value, int | float) and LARGEST_NUMBER <= abs(value) < math.inf:
        # PostgreSQL gives 1e30 back as an integer of 31 digits, which no JSON writer of ours takes.
        raise Invalid.field(field, f"a number must be below {LARGEST_NUMBER}.")
    elif isinstance(value, dict):
        for key, item in value.items():
            check_text(key, field)
            _check_json(item, field, depth - 1)
    elif isinstance(value, list):
        for item in value:
            _check_json(item, field, depth - 1)


def _not_longer(text: str, field: str, longest: int) -> str:
    if len(text) > longest:
        raise Invalid.field(field, f"must be at most {longest} characters; it has {len(text)}.")
    return text
