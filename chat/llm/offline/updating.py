"""Recognise: words that give a task another date, priority, title, owner, label, project or state."""

from __future__ import annotations

from .frames import Frame
from .vocabulary import one_of, pattern
from .words import Line, fold

_PRIORITY = one_of("high(?:est)? top urgent critical important low(?:est)? medium normal mid p[0-3]")
_ALONE = one_of("urgent critical important p[0-3]")
_STATUS = one_of("in[\\s-]progress started ongoing underway todo to-do to_do open cancelled canceled")
_DATE_OF = r"(?:due(?:\s+date)?|deadline|(?:start(?:ing)?\s+|end(?:ing)?\s+)?(?:date|time))"
_CHANGE = r"(?:set|change|make|update|edit|put|push|move)"
_RAISE = r"(?:set|change|make|mark|flag|raise|lower|update|bump|put|give|move)"
_NAMES = r"#?[\w-]+(?:(?:\s*,\s*|\s+and\s+)#?[\w-]+)*"

# (field, shape): `body` is the task, `value` what the field becomes; the first with a good value counts.
_SHAPES: tuple[tuple[str, str], ...] = (
    ("title", r"^(?:rename|retitle)\s+(?P<body>.+?)\s+(?:to|as|into)\s+(?P<value>.+)$"),
    (
        "title",
        rf"^{_CHANGE}\s+(?:the\s+)?(?:title|name|text|wording)\s+(?:of|for|on)\s+"
        r"(?P<body>.+?)\s+to\s+(?P<value>.+)$",
    ),
    ("title", rf"^{_CHANGE}\s+(?P<body>.+?)(?:'s)?\s+(?:title|name)\s+to\s+(?P<value>.+)$"),
    (
        "description",
        rf"^{_CHANGE}\s+(?:the\s+)?description\s+(?:of|for)\s+(?P<body>.+?)\s+to\s*:?\s*(?P<value>.+)$",
    ),
    (
        "description",
        r"^(?:describe|add\s+(?:a\s+)?(?:description|note|detail|details)\s+to)\s+"
        r"(?P<body>[^:]+?)\s*(?::|\s+as\s)\s*"
        r"(?P<value>.+)$",
    ),
    (
        "priority",
        rf"^{_RAISE}\s+(?:the\s+)?priority\s+(?:of|for|on)\s+(?P<body>.+?)\s+(?:up\s+"
        r"|down\s+)?(?:to|as|at)\s+"
        rf"(?P<value>{_PRIORITY})(?:\s+priority)?$",
    ),
    (
        "priority",
        rf"^{_RAISE}\s+(?P<body>.+?)(?:'s)?\s+(?:as\s+|to\s+|at\s+|is\s+)?(?:a\s+|the\s+"
        r"|an\s+)?(?:priority\s+)?"
        rf"(?:to\s+|of\s+)?(?P<value>{_PRIORITY})\s+(?:priority|prio)$",
    ),
    (
        "priority",
        rf"^{_RAISE}\s+(?P<body>.+?)(?:'s)?\s+(?:priority|prio)\s+(?:to\s+|as\s+|of\s+)?"
        rf"(?P<value>{_PRIORITY})$",
    ),
    (
        "priority",
        r"^(?:make|mark|flag|set)\s+(?P<body>.+?)\s+(?:as\s+|to\s+|is\s+)?(?:a\s+|an\s+)?"
        r"(?:more\s+|very\s+|really\s+)?"
        rf"(?P<value>{_ALONE}|high|low)$",
    ),
    (
        "priority",
        rf"^(?P<body>.+?)\s+(?:is|has|should\s+be|should\s+have|needs\s+to\s+be)\s+(?:a\s+|now\s+|an\s+)*"
        rf"(?P<value>{_PRIORITY})\s+priority(?:\s+now)?$",
    ),
    (
        "priority",
        r"^(?P<body>.+?)\s+(?:is|are|should\s+be|needs?\s+to\s+be)\s+(?:now\s+|very\s+"
        rf"|really\s+)*(?P<value>{_ALONE})(?:\s+now)?$",
    ),
    ("priority", r"^(?P<value>prioriti[sz]e|deprioriti[sz]e|de-prioriti[sz]e)\s+(?P<body>.+)$"),
    (
        "assignee",
        r"^(?:assign|reassign|delegate|hand(?:\s+over|\s+off)?)\s+(?P<body>.+?)\s+(?:over\s+)?to\s+"
        r"(?!(?:this|that|the|a|an|my)\b)(?P<value>@?[\w.@+-]+(?:\s+[\w.-]+)?)$",
    ),
    (
        "assignee",
        r"^(?:give|hand|pass)\s+(?P<body>it|that(?:\s+one)?|this(?:\s+one)?|(?:task\s+)?#?(?:[a-z][a-z0-9]{0,9}-)?\d+)"
        r"\s+to\s+(?P<value>@?[\w.@+-]+(?:\s+[\w.-]+)?)$",
    ),
    ("title", r"^call\s+(?P<body>it)\s+(?!a\s+(?:day|night)|off|quits|in\b)(?P<value>.+?)(?:\s+instead)?$"),
    ("unassign", r"^unassign\s+(?P<body>.+)$"),
    (
        "add_labels",
        r"^(?:add|put|attach|apply)\s+(?:the\s+|a\s+)?(?:labels?|tags?)\s+(?P<value>.+?)\s+"
        r"(?:to|on|onto)\s+(?P<body>.+)$",
    ),
    (
        "remove_labels",
        r"^(?:remove|take|delete|drop)\s+(?:the\s+)?(?:labels?|tags?)\s+(?P<value>.+?)\s+"
        r"(?:from|off)\s+(?P<body>.+)$",
    ),
    ("remove_labels", r"^(?:unlabel|untag)\s+(?P<body>.+?)\s+(?:as\s+|from\s+)?(?P<value>#?[\w-]+)$"),
    ("add_labels", rf"^(?:label|tag)\s+(?P<body>.+?)\s+(?:as|with|under)\s+(?P<value>{_NAMES})$"),
    ("add_labels", r"^(?:label|tag)\s+(?P<body>.+?)\s+(?P<value>#?[\w-]+)$"),
    (
        "due_none",
        rf"^(?:remove|clear|drop|delete|unset)\s+(?:the\s+)?{_DATE_OF}\s+(?:of|from|for|on)\s+(?P<body>.+)$",
    ),
    ("due_none", r"^(?:remove|clear|drop|delete|unset)\s+(?P<body>.+?)(?:'s)?\s+(?:due\s+date|deadline)$"),
    ("due_none", r"^(?:make|set)\s+(?P<body>.+?)\s+(?:have\s+|to\s+)?no\s+(?:due\s+date|deadline|date)$"),
    (
        "due",
        rf"^{_CHANGE}\s+(?:the\s+)?{_DATE_OF}\s+(?:of|for|on)\s+(?P<body>.+?)\s+(?:to|for"
        r"|until)\s+(?P<value>.+)$",
    ),
    (
        "due",
        rf"^{_CHANGE}\s+(?P<body>.+?)(?:'s)?\s+(?:to\s+be\s+)?(?:due\s+date|deadline|due"
        r"|start\s+time|time)\s+"
        r"(?:(?:to|for|until|on|by)\s+)?(?P<value>.+)$",
    ),
    (
        "known_due",
        r"^(?P<body>.+?)(?:'s|\s+has|\s+was|\s+got|\s+is)\s+(?:been\s+)?(?:moved|rescheduled|changed|pushed|shifted|postponed)"
        r"\s+(?:back\s+)?(?:to|until)\s+(?P<value>.+)$",
    ),
    (
        "due",
        r"^(?:(?:can|could|would|will|may)\s+)?(?P<body>(?:my|the|our|that)\s.+?)\s+be\s+(?P<value>(?:at|on)\s.+?)\s+instead\b.*$",
    ),
    (
        "known_due",
        r"^(?P<body>.+?)\s+(?:is|are)\s+(?:now\s+)?(?P<value>(?:at|on|tomorrow|next)\b.+?)(?:\s+(?:now|instead))?$",
    ),
    (
        "due",
        r"^(?P<body>.+?)\s+(?:is|should\s+be|are)\s+(?:now\s+)?due\s+(?:on\s+|by\s+|at\s+)?(?P<value>.+)$",
    ),
    (
        "due",
        r"^(?:(?:can|could|would|will)\s+)?(?P<body>(?:my|the|our|that)\s+.+?)\s+(?:(?:should|needs?\s+to"
        r"|has\s+to|must)\s+)?be\s+"
        r"(?:moved|rescheduled|changed|pushed(?:\s+back)?|shifted|postponed|bumped)\s+(?:to|until|till)"
        r"\s+(?P<value>.+)$",
    ),
    (
        "due",
        r"^(?P<body>(?:my|the|our|that)\s.+?)\s+(?:(?:has\s+been|was|got|is(?:\s+now)?|has)\s+(?:been\s+)?)?"
        r"(?:moved|rescheduled|changed|pushed(?:\s+back)?|shifted|postponed|bumped|delayed)\s+(?:to|until"
        r"|till)\s+(?P<value>.+)$",
    ),
    (
        "due",
        r"^(?P<body>(?:my|the|our|that)\s.+?)\s+(?:should|needs?\s+to|has\s+to|must)\s+be\s+(?:now\s+)?(?P<value>(?:at|on)\s.+?)(?:\s+instead\b.*)?$",
    ),
    (
        "due",
        r"^(?:(?:(?:can|could|shall|may)\s+(?:we|i)|let's)\s+)?(?:do|have)\s+(?P<body>.+?)\s+"
        r"(?P<value>(?:on|at|next|this|tomorrow|in)\b.*?)\s+instead$",
    ),
    (
        "status",
        r"^(?:set|mark|change|move)\s+(?:the\s+status\s+of\s+)?(?P<body>.+?)"
        r"(?:'s\s+status)?\s+(?:as|to|into)\s+"
        rf"(?P<value>{_STATUS})$",
    ),
    (
        "status",
        r"^(?:(?P<value>start|begin)\s+(?:work(?:ing)?\s+on|(?:the\s+)?task)|(?:i'?m\s+"
        r"(?:now\s+)?)?working\s+on|"
        r"i\s+(?:have\s+)?started(?:\s+working)?(?:\s+on)?)\s+(?P<body>.+)$",
    ),
    ("parent", r"^make\s+(?P<body>.+?)\s+(?:a\s+)?(?:subtask|sub-task|child|part)\s+of\s+(?P<value>.+)$"),
    (
        "blocked_by",
        r"^(?P<body>.+?)\s+(?:is\s+blocked\s+by|depends\s+on|is\s+waiting\s+(?:for|on)"
        r"|waits\s+for)\s+(?P<value>.+)$",
    ),
    ("repeat_none", r"^(?:stop\s+(?:repeating|recurring)|don'?t\s+repeat)\s+(?P<body>.+)$"),
    ("repeat", r"^repeat\s+(?P<body>.+?)\s+(?P<value>(?:every|each|daily|weekly|monthly|yearly)\b.*)$"),
    (
        "repeat",
        r"^(?:make|set)\s+(?P<body>.+?)\s+(?:to\s+)?(?:repeat|recur|recurring|repeating)\s+(?P<value>.+)$",
    ),
    (
        "project",
        r"^(?:move|put|transfer|send|add(?=\s+(?:it|that|this)\s))\s+(?P<body>.+?)\s+(?:to"
        r"|into|in|under)\s+(?:the\s+)?"
        r"(?:project\s+(?P<value>[\w-]+)|(?P<named>[\w-]+)\s+project)$",
    ),
    (
        "known_project",
        r"^(?:move|put|transfer|send)\s+(?P<body>.+?)\s+(?:to|into|in|under)\s+(?:the\s+)?(?P<value>[\w-]+)$",
    ),
)
_MOVE = (
    r"^(?P<verb>move|reschedule|re-schedule|postpone|push(?:\s+back|\s+out)?|pull(?:\s+forward|(?=\s.*"
    r"\s(?:forward|ahead|up)\b))|rebook|rearrange|re-arrange|swap|delay|defer"
    r"|shift|bring(?:\s+forward)?|"
    r"put\s+(?:off|back)|put(?=\s.{1,60}\s(?:off|back)\b)|set\s+back|bump|change|set|make|update|edit|modify|extend|adjust|switch|snooze"
    r"|prepone|slide"
    r"|advance)\s+(?P<rest>.+)$"
)
_TIMELY = (
    "move resch re-sch postpone push delay defer shift bring put bump pull rebook rearrange re-arr "
    "snooze prepone slide advance extend"
)
_VERBS_OF_TIME = (*_TIMELY.split(), "set back")
_INSTEAD = r"\s+instead(?:\s+of\s+.+)?$"
_RETITLE = r"^(?:change|edit|update)\s+(?P<body>.+?)\s+to\s+(?P<value>.+)$"


def recognise(line: Line) -> list[Frame]:
    """Every way to read the line as an update, the likeliest first; the values decide which holds."""
    frames = [frame for field, shape in _SHAPES if (frame := _shaped(line, field, shape)) is not None]
    found = pattern(_MOVE).match(line.low)
    if found is not None:
        rest, verb = _to_when(_particle_last(line.core[found.start("rest") :])), found["verb"]
        timely = verb.startswith(_VERBS_OF_TIME) or pattern(_INSTEAD).search(line.low) is not None
        frames.append(Frame("update", rest, value=verb, field="move", explicit=timely))
    retitled = _shaped(line, "retitle", _RETITLE)
    return [*frames, retitled] if retitled is not None else frames


def _particle_last(rest: str) -> str:
    """ "up my meeting by an hour" as "my meeting up by an hour"."""
    found = pattern(
        r"^(?P<way>up|back|out|forward|ahead|off)\s+(?P<body>(?:my|the|our|that|this)\s.+?)(?P<far>"
        r"\s+(?:by|to|until|till)\s.+)$"
    ).match(fold(rest))
    if found is None:
        return rest
    way = " " + found["way"] if found["far"].lstrip().startswith("by") else ""
    return rest[found.start("body") : found.end("body")] + way + rest[found.start("far") :]


def _to_when(rest: str) -> str:
    """ "the call to be at 5 instead" as "the call to 5"."""
    rest = rest[: len(pattern(_INSTEAD).sub("", fold(rest)))]
    rest = pattern(
        r"\s+(?:off|out|back|up|forward|over)(?=\s+(?:to|until|till)\s)|(?<=^it)\s+off(?=\s)|(?<=^that)\s+off(?=\s)"
    ).sub("", rest)
    late = pattern(r"\s+to\s+be(?:\s+(?:on|at|for))?\s+(?=\S+(?:\s+\S+){0,4}$)").search(fold(rest))
    return f"{rest[: late.start()]} to {rest[late.end() :]}" if late is not None else rest


def _shaped(line: Line, field: str, shape: str) -> Frame | None:
    found = pattern(shape).match(line.low)
    if found is None:
        return None
    groups = found.groupdict()
    name = next((n for n in ("value", "named") if groups.get(n)), "")
    value = line.core[found.start(name) : found.end(name)] if name else ""
    return Frame("update", line.core[found.start("body") : found.end("body")], value=value, field=field)
