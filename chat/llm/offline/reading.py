"""Read a message: normalise, recognise, extract, resolve, and say which tools to call."""

from __future__ import annotations

from . import adding, antecedents, changing, finding, parts, reminding, talking, updating
from .acting import Context, act, asked_whether, shown, stated, subtask
from .amending import update
from .filters import list_arguments
from .frames import Frame, list_name
from .outcome import NOT_UNDERSTOOD, Call, Reading, asking, calling
from .slots import Slots, fill, level, take_extras
from .stems import lemma
from .vocabulary import ADD, CHORE, DEED, DELETE, FOREIGN, HOUR, MAKE, is_foreign, pattern
from .when import hour_alone, only_when, read_when
from .words import Line, fold

MOST_CHARACTERS = 500
_DAY_FIRST = (
    r"^(?P<day>(?:on|at|by|for|next|this|tomorrow|today|tonight|every)\b.{0,40}?)[\s,]+(?:please\s+)?"
    rf"(?P<rest>(?:{ADD}|{MAKE}|schedule|remind|move|reschedule|complete|delete|cancel|remove)\s.+)$"
)
_SET_IT = (
    r"^(?P<body>\S+\s+\S+\s.*?)[\s,.;]+(?:(?:please|so|and|can\s+you|could\s+you|you\s+can)\s+)*(?:set|add|make|create|schedule|put|note"
    r"|write|enter|mark|save|pencil|stick|pop|slot|(?:make|take)\s+a\s+note\s+of)\s+(?:it|that|this|(?:the|an|a)\s+(?:event|reminder|meeting|alert))"
    r"(?:\s+(?:in|on|to|into|onto)\s+(?:my|the|our)\s+(?:[\w-]+\s+){0,2}(?:calendar|schedule|agenda|planner|diary|list)|\s+down|\s+in)?$"
)
_NEEDED = (
    r"^(?:we|i)\s+(?:(?:also|still|really)\s+)*(?:could\s+use|could\s+do\s+with|(?<=we\s)need|need\s+(?=(?:some|more)\s)"
    r"|(?:need|have|should)\s+(?:to\s+)?(?:buy|get|grab|pick\s+up))\s+"
    r"(?:(?:some|more|another|any|a\s+few)\s+)*(?P<body>(?!(?:to|you|your|it|this|that|them|him|her|me|us|help|the|a|an|my|our|time|sleep"
    r"|rest|out|up|going|better|new)\b)[\w'-]+(?:\s+(?:and|of|[\w'-]+)){0,4}?)(?:\s+(?:too|soon|please))?$"
)
_SUBTASK = (
    r"^(?:add|create|make|new)\s+(?:an?\s+|the\s+)?(?:new\s+)?(?:sub-?task|step)\s+(?:to|for|under|of|on)\s+(?P<parent>[^:]+?)\s*:\s*"
    r"(?P<body>\S.*)$"
)
_WHETHER = r"^(?:is|are|was|were|has|have|did)\s+(?:(?:i|we)\s+)?(?P<body>\S+\s+\S.*)$"
_NO_DATE_SAID = (
    r"^(?:set|add|give)\s+(?:(?:me|it)\s+)?(?:an?|the)\s+(?:deadline|due\s+date)\s+(?:for|to|on|of)\s+"
    r"(?P<body>(?:the|my|our|it|that)\b.*)$"
)
_SHOW_IT = (
    r"^(?:show|see|open|view|what\s+about|how\s+about)\s+(?:me\s+)?(?:the\s+|my\s+)?"
    r"(?P<body>[\w'-]+(?:\s+[\w'-]+){0,3})$"
)
_NOT_LISTED = (
    (
        r"^(?:what(?:'s|\s+is|\s+are)?|which\s+(?:tasks\s+)?(?:are|is)|show(?:\s+me)?)\s+(?:the\s+|my"
        r"\s+|tasks?\s+|that\s+|are\s+|is\s+)*blocked(?:\s+tasks)?$",
        "I cannot list what waits for other tasks. Shall I show what is ready?",
        "what's next",
    ),
    (
        r"^(?:what|which|show|list)\b.*\b(?:tasks?|ones|things|items|what)\b.*\b(?:no|without)\s+(?:an?\s+)?(?:due\s+)?"
        r"(?:date|deadline|due)s?$",
        "I cannot pick out tasks without a date. Shall I show them all?",
        "show my tasks",
    ),
    (
        r"^(?:what|which\s+\w+)\s+(?:did|have)\s+(?:i|we)\s+(?:just\s+)?(?:add(?:ed)?|create[d]?|ma[dk]e)"
        r"\s+(?:today|yesterday|this\s+week|last\s+week|recently|lately)$",
        "I cannot list tasks by when they were added. Shall I show what is open?",
        "show my tasks",
    ),
)
_SHOWN = r"^(?:show|tell|list|display|view|see|read|find|give\s+me|let\s+me|search|know)\b"
_NOTHING_NAMED = (
    r"^(?:(?:the\s+)?(?:last|next|previous)\s+\w+|what\s+(?:i|we)\s+(?:just\s+)?(?:said|asked|told\s+you)"
    r"|it|that|this|them|these|those|everything|all(?:\s+of\s+(?:it|them|that))?|anything)$"
)
_QUESTION_FIRST = (
    r"^(?:what|which|who|whose|where|how|why|is|are|was|were|am|(?:(?:do|does|did|have|has"
    r"|should|shall)\s+(?:i|we|you|they|it|that|this|there|the|my|our|any|anyone|he|she)|when"
    r"(?!\s+i\s+get)|whats))\b"
)


def read_line(text: str, context: Context) -> Reading:
    line = Line.of(text)
    if not line.low or len(line.core) > MOST_CHARACTERS:
        return NOT_UNDERSTOOD
    for reader in (_said_before, _set_it, _first_reading, _so, _day_first, _set_for, _half_understood):
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
    command = antecedents.said_before(line, context)
    return _first_reading(Line.of(command), context) if command else None


def _so(line: Line, context: Context) -> Reading | None:
    command = antecedents.so(line, context)
    return _first_reading(Line.of(command), context) if command else None


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
    ordered = pattern(
        rf"^(?:{ADD}|{MAKE}|{DELETE}|remind|move|cancel|change|book|note|mark|what|show|tell)\b"
    ).match(line.low)
    if found is None or ordered or _is_question(line):
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
        r"^(?:set(?:\s+up)?|put(?!\s+on\b)|enter|make(?!\s+(?:me|it)\b))\s+(?!the\s)(?P<body>.+?(?:\s+down)?\s(?:for|on|at|every)\s.+)$"
    ).match(line.low)
    amount = pattern(r"\b(?:dollars?|bucks|percent|degrees|points?|stars?)\b|[%$\u00b0]").search(line.low)
    if found is None or amount or _is_question(line) or pattern(rf"{FOREIGN}\b").search(line.low):
        return None
    body = pattern(r"\s+down(?=\s+(?:for|on|at|every)\s)").sub("", line.core[found.start("body") :])
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
        kind = frame.value or talking.memory_type(frame.body)
        return calling(
            "store_memory", value=frame.body, type=kind, local_only=frame.field == "private" or None
        )
    if frame.intent == "recall":
        return calling("recall_memory", query=frame.body, types=[frame.value] if frame.value else None)
    if pattern(_NOTHING_NAMED).match(fold(frame.body)):
        return asking("What shall I forget? Name it by its words. “undo” takes back what I did last.", "undo")
    return calling("delete_memory", key=frame.body)


def _reminded(line: Line, context: Context) -> Reading | None:
    frame = reminding.recognise(line)
    reading = add(line, frame, context) if frame is not None else None
    return None if frame is not None and frame.field == "maybe" and reading and not reading.calls else reading


def _updated(line: Line, context: Context) -> Reading | None:
    asked = _is_question(line) and not line.low.endswith(" instead")
    if asked or pattern(_SHOWN).match(line.low):
        return None
    undated = pattern(_NO_DATE_SAID).match(line.low)
    if undated is not None and not read_when(line.core, context.moment).said:
        task = line.core[undated.start("body") :]
        return asking(f"When is {task} due?", f"move {task} to tomorrow", f"move {task} to next Monday")
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


def _shown(line: Line, context: Context) -> Reading | None:
    found = pattern(_SHOW_IT).match(line.low)
    return shown(line.core[found.start("body") : found.end("body")], context) if found is not None else None


def _subtask(line: Line, context: Context) -> Reading | None:
    found = pattern(_SUBTASK).match(line.low)
    if found is None:
        return None
    parent, body = (line.core[found.start(name) : found.end(name)] for name in ("parent", "body"))
    return subtask(line, parent, body, context)


def _added(line: Line, context: Context) -> Reading | None:
    if _is_question(line):
        return None
    if pattern(finding.CREATE_PROJECT).match(line.low):
        return None
    frame = adding.recognise(line)
    if frame is not None and frame.field == "doubtful":
        return asking(f"Shall I add the task “{frame.body}”?", f"new task: {frame.body}")
    return add(line, frame, context) if frame is not None else None


def add(line: Line, frame: Frame, context: Context) -> Reading:
    bodies = parts.several(frame.body) if not frame.when else [frame.body]
    if len(bodies) == 1 and list_name(frame.place) == "shopping":
        bodies = parts.things(frame.body)
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
    every = parts.deeds(body)
    if len(every) < 2:
        every = parts.events(body)
    dues = [read_when(part, context.moment).due for part in every]
    if len(every) < 2 or not all(dues):
        return [body]
    return [
        f"{part} on {dues[0][:10]}" if n and hour_alone(part, context.moment) else part
        for n, part in enumerate(every)
    ]


def _stated(line: Line, context: Context) -> Reading | None:
    whether = pattern(_WHETHER).match(line.low)
    if whether is not None:
        return asked_whether(line.core[whether.start("body") : whether.end("body")], context)
    words = changing.stated(line)
    return stated(line, words, context) if words else None


def _found(line: Line, context: Context) -> Reading | None:
    for source, question, choice in _NOT_LISTED:
        if pattern(source).match(line.low):
            return asking(question, choice)
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
            r"^(?:(?:and|but|also|make\s+(?:it|that)|(?:set|do)\s+(?:it|that)|with|it'?s|actually|no|oh|wait"
            r"|sorry|rather|i\s+mean[t]?|let'?s\s+(?:say|do|make\s+it)|better|not\s+\w+,)[\s,]+)+"
            r"|[\s,]+(?:actually|instead|rather|then|i\s+mean)$"
        ).sub("", line.core),
        slots,
        context.projects,
    )
    if level(rest) and not slots.priority:
        slots.priority, rest = level(rest), ""
    when = only_when(rest, context.moment) if rest.strip(" ,.") else None
    if when is None and pattern(rf"^{HOUR}$").match(fold(rest).strip(" ,.!")) and rest != line.core:
        when = only_when(f"at {rest}", context.moment)
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


_ON_A_DAY = (
    r"(?:every\s+(?:other\s+|second\s+)?[a-z]+|(?:on\s+)?(?:(?:this|next)\s+)?[a-z]+day|tomorrow|tonight"
    r"|(?:this|next)\s+(?:week|month))"
)


def _half_understood(line: Line, context: Context) -> Reading | None:
    """A deed with a date, and no verb of ours: asks whether to add it."""
    found = pattern(
        r"^(?:i\s+(?:need|have|want|must|should|ought|gotta|got)\s+(?:to\s+)?|need\s+to\s+"
        rf"|must\s+)?(?P<deed>(?:{_ON_A_DAY},?\s+)?{DEED}\s.+)$"
    ).match(line.low)
    if found is None:
        return _needed(line) or _done_elsewhere(line, context)
    chore = pattern(rf"^{CHORE}\s+(?!me\b|it\b|that\b|this\b|off\b)\S").match(line.low)
    if _is_question(line) or (is_foreign(line.low) and not chore):
        return None
    words = line.core[found.start("deed") :]
    bare = found.start("deed") == 0 and not chore
    if bare and not read_when(words, context.moment).due:
        return None
    return asking(f"Shall I add the task “{words}”?", f"add {words}")


def _done_elsewhere(line: Line, context: Context) -> Reading | None:
    """ "I bought milk", where no open task says so."""
    words = changing.stated(line) if pattern(r"^(?:i|we)\b").match(line.low) else ""
    if not words or not context.tasks or not pattern(rf"^{CHORE}$").match(lemma(fold(words).split()[0])):
        return None
    return asking("No open task says that, so I changed nothing.", "show my tasks")


def _needed(line: Line) -> Reading | None:
    """ "We need coffee filters" says nothing of a list: asks whether to put them on one."""
    found = pattern(_NEEDED).match(line.low)
    if found is None or is_foreign(line.low):
        return None
    thing = line.core[found.start("body") : found.end("body")]
    return asking(f"Shall I put {thing} on your shopping list?", f"add {thing} to my shopping list")


_READERS = (
    _subtask,
    _memory,
    _talked,
    _reminded,
    _updated,
    _changed,
    _added,
    _followed,
    _stated,
    _found,
    _shown,
)
