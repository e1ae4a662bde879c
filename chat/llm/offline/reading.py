"""Read a message: normalise, recognise, extract, resolve, and say which tools to call."""

from __future__ import annotations

from . import adding, changing, finding, reminding, talking, updating
from .acting import Context, act, named_whole, stated, update
from .filters import list_arguments
from .frames import Frame, cut_place
from .outcome import NOT_UNDERSTOOD, Call, Reading, asking, calling
from .slots import Slots, fill, level, take_extras
from .stems import PAST
from .vocabulary import ADD, DEED, FOREIGN, MAKE, one_of, pattern
from .when import only_when, read_when
from .words import Line, fold

MOST_CHARACTERS = 500
_DAY_FIRST = (
    r"^(?P<day>(?:on|at|by|for|next|this|tomorrow|today|tonight|every)\b.{0,40}?)[\s,]+(?:please\s+)?"
    rf"(?P<rest>(?:{ADD}|{MAKE}|schedule|remind|move|reschedule|complete|delete|cancel|remove)\s.+)$"
)
_COMMAND = one_of(
    "add put include take remove delete cancel cross erase check mark move reschedule postpone complete"
)
_SO = (
    r"^(?P<why>.+?)(?:(?:\s*[,;.]\s*|\s+)(?:so|therefore|and\s+so)\s+|\s*[,;.]\s+)(?:"
    r"(?:please|can|could|will|would|you|now|just)\s+)*"
    rf"(?P<command>{_COMMAND}\s.+)$"
)
_PRONOUN_FIRST = (
    r"^(?P<verb>\w+(?:\s+off|\s+out)?)\s+(?P<it>it|them|(?:that|this|the)\s+(?:reminder|task|one|event|meeting"
    r"|appointment)\b|that|this)\b"
)
_LIST_LAST = (
    r"^(?:i|we|i've|we've)\s+(?:have\s+)?(?:already\s+|just\s+)*(?:bought|got|have|did|finished|paid|made)\s.+?\s"
    r"(?P<command>(?:take|remove|delete|cross|erase)\s+(?!it\b|them\b|that\b)\S.*?\s(?:off|from|out)\s+(?:of\s+)?(?:my|the|our)\s+(?:\S+\s+){0,3}?list)$"
)
_PRONOUN_LAST = (
    rf"^(?P<why>(?:i|we|the|my|our|i'm|i've|we're|already|{PAST})\b.*?\w)(?<!\sand)(?<!\sor)(?<!\sto)(?:\s*[,;.]\s*|"
    r"\s+)(?:(?:so|please|just|you\s+can|can\s+you|now)\s+)*"
    r"(?P<command>(?:remove|delete|cancel|cross|erase|check|mark|take|scratch|complete|strike|drop|tick)"
    r"\s+(?:off\s+)?(?:it|them|(?:that|this|the)\s+(?:reminder|task|one|event|meeting|appointment)\b|that|this)"
    r"(?:\s+(?:off|out|down|done|as\s+done|complete|as\s+complete))?(?:\s+(?:from|off|of|off\s+of|on|out"
    r"\s+of)\s+(?:\S+\s+){0,4}?\S+)?)$"
)
_SUBJECT = (
    r"^(?:don'?t\s+let\s+me\s+forget\s+|(?:i|we)\s*(?:'m|'re|'ve|am|are|will|won't|can't|cannot|couldn't)?\s+(?:(?:no\s+longer|do\s+not|don't|not|never|just"
    r"|already|have|has)\s+)*(?:(?:be\s+)?(?:attending|going\s+to|doing|making)|attend|"
    r"finished|did|done|completed|taking|making|need|needing|cancell?ed|called\s+off|have|bought|got|paid"
    r"|(?:want|going|able|planning)(?:\s+to)?|make\s+it\s+to|come\s+to|go\s+to"
    r"|(?:decided|chosen?|chose)\s+not\s+to(?:\s+(?:go\s+to|attend|do))?|changed\s+my\s+mind\s+(?:about|on))"
    r"\s+)(?P<body>.+)$"
)
_STATED = (
    r"^(?P<body>.+?)(?:\s+(?:is|are|was|were|has\s+been|have\s+been|got|gets)|'s(?:\s+been)?)\s+(?:already\s+"
    r"|now\s+|all\s+)*(?:done|finished|completed|over|off|cancell?ed|called\s+off|not\s+happening|changed"
    r"|moved|bought)$"
)
_SET_IT = (
    r"^(?P<body>\S+\s+\S+\s.*?)[\s,.;]+(?:please\s+)?(?:set|add|make|create|schedule|put)\s+"
    r"(?:it|that|this|(?:the|an|a)\s+(?:event|reminder|"
    r"meeting|alert))(?:\s+(?:in|on|to)\s+(?:my|the)\s+calendar)?$"
)
_BLOCKED = (
    r"^(?:what(?:'s|\s+is|\s+are)?|which\s+(?:tasks\s+)?(?:are|is)|show(?:\s+me)?)\s+(?:the\s+|my"
    r"\s+|tasks?\s+|that\s+|are\s+|is\s+)*blocked(?:\s+tasks)?$"
)
_SHOWN = r"^(?:show|tell|list|display|view|see|read|find|give\s+me|let\s+me|search|know)\b"
_NOTHING_NAMED = r"^(?:it|that|this|them|these|those|everything|all(?:\s+of\s+(?:it|them|that))?|anything)$"
_QUESTION_FIRST = (
    r"^(?:what|which|who|whose|where|how|why|is|are|was|were|am|(?:(?:do|does|did|have|has"
    r"|should|shall)\s+(?:i|we|you|they|it|that|this|there|the|my|our|any|anyone|he|she)|when"
    r"(?!\s+i\s+get)|whats))\b"
)


def read_line(text: str, context: Context) -> Reading:
    line = Line.of(text)
    if not line.low or len(line.core) > MOST_CHARACTERS:
        return NOT_UNDERSTOOD
    for reader in (_said_before, _first_reading, _so, _set_it, _day_first, _set_for, _half_understood):
        reading = reader(line, context)
        if reading is not None:
            return reading
    return NOT_UNDERSTOOD


def _first_reading(line: Line, context: Context) -> Reading | None:
    for reader in _READERS:
        reading = reader(line, context)
        if reading is not None:
            return reading
    return None


def _said_before(line: Line, context: Context) -> Reading | None:
    """ "The meeting is cancelled delete it": nothing but the pronoun parts what was said from the command."""
    listed = pattern(_LIST_LAST).match(line.low)
    if listed is not None:
        return _first_reading(Line.of(line.core[listed.start("command") :]), context)
    found = pattern(_PRONOUN_LAST).match(line.low)
    if found is None:
        return None
    return _with_subject(line.core[: found.end("why")], line.core[found.start("command") :], context)


def _so(line: Line, context: Context) -> Reading | None:
    """In "we are out of paint, so take it off the list" the command counts, and "it" is what came before."""
    found = pattern(_SO).match(line.low)
    if found is None:
        return None
    command = line.core[found.start("command") :]
    if pattern(_PRONOUN_FIRST).match(fold(command)):
        return _with_subject(line.core[: found.end("why")], command, context)
    return _first_reading(Line.of(command), context)


def _with_subject(why: str, command: str, context: Context) -> Reading | None:
    """The command with its "it" replaced by what `why` was about; None when that names nothing."""
    pronoun = pattern(_PRONOUN_FIRST).match(fold(command))
    subject = pattern(_SUBJECT).match(fold(why)) or pattern(_STATED).match(fold(why))
    done = pattern(r"^(?:mark|check|complete|cross|tick)\b|^\w+\s+\w+\s+(?:reminder|task)\b").match(
        fold(command)
    )
    if subject is None and done:
        subject = pattern(
            rf"^(?:(?:i|we)(?:'ve|\s+have)?\s+)?(?:(?:just|already)\s+)*(?P<body>(?<=\s)\w+\s+.+|{PAST}\s+.+)$"
        ).match(fold(why))
    about = why[subject.start("body") : subject.end("body")] if subject else named_whole(why, context)
    about = about[: len(pattern(changing.AFTERTHOUGHT).sub("", fold(about)))]
    if not about or pronoun is None:
        return None
    named, place, _ = cut_place(about)
    verb, rest = command[: pronoun.start("it")], command[pronoun.end("it") :]
    if fold(verb).strip() == "cross" and fold(rest).startswith(" off"):
        verb, rest = verb + "off ", rest[4:]
    command = verb + named + rest
    if place and not cut_place(command)[1]:
        command += f" from {place}"
    return _first_reading(Line.of(command), context)


def _day_first(line: Line, context: Context) -> Reading | None:
    """ "On Friday set a meeting with Al" reads as "set a meeting with Al on Friday"."""
    found = pattern(_DAY_FIRST).match(line.low)
    if found is None or only_when(line.core[: found.end("day")], context.moment) is None:
        return None
    turned = f"{line.core[found.start('rest') :]} {line.core[: found.end('day')]}"
    return _first_reading(Line.of(turned), context) or _set_for(Line.of(turned), context)


def _set_it(line: Line, context: Context) -> Reading | None:
    """ "I have a birthday on Monday, set the event": what to set was said before."""
    found = pattern(_SET_IT).match(line.low)
    if found is None or _is_question(line):
        return None
    body = line.core[: found.end("body")]
    return (
        add(line, Frame("add", body, explicit=True), context)
        if read_when(body, context.moment).said
        else None
    )


def _set_for(line: Line, context: Context) -> Reading | None:
    """ "Set yoga for Friday": the date is what makes it a thing to do."""
    found = pattern(
        r"^(?:set(?:\s+up)?|put|enter|make(?!\s+me\b))\s+(?P<body>.+?\s(?:for|on|at|every)\s.+)$"
    ).match(line.low)
    if found is None or _is_question(line) or pattern(rf"{FOREIGN}\b").search(line.low):
        return None
    body = line.core[found.start("body") :]
    return add(line, Frame("add", body), context) if read_when(body, context.moment).said else None


def _is_question(line: Line) -> bool:
    return pattern(_QUESTION_FIRST).match(line.low) is not None


def _talked(line: Line, context: Context) -> Reading | None:
    frame = talking.recognise(line)
    if frame is None:
        return None
    if frame.intent == "help":
        return calling("help")
    replies = {
        "greeting": "Hello! What shall I write down, or show you?",
        "thanks": "You're welcome.",
        "bye": "Goodbye. Your tasks are safe here.",
        "praise": "All right.",
    }
    return Reading(reply=replies[frame.field])


def _memory(line: Line, context: Context) -> Reading | None:
    frame = talking.memory(line)
    if frame is None:
        return None
    if frame.intent == "remember":
        kind = frame.value or _memory_type(frame.body)
        return calling(
            "store_memory", value=frame.body, type=kind, local_only=frame.field == "private" or None
        )
    if frame.intent == "recall":
        return calling("recall_memory", query=frame.body, types=[frame.value] if frame.value else None)
    if pattern(_NOTHING_NAMED).match(fold(frame.body)):
        return asking("What shall I forget? Name it by its words. “undo” takes back what I did last.", "undo")
    return calling("delete_memory", key=frame.body)


def _memory_type(value: str) -> str:
    low = fold(value)
    for kind, source in (
        ("decision", r"\b(?:decided|decision|agreed|chose|will\s+use|we\s+use)\b"),
        ("preference", r"\b(?:prefers?|likes?|loves?|hates?|favou?rite|dislikes?|rather)\b"),
        ("solution", r"\b(?:fixed|solved|solution|workaround|fix\s+is)\b"),
        ("error", r"\b(?:error|fails?|bug|broken|crash(?:es)?)\b"),
        ("dependency", r"\b(?:depends?\s+on|requires?|needs?\s+version|blocked\s+by)\b"),
    ):
        if pattern(source).search(low):
            return kind
    return "context"


def _reminded(line: Line, context: Context) -> Reading | None:
    frame = reminding.recognise(line)
    reading = add(line, frame, context) if frame is not None else None
    return None if frame is not None and frame.field == "maybe" and reading and not reading.calls else reading


def _updated(line: Line, context: Context) -> Reading | None:
    asked = _is_question(line) and not line.low.endswith(" instead")
    if asked or pattern(_SHOWN).match(line.low):
        return None
    for frame in updating.recognise(line):
        reading = update(line, frame, context)
        if reading is not None:
            return reading
    return None


def _changed(line: Line, context: Context) -> Reading | None:
    if _is_question(line):
        return None
    frame = changing.recognise(line)
    if frame is None:
        return None
    if frame.intent == "undo":
        return calling("undo")
    return act(line, frame, context)


def _added(line: Line, context: Context) -> Reading | None:
    if _is_question(line):
        return None
    if pattern(finding.CREATE_PROJECT).match(line.low):
        return None
    frame = adding.recognise(line)
    return add(line, frame, context) if frame is not None else None


def add(line: Line, frame: Frame, context: Context) -> Reading:
    bodies = adding.several(frame.body) if not frame.when else [frame.body]
    if len(bodies) == 1 and not frame.when:
        bodies = _each_with_its_day(frame.body, context)
    every: list[Slots] = [fill(frame.but(body=body), context.moment, context.projects) for body in bodies]
    if not all(slots.title for slots in every):
        return asking("What is it that you want to do? For example: add call Anna tomorrow at 5pm.")
    for slots in every:
        if len(slots.title) > 200:
            return asking("A title has 200 characters at most. What shall I call it?")
    return Reading(calls=tuple(Call("add_task", slots.arguments()) for slots in every))


def _each_with_its_day(body: str, context: Context) -> list[str]:
    """ "Call Bob at 5pm and email Sue tomorrow" is two: each deed has its own verb and its own date."""
    parts = adding.deeds(body)
    return parts if len(parts) > 1 and all(read_when(part, context.moment).due for part in parts) else [body]


def _stated(line: Line, context: Context) -> Reading | None:
    words = changing.stated(line)
    return stated(line, words, context) if words else None


def _found(line: Line, context: Context) -> Reading | None:
    if pattern(_BLOCKED).match(line.low):
        return asking("I cannot list what waits for other tasks. Shall I show what is ready?", "what's next")
    frame = finding.recognise(line)
    if frame is None:
        return None
    if frame.field == "maybe" and context.find(frame.body).task == frame.body:
        return calling(
            "list_tasks", **(list_arguments(frame.but(body=line.core), context) or {"search": frame.body})
        )
    if frame.intent == "get":
        return act(line, frame, context)
    if frame.intent == "next":
        project = list_arguments(frame, context).get("project")
        return calling("next_task", project=project)
    if frame.intent == "stats":
        return calling("get_dashboard", project=list_arguments(frame, context).get("project"))
    if frame.intent == "projects":
        return calling("list_projects")
    if frame.intent == "create_project":
        return _create_project(frame)
    return calling("list_tasks", **list_arguments(frame, context))


def _create_project(frame: Frame) -> Reading:
    found = pattern(
        r"^(?P<name>.+?)\s*(?:\(|,|\s)\s*(?:with\s+)?(?:the\s+)?key\s*[:=]?\s*(?P<key>[a-z][a-z0-9]{0,9})\)?$"
    ).match(fold(frame.body))
    name = frame.body[: found.end("name")] if found else frame.body
    return calling("create_project", name=name.strip('" '), key=found["key"].upper() if found else "")


def _followed(line: Line, context: Context) -> Reading | None:
    """A fragment after a change ("for tomorrow", "high priority") goes to the task just changed."""
    if not context.touched or len(line.low) > 80:
        return None
    slots = Slots()
    rest = take_extras(
        pattern(
            r"^(?:(?:and|but|also|make\s+(?:it|that)|set\s+(?:it|that)|with|it'?s|actually|no|oh|wait"
            r"|sorry|rather|i\s+mean[t]?|let'?s\s+(?:say|do|make\s+it)|better|not\s+\w+,)[\s,]+)+"
            r"|[\s,]+(?:actually|instead|rather|then|i\s+mean)$"
        ).sub("", line.core),
        slots,
        context.projects,
    )
    if level(rest) and not slots.priority:
        slots.priority, rest = level(rest), ""
    when = only_when(rest, context.moment) if rest.strip(" ,.") else None
    if rest.strip(" ,.") and when is None:
        return None
    changes = {
        "due": when.due if when else "",
        "repeat": when.repeat if when else "",
        "priority": slots.priority,
        "add_labels": slots.labels,
        "assignee": slots.assignee,
        "project": slots.project,
    }
    if not any(changes.values()):
        return None
    found = context.find("it")
    if found.several:
        options = [f"{t.title} ({t.id})" if t.title else t.id for t in found.several]
        return asking("Which one do you mean?", *(f"set {o} {line.core}" for o in options[:6]))
    return calling("update_task", task=found.task, **changes)


def _half_understood(line: Line, context: Context) -> Reading | None:
    """A deed with a date, and no verb of ours: asks whether to add it."""
    found = pattern(
        r"^(?:i\s+(?:need|have|want|must|should|ought|gotta|got)\s+(?:to\s+)?|need\s+to\s+"
        rf"|must\s+)?(?P<deed>{DEED}\s.+)$"
    ).match(line.low)
    if found is None or _is_question(line) or pattern(rf"\b{FOREIGN}\b").search(line.low):
        return None
    words = line.core[found.start("deed") :]
    if not read_when(words, context.moment).due and found.start("deed") == 0:
        return None
    return asking(f"Shall I add it as a task? I read: {words}.", f"add {words}")


_READERS = (
    _memory,
    _talked,
    _reminded,
    _updated,
    _changed,
    _added,
    _followed,
    _stated,
    _found,
)
