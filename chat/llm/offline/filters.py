"""Slots of a question about tasks: which ones to list."""

from __future__ import annotations

from datetime import timedelta

from .acting import Context
from .frames import Frame, list_name
from .slots import Slots, known_project, level, take_extras
from .titles import clean_title
from .vocabulary import DONE, LIST_NOUN, MONTH, REMINDER_NOUN, TASK_NOUN, TODO, pattern
from .when import read_when
from .words import fold

_WINDOWS = (
    ("overdue", r"\b(?:overdue|past\s+due|late)\b"),
    ("next week", r"\b(?:next|the\s+following)\s+week\b"),
    (
        "week",
        r"\b(?:this|the|for\s+the|rest\s+of\s+the|coming|next\s+(?:7|seven)\s+days)\s*"
        r"(?:week)?\b(?<=week|days)|\bweekly\b|\bfor\s+week\b",
    ),
    ("next month", r"\b(?:next|the\s+following)\s+month\b"),
    ("next weekend", r"\b(?:next|the\s+following)\s+weekend\b"),
    ("weekend", r"\b(?:this|the|on|over\s+the|coming)\s+weekend\b"),
    ("month", r"\b(?:this|the|rest\s+of\s+the)\s+month\b|\bmonthly\b"),
    (
        "today",
        r"\b(?:today|today's|tonight|tonight's|this\s+(?:morning|afternoon|evening)|for\s+the\s+day|daily)\b",
    ),
    ("tomorrow", r"\b(?:tomorrow|tomorrow's|tmrw)\b"),
)
_WHOLE_MONTH = rf"\b(?:in|for|during|of|this|next)\s+{MONTH}(?:\s+\d{{4}})?(?=\W*$|\s+(?!\d|the\s+\d)\w)"
_FINISHED = (
    r"\b(?:did\s+(?:i|we)\s+(?:finish|complete|do|get\s+done|accomplish|close)|(?:have|has"
    rf"|'ve)\s+(?:i|we)?\s*(?:\w+\s+)?(?:{DONE})|(?:{DONE})\s+(?:tasks?|items?|todos?|things"
    rf"|reminders)|(?:was|were|got|is|are)\s+(?:{DONE})|(?:i|we)\s+(?:{DONE})|completed"
    r"|finished)\b"
)
_COMPLETED = (
    ("yesterday", r"\byesterday\b"),
    ("last week", r"\blast\s+week\b"),
    ("last month", r"\blast\s+month\b"),
    ("week", r"\b(?:this|the)\s+week\b"),
    ("today", r"\b(?:today|this\s+morning)\b"),
    ("month", r"\bthis\s+month\b"),
)
_SEARCH = (
    r"\b(?:is|are)\s+(?:there\s+)?(?:any\s+)?(?P<a>[^?]+?)\s+(?:already\s+|currently\s+"
    rf"|still\s+)*(?:on|in)\s+(?:my|the|our)\s+(?:[\w-]+\s+){{0,4}}?(?:{LIST_NOUN}|{TODO})",
    r"\b(?:do|have|did)\s+i\s+(?:already\s+|currently\s+|still\s+|not\s+)*(?:have|got|add"
    r"|put|include|write|forget\s+to\s+(?:add|put)|remember\s+to\s+(?:add|put)|set|create"
    r"|make)?\s*(?:any|a|an)?\s*(?P<b>[^?]+?)\s+(?:already\s+|currently\s+)?(?:on|in|to)\s+"
    rf"(?:my|the|our)\s+(?:[\w-]+\s+){{0,4}}?(?:{LIST_NOUN}|{TODO})",
    rf"\b{REMINDER_NOUN}\s+(?:set\s+)?(?:to|about|regarding)\s+(?P<c>.+)$",
    rf"\b(?:{TASK_NOUN}|{REMINDER_NOUN}|anything|something|everything|what|all)\s+"
    r"(?:do\s+i\s+have\s+)?(?:about|regarding|mentioning|containing|named|called|matching"
    r"|related\s+to|concerning)\s+(?P<d>.+)$",
    r"^(?:find|search(?:\s+for)?|look\s+(?:for|up))\s+(?:all\s+|my\s+|the\s+|any\s+)*"
    rf"(?P<e>.+?)\s+(?:{TASK_NOUN}|in\s+my\s+(?:tasks|list|todos))$",
    r"^do\s+(?:i|we)\s+(?:still\s+)?(?:need|have\s+to\s+(?:buy|get)|need\s+to\s+(?:buy|get))\s+(?:some\s+|any\s+|more\s+)*"
    r"(?!to\b)(?P<g>[\w'-]+(?:\s+[\w'-]+)?)$",
    r"^(?:is|are)\s+(?P<h>(?:[\w'-]+\s+){1,3}?)(?:already\s+|still\s+)?(?:on|in)\s+(?:there|it)$",
    rf"\b(?:does|has)\s+(?:my|the|our)\s+(?:[\w-]+\s+){{0,4}}?{LIST_NOUN}\s+(?:include|have"
    r"|contain|got|say)\s+(?P<f>.+)$",
)
_GENERIC = (
    rf"^(?:any|all|some|my|the|a|an|more|other|new|active|pending|{REMINDER_NOUN}|{TASK_NOUN}"
    rf"|{LIST_NOUN}|anything|something|"
    r"everything|things?|what|else|left|i|have|to|do|it|there|set)$"
)
_PROJECT = (
    r"\b(?:in|for|of|on|from|under|within)\s+(?:the\s+|my\s+)?(?:project\s+)?(?P<a>[\w-]+)"
    r"(?:\s+project)?(?=\s|$|[,.?])"
)


def list_arguments(frame: Frame, context: Context) -> dict[str, object]:
    low = fold(frame.body)
    arguments: dict[str, object] = {}
    slots = Slots()
    rest = take_extras(frame.body, slots, ())
    if slots.priority or (found := pattern(r"\b(?P<p>urgent|important|critical|high|low)\b").search(low)):
        arguments["priority"] = slots.priority or level(found["p"])  # type: ignore[index]
    if slots.labels:
        arguments["label"] = slots.labels[0]
    if slots.assignee:
        arguments["assignee"] = slots.assignee
    assigned = pattern(
        r"\b(?P<who>[\w.-]+)'s\s+(?:open\s+|overdue\s+)?(?:tasks|todos|to-dos|items)\b"
    ).search(low)
    if assigned and assigned["who"] not in (
        "today",
        "tomorrow",
        "what",
        "week",
        "tonight",
        "it",
        "that",
        "there",
    ):
        arguments["assignee"] = frame.body[assigned.start("who") : assigned.end("who")]
    project = slots.project or _project(rest, context)
    if project:
        arguments["project"] = project
    finished = pattern(_FINISHED).search(low)
    if finished:
        _completed(low, arguments)
    else:
        _due(low, frame.body, context, arguments)
    if (
        pattern(r"\b(?:all\s+tasks|done\s+and\s+open|including\s+(?:done|completed))\b").search(low)
        and "status" not in arguments
    ):
        arguments["status"] = "all" if "includ" in low or "done and" in low else "open"
        if arguments["status"] == "open":
            del arguments["status"]
    _search_or_label(frame, low, context, arguments)
    return arguments


def _project(text: str, context: Context) -> str:
    for found in pattern(_PROJECT).finditer(fold(text)):
        project = known_project(found["a"], context.projects)
        written = text[found.start("a") : found.end("a")]
        if project or (
            written.isupper() and len(written) > 1 and not context.projects and not text.isupper()
        ):
            return project or written
    if pattern(r"\b(?:all|every)\s+(?:my\s+)?projects?\b").search(fold(text)):
        return "all"
    return ""


def _completed(low: str, arguments: dict[str, object]) -> None:
    arguments["status"] = "done"
    for name, source in _COMPLETED:
        if pattern(source).search(low):
            arguments["completed"] = name
            return


def _due(low: str, text: str, context: Context, arguments: dict[str, object]) -> None:
    for name, source in _WINDOWS:
        if pattern(source).search(low):
            arguments["due"] = name
            return
    when = read_when(text, context.moment)
    if len(when.due) == 10 and pattern(_WHOLE_MONTH).search(low):
        arguments["due"] = when.due[:7]
        return
    if when.due and when.due[:10] >= (context.now.date() - timedelta(days=1)).isoformat():
        arguments["due"] = when.due[:10]


def _search_or_label(frame: Frame, low: str, context: Context, arguments: dict[str, object]) -> None:
    for source in _SEARCH:
        found = pattern(source).search(low)
        if found is None:
            continue
        name = next(n for n, v in found.groupdict().items() if v)
        words = clean_title(read_when(frame.body[found.start(name) : found.end(name)], context.moment).rest)
        if not all(pattern(_GENERIC).match(word) for word in fold(words).split()):
            arguments["search"] = words
            arguments.pop("priority", None)
            return
    label = list_name(frame.place)
    if not label:
        return
    project = known_project(label, context.projects)
    if project:
        arguments["project"] = project
    elif (
        "label" not in arguments
        and label
        not in (
            "overdue",
            "today's",
            "urgent",
            "important",
            "open",
            "done",
            "completed",
            "finished",
            "high",
            "low",
        )
        and "'" not in label
    ):
        arguments["label"] = label
