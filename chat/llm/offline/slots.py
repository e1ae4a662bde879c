"""Slots: priority, labels, project, assignee and date, taken out of a new task's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .adding import is_anaphor
from .frames import Frame, list_name
from .titles import clean_title, join, title_and_when
from .vocabulary import pattern
from .when import Moment, read_when
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
    r"(?:[\s,;(-]+|^)(?:(?:with|at|as|of|and|it'?s|it\s+is|this\s+is|make\s+it|mark\s+it"
    r"(?:\s+as)?|set)\s+)*(?:(?:a|an|the)\s+)?"
    r"(?:(?P<a>high(?:est)?|top|low(?:est)?|medium|normal|urgent|critical)[\s-]+(?:priority"
    r"|prio|importance)|(?:priority|prio)(?:\s+is|\s*[:=])?\s*(?P<b>high|low|medium|normal"
    r"|urgent|top|[0-3])|"
    r"!(?P<c>high|low|medium|urgent)|(?P<d>p[0-3]))\b\)?"
)
_PRIORITY_TAIL = (
    r"(?:\s*[,;(-]+\s*|\s+)(?:(?:and\s+)?(?:it'?s|it\s+is|this\s+is|that'?s|make\s+it|mark\s+"
    r"(?:it|this)(?:\s+as)?|mark\s+as|as)\s+)(?:very\s+|really\s+)?(?P<a>urgent|critical"
    r"|important|high|low)\)?[.!]*$|\s*[,;(]\s*(?P<b>urgent|critical|important|asap)\)?[.!]*$"
)
_PRIORITY_HEAD = r"^(?P<a>urgent|important|critical|high|low)(?:\s+priority)?\s*[:!-]\s*"
_LABELS = (
    r"(?:[\s,;]+|^)(?:(?:and\s+)?(?:with\s+(?:the\s+|a\s+)?|under\s+(?:the\s+)?)?(?:labell?ed"
    r"|tagged|labels?|tags?)(?:\s+(?:it|as|with|under|is)\b|\s*[:=])*)\s+(?P<a>#?[\w-]+(?:"
    r"(?:\s*,\s*(?:and\s+)?|\s+and\s+)#?[\w-]+(?=\s*(?:,|and\b|$)))*)(?:\s+label)?"
)
_HASH = r"(?:(?<=\s)|^)#(?P<a>[^\W\d][\w-]*)"
_ASSIGNEE = (
    r"(?:[\s,;]+)(?:and\s+)?(?:assign(?:ed)?(?:\s+it)?\s+to)\s+(?P<a>@?[\w.+-]+(?:@[\w.-]+)?)|"
    r"(?:(?<=\s)|^)@(?P<b>[\w.+-]+)"
)
_PROJECT = (
    r"(?:[\s,;]+|^)(?:(?:to|in|into|for|under|on|of)\s+)?(?:(?:the|my"
    r"|our)\s+)?project\s*[:=]?\s+(?P<a>[\w-]+)|[\s,;]+(?:to|in|into|for|under|on)\s+(?:the|my"
    r"|our)\s+(?P<b>[\w-]+)\s+project\b"
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
    name = next(name for name, value in found.groupdict().items() if value)
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


def fill(frame: Frame, moment: Moment, projects: Sequence[str] = ()) -> Slots:
    slots = Slots()
    body = take_extras(frame.body, slots, projects)
    spare = take_extras(frame.when, slots, projects) if frame.when else ""
    beside = read_when(spare, moment)
    quoted = pattern(r'^"(?P<title>[^"]+)"(?P<rest>.*)$').match(body)
    if quoted is not None:
        title, when = quoted["title"], read_when(quoted["rest"], moment)
    else:
        title, when = title_and_when(body, moment)
    slots.due, slots.repeat = when.due or beside.due, when.repeat or beside.repeat
    if when.due and beside.due and beside.due != when.due:
        slots.due = _reminded_at(beside.due, when.due) or join(beside.due, when.due)
    slots.title = clean_title(title)
    _file_under(frame.place, slots, projects)
    left = clean_title(beside.rest if beside.said else spare)
    if is_anaphor(slots.title):
        slots.title = "" if is_anaphor(left) or not frame.explicit else left
    return slots


def _reminded_at(event: str, reminder: str) -> str:
    """ "At three" on the day of an event at five; "" unless that comes before the event."""
    if "T" not in event or "T" not in reminder:
        return ""
    there = event[:10] + reminder[10:]
    return there if there < event else ""


def _file_under(place: str, slots: Slots, projects: Sequence[str]) -> None:
    name = list_name(place)
    project = known_project(name, projects)
    if project:
        slots.project = slots.project or project
    elif name and name not in slots.labels:
        slots.labels.append(name)
