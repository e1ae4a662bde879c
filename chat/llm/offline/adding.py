"""Recognise: words that ask for a new task, and where its title and its date stand in them."""

from __future__ import annotations

from .frames import LEADING_PLACE, Frame, cut_place
from .vocabulary import ADD, DEED, DETERMINERS, EVENT_NOUN, FOREIGN, MAKE, REMINDER_NOUN, TASK_NOUN, pattern
from .words import Line, fold

_FOR_ME = r"(?:\s+(?:for|to)\s+me\b(?!\s+to\s+me))?"
_LINK = r"(?:\s*[,:;-]+\s*|\s+(?:to|for|about|that|of|on|at|in|regarding|called|named|titled|saying|so\s+(?:that\s+)?i|which\s+says)\b|\s+|$)"
_REMIND = r"\b(?:remind|notify|alert|nudge|ping)\s+(?:me|us|myself)\b|^(?:please\s+)?remind(?=\s+(?:to|about|the|of)\b)"
_ASKS_BACK = r"^(?:\s*(?:of\s+)?(?:what|which|who|where|how|why)\b|\s*when\s+(?:is|are|do|does|did|my|the)\b.*\b(?:is|are|starts?|do)?$|\s*of\s+(?:all\s+|the\s+|my\s+)*(?:tasks|reminders|things|items)\b)"
_REMINDER = (
    rf"^(?:(?P<verb>{MAKE}(?:\s+(?:me|up|in))?|there\s+should\s+be)\s+)?(?P<mid>(?:(?!(?:to|for|about|that|of|from)\b)[\w':/.-]+\s+){{0,6}}?){REMINDER_NOUN}"
    rf"(?P<rest>(?:{_FOR_ME}{_LINK}).*)?$"
)
_NOTIFIED = (
    r"^(?:(?:i\s+(?:need|want|would\s+like|have)|i'd\s+like|i\s+wanna)\s+)?(?:to\s+)?(?:be|get)\s+(?:notified|reminded|alerted)\s+(?P<body>.+)$"
    r"|^(?:(?:do\s*n[o']?t|do\s+not|never)\s+(?:let\s+me\s+)?forget|(?:help\s+me\s+)?remember|(?:i\s+)?(?:need|have|must|want|got)\s+to\s+remember|"
    r"make\s+sure\s+(?:that\s+)?i\s+(?:remember|don'?t\s+forget)|i\s+(?:must|can'?t|cannot|should)\s*n?o?t?\s+forget|i\s+don'?t\s+want\s+to\s+forget)"
    r"\s+(?:to\s+|about\s+)(?P<deed>.+)$"
)
_TASK = (
    rf"^(?:(?:{ADD}|{MAKE}|new)\s+)?(?:(?:me|up|a|an|another|the|new|one|in)\s+)*(?:[\w-]+\s+)?"
    rf"(?:{TASK_NOUN})(?P<rest>\s*[:-]\s*.+|\s+(?:to|for|of|that|called|named|titled|about|with\s+(?:the\s+)?(?:title|name))\b\s*.+)$"
)
_TASK_PLAIN = rf"^(?:(?:add|create|make|new|open|enter)\s+)(?:(?:me|a|an|another|the|new)\s+)*(?:{TASK_NOUN})\s+(?P<body>.+)$"
_TODO_MARK = r"^(?:new\s+)?(?:task|to-?do|todo|add|new|note\s+to\s+self)\s*(?::|-\s)\s*(?P<body>.+)$"
_EVENT = rf"^(?:{MAKE}|open\s+calendar\s+schedule|plan|organi[sz]e|book|mark)\s+(?P<body>(?:up\s+)?(?:[\w'-]+\s+){{0,6}}?{EVENT_NOUN}\b.*)$"
_SCHEDULE = r"^(?:schedule|pencil\s+in|calendar)\s+(?P<body>.+)$"
_NEEDED = (
    r"^(?:i\s+(?:need|want|would\s+like)(?:\s+(?:you\s+to\s+have|to\s+have|to\s+get))?|get|have|make\s+sure|see\s+that|ensure)\s+"
    r"(?:that\s+)?(?P<body>.+?)\s+(?:(?:to\s+be|is|are|gets?|be)\s+)?(?:added|put|placed|included|written)\b(?P<rest>.*)$"
)
_OUT_OF = (
    r"^(?:i'?m|i\s+am|we'?re|we\s+are|i)\s+(?:all\s+|almost\s+|nearly\s+|running\s+|getting\s+|just\s+)*(?:out\s+of|low\s+on|ran\s+out\s+of|short\s+(?:of|on))\s+(?P<body>.+?)"
    r"(?:\s*,\s*|\s+(?:and|so|can|could|please|will|would)\s+).*\b(?:add|put|include|place|added|need)\b"
    r"|^i\s+(?:don'?t|do\s+not)\s+have\s+(?:any|any\s+more|enough)\s+(?:more\s+)?(?P<none>.+?)(?:\s*,\s*|\s+(?:and|so)\s+).*\b(?:add|put|include)\b"
    r"|^(?:i\s+)?(?:need|have|want|must|ought)\s+(?:to\s+)?(?:do\s+)?(?P<deed>.+?)(?:\s*,\s*|\s+(?:and|so)\s+)(?:please\s+)?(?:add|put|include)\s+(?:it|that|this)\b"
)
_ANAPHOR = (
    r"^(?:(?:an?|the|this|that|these|those|some|new|another|my|any|more|next|following|few|following)\s+)*"
    r"(?:it|that|this|these|those|them|something|anything|some|stuff|things?|items?|one|ones|more|a\s+bit(?:\s+more)?|"
    r"everything|entry|tasks?|to-?dos?|todos?|reminders?|lists?|events?|another|as\s+i\s+speak|items\s+as\s+i\s+speak)?$"
)


def recognise(line: Line) -> Frame | None:
    low = line.low
    if pattern(LEADING_PLACE).match(low):
        return _after_place(line)
    for reader in (_needed, _placed, _marked, _event, _bare):
        frame = reader(line)
        if frame is not None:
            return frame
    return None


def reminded(line: Line) -> Frame | None:
    """The frames that cannot be for anybody else: "remind me", "set a reminder", "don't let me forget"."""
    return _remind(line) or _reminder(line) or _notified(line)


def several(body: str) -> list[str]:
    """The deeds that one sentence lists: "call Anna, pay rent and buy milk" are three."""
    parts = pattern(r"\s*[,;]\s*(?:and\s+)?(?:then\s+)?|\s+and\s+(?:then\s+)?").split(body)
    deed = pattern(rf"^(?:add\s+)?{DEED}\s+\S")
    if len(parts) > 1 and all(deed.match(fold(part)) for part in parts):
        return parts
    return [body]


def is_anaphor(body: str) -> bool:
    """Whether the words name nothing: "it", "an item", "something"."""
    return pattern(_ANAPHOR).match(fold(body).strip(" .,!?")) is not None


def _after_place(line: Line) -> Frame | None:
    found = pattern(LEADING_PLACE).match(line.low)
    if found is None:
        return None
    rest = Line.of(line.core[found.end() :])
    place = line.core[found.start("place") : found.end("place")]
    added = pattern(
        rf"^(?:(?:i\s+)?(?:need|want)\s+)?(?P<body>.+?)\s+(?:added|included)$|^{ADD}\s+(?P<plain>.+)$"
    ).match(rest.low)
    if added is None:
        return None
    which = "body" if added["body"] else "plain"
    return Frame("add", rest.core[added.start(which) : added.end(which)], place=place, explicit=True)


def _remind(line: Line) -> Frame | None:
    last = None
    for last in pattern(_REMIND).finditer(line.low):
        pass
    if last is None:
        return None
    after, before = line.core[last.end() :].strip(" ,"), line.core[: last.start()].strip(" ,")
    if pattern(_ASKS_BACK).match(fold(after)):
        return None
    if not after:
        return Frame("add", before, explicit=True)
    opening = pattern(
        rf"^(?:.*\b)?(?:{REMINDER_NOUN}|alarm|notification|need|want|like|help|forget|remember|sure)\b.*$|^.{{0,3}}$"
    ).match(fold(before))
    return Frame("add", after, when="" if opening else before, explicit=True)


def _reminder(line: Line) -> Frame | None:
    found = pattern(_REMINDER).match(line.low)
    if found is None:
        return None
    mid = line.core[found.start("mid") : found.end("mid")].strip()
    mid_low = (
        pattern(rf"^{DETERMINERS}(?:(?:for|quick|simple|little|alarm)\s+)*").sub("", fold(mid) + " ").strip()
    )
    mid = mid[len(mid) - len(mid_low) :] if mid_low else ""
    if not found["verb"]:
        plural = pattern(r"\breminders\b").search(line.low)
        if plural or mid or not pattern(r"\s*(?:[:-]|(?:to|that|about)\b)").match(found["rest"] or ""):
            return None
    rest = (line.core[found.start("rest") : found.end("rest")] if found["rest"] else "").strip()
    rest = rest[pattern(r"^(?:for\s+me\b|to\s+me\b)?\s*").match(fold(rest)).end() :]  # type: ignore[union-attr]
    return Frame("add", rest, when=mid, explicit=True)


def _notified(line: Line) -> Frame | None:
    found = pattern(_NOTIFIED).match(fold(line.text).rstrip(" .!?")) or pattern(_NOTIFIED).match(line.low)
    if found is None:
        return None
    source = line.text if found.string != line.low else line.core
    which = "body" if found["body"] else "deed"
    return Frame("add", source[found.start(which) : found.end(which)], explicit=which == "body")


def _needed(line: Line) -> Frame | None:
    found = pattern(_OUT_OF).match(line.low)
    if found is not None:
        which = next(name for name in ("body", "none", "deed") if found[name])
        return Frame(
            "add",
            line.core[found.start(which) : found.end(which)],
            place=cut_place(line.core)[1],
            explicit=True,
        )
    found = pattern(_NEEDED).match(line.low)
    if found is not None:
        place = cut_place(line.core[found.end("body") :])[1]
        return (
            Frame("add", line.core[found.start("body") : found.end("body")], place=place, explicit=True)
            if place
            else None
        )
    before, place, after = cut_place(line.core)
    found = pattern(
        r"^(?:i|we)\s+(?:need|want)\s+(?!to\s+(?:see|hear|know|view|check)\b)(?P<body>.+)$"
    ).match(fold(before))
    if found is not None and place and not after:
        return Frame("add", before[found.start("body") :], place=place, explicit=True)
    return None


def _placed(line: Line) -> Frame | None:
    start = pattern(rf"^{ADD}\b\s*").match(line.low)
    if start is None:
        return None
    before, place, after = cut_place(line.core)
    if not place:
        return None
    body = before[start.end() :].strip(" ,")
    task = pattern(_TASK).match(fold(before))
    if task is not None:
        body = before[task.start("rest") :].strip(" ,")
    if not body:
        return Frame("add", after, place=place, explicit=True)
    reason = pattern(
        r"^(?:as|because|since|unless|cause|i|i'?m|we|so|it'?s|too|also|now|right|and|,|;|if|that)\b"
    ).match(fold(after))
    return Frame("add", body, when="" if reason else after, place=place, explicit=True)


def _marked(line: Line) -> Frame | None:
    for source in (_TODO_MARK, _TASK, _TASK_PLAIN):
        found = pattern(source).match(line.low)
        if found is not None:
            which = "rest" if "rest" in found.groupdict() else "body"
            return Frame("add", line.core[found.start(which) :].strip(" :-"), explicit=True)
    return None


def _event(line: Line) -> Frame | None:
    if pattern(rf"\b{FOREIGN}\b").search(line.low):
        return None
    found = pattern(_SCHEDULE).match(line.low) or pattern(_EVENT).match(line.low)
    if found is None or pattern(r"^(?:get|have|give|want|open|start|need)\s+(?:my|the|all)\b").match(
        line.low
    ):
        return None
    return Frame("add", line.core[found.start("body") :], explicit=False)


def _bare(line: Line) -> Frame | None:
    found = pattern(r"^(?:add|append|re-?add|jot(?:\s+down)?|note\s+down|include)\s+(?P<body>.+)$").match(
        line.low
    )
    if found is None:
        return None
    body = line.core[found.start("body") :]
    low = fold(body)
    deed = pattern(rf"^{DEED}\b").match(low)
    elsewhere = pattern(r"\b(?:to|into|onto|on)\s+(?:my|the|our|this|that|[\w']+'s)\b").search(low)
    if pattern(r"\bplay\s?lists?\b").search(low) or (
        not deed and (elsewhere or pattern(rf"\b{FOREIGN}\b").search(low))
    ):
        return None
    if not deed and pattern(
        r"^(?:more|it|that|this|these|those|them|a\s+(?:bit|few|line)|some|please|another)\b"
    ).match(low):
        return Frame("add", "") if is_anaphor(low) else None
    return Frame("add", body)
