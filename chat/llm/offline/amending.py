"""From a frame that gives a task another date, title, priority and the like to the call that does it."""

from __future__ import annotations

import re

from .acting import MOST_AT_ONCE, Context, aim, choose, each, without_dates
from .adding import is_anaphor
from .frames import Frame
from .naming import meant
from .outcome import Call, Reading, asking, calling
from .pointing import is_pointer
from .slots import known_project, level
from .speech import count
from .titles import clean_title
from .vocabulary import DETERMINERS, FOREIGN, SURE_DEED, pattern
from .when import only_when, read_when
from .words import Line, fold

MOST_OF_A_DATE = 80
_EVERYTHING = (
    r"^(?:everything|all\s+(?:of\s+)?(?:my\s+|the\s+)?(?:tasks|reminders|items|todos|things)"
    r"|all\s+of\s+(?:them|it|these|those)|(?:them|these|those)\s+all|them$)\b"
)
_SOME = (
    r"^(?:all\s.*\b(?:tasks|reminders|items|todos|things)|(?:tasks|reminders|items|todos)\s+(?:but|except))\b"
)


def _which_to_change(line: Line, frame: Frame, context: Context) -> Reading:
    return choose(line, frame, [t for t in context.tasks if not t.done])


_WHICH_ONES = asking("I change several tasks only when you name them. Which ones?", "show my tasks")


def _ask_first(line: Line, frame: Frame, context: Context) -> Reading:
    """Offers to do it to all that "all" can only mean: what was just listed, or all that is open."""
    refs = list(context.listed) or [t.id for t in context.tasks if not t.done]
    said = pattern(rf"\b(?:all\s+(?:of\s+)?)?(?:my\s+|the\s+)?{re.escape(frame.body)}\b").search(line.core)
    every = pattern(_EVERYTHING).fullmatch(fold(frame.body))
    if said is None or every is None or not 0 < len(refs) <= MOST_AT_ONCE:
        return _WHICH_ONES
    question = f"That is {count(len(refs), 'task')}. Shall I change {'it' if len(refs) == 1 else 'them all'}?"
    named = f"{line.core[: said.start()]}{', '.join(refs)}{line.core[said.end() :]}"
    return asking(question, named, "show my tasks")


def update(line: Line, frame: Frame, context: Context) -> Reading | None:
    """None when the words are no update after all."""
    said = fold(frame.body)
    if frame.field == "move":
        read = _move(frame, context)
        if read is None:
            return None
        frame, changes = read
    else:
        read_value = _value(frame, context)
        if read_value is None:
            return None
        changes = read_value
        frame = frame.but(body=meant(frame.body).body or frame.body)
    low = fold(frame.body)
    foreign = pattern(rf"{FOREIGN}\b").search(said if frame.field == "move" else low)
    if pattern(_EVERYTHING).match(low):
        return _ask_first(line, frame, context)
    if pattern(r"^(?:you|your|yourself|me|i|us|what|who)$").match(low):
        return None
    if is_anaphor(frame.body) and not is_pointer(frame.body):
        return _which_to_change(line, frame, context)
    found = aim(frame.but(field=""), context)
    if found.every and changes:
        return Reading(calls=tuple(Call("update_task", {"task": ref, **changes}) for ref in found.every))
    alike = changes and frame.field not in ("title", "retitle", "description")
    if found.several:
        several = each(line, frame.but(value=""), context, **changes) if alike else None
        return several if several is not None and several.calls else choose(line, frame, found.several)
    if found.unknown_pronoun or found.every:
        return _which_to_change(line, frame, context)
    resolved = any(t.id == found.task for t in context.tasks)
    if not resolved and pattern(_SOME).match(low):
        return _WHICH_ONES
    several = (
        each(line, frame.but(value=""), context, **changes)
        if alike and not (resolved and found.sure)
        else None
    )
    if several is not None:
        return several
    if found.near and frame.field not in ("retitle", "known_due"):
        return choose(line, frame, found.near)
    if not resolved and (
        frame.field in ("retitle", "known_due") or (foreign and not pattern(rf"^{SURE_DEED}\s").match(low))
    ):
        return None
    if not changes:
        return asking(
            f"To when shall I move {frame.body}?",
            *(f"{line.core} to {day}" for day in ("tomorrow", "next Monday")),
        )
    return calling("update_task", task=found.task, **changes)


def _value(frame: Frame, context: Context) -> dict[str, object] | None:
    value, name = frame.value.strip(), frame.field
    if name == "priority":
        found = level(value)
        return {"priority": found} if found else None
    if name in ("title", "retitle", "description"):
        return {"title" if name == "retitle" else name: value.strip('"')}
    if name in ("add_labels", "remove_labels"):
        return {name: [w.lstrip("#") for w in pattern(r"\s*,\s*(?:and\s+)?|\s+and\s+").split(value)]}
    if name == "assignee":
        return {"assignee": value.lstrip("@")}
    if name == "status":
        state = fold(value).replace("-", " ")
        return {
            "status": "cancelled"
            if state.startswith("cancel")
            else "todo"
            if state in ("todo", "to do", "open")
            else "in_progress"
        }
    if name in ("due_none", "repeat_none", "unassign"):
        return {{"due_none": "due", "repeat_none": "repeat", "unassign": "assignee"}[name]: "none"}
    if name in ("due", "known_due"):
        when = only_when(value, context.moment)
        return {"due": when.due} if when and when.due else None
    if name == "repeat":
        when = only_when(value, context.moment)
        return {"repeat": when.repeat} if when and when.repeat else None
    if name in ("project", "known_project"):
        project = known_project(value, context.projects)
        return {"project": project or value.upper()} if project or name == "project" else None
    if name in ("parent", "blocked_by"):
        target = context.find(value)
        return (
            ({"parent": target.task} if name == "parent" else {"blocked_by": [target.task]})
            if target.task
            else None
        )
    return None


_HOURS = r"(?i)\b\d{1,2}(?::\d\d)?\s*(?:am|pm)?\s*(?:-|to|till|until)\s*\d{1,2}(?::\d\d)?\s*(?:am|pm)?\b"
_TIMES = (
    r"^(?:at\s+)?(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
    r"(?:\s+(?:fifteen|thirty|forty[\s-]five))?$"
    r"|^(?:at\s+)?\d{1,2}(?:[:.\s]\d\d)?(?:\s*(?:am|pm|a\.m|p\.m|o'clock|h))?(?:\s*(?:-|till|until"
    r"|to)\s*\d{1,2}(?:[:.]\d\d)?(?:\s*(?:am|pm))?)?$"
)
_SHIFT = (
    r"^(?P<body>.+?)\s+(?:(?P<way>up|out|back|forward|ahead|to\s+start)\s+)?(?:by\s+)?"
    r"(?P<n>\d{1,3}|an?|one|two|three|four|five|ten|fifteen|twenty|thirty|forty(?:\s+five)?"
    r"|half\s+an)\s+"
    r"(?P<unit>minute|min|hour|day|week|month)s?(?:\s+(?P<end>earlier|later|sooner|forward|back|out|ahead))?$"
)
_NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "ten": 10,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "forty five": 45,
}


def _move(frame: Frame, context: Context) -> tuple[Frame, dict[str, object]] | None:
    rest, low = frame.body, fold(frame.body)
    for found in pattern(r"\s+(?:to|until|till|for|onto|on|by|at|in)\s+").finditer(low):
        right = rest[found.end() :]
        if len(right) > MOST_OF_A_DATE:
            continue
        when = only_when(right, context.moment)
        if pattern(r"^the\s+(?:morning|afternoon|evening)$").match(fold(right)):
            when = only_when(f"in {right}", context.moment)
        if when is None and pattern(_TIMES).match(fold(right)):
            when = only_when("at " + pattern(r"\s*(?:-|till|until|to)\s.*$").sub("", right), context.moment)
        if (
            when is not None
            and when.due
            and (frame.explicit or _meets(found[0].strip(), frame, rest[: found.start()], context))
        ):
            return frame.but(body=_before_change(rest[: found.start()], context)), {"due": when.due}
    shift = pattern(_SHIFT).match(low)
    if shift is not None and (frame.explicit or shift["end"]):
        return frame.but(body=_before_change(rest[: shift.end("body")], context)), {
            "due": _shifted(shift.groupdict())
        }
    if not frame.explicit:
        return None
    when = read_when(rest, context.moment)
    if when.due and clean_title(when.rest):
        return frame.but(body=meant(clean_title(when.rest)).body or clean_title(when.rest)), {"due": when.due}
    body = meant(rest).body
    if not body and not is_pointer(rest):
        return None
    resolved = context.find(body or rest)
    if any(t.id == resolved.task for t in context.tasks):
        return frame.but(body=body or rest), {}
    return None


def _meets(link: str, frame: Frame, before: str, context: Context) -> bool:
    """ "set X to Friday" is a change; "set a meeting for Friday" is one only when there is such a task."""
    if link in ("to", "until", "till"):
        return True
    body = meant(before).body
    return link == "for" and (frame.value not in ("set", "make") or context.known(body) or is_pointer(body))


def _before_change(words: str, context: Context) -> str:
    """The task in "my 8 till 9 appointment from Monday", without the hours and days that it leaves."""
    words = words[: len(pattern(r"\s+from\s+.*$").sub("", fold(words)))]
    words = pattern(_HOURS).sub(" ", words)
    body = meant(words).body
    if context.known(body):
        return body
    named = without_dates(body, context.moment)
    return named if named and not is_anaphor(named) else pattern(rf"^{DETERMINERS}").sub("", words.strip())


def _shifted(shift: dict[str, str | None]) -> str:
    """A move relative to the due date there is, as words: "30 minutes later"."""
    number = shift["n"] or "1"
    unit = {"min": "minute"}.get(shift["unit"] or "", shift["unit"] or "")
    count = (
        30
        if number.startswith("half")
        else _NUMBERS.get(number) or int(number)
        if number.isdigit() or number in _NUMBERS
        else 1
    )
    if number.startswith("half"):
        unit = "minute"
    earlier = shift["end"] in ("earlier", "sooner", "forward") or (
        shift["way"] in ("up", "forward", "ahead") and shift["end"] is None
    )
    return f"{count} {unit}{'s' if count != 1 else ''} {'earlier' if earlier else 'later'}"
