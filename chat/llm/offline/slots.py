"""Slots: priority, labels, project, assignee and date, taken out of a new task's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .adding import is_anaphor
from .frames import Frame, list_name
from .vocabulary import DETERMINERS, EVENT_NOUN, pattern
from .when import When, read_when, trim
from .words import fold

_LEVELS = {
    "high": "high",
    "highest": "high",
    "top": "high",
    "urgent": "high",
    "critical": "high",
    "important": "high",
    "p0": "high",
    "p1": "high",
    "low": "low",
    "lowest": "low",
    "p3": "low",
    "minor": "low",
    "trivial": "low",
    "medium": "medium",
    "normal": "medium",
    "mid": "medium",
    "p2": "medium",
    "default": "medium",
    "prioritize": "high",
    "prioritise": "high",
    "deprioritize": "low",
    "deprioritise": "low",
    "de-prioritize": "low",
    "de-prioritise": "low",
}
_PRIORITY = (
    r"(?:[\s,;(-]+|^)(?:(?:with|at|as|of|and|it'?s|it\s+is|this\s+is|make\s+it|mark\s+it(?:\s+as)?|set)\s+)*(?:(?:a|an|the)\s+)?"
    r"(?:(?P<a>high(?:est)?|top|low(?:est)?|medium|normal|urgent|critical)[\s-]+(?:priority|prio|importance)|(?:priority|prio)(?:\s+is|\s*[:=])?\s*(?P<b>high|low|medium|normal|urgent|top|[0-3])|"
    r"!(?P<c>high|low|medium|urgent)|(?P<d>p[0-3]))\b\)?"
)
_PRIORITY_TAIL = r"(?:\s*[,;(-]+\s*|\s+)(?:(?:and\s+)?(?:it'?s|it\s+is|this\s+is|that'?s|make\s+it|mark\s+(?:it|this)(?:\s+as)?|mark\s+as|as)\s+)(?:very\s+|really\s+)?(?P<a>urgent|critical|important|high|low)\)?[.!]*$|\s*[,;(]\s*(?P<b>urgent|critical|important|asap)\)?[.!]*$"
_PRIORITY_HEAD = r"^(?P<a>urgent|important|critical|high|low)\s*[:!-]\s*"
_LABELS = r"(?:[\s,;]+|^)(?:(?:and\s+)?(?:with\s+(?:the\s+|a\s+)?|under\s+(?:the\s+)?)?(?:labell?ed|tagged|labels?|tags?)(?:\s+(?:it|as|with|under|is)\b|\s*[:=])*)\s+(?P<a>#?[\w-]+(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+)#?[\w-]+(?=\s*(?:,|and\b|$)))*)(?:\s+label)?"
_HASH = r"(?:(?<=\s)|^)#(?P<a>[^\W\d][\w-]*)"
_ASSIGNEE = r"(?:[\s,;]+)(?:and\s+)?(?:assign(?:ed)?(?:\s+it)?\s+to)\s+(?P<a>@?[\w.+-]+(?:@[\w.-]+)?)|(?:(?<=\s)|^)@(?P<b>[\w.+-]+)"
_PROJECT = r"(?:[\s,;]+|^)(?:(?:to|in|into|for|under|on|of)\s+)?(?:(?:the|my|our)\s+)?project\s*[:=]?\s+(?P<a>[\w-]+)|[\s,;]+(?:to|in|into|for|under|on)\s+(?:the|my|our)\s+(?P<b>[\w-]+)\s+project\b"
_LEAD = (
    r"^(?:[\s,;:.-]+|(?:for\s+me\s+to|me\s+to|to|that|about|regarding|of|for|called|named|titled|saying|on|at|in|which\s+says)\b(?!-)\s+"
    r"|(?:that\s+)?(?:i\s+(?:have|need|got|must|should|want|am\s+supposed)|i'?ve\s+got|i\s+have\s+got|i'?ve)(?:\s+got)?(?:\s+to)?\s+|(?:a|an|the)\s+)+"
)


@dataclass(slots=True)
class Slots:
    title: str = ""
    due: str = ""
    repeat: str = ""
    priority: str = ""
    labels: list[str] = field(default_factory=list)
    project: str = ""
    assignee: str = ""

    def arguments(self) -> dict[str, object]:
        named = {
            "title": self.title,
            "due": self.due,
            "priority": self.priority,
            "labels": self.labels,
            "project": self.project,
            "assignee": self.assignee,
            "repeat": self.repeat,
        }
        return {name: value for name, value in named.items() if value}


def level(words: str) -> str:
    """A priority word as the tools know it; "" for any other word."""
    word = fold(words).strip(" !:.,")
    return _LEVELS.get(
        word.removeprefix("priority ").removesuffix(" priority"),
        {"0": "high", "1": "high", "2": "medium", "3": "low"}.get(word, ""),
    )


def _take(text: str, source: str, keep: Callable[[str], None]) -> str:
    found = pattern(source).search(fold(text))
    if found is None:
        return text
    name, value = next((name, value) for name, value in found.groupdict().items() if value)
    keep(text[found.start(name) : found.end(name)])
    return (text[: found.start()].rstrip(" ,;") + " " + text[found.end() :].lstrip(" ,;")).strip()


def take_extras(text: str, slots: Slots, projects: Sequence[str]) -> str:
    """Fills `slots` with what is marked as priority, label, owner or project; the other words come back."""

    def priority(word: str) -> None:
        slots.priority = slots.priority or level(word) or "high"

    def labels(words: str) -> None:
        slots.labels += [w.lstrip("#") for w in pattern(r"\s*,\s*(?:and\s+)?|\s+and\s+").split(words) if w]

    for source in (_PRIORITY, _PRIORITY_TAIL, _PRIORITY_HEAD):
        text = _take(text, source, priority)
    for _ in range(6):
        text = _take(text, _HASH, labels)
    text = _take(text, _LABELS, labels)
    text = _take(text, _ASSIGNEE, lambda name: setattr(slots, "assignee", name.lstrip("@")))
    text = _take(
        text, _PROJECT, lambda name: setattr(slots, "project", known_project(name, projects) or name)
    )
    return _named_project(text, slots, projects)


def known_project(name: str, projects: Sequence[str]) -> str:
    return next((p for p in projects if p.lower() == name.lower()), "")


def _named_project(text: str, slots: Slots, projects: Sequence[str]) -> str:
    if slots.project or not projects:
        return text
    for found in pattern(
        r"\s+(?:to|in|into|for|under|on)\s+(?:the\s+)?(?P<a>[\w-]+)(?=\s|[,;.]|$)|^(?P<b>[\w-]+)\s*:\s+"
    ).finditer(fold(text)):
        name = "a" if found["a"] else "b"
        project = known_project(text[found.start(name) : found.end(name)], projects)
        if project:
            slots.project = project
            return (text[: found.start()] + " " + text[found.end() :]).strip()
    return text


def fill(frame: Frame, now: datetime, projects: Sequence[str] = ()) -> Slots:
    slots = Slots()
    body = take_extras(frame.body, slots, projects)
    spare = take_extras(frame.when, slots, projects) if frame.when else ""
    beside = read_when(spare, now)
    when, title = _title_and_when(body, now, beside)
    slots.due, slots.repeat = when.due or beside.due, when.repeat or beside.repeat
    if slots.due and beside.due and beside.due != slots.due:
        slots.due = _join(beside.due, when.due)
    slots.title = clean_title(title)
    name = list_name(frame.place)
    if name and (project := known_project(name, projects)):
        slots.project = slots.project or project
    elif name and name not in slots.labels:
        slots.labels.append(name)
    left = clean_title(beside.rest if beside.said else spare)
    if (
        left
        and frame.explicit
        and not is_anaphor(left)
        and not pattern(r"^(?:new|alarm|recurring|repeating|important|another|big)$").match(fold(left))
    ):
        slots.title = slots.title if slots.title else left
    if is_anaphor(slots.title):
        slots.title = ""
    return slots


def _join(first: str, second: str) -> str:
    """ "Friday" said in one place and "5 pm" in another make one due; otherwise the first said counts."""
    if "T" not in first and "T" in second:
        return first + second[second.index("T") :]
    if "T" in first and "T" not in second:
        return second + first[first.index("T") :]
    return first


def _title_and_when(body: str, now: datetime, beside: When) -> tuple[When, str]:
    head = pattern(r"^(?P<head>.{1,60}?)[\s,]+(?P<link>to|that|about)\s+(?P<rest>.+)$").match(fold(body))
    if head is not None and not pattern(
        r"^(?:to|that|about|for|of)\b\s+(?!\d|this|next|the|tomorrow|today|tonight|every|noon|midnight|in|mon|tue|wed|thu|fri|sat|sun|a|an|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|quarter)"
    ).match(fold(body)):
        before = read_when(body[: head.end("head")], now)
        if before.said and not clean_title(
            pattern(r"^(?:me|for|on|at|in|by|to|the|of|a|an|about)\b|[\s,]").sub("", fold(before.rest))
        ):
            rest = body[head.start("rest") :]
            after = read_when(rest, now)
            if not after.said:
                return before, rest
            if (
                after.due
                and before.due
                and ("T" in before.due) != ("T" in after.due)
                and not ("T" in before.due and head["link"] == "that")
            ):
                due = _join(before.due, after.due) if "T" in after.due else before.due
                return When(due, before.repeat or after.repeat, ""), after.rest if "T" in after.due else rest
            return before, rest
    when = read_when(body, now)
    return when, when.rest if when.said else body


def clean_title(text: str) -> str:
    title = trim(text)
    low = fold(title)
    found = pattern(_LEAD).match(low + " ")
    if found is not None:
        title = title[min(found.end(), len(title)) :]
    title = title.strip(" ,;:.!?\t").strip()
    if len(title) > 1 and title[0] == title[-1] == '"':
        title = title[1:-1].strip()
    return title


def is_event(text: str) -> bool:
    return pattern(rf"^{DETERMINERS}(?:[\w'-]+\s+){{0,4}}{EVENT_NOUN}\b").match(fold(text)) is not None
