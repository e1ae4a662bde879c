"""Words that point at tasks instead of naming them: "it", "both", "the second", "the first two", "WEB-12"."""

from __future__ import annotations

from collections.abc import Sequence

from .vocabulary import one_of, pattern
from .words import fold

_ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "fifth": 5,
    "5th": 5,
    "sixth": 6,
    "6th": 6,
    "seventh": 7,
    "7th": 7,
    "eighth": 8,
    "8th": 8,
    "ninth": 9,
    "9th": 9,
    "tenth": 10,
    "10th": 10,
    "top": 1,
    "last": -1,
    "bottom": -1,
    "second to last": -2,
    "next to last": -2,
    "last but one": -2,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}
_PLACE = one_of(*(name.replace(" ", "_") for name in _ORDINALS))
_COUNTS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NOUN = r"(?:ones?|tasks?|items?|reminders?|things?|to-?dos?)"
_JUST_DONE = (
    r"i\s+(?:(?:have\s+)?just\s+|last\s+|have\s+)?"
    r"(?:added|made|created|set|changed)"
)
_PRONOUN = (
    r"^(?:it|that|this|the\s+one|(?:that|this)\s+(?:same\s+)?(?:one|task|reminder|item|thing|event|to-?do)"
    rf"|the\s+same(?:\s+{_NOUN})?|the\s+(?:task|item)|(?:the\s+(?:last\s+|latest\s+|new\s+)?{_NOUN}\s+"
    rf"(?:that\s+)?|what\s+){_JUST_DONE}(?:\s+(?:last|just\s+now|now))?)$"
)
_OTHER = (
    rf"^(?:the|that|this)\s+(?:(?:other|next|previous|following|same|right|wrong)\s+{_NOUN}"
    r"|one\s+(?:before|after|above|below|under)(?:\s+(?:that|it|this|that\s+one))?)$"
)
_BOTH = (
    r"^(?:both(?:\s+of\s+(?:them|these|those))?|(?:the|these|those)\s+two(?:\s+of\s+them)?"
    rf"|both\s+(?:(?:the|those|these|my)\s+)?{_NOUN})(?:\s+{_NOUN})?$"
)
_GROUP = (
    rf"^(?:the\s+|my\s+)?(?P<end>first|top|last|bottom|final)\s+(?P<n>[2-9]|10|{'|'.join(_COUNTS)})"
    rf"(?:\s+{_NOUN})?(?:\s+(?:of\s+(?:them|those|these)|(?:on|from|in)\s+(?:the|my|that)\s+list))?$"
)
_ORDINAL = (
    rf"^(?:the\s+|my\s+)?(?:(?:item|task|number|no|reminder)\s+)?(?P<n>{_PLACE})"
    rf"(?:\s+{_NOUN})?(?:\s+(?:on|from|in|of)\s+(?:the|my|that)\s+list)?$"
    r"|^the\s+one\s+(?:at|on)\s+(?:the\s+)?(?P<at>top|bottom)(?:\s+of\s+(?:the|my)\s+list)?$"
)
_REF = (
    r"^(?:(?:the\s+)?(?:task|item|number|no\.?|ticket|issue|todo)\s*)?#?"
    r"(?P<ref>[a-z][a-z0-9]{0,9}-\d{1,10}|\d{1,10})$"
)
_SHOWN = r"\((?P<ref>[a-z][a-z0-9]{0,9}-\d{1,10}|\d{1,10})\)$"


def plain(words: str) -> str:
    return " ".join(fold(words).split()).strip(" .,!?\"'")


def is_pointer(words: str) -> bool:
    """Whether the words point instead of naming; "the first and the last" points twice."""
    parts = pattern(r"\s*,\s*(?:and\s+)?|\s+and\s+").split(plain(words))
    return all(_points(part) for part in parts)


def _points(low: str) -> bool:
    every = (_PRONOUN, _OTHER, _BOTH, _GROUP, _ORDINAL, _REF)
    return any(pattern(each).match(low) for each in every) or bool(shown_ref(low))


def is_pronoun(low: str) -> bool:
    return pattern(_PRONOUN).match(low) is not None


def is_other(low: str) -> bool:
    """ "the other one": words that point, and nobody can say at what."""
    return pattern(_OTHER).match(low) is not None


def is_both(low: str) -> bool:
    return pattern(_BOTH).match(low) is not None


def is_group(low: str) -> bool:
    return pattern(_GROUP).match(low) is not None


def group(low: str, listed: Sequence[str]) -> Sequence[str]:
    """The refs that "the first two" or "the last three" mean in the list; none when it is too short."""
    found = pattern(_GROUP).match(low)
    if found is None:
        return ()
    number = int(found["n"]) if found["n"].isdigit() else _COUNTS.index(found["n"]) + 2
    if number > len(listed):
        return ()
    return listed[:number] if found["end"] in ("first", "top") else listed[-number:]


def ordinal(low: str) -> int | None:
    """1 of "the first", -1 of "the last one", None of words that are no place in a list."""
    found = pattern(_ORDINAL).match(low)
    return _ORDINALS[" ".join((found["n"] or found["at"]).split())] if found is not None else None


def number(low: str) -> str:
    """ "web-12" of "task WEB-12" and "12" of "#12"; "" of any other words."""
    found = pattern(_REF).match(low)
    return found["ref"] if found is not None else ""


def shown_ref(low: str) -> str:
    """ "web-12" of "buy milk (WEB-12)", as choices are worded."""
    found = pattern(_SHOWN).search(low)
    return found["ref"] if found is not None else ""
