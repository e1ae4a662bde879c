"""A message is one line, several commands, or a pasted list; prose and pasted mail are none of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from .acting import Context
from .frames import Frame, list_name
from .outcome import NOT_UNDERSTOOD, Call, Reading, asking
from .reading import MOST_CHARACTERS, read_line
from .references import Known
from .slots import fill
from .vocabulary import DEED, one_of, pattern
from .words import Line, fold, tidy

MOST_CALLS = 20
MOST_ITEM_CHARACTERS = 200
MOST_PLAIN_CHARACTERS = 60
_BULLET = r"^\s*(?:(?:[-*+•]\s*)?\[[ xX]?\]|[-*+•◦▪‣·–]|\d{1,2}[.)])\s+(?P<item>\S.*)$"
_ADDING = r"^(?:please\s+)?(?:add|create|put|new|remind\s+me(?:\s+to)?|remember(?:\s+to)?)\b"
_HEADING_WORD = one_of(
    "these the this following all my our new few some tasks? items? to-?dos? to_dos? "
    "things reminders? to on me for list",
    "shopping grocery groceries stuff please as_tasks",
)
_HEADING = (
    rf"{_ADDING}(?:\s+{_HEADING_WORD}){{0,8}}\s*:?$|{_ADDING}.{{0,60}}:$"
    r"|^(?:my\s+)?(?:tasks?|to-?\s?dos?|(?:to-?\s?do\s+|shopping\s+|grocery\s+)?list"
    r"|shopping|groceries|reminders)\s*:?$"
)
# A pasted letter orders nothing: a salutation with a whole sentence after it, or a notice to "you".
_LETTER = (
    r"^(?:dear\b|subject:|from:|fyi\b|reminder\s*:\s*your\b|(?:hi|hello|hey|good\s+(?:morning|afternoon"
    r"|evening)|thanks?|thank\s+you)\s+"
    r"(?!olly|alexa|siri|google|there|tasklore|assistant)\w+(?:\s+\w+)?\s*[,.!]\s.*[.!?]\s)"
)
_NEXT_COMMAND = one_of(
    "add remind complete delete remove cancel move reschedule postpone rename assign label "
    "tag mark reopen restore create",
    "show list",
)
_IT = r"(?:it|that|this)\b"
_ABOUT_IT = rf"^(?:please\s+)?(?:also\s+)?\w+\s+(?:off\s+|up\s+)?{_IT}"
_NEXT = (
    r"\s*(?:[.;!]\s+(?:and\s+)?(?:then\s+)?(?:also\s+)?|,?\s+and\s+then\s+|,?\s+(?:and|then)\s+(?:also\s+)?)"
    rf"(?=(?:please\s+)?(?:{_NEXT_COMMAND}\b|(?:make|set|put|push|give|call|bump|schedule)\s+{_IT}))"
)


def read_message(text: str, context: Context) -> Reading:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1:
        return _pasted(lines, context)
    line = tidy(text)
    if len(line) > MOST_CHARACTERS:
        return NOT_UNDERSTOOD
    if pattern(_LETTER).match(fold(line)):
        return NOT_UNDERSTOOD
    together = _each(_commands(line), context)
    return together if together is not None else read_line(line, context)


def _commands(line: str) -> list[str]:
    """ "add call Bob. Complete milk." are two commands."""
    parts, start = [], 0
    for found in pattern(_NEXT).finditer(fold(line)):
        parts.append(line[start : found.start()])
        start = found.end()
    return [*parts, line[start:]]


def _each(commands: Sequence[str], context: Context) -> Reading | None:
    """The calls of several commands, when every one of them is understood by itself."""
    if not 1 < len(commands) <= MOST_CALLS:
        return None
    calls: list[Call] = []
    for command in commands:
        if calls and calls[-1].name == "add_task" and pattern(_ABOUT_IT).match(fold(command)):
            more = _with_more(calls[-1], command, context)
            if more is None:
                return None
            calls[-1] = more
            continue
        reading = read_line(command, context)
        if not reading.calls:
            return None
        calls += reading.calls
        named = tuple(str(call.arguments["task"]) for call in reading.calls if "task" in call.arguments)
        context = replace(context, touched=named or context.touched)
    return Reading(calls=tuple(calls)) if len(calls) <= MOST_CALLS else None


def _with_more(added: Call, command: str, context: Context) -> Call | None:
    """ "Add call Bob and make it urgent": what is said of the task that is only being added."""
    new = Known("new", str(added.arguments["title"]))
    reading = read_line(command, replace(context, tasks=(new,), listed=(), touched=("new",)))
    if len(reading.calls) != 1 or reading.calls[0].name != "update_task":
        return None
    said = dict(reading.calls[0].arguments)
    labels = [*added.arguments.get("labels", []), *said.pop("add_labels", [])]
    if said.pop("task") != "new" or not said.keys() <= {"due", "priority", "assignee", "repeat", "project"}:
        return None
    return Call("add_task", {**added.arguments, **said, **({"labels": labels} if labels else {})})


def _pasted(lines: list[str], context: Context) -> Reading:
    heading = tidy(lines[0])
    found = pattern(_HEADING).match(fold(heading))
    if found is None or pattern(_BULLET).match(lines[0]):
        heading = ""
    items = lines[1:] if heading else lines
    bullets = [pattern(_BULLET).match(line) for line in items]
    if all(bullets):
        return _added((bullet["item"] for bullet in bullets if bullet), heading, context)
    plain = items and not any(bullets) and all(len(tidy(item)) <= MOST_PLAIN_CHARACTERS for item in items)
    if (
        heading
        and not any(bullets)
        and (pattern(_ADDING).match(fold(heading)) or (plain and heading[-1] == ":"))
    ):
        return _added(items, heading, context)
    return _each(lines, context) or (_offered(items, context) if plain and not heading else NOT_UNDERSTOOD)


def _offered(items: Sequence[str], context: Context) -> Reading:
    """Lines that all begin with a deed may be tasks, or a letter: asks."""
    deeds = [tidy(item).rstrip(" .;,") for item in items]
    if not 1 < len(deeds) <= MOST_CALLS or not all(
        pattern(rf"^{DEED}\s+\S").match(fold(deed)) for deed in deeds
    ):
        return NOT_UNDERSTOOD
    command = "add " + "; ".join(deeds)
    if len(command) > MOST_CHARACTERS or len(read_line(command, context).calls) != len(deeds):
        return NOT_UNDERSTOOD
    return asking(f"Shall I add these {len(deeds)} tasks?", command)


def _added(items: Iterable[str], heading: str, context: Context) -> Reading:
    shopping = list_name(heading.rstrip(":")) == "shopping"
    calls: list[Call] = []
    for item in map(tidy, items):
        command = Line.of(item)
        body = command.core[4:] if command.low.startswith("add ") else command.core
        frame = Frame("add", body, place=heading.rstrip(":") if shopping else "", explicit=True)
        slots = fill(frame, context.moment, context.projects)
        if len(item) > MOST_ITEM_CHARACTERS or not slots.title or len(calls) == MOST_CALLS:
            return NOT_UNDERSTOOD
        calls.append(Call("add_task", slots.arguments()))
    return Reading(calls=tuple(calls))
