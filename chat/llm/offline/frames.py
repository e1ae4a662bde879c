"""What a recogniser hands on: the intent, and the stretches of words that fill it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .vocabulary import DETERMINERS, LIST_NOUN, TODO, pattern
from .words import fold

_PLACE_WORD = r"(?:to[\s-]do\b|(?!(?:to|on|onto|in|into|from|off|for|at|with|and|please|that)\b)[\w'&/+-]+)"
PLACE_NAME = (
    rf"{DETERMINERS}(?:{_PLACE_WORD}\s+){{0,4}}?(?<!play\s)(?:{LIST_NOUN}|{TODO}(?!\s+lists?)"
    r"|tasks|reminders|(?<=my\s)(?:chores|errands|groceries)|(?<=the\s)(?:chores|errands|groceries))\b"
    r"(?:\s+(?:of|for)\s+(?:things|stuff|tasks|chores|items|reminders|to-?dos?|shopping"
    r"|groceries|housework|clients|errands|"
    r"purchases|work|home|[\w-]+s)\b"
    r"(?:\s+(?:to|i\s+(?:need|have|want)\s+to)\s+(?:do|buy|get|complete|remember|finish|purchase|pick\s+up))?"
    r"|\s+to\s+(?:do|buy|complete|remember)\b(?!\s+(?!please|at|from|for|today|tomorrow|this|on|in)\w))?"
)
PLACE = (
    r"\b(?:on\s*to|to|on|into|in|inside|from|off\s+of|off|out\s+of|at)\s+(?!schedule\b)"
    rf"(?P<place>{PLACE_NAME})"
)
_PLAIN_PLACE = (
    r"\s(?:(?:to|in|on|from|off|into)\s+)?(?P<place>(?:(?:the|my)\s+)?(?:grocery|groceries|shopping|to[\s-]?do|todo)\s+list)$"
    r"|\s(?:to|in|on|from|off|into|onto)\s+(?P<bare>(?:(?:the|my|our)\s+)?(?:grocery|groceries|shopping|to[\s-]?do|todos?|to-dos))$"
)
_TO_BUY = (
    r"\s(?:to|on|in)\s+(?P<place>(?:what|(?:the\s+|my\s+)?(?:things|stuff))\s+(?:i|we)\s+(?:need|have|want)\s+to"
    r"\s+(?:buy|get|pick\s+up))$"
)
LEADING_PLACE = rf"^(?:on|in|to|for|from)\s+(?P<place>{PLACE_NAME})[\s,:;-]*"

_PLAIN_NAME = (
    r"\b(?:to[\s-]?dos?|todos?|dos?|things|stuff|tasks?|items?|reminders?|lists?|calendars?"
    r"|agendas?|planner|diary|"
    r"schedule|backlog|notes?|cart|bag|basket|of|for|to|on|in|all|my|the|a|an|our|this|that"
    r"|your|current|new|own|entire|"
    r"whole|daily|google|outlook|i|need|have|want|do|done|get|buy|complete|remember|chores|latest|last|things|working|"
    r"personal|main|list's)\b"
)
_SHOPPING = r"\b(?:shopping|grocery|groceries|buy|purchases?|purchase)\b"


@dataclass(frozen=True, slots=True)
class Frame:
    """`body` is a title or the task meant; `when` are words outside it that say when; `place` is the
    list named; `value` is the new state of an update; `explicit` means that a task, a reminder or a
    list was named, so that the words can be for nobody else."""

    intent: str
    body: str = ""
    when: str = ""
    place: str = ""
    value: str = ""
    field: str = ""
    explicit: bool = False
    bulk: bool = False

    def but(self, **changes: object) -> Frame:
        return replace(self, **changes)  # type: ignore[arg-type]


def cut_place(text: str) -> tuple[str, str, str]:
    """(words before, the list named, words after); without a list, all the words come before."""
    low = fold(text)
    places = list(pattern(PLACE).finditer(low))
    last = places[-1] if places else pattern(_TO_BUY).search(low) or pattern(_PLAIN_PLACE).search(low)
    if last is None:
        return text, "", ""
    name = "place" if last["place"] else "bare"
    return (
        text[: last.start()].rstrip(" ,"),
        text[last.start(name) : last.end(name)],
        text[last.end() :].lstrip(),
    )


def list_name(place: str) -> str:
    """What tells a list from others: "shopping" of "my shopping list"; "" for the plain to-do list."""
    low = fold(place)
    if not low:
        return ""
    if pattern(_SHOPPING).search(low):
        return "shopping"
    left = pattern(_PLAIN_NAME).sub(" ", low).split()
    return left[0].removesuffix("'s") if len(left) == 1 and left[0].isalnum() else ""
