"""How a talk's values look on the page."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from django import template

register = template.Library()

PLAIN_SPACE = "\n\t"


@register.filter
def visible(value: Any) -> str:
    """A value as text in which no character hides: control, format and bidi ones show as `⟨U+202E⟩`."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(_visible(character) for character in text)


@register.filter
def words(name: str) -> str:
    """`add_task` as `add task`."""
    return name.replace("_", " ")


def _visible(character: str) -> str:
    hides = unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
    return f"⟨U+{ord(character):04X}⟩" if hides and character not in PLAIN_SPACE else character
