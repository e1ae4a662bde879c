"""From a frame that names a task to a call on that task, or to a question about which one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .adding import is_anaphor
from .frames import Frame, list_name
from .naming import meant
from .outcome import NOT_UNDERSTOOD, Call, Reading, asking, calling
from .pointing import is_pointer
from .references import Found, Known, resolve, said_of, spelled_out
from .slots import known_project, level
from .speech import count
from .titles import clean_title
from .vocabulary import DETERMINERS, DONE, FOREIGN, SURE_DEED, TIME_WORD, WEEKDAY, pattern
from .when import Moment, only_when, read_when
from .words import Line, fold

_TOOLS = {
    "complete": "complete_task",
    "reopen": "reopen_task",
    "delete": "delete_task",
    "restore": "restore_task",
    "get": "get_task",
    "update": "update_task",
}
_NTH = (
    r"^(?:the\s+|my\s+)?(?:first|second|third|(?:four|fif|six|seven|eigh|nin|ten)th|\d{1,2}(?:st|nd|rd"
    r"|th)|last|one)\b"
)
# What parts some tasks from the rest, and what only the list of them can show.
_EVERYTHING = (
    r"^(?:everything|all\s+(?:of\s+)?(?:my\s+|the\s+)?(?:tasks|reminders|items|todos|things)"
    r"|all\s+of\s+(?:them|it|these|those)|(?:them|these|those)\s+all|them$)\b"
)
_SOME_ONLY = r"\b(?:except|but|overdue|late|urgent|priority|labell?ed|tagged|assigned|old|older|#\w+|about)\b"
MOST_CHOICES = 6
MOST_OF_A_DATE = 80


@dataclass(frozen=True, slots=True)
class Context:
    """What words are read against. `offered` are the verbs' possible objects; refs are ids as text."""

    now: datetime
    tasks: Sequence[Known] = ()
    listed: Sequence[str] = ()
    touched: Sequence[str] = ()
    projects: Sequence[str] = ()
    day_first: bool = False

    @property
    def moment(self) -> Moment:
        return Moment(self.now, self.day_first)

    def find(self, words: str) -> Found:
        return resolve(words, self.tasks, self.listed, self.touched)

    def known(self, words: str) -> bool:
        """Whether the words name exactly a task there is."""
        return any(fold(t.title) == fold(words).strip() or t.id == words for t in self.tasks)


def aim(frame: Frame, context: Context) -> Found:
    """The task that the frame's words mean: first with their dates, which may be part of a title."""
    found = context.find(frame.body)
    if found.several or found.unknown_pronoun or found.task != frame.body:
        return found
    rest = without_dates(frame.body, context.moment)
    if rest and rest != frame.body:
        shorter = context.find(rest)
        if shorter.several or shorter.task != rest:
            return shorter
        if frame.field != "task":
            return shorter
    return found


def without_dates(words: str, moment: Moment) -> str:
    possessive = pattern(rf"^(?:{TIME_WORD}|{WEEKDAY})'s\s+(?=\S)").match(fold(words))
    words = words[possessive.end() :] if possessive else words
    when = read_when(words, moment)
    if not when.said:
        return words
    return meant(clean_title(when.rest)).body


def choose(line: Line, frame: Frame, several: Sequence[Known]) -> Reading:
    options = []
    for task in several[:MOST_CHOICES]:
        name = f"{task.title} ({task.id})" if task.title else task.id
        said = pattern(rf"(?<!\w){re.escape(frame.body)}(?!\w)").search(line.core) if frame.body else None
        options.append(
            f"{line.core[: said.start()]}{name}{line.core[said.end() :]}"
            if said
            else f"{frame.intent} {name}"
        )
    question = "Did you mean this one?" if len(options) == 1 else "Which one do you mean?"
    return asking(question if options else "Which task do you mean?", *options)


def act(line: Line, frame: Frame, context: Context) -> Reading:
    """complete, reopen, delete, restore, get."""
    if frame.bulk:
        return _ask_first(line, frame, context)
    pointer = is_pointer(frame.body)
    dated = bool(frame.body) and not without_dates(frame.body, context.moment)
    if not frame.body or (dated and not pointer and not frame.place and not context.known(frame.body)):
        return NOT_UNDERSTOOD if frame.field == "doubtful" else _ask_which(frame, context)
    found = aim(frame, context)
    if found.every:
        return Reading(calls=tuple(Call(_TOOLS[frame.intent], {"task": ref}) for ref in found.every))
    if found.several:
        return choose(line, frame, found.several)
    resolved = any(t.id == found.task for t in context.tasks)
    several = None if resolved else _each(line, frame, context)
    if frame.field == "doubtful" and not (resolved and found.sure):
        return NOT_UNDERSTOOD
    if several is not None:
        return several
    if found.unknown_pronoun:
        return _ask_which(frame, context)
    nth = not frame.explicit or pattern(_NTH).match(fold(frame.body))
    if pointer and not resolved and nth and not pattern(r"\d").search(found.task):
        return _ask_which(frame, context)
    if found.near:
        return choose(line, frame, found.near)
    return calling(_TOOLS[frame.intent], task=found.task)


def _each(line: Line, frame: Frame, context: Context, **changes: object) -> Reading | None:
    """One call for each task of "1, 3 and the plumber"; a part that names nothing is asked about."""
    parts = pattern(r"\s*,\s*(?:and\s+)?|\s+and\s+").split(frame.value or frame.body)
    if len(parts) < 2 or len(parts) > 20:
        return None
    found = [context.find(part) for part in parts]
    ids = {t.id for t in context.tasks}
    named = [f.task for f in found if f.task in ids or pattern(r"^[A-Z]?[A-Z0-9]*-?\d+$").match(f.task)]
    if len(named) == len(parts):
        return Reading(calls=tuple(Call(_TOOLS[frame.intent], {"task": ref, **changes}) for ref in named))
    if not named or not all(ref in ids for ref in named) or any(f.several for f in found):
        return None
    lost = next(part for part, f in zip(parts, found, strict=True) if f.task not in named)
    known = choose(line, frame, [t for t in context.tasks if t.id in named])
    return asking(
        f"I find no task like “{lost}”. Only this?" if len(named) == 1 else known.question, *known.choices
    )


def stated(line: Line, words: str, context: Context) -> Reading | None:
    """ "The rent is paid" completes "pay rent"; a task that says more ("pay rent for May") is asked about."""
    same, more = said_of(words, [t for t in context.tasks if not t.done])
    if len(same) == 1:
        return calling("complete_task", task=same[0].id)
    several = same or more
    return choose(line, Frame("complete"), several) if several else None


def named_whole(words: str, context: Context) -> str:
    """The one task whose whole title the words hold, as a choice is worded; "" for none or several."""
    whole = spelled_out(words, [t for t in context.tasks if not t.done])
    return f"{whole[0].title} ({whole[0].id})" if len(whole) == 1 else ""


def _ask_first(line: Line, frame: Frame, context: Context) -> Reading:
    """Offers to do it to all that "all" can only mean: what was just listed, or everything there is."""
    verb = frame.intent
    done = pattern(rf"\b{DONE}\b(?!\?)").search(line.low) is not None and verb == "delete"
    if pattern(_SOME_ONLY).search(line.low) or read_when(line.low, context.moment).said:
        return asking(f"I {verb} several tasks only when you name them. Which ones?", "show my tasks")
    refs = [t.id for t in context.tasks if t.done == (verb == "reopen" or done)]
    refs = refs if done else list(context.listed) or refs
    if refs and len(refs) <= 20 and verb not in ("restore", "get"):
        return asking(
            f"That is {count(len(refs), 'task')}. Shall I {verb} {'it' if len(refs) == 1 else 'them all'}?",
            f"{verb} " + ", ".join(refs),
            "show my tasks",
        )
    return asking(f"I {verb} several tasks only when you name them. Which ones?", "show my tasks")


def _ask_which(frame: Frame, context: Context) -> Reading:
    near = (
        [t for t in context.tasks if t.done == (frame.intent == "reopen")][:MOST_CHOICES]
        if frame.intent != "restore"
        else []
    )
    return asking(
        f"Which task shall I {frame.intent}?" if frame.intent != "get" else "Which task?",
        *(f"{frame.intent} {t.title} ({t.id})" for t in near),
    )


def _which_to_change(line: Line, frame: Frame, context: Context) -> Reading:
    return choose(line, frame, [t for t in context.tasks if not t.done])


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
        return asking("I change several tasks only when you name them. Which ones?", "show my tasks")
    if pattern(r"^(?:you|your|yourself|me|i|us|what|who)$").match(low):
        return None
    if is_anaphor(frame.body) and not is_pointer(frame.body):
        return _which_to_change(line, frame, context)
    found = aim(frame.but(field=""), context)
    if found.every and changes:
        return Reading(calls=tuple(Call("update_task", {"task": ref, **changes}) for ref in found.every))
    if found.several:
        return choose(line, frame, found.several)
    if found.unknown_pronoun or found.every:
        return _which_to_change(line, frame, context)
    resolved = any(t.id == found.task for t in context.tasks)
    alike = changes and not resolved and frame.field not in ("title", "retitle", "description")
    several = _each(line, frame.but(value=""), context, **changes) if alike else None
    if several is not None:
        return several
    if found.near and frame.field != "retitle":
        return choose(line, frame, found.near)
    if not resolved and (
        frame.field == "retitle" or (foreign and not pattern(rf"^{SURE_DEED}\s").match(low))
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
    if name == "due":
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


def label_of(frame: Frame) -> str:
    return list_name(frame.place)
