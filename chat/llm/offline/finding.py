"""Recognise: words that ask to see tasks (list, one task, what is next, figures, projects)."""

from __future__ import annotations

from .frames import Frame, cut_place
from .vocabulary import (
    DONE,
    EVENT_NOUN,
    FOREIGN,
    LIST_NOUN,
    QUESTION,
    REMINDER_NOUN,
    SHOW,
    TASK_NOUN,
    TODO,
    pattern,
)
from .words import Line

_OURS = rf"(?:{LIST_NOUN}|{REMINDER_NOUN}|{TODO}s?|tasks?|items?|chores?|deadlines?|groceries|plans?|things?\s+to\s+do|open\s+issues)"
_DATED = rf"(?:events?|meetings?|appointments?|appts?|schedule|scheduled|{EVENT_NOUN})"
_NEXT = (
    r"^(?:(?:what'?s|what\s+is)\s+(?:up\s+)?next(?:\s+up)?(?:\s+for\s+me)?(?:\s+in\s+.+)?|what\s+(?:should|do|can|must|shall)\s+i\s+(?:do|work\s+on|tackle|start|focus\s+on|pick(?:\s+up)?|finish)\s*(?:next|first|now)?(?:\s+in\s+.+)?|"
    r"what\s+now|next(?:\s+(?:task|thing|one|item|todo|up))?|(?:show|give|tell)(?:\s+me)?\s+(?:the|my)\s+next\s+(?:task|thing|todo)|what\s+(?:is|are)\s+(?:the\s+|my\s+)?(?:next|most\s+(?:urgent|important))\s+(?:task|thing|todo)s?|"
    r"(?:what'?s|what\s+is)\s+(?:the\s+)?(?:most\s+(?:urgent|important|pressing)|ready)(?:\s+(?:task|thing))?|pick\s+(?:a|something)\s+(?:task\s+)?for\s+me)$"
)
_STATS = (
    r"^(?:(?:show|give|tell|get|see)?\s*(?:me\s+)?(?:my\s+|the\s+|some\s+)?(?:stats|statistics|dashboard|figures|numbers|progress(?:\s+report)?|overview|summary|status\s+report|metrics|report)(?:\s+(?:please|for\s+today|for\s+this\s+week|this\s+week|today))?|"
    r"how\s+(?:am\s+i|are\s+we)\s+doing(?:\s+(?:today|this\s+week|so\s+far|with\s+my\s+(?:tasks|list)))?|(?:what'?s|what\s+is|how'?s|how\s+is)\s+my\s+(?:progress|workload|status)(?:\s+.{0,20})?|how\s+productive\s+.{1,30}|how\s+busy\s+am\s+i)$"
)
_PROJECTS = r"^(?:(?:show|list|what(?:'s|\s+are|\s+is)?|which|view|see|give|tell|display)\s+(?:me\s+)?(?:all\s+)?(?:of\s+)?(?:my|the|our)?\s*)?(?:all\s+)?(?:my\s+)?projects(?:\s+(?:do\s+i\s+have|are\s+there|have\s+i(?:\s+got)?|exist|i\s+have))?$"
CREATE_PROJECT = r"^(?:create|add|make|start|set\s*up|new|open)\s+(?:a\s+|the\s+|me\s+a\s+)?(?:new\s+)?project\s*(?:called|named|:)?\s+(?P<body>.+)$"
_ONE = (
    r"^(?:show|open|view|display|see|get|describe|details?(?:\s+(?:of|for|on|about))?|what\s+is|what'?s|tell|about)\s+(?:me\s+)?(?:about\s+)?(?:(?:the\s+)?details?\s+(?:of|for|on|about)\s+)?(?:the\s+)?(?P<body>(?:task\s+|number\s+)?#?(?:[a-z][a-z0-9]{0,9}-)?\d{1,10})$"
    r"|^(?P<ref>[a-z][a-z0-9]{0,9}-\d{1,10})$"
    r"|^(?:show\s+(?:me\s+)?|tell\s+me\s+|give\s+me\s+)?(?:the\s+)?details?\s+(?:of|for|on|about)\s+(?P<detail>.+)$"
    r"|^when\s+(?:is|are|was)\s+(?P<due>.+?)\s+due$"
)
_HAVE_TO = (
    r"^(?:(?:tell|show|remind)\s+me\s+)?what(?:\s+(?:all|else|things?|stuff|items?|tasks?))?\s+(?:(?:do|did|must|should|have|am|was|were|will)\s+)?(?:i|we)\s+(?:still\s+|also\s+|really\s+|am\s+|are\s+)?"
    r"(?:(?:have|need|got|want|plan|planning|going|supposed|meant|trying|gotta)\s+(?:(?:got|left)\s+)?(?:to|on|going)\b|have\b|doing\b|finish|complete|do\b|done\b|ask\s+to\s+be|get\s+done|buy|need\b|add\b|put\b|write|include|not\s+want|got\b).*$"
    r"|^what\s+have\s+i\s+(?:got|done|finished|completed|planned).*$|^what\s+did\s+(?:i|we)\s+(?:finish|complete|do|get\s+done|accomplish|want|add|put|write|include|ask|not\s+want).*$"
    r"|^what\s+am\s+i\s+(?:doing|supposed|up\s+to).*$|^do\s+i\s+(?:need|have)\s+(?:to\s+(?:get|buy|do|pick)|any|anything|something).*$"
    r"|^(?:what\s+were\s+(?:those|the)|recall\s+the)\s+things\s+i\s+wanted\s+to\s+remember$"
)
_HAPPENING = r"^(?:tell\s+me\s+)?what(?:'s|\s+'\s+s|s|\s+is|\s+was)\s+(?:happening|going\s+on|planned|on|coming\s+up|up)(?:\s+(?:for|on|in))?\s*(?:today|tonight|tomorrow|this|next|the|on|monday|tuesday|wednesday|thursday|friday|saturday|sunday)(?:\s+(?:morning|afternoon|evening|night|week|weekend|month|monday|tuesday|wednesday|thursday|friday|saturday|sunday))*$"
_DUE = rf"\b(?:due|overdue|past\s+due)\b|^(?:what|anything)\b.*\b(?:{DONE}|assigned|blocked|open)\b"
_BARE = rf"^(?:(?:[\w'-]+\s+){{0,4}}?(?:{_OURS}|events|meetings|appointments|schedule)(?:\s+(?:for|on|in|of|this|next|today|tomorrow|tonight|please|due|happening|coming|about|from|between|left|list|reminders)\b.*)?|(?:meeting|appointment|event)\s+.{{0,20}}\bcalendar)$"
_PLACEWARE = r"\b(?:in\s+(?:new\s+york|the\s+city|my\s+(?:area|city|town)|town|[a-z]+\s+city)|near\s+(?:me|by|here)|nearby|around\s+(?:here|me|town)|my\s+city)\b"


def recognise(line: Line) -> Frame | None:
    low = line.low
    one = pattern(_ONE).match(low)
    if one is not None:
        name = next(n for n, v in one.groupdict().items() if v)
        return Frame("get", line.core[one.start(name) : one.end(name)], explicit=True)
    for intent, source in (("next", _NEXT), ("stats", _STATS), ("projects", _PROJECTS)):
        if pattern(source).match(low):
            return Frame(intent, line.core, explicit=True)
    project = pattern(CREATE_PROJECT).match(low)
    if project is not None:
        return Frame("create_project", line.core[project.start("body") :], explicit=True)
    return _listing(line)


def _listing(line: Line) -> Frame | None:
    low = line.low
    ours = pattern(rf"\b{_OURS}\b").search(low)
    foreign = pattern(rf"\b{FOREIGN}\b").search(low)
    if pattern(r"\bplay\s?lists?\b").search(low) or (foreign and not ours):
        return None
    place = cut_place(line.core)[1]
    if pattern(_HAVE_TO).match(low) or (
        pattern(_HAPPENING).match(low) and not pattern(_PLACEWARE).search(low)
    ):
        return Frame("list", line.core, place=place, explicit=bool(ours))
    asks = pattern(rf"^(?:{SHOW}|{QUESTION})\b").match(low)
    if ours and (
        asks
        or pattern(
            rf"\b(?:is|contains?|were|was|are)\s+what$|\bwhat\s+(?:were|are)\s+they$|^i\s+(?:wonder|finished|forgot)\b"
        ).search(low)
    ):
        return Frame("list", line.core, place=place, explicit=True)
    if pattern(_DUE).search(low) and asks:
        return Frame("list", line.core, explicit=True)
    if pattern(_PLACEWARE).search(low):
        return None
    if asks and pattern(rf"\b{_DATED}\b").search(low):
        return Frame("list", line.core)
    if pattern(_BARE).match(low) or pattern(
        r"^(?:overdue|due)\b.{0,40}$|^(?:high|low|medium|urgent|open|done|completed|finished)\s+(?:priority|tasks)\b.{0,30}$"
    ).match(low):
        return Frame("list", line.core, place=place or line.core)
    return None
