"""Extract: from "my reminder about the dentist tomorrow" to the words that name the task."""

from __future__ import annotations

from dataclasses import dataclass

from .pointing import is_pointer
from .vocabulary import (
    DETERMINERS,
    LIST_NOUN,
    REMINDER_NOUN,
    TASK_NOUN,
    TIME_WORD,
    TODO,
    WEEKDAY,
    one_of,
    pattern,
)
from .words import fold

_STATE = one_of(
    "last_set previously_set existing previous remaining scheduled upcoming coming next "
    "active current latest last most_recent recent past",
    "few several multiple couple(?:_of)? certain specific "
    "wrong daily weekly monthly yearly hourly nightly regular recurring repeating",
    "old entire whole every each everything newest oldest pending completed finished done open overdue",
)
_LEADING = rf"^(?!(?:this|that|the|next|last)\s+(?:\w+\s+)?{TIME_WORD}\b)(?:{DETERMINERS}(?:{_STATE}\s+)*)+"
_DAY_FIRST = rf"^(?:{DETERMINERS})?{TIME_WORD}(?:'?s)?\s+(?=(?:{REMINDER_NOUN}|{TASK_NOUN})$)"
_LINK = (
    r"(?:\s+that\s+i(?:\s+have|'ve\s+got)\s+(?:an?\s+|my\s+)?"
    r"(?!(?:set|made|added|created|for|on|at|to|about|in|scheduled|just|today|tomorrow)\b)(?=\w)"
    r"|\s*[:,-]\s*|\s+(?:except(?:\s+for)?|but(?:\s+not|\s+keep)?)\s.*$|\s+(?:to|for|about|regarding|that(?!\s+says)|called|named|titled|of|concerning|on"
    r"|at|set(?:\s+for)?|"
    r"saying|where\s+i\s+(?:have|need|had|want|am\s+supposed)\s+to|(?:(?:which|that)\s+)?(?:says|mentions|reads))"
    r"\b\s*|\s+|$)"
)
_NAMED = (
    rf"^(?:(?:whichever|whatever)\s+)?(?:{REMINDER_NOUN}|{TASK_NOUN}|events?)"
    rf"(?:\s+(?:at|on|for)\s+(?=the\s+\d|\d|noon|{TIME_WORD}|{WEEKDAY})(?:\S+\s+){{1,3}}?(?:to|about)\s+"
    r"|(?:\s+(?:on\s+(?:my|the)\s+list|i\s+(?:have|set|made|added|created)(?:\s+\w+){0,2}?(?=\s+(?:to|for|about)\b|$)))?"
    rf"{_LINK})"
)
_WHAT_I_HAVE = (
    r"^what(?:ever)?\s+(?:i|we)(?:'ve|\s+have)(?:\s+got)?(?:\s+(?:planned|scheduled|on))?\s+"
    r"(?=(?:with|at|for|on)\b)"
)
_TRAILING = rf"\s+(?:{REMINDER_NOUN}|tasks?|items?|entry|events?|{TODO}|chores?)$"
_CLAUSE = (
    r"\s+(?:(?:which|that)\s+(?:i|is|was|will|starts?)\b|i\s+(?:have|made|set|added|put"
    r"|scheduled)\b|scheduled\b|"
    r"(?:that\s+is\s+|which\s+is\s+)?set\s+(?:for|to|at)\b).*$"
)
_ASIDE = (
    r"(?:^|\s*,\s*)(?:i|it|because|since|he|she|they|we|not|until|till)\s.{0,60}$|\s+(?:until|till)\s.{0,60}$"
)
_NOTHING = (
    rf"^(?:{REMINDER_NOUN}|{TASK_NOUN}|{LIST_NOUN}|{TODO}(?:\s+lists?)?|things?|stuff|something|one\s+of\s+(?:my|the)"
    r"|cancel|delete|remove|stop|everything|all|both|ones?|box(?:es)?|events?|alarms?(?:\s+and)?|alerts?|notifications?|calendar\s+(?:events?|entry|entries)|"
    r"the\s+lot|(?:all\s+)?(?:of\s+)?(?:it|them|these|those)(?:\s+all)?|(?:(?:next|this|last)\s+)?\w+'s)?$"
)
# What is left of "my reminders for Monday, Wednesday and Friday only": days name no task.
_DAYS_ALONE = rf"^(?:rest|of|the|my|and|only|now|for|on|{TIME_WORD}|{WEEKDAY})$"
_MANY = (
    rf"^(?:{DETERMINERS})?(?:all|every|everything|each|both|any)\b|\b(?:all|everything|both)$"
    r"|\bthem(?:\s+all)?$"
    rf"|\b(?:reminders|tasks|items|todos|to-dos|to\s+dos|(?:my|the|all)\s+chores|things|entries)\b|\b{LIST_NOUN}\b"
)
_ALL_BUT = r"^(?:all(?:\s+of\s+(?:them|these|those))?|everything|every\s+\w+)\s+(?:but|except|apart\s+from)\b"
_ARTICLES = rf"^(?:(?:the|a|an|my|our|that|this)\s+)+(?=\S)(?!{TIME_WORD}\b)"


@dataclass(frozen=True, slots=True)
class Meant:
    """`body` names the task; `named` is what it was called ("reminder", "task" or ""); `bulk` means many."""

    body: str
    named: str = ""
    bulk: bool = False


def meant(words: str) -> Meant:
    words = words.strip(" ,;:")
    first, _, aside = words.partition(",")
    if is_pointer(words):
        return Meant(words)
    if pattern(_ALL_BUT).match(fold(words)):
        return Meant("", bulk=True)
    if is_pointer(first) and not pattern(r"\d").search(aside):
        return Meant(first)
    bulk = pattern(_MANY).search(fold(words)) is not None
    rest = _without(_without(words, _WHAT_I_HAVE), _LEADING)
    rest = _without(rest, _DAY_FIRST)
    named = ""
    found = pattern(_NAMED).match(fold(rest))
    if found is not None:
        named = "reminder" if "remin" in found[0] else "task"
        at_an_hour = pattern(r"\s(?:at|on|for)\s+\d").search(fold(rest[: found.end() + 1]))
        rest = "" if at_an_hour and rest[found.end() :].isdigit() else rest[found.end() :].strip()
    else:
        tail = pattern(_TRAILING).search(fold(rest))
        if tail is not None:
            named = "reminder" if "remin" in tail[0] else "task"
            rest = rest[: tail.start()]
    rest = rest[: len(pattern(_CLAUSE).sub("", fold(rest)))].strip(' "')
    rest = rest[: len(pattern(_ASIDE).sub("", fold(rest)))]
    if bulk and fold(rest) in ("chores", "errands") and pattern(r"\ball\b").search(fold(words)):
        rest = ""
    if pattern(_NOTHING).match(fold(rest)) or _days_alone(fold(rest)):
        rest = ""
    return Meant(_without(rest, _ARTICLES), named, bulk)


def _days_alone(words: str) -> bool:
    return all(pattern(_DAYS_ALONE).match(word) for word in words.replace(",", " ").split())


def _without(words: str, source: str) -> str:
    found = pattern(source).match(fold(words) + " ")
    return words[min(found.end(), len(words)) :].strip() if found is not None else words
