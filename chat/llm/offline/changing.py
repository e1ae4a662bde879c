"""Recognise: words that change a task there is (update, complete, reopen, delete, restore, undo)."""

from __future__ import annotations

from .adding import is_anaphor
from .frames import Frame, cut_place
from .vocabulary import (
    DELETE,
    DETERMINERS,
    DONE,
    FINISH,
    FOREIGN,
    LIST_NOUN,
    REMINDER_NOUN,
    TASK_NOUN,
    TODO,
    pattern,
)
from .words import Line, fold

PRIORITY = r"(?:high(?:est)?|top|urgent|critical|important|low(?:est)?|medium|normal|mid|p[0-3])"
_STATUS = r"(?:in[\s-]progress|started|ongoing|underway|todo|to-do|to\s+do|open|cancelled|canceled)"
_LEADING = (
    rf"^(?:{DETERMINERS}(?:(?:existing|previous|remaining|scheduled|upcoming|coming|next|active|current|latest|most\s+recent|recent|"
    r"past|old|entire|whole|every|each|everything|previously\s+set)\s+)*)"
)
_NAMED = (
    rf"^(?:{REMINDER_NOUN}|{TASK_NOUN}|events?)(?:\s+(?:on\s+(?:my|the)\s+list|i\s+(?:have|set|made|added)))?"
    r"(?:\s*[:,-]\s*|\s+(?:to|for|about|regarding|that|called|named|titled|of|concerning|on|at|set(?:\s+for)?|saying|which\s+says)\b\s*|\s+|$)"
)
_TRAILING = rf"\s+(?:{REMINDER_NOUN}|tasks?|items?|entry|events?|{TODO}|chores?)$"
_CLAUSE = r"\s+(?:(?:which|that)\s+(?:i|is|was|will|starts?)\b|i\s+(?:have|made|set|added|put|scheduled)\b|scheduled\b|(?:that\s+is\s+|which\s+is\s+)?set\s+(?:for|to|at)\b).*$"
_GENERIC = rf"^(?:{REMINDER_NOUN}|{TASK_NOUN}|{LIST_NOUN}|{TODO}|things?|stuff|everything|all|(?:of\s+)?(?:it|them)(?:\s+all)?|all\s+(?:of\s+)?(?:it|them|these|those)|both|the\s+lot|events?|one)?$"
_BULK = (
    rf"^(?:{DETERMINERS})?(?:all|every|everything|each|both|any)\b|\b(?:reminders|tasks|items|todos|to-dos|to\s+dos|chores|things|entries)\b"
    rf"|\b{LIST_NOUN}\b|\b(?:all|everything|both)$|\bthem(?:\s+all)?$"
)
_DELETE = (
    rf"^(?:{DELETE})\s+(?P<body>.+)$"
    r"|^(?:take|cross|strike|scratch|check|get|clear|move|throw)\s+(?P<off>.+?)\s+(?:off(?:\s+of)?|out\s+of|out|to\s+(?:the\s+)?(?:trash|bin))(?P<from>\s+.*)?$"
    r"|^(?:there\s+is\s+)?no\s+(?:longer\s+)?need\s+(?:to|for)\s+(?P<need>.+)$"
    r"|^i\s+(?:no\s+longer\s+need|don'?t\s+need)\s+(?:to\s+)?(?P<more>.+?)(?:\s+any\s?more)?$"
)
_COMPLETE = (
    rf"^(?:mark|set|check|tick|flag|report|label|count|put)\s+(?:off\s+)?(?P<mark>.+?)\s+(?:as\s+|to\s+|is\s+|=\s*)?(?:being\s+)?(?:{DONE}|off)$"
    rf"|^(?:mark|set)\s+(?:as\s+)?(?:{DONE})\s*[:,]?\s+(?P<marked>.+)$"
    rf"|^(?:mark|check|tick)\s+(?:the\s+box(?:\s+(?:for|of|on|next\s+to))?\s+)?(?P<on>.+?)\s+(?:on|in|from|off)\s+(?P<onlist>{DETERMINERS}(?:[\w-]+\s+){{0,4}}?(?:{LIST_NOUN}|{TODO}))$"
    rf"|^(?:i'?m\s+|i\s+am\s+|we'?re\s+|all\s+)?(?:done|finished|through)\s+(?:with\s+)?(?P<with>.+)$"
    rf"|^(?:{FINISH})\s+(?P<plain>.+)$"
    r"|^(?:i\s+have|i'?ve|i|we|we'?ve|we\s+have)\s+(?:just\s+|already\s+|finally\s+|now\s+)*(?:done|did|finished|completed|accomplished|closed)\s+(?:with\s+)?(?P<have>.+)$"
    rf"|^(?P<has>.+?)\s+(?:is|are|was|has\s+been|have\s+been|'s|got)\s+(?:now\s+|all\s+|already\s+|finally\s+)*(?:{DONE})(?:\s+now)?$"
)
_REOPEN = (
    r"^(?:reopen|re-open|uncheck|untick|uncomplete|un-complete|reactivate|resume)\s+(?P<body>.+)$"
    r"|^(?:mark|set)\s+(?P<mark>.+?)\s+(?:as\s+|to\s+)?(?:not\s+(?:yet\s+)?(?:done|complete|completed|finished)|undone|incomplete|unfinished|open\s+again)$"
    r"|^(?P<not>.+?)\s+(?:is\s+not|isn'?t|is\s+n't|was\s+not|wasn'?t)\s+(?:really\s+|actually\s+)?(?:done|complete|completed|finished)(?:\s+yet|\s+after\s+all)?$"
    r"|^(?:open)\s+(?P<again>.+?)\s+again$"
)
_RESTORE = (
    r"^(?:restore|undelete|un-delete|recover|untrash)\s+(?P<body>.+)$"
    r"|^(?:bring|get|put|take)\s+(?P<back>.+?)\s+(?:back(?:\s+from\s+(?:the\s+)?(?:trash|bin))?|out\s+of\s+the\s+(?:trash|bin)|from\s+the\s+(?:trash|bin))$"
    r"|^(?:bring|get)\s+back\s+(?P<bring>.+)$"
)
_UNDO = r"^(?:undo|revert|take\s+(?:that|it)\s+back|undo\s+(?:that|it|this|last|the\s+last|my\s+last|everything)(?:\s+.{0,30})?|revert\s+(?:that|it|this|the\s+last\s+.{0,20})|roll\s?back(?:\s+(?:that|it))?|undo\s+the\s+(?:change|changes))$"
_FOREIGN_DEED = r"\b(?:what\s+i\s+(?:just\s+)?(?:wrote|said|typed)|sending|send|subscription|my\s+reservation|recording)\b"


def recognise(line: Line) -> Frame | None:
    low = line.low
    if pattern(_UNDO).match(low):
        return Frame("undo", explicit=True)
    for intent, source in (("restore", _RESTORE), ("reopen", _REOPEN), ("complete", _COMPLETE)):
        found = pattern(source).match(low)
        if found is not None and not (intent == "complete" and _asks(low)):
            return _aimed(line, intent, found)
    found = pattern(_DELETE).match(low)
    return _aimed(line, "delete", found) if found is not None else None


def _asks(low: str) -> bool:
    return (
        pattern(
            r"^(?:what|which|who|when|where|how|why|do|does|did|is|are|has|have|should|can|could|show|list|tell)\b"
        ).match(low)
        is not None
    )


def _aimed(line: Line, intent: str, found: object) -> Frame | None:
    groups = {name: span for name in found.re.groupindex if (span := found.span(name))[0] >= 0}  # type: ignore[attr-defined]
    name, (start, end) = next(iter(groups.items()))
    words = line.core[start:end]
    beside = name in ("off", "on") and next(
        (line.core[s:e] for n, (s, e) in groups.items() if n in ("from", "onlist")), ""
    )
    before, place, _after = (
        cut_place(words)
        if not beside
        else (words, cut_place(" from " + beside.strip())[1] or beside.strip(), "")
    )
    if name == "off" and not place:
        place = cut_place(beside or "")[1]
    body, named, bulk = meant(before)
    foreign = pattern(rf"\b{FOREIGN}\b").search(fold(before)) or pattern(_FOREIGN_DEED).search(fold(before))
    explicit = bool(named or (place and before))
    if (
        name in ("more", "has", "not", "need", "have", "with")
        and not explicit
        and (foreign or is_anaphor(words))
    ):
        return Frame(intent, body, place=place, field="statement")
    return Frame(
        intent,
        body,
        place=place,
        explicit=explicit,
        bulk=bulk,
        when=_after,
        field="foreign" if foreign and not explicit else ("task" if named == "task" else ""),
    )


def meant(words: str) -> tuple[str, str, bool]:
    """(the words that name the task, what they called it ("reminder", "task" or ""), whether they mean many)."""
    words = words.strip(" ,;:")
    bulk = pattern(_BULK).search(fold(words)) is not None
    rest = words[pattern(_LEADING).match(fold(words) + " ").end() :].strip() if words else ""  # type: ignore[union-attr]
    named = ""
    found = pattern(_NAMED).match(fold(rest))
    if found is not None:
        named = "reminder" if found[0].lstrip().startswith("remin") else "task"
        after = rest[found.end() :]
        rest = (
            after[pattern(_LEADING).match(fold(after) + " ").end() :].strip()
            if after and named == "reminder" and False
            else after.strip()
        )
    else:
        tail = pattern(_TRAILING).search(fold(rest))
        if tail is not None:
            named = "reminder" if "remin" in tail[0] else "task"
            rest = rest[: tail.start()]
    rest = rest[: len(pattern(_CLAUSE).sub("", fold(rest)))].strip(' "')
    if pattern(_GENERIC).match(fold(rest)):
        rest = ""
    return _bare(rest), named, bulk


def _bare(words: str) -> str:
    found = pattern(r"^(?:(?:the|a|an|my|our|that|this)\s+)+(?=\S)").match(fold(words))
    return words[found.end() :] if found else words
