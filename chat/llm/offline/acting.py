"""From a frame that names a task to a call on that task, or to a question about which one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .frames import Frame, list_name
from .naming import meant
from .outcome import NOT_UNDERSTOOD, Call, Reading, asking, calling
from .pointing import is_pointer
from .references import Found, Known, resolve, said_of, spelled_out
from .slots import fill
from .speech import count
from .stems import keys
from .titles import clean_title
from .vocabulary import DONE, TIME_WORD, WEEKDAY, is_foreign, pattern
from .when import Moment, read_when
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
_SOME_ONLY = r"\b(?:except|but|overdue|late|urgent|priority|labell?ed|tagged|assigned|old|older|#\w+|about)\b"
MOST_CHOICES = 6
# Of what "all" may be offered to mean.
MOST_AT_ONCE = 20


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
    listed = list_name(frame.place)
    if not frame.body and listed and frame.intent == "delete":
        return asking("I delete several tasks only when you name them. Which ones?", f"show my {listed} list")
    if not frame.body or (dated and not pointer and not frame.place and not context.known(frame.body)):
        return NOT_UNDERSTOOD if frame.field == "doubtful" else _ask_which(frame, context)
    found = aim(frame, context)
    if found.every:
        return Reading(calls=tuple(Call(_TOOLS[frame.intent], {"task": ref}) for ref in found.every))
    resolved = any(t.id == found.task for t in context.tasks)
    several = None if resolved and found.sure else each(line, frame, context)
    if found.several:
        return several if several is not None and several.calls else choose(line, frame, found.several)
    if frame.field == "doubtful" and not (resolved and found.sure):
        return NOT_UNDERSTOOD
    if frame.field == "doubtful" and resolved and len(keys(frame.body)) == 1 and is_foreign(frame.body):
        # "Delete this email" may be about any email.
        return choose(line, frame, [t for t in context.tasks if t.id == found.task])
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


def each(line: Line, frame: Frame, context: Context, **changes: object) -> Reading | None:
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


def shown(words: str, context: Context) -> Reading | None:
    """ "Show me bills" is the task with bills in its title, or a search when there are several."""
    found = context.find(words)
    if found.several:
        return calling("list_tasks", search=words)
    resolved = found.sure and any(t.id == found.task for t in context.tasks)
    return calling("get_task", task=found.task) if resolved else None


def subtask(line: Line, parent: str, body: str, context: Context) -> Reading:
    """A task below the one named."""
    found = aim(Frame("get", meant(parent).body or parent), context)
    if found.several or found.near:
        return choose(line, Frame("show", parent), found.several or found.near)
    if not found.task:
        return asking("Below which task? For example: add subtask to WEB-12: find the papers.")
    slots = fill(Frame("add", body), context.moment, context.projects)
    return calling("add_task", **slots.arguments(), parent=found.task)


def stated(line: Line, words: str, context: Context) -> Reading | None:
    """ "The rent is paid" completes "pay rent"; a task that says more ("pay rent for May") is asked about."""
    same, more = said_of(words, [t for t in context.tasks if not t.done])
    if len(same) == 1 and _did_it(words, same[0].title):
        return choose(line, Frame("complete"), same)
    if len(same) == 1:
        return calling("complete_task", task=same[0].id)
    verb, _, things = words.partition(" ")
    pieces = [f"{verb} {thing}" for thing in pattern(r"\s*,\s*(?:and\s+)?|\s+and\s+").split(things)]
    every = [said_of(piece, [t for t in context.tasks if not t.done])[0] for piece in pieces]
    if len(pieces) > 1 and all(len(found) == 1 for found in every):
        return Reading(calls=tuple(Call("complete_task", {"task": found[0].id}) for found in every))
    several = same or more
    return choose(line, Frame("complete"), several) if several else None


def _did_it(words: str, title: str) -> bool:
    """Whether somebody with a name may be who did it: "Anna called" is not "I called Anna"."""
    first = words.split()[0]
    return any(fold(word) == fold(first) and word[0].isupper() for word in title.split()[1:])


def asked_whether(words: str, context: Context) -> Reading | None:
    """ "Is the rent paid?": the task that says the same, open or done."""
    same, _ = said_of(words, context.tasks)
    return calling("get_task", task=same[0].id) if len(same) == 1 else None


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
    if refs and len(refs) <= MOST_AT_ONCE and verb not in ("restore", "get"):
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
