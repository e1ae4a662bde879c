"""Recognise: words that give a task another date, priority, title, owner, label, project or state."""

from __future__ import annotations

import re

from .frames import Frame
from .vocabulary import pattern
from .words import Line

_PRIORITY = r"(?:high(?:est)?|top|urgent|critical|important|low(?:est)?|medium|normal|mid|p[0-3])"
_STATUS = r"(?:in[\s-]progress|started|ongoing|underway|todo|to-do|to\s+do|open|cancelled|canceled)"

_ATTRIBUTE = r"(?:due(?:\s+date)?|deadline|date|time)"
_SHAPES: tuple[tuple[str, str], ...] = (
    ("title", r"^(?:rename|retitle)\s+(?P<body>.+?)\s+(?:to|as|into)\s+(?P<value>.+)$"),
    (
        "title",
        r"^(?:change|set|update|edit)\s+(?:the\s+)?(?:title|name|text|wording)\s+(?:of|for|on)\s+(?P<body>.+?)\s+to\s+(?P<value>.+)$",
    ),
    ("title", r"^(?:change|set|update|edit)\s+(?P<body>.+?)(?:'s)?\s+(?:title|name)\s+to\s+(?P<value>.+)$"),
    (
        "description",
        r"^(?:set|change|update)\s+(?:the\s+)?description\s+(?:of|for)\s+(?P<body>.+?)\s+to\s*:?\s*(?P<value>.+)$",
    ),
    (
        "description",
        r"^(?:describe|add\s+(?:a\s+)?(?:description|note|detail|details)\s+to)\s+(?P<body>[^:]+?)\s*(?::|\s+as\s)\s*(?P<value>.+)$",
    ),
    (
        "priority",
        rf"^(?:set|change|make|raise|lower|update|bump|put)\s+(?:the\s+)?priority\s+(?:of|for|on)\s+(?P<body>.+?)\s+(?:to|as|at|up\s+to|down\s+to)\s+(?P<value>{_PRIORITY})(?:\s+priority)?$",
    ),
    (
        "priority",
        rf"^(?:set|change|make|mark|flag|raise|lower|update|bump|put|give|move)\s+(?P<body>.+?)(?:'s)?\s+(?:as\s+|to\s+|at\s+|is\s+)?(?:a\s+|the\s+|an\s+)?(?:priority\s+(?:to\s+|of\s+)?)?(?:more\s+|very\s+|really\s+)?(?P<value>{_PRIORITY})(?:\s+(?:priority|prio))?$",
    ),
    (
        "priority",
        rf"^(?P<body>.+?)\s+(?:is|has|should\s+be|should\s+have|needs\s+to\s+be)\s+(?:a\s+|now\s+|an\s+)*(?P<value>{_PRIORITY})(?:\s+priority)?(?:\s+now)?$",
    ),
    ("priority", r"^(?P<value>prioriti[sz]e|deprioriti[sz]e|de-prioriti[sz]e)\s+(?P<body>.+)$"),
    (
        "assignee",
        r"^(?:assign|reassign|delegate|hand(?:\s+over)?|hand\s+off)\s+(?P<body>.+?)\s+(?:to|over\s+to)\s+(?P<value>@?[\w.@+-]+(?:\s+[\w.-]+)?)$",
    ),
    ("unassign", r"^unassign\s+(?P<body>.+)$"),
    (
        "add_labels",
        r"^(?:add|put|attach|apply)\s+(?:the\s+|a\s+)?(?:labels?|tags?)\s+(?P<value>.+?)\s+(?:to|on|onto)\s+(?P<body>.+)$",
    ),
    (
        "remove_labels",
        r"^(?:remove|take|delete|drop)\s+(?:the\s+)?(?:labels?|tags?)\s+(?P<value>.+?)\s+(?:from|off)\s+(?P<body>.+)$",
    ),
    ("remove_labels", r"^(?:unlabel|untag)\s+(?P<body>.+?)\s+(?:as\s+|from\s+)?(?P<value>#?[\w-]+)$"),
    (
        "add_labels",
        r"^(?:label|tag)\s+(?P<body>.+?)\s+(?:as\s+|with\s+|under\s+)?(?P<value>#?[\w-]+(?:(?:\s*,\s*|\s+and\s+)#?[\w-]+)*)$",
    ),
    (
        "due_none",
        rf"^(?:remove|clear|drop|delete|unset)\s+(?:the\s+)?{_ATTRIBUTE}\s+(?:of|from|for|on)\s+(?P<body>.+)$",
    ),
    ("due_none", rf"^(?:remove|clear|drop|delete|unset)\s+(?P<body>.+?)(?:'s)?\s+(?:due\s+date|deadline)$"),
    ("due_none", r"^(?:make|set)\s+(?P<body>.+?)\s+(?:have\s+|to\s+)?no\s+(?:due\s+date|deadline|date)$"),
    (
        "due",
        rf"^(?:set|change|move|make|update|push)\s+(?:the\s+)?{_ATTRIBUTE}\s+(?:of|for|on)\s+(?P<body>.+?)\s+(?:to|for|until)\s+(?P<value>.+)$",
    ),
    (
        "due",
        r"^(?:set|change|move|make|update|push)\s+(?P<body>.+?)(?:'s)?\s+(?:due\s+date|deadline|due|start\s+time|time)\s+(?:to\s+|for\s+|until\s+|on\s+|by\s+)?(?P<value>.+)$",
    ),
    (
        "due",
        r"^(?P<body>.+?)\s+(?:is|should\s+be|are)\s+(?:now\s+)?due\s+(?:on\s+|by\s+|at\s+)?(?P<value>.+)$",
    ),
    (
        "status",
        rf"^(?:set|mark|change|move)\s+(?:the\s+status\s+of\s+)?(?P<body>.+?)(?:'s\s+status)?\s+(?:as|to|into)\s+(?P<value>{_STATUS})$",
    ),
    (
        "status",
        r"^(?:(?P<value>start|begin)\s+(?:work(?:ing)?\s+on|(?:the\s+)?task)|i'?m\s+(?:now\s+)?working\s+on|i\s+(?:have\s+)?started(?:\s+working)?(?:\s+on)?|working\s+on)\s+(?P<body>.+)$",
    ),
    ("parent", r"^make\s+(?P<body>.+?)\s+(?:a\s+)?(?:subtask|sub-task|child|part)\s+of\s+(?P<value>.+)$"),
    (
        "blocked_by",
        r"^(?P<body>.+?)\s+(?:is\s+blocked\s+by|depends\s+on|is\s+waiting\s+(?:for|on)|waits\s+for)\s+(?P<value>.+)$",
    ),
    ("repeat_none", r"^(?:stop\s+(?:repeating|recurring)|don'?t\s+repeat)\s+(?P<body>.+)$"),
    ("repeat", r"^(?:repeat)\s+(?P<body>.+?)\s+(?P<value>(?:every|each|daily|weekly|monthly|yearly)\b.*)$"),
    (
        "repeat",
        r"^(?:make|set)\s+(?P<body>.+?)\s+(?:to\s+)?(?:repeat|recur|recurring|repeating)\s+(?P<value>.+)$",
    ),
    (
        "project",
        r"^(?:move|put|transfer|add|send)\s+(?P<body>.+?)\s+(?:to|into|in|under)\s+(?:the\s+)?(?:project\s+(?P<value>[\w-]+)|(?P<named>[\w-]+)\s+project)$",
    ),
    (
        "project",
        r"^(?:move|put|transfer|send)\s+(?P<body>.+?)\s+(?:to|into|in|under)\s+(?:the\s+)?(?P<value>[\w-]+)$",
    ),
)
_MOVE = re.compile(
    r"^(?P<verb>move|reschedule|re-schedule|postpone|push(?:\s+back|\s+out)?|delay|defer|shift|bring(?:\s+forward)?|put\s+off|bump|"
    r"change|set|make|update|extend|adjust|switch|snooze|prepone|slide|advance)\s+(?P<rest>.+)$"
)
_VERBS_OF_TIME = (
    "move",
    "resch",
    "re-sch",
    "postpone",
    "push",
    "delay",
    "defer",
    "shift",
    "bring",
    "put off",
    "bump",
    "snooze",
    "prepone",
    "slide",
    "advance",
    "extend",
)


def recognise(line: Line) -> list[Frame]:
    """Every way to read the line as an update, the likeliest first; the values decide which holds."""
    frames = []
    for field, source in _SHAPES:
        found = pattern(source).match(line.low)
        if found is not None:
            groups = found.groupdict()
            value = next(
                (line.core[found.start(n) : found.end(n)] for n in ("value", "named") if groups.get(n)), ""
            )
            frames.append(
                Frame("update", line.core[found.start("body") : found.end("body")], value=value, field=field)
            )
    found = _MOVE.match(line.low)
    if found is not None:
        of_time = found["verb"].startswith(_VERBS_OF_TIME)
        frames.append(
            Frame(
                "update",
                line.core[found.start("rest") :],
                value=found["verb"],
                field="move",
                explicit=of_time,
            )
        )
    return frames
