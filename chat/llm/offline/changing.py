"""Recognise: words that change a task's standing (complete, reopen, delete, restore, undo)."""

from __future__ import annotations

import re

from .frames import PLACE_NAME, Frame, cut_place
from .naming import meant
from .pointing import is_pointer
from .stems import PAST
from .vocabulary import (
    DELETE,
    DETERMINERS,
    DONE,
    EVENT_NOUN,
    FINISH,
    LIST_NOUN,
    MAYBE_DEED,
    MEETING,
    OCCASION,
    REMINDER_NOUN,
    SURE_DEED,
    TODO,
    TRACK,
    WEAK_DELETE,
    is_foreign,
    pattern,
)
from .words import Line, fold

_A_LIST = (
    rf"{DETERMINERS}(?:[\w-]+\s+){{0,4}}?(?!calendar|schedule|agenda|planner|diary)(?:{LIST_NOUN}|{TODO})"
)
_TRASH = r"(?:the\s+|my\s+)?(?:trash|bin|rubbish|garbage)"
_IT = r"(?:it|that|this|them)"

# (intent, how sure the words are, shape). `sure` words mean our tasks; `weak` ones and statements are also
# said about other things, and count only when a task or a list is named or when they name a known task.
_SHAPES: tuple[tuple[str, str, str], ...] = (
    ("restore", "sure", r"^(?:restore|undelete|un-delete|recover|untrash)\s+(?P<body>.+)$"),
    (
        "restore",
        "sure",
        rf"^(?:bring|get|put|take)\s+(?P<body>.+?)\s+(?:back\s+from|out\s+of|from)\s+{_TRASH}$",
    ),
    ("restore", "sure", r"^bring\s+(?P<body>.+?)\s+back$"),
    ("restore", "sure", r"^bring\s+back\s+(?P<body>.+)$"),
    ("restore", "weak", r"^get\s+back\s+(?P<body>.+)$"),
    (
        "reopen",
        "sure",
        r"^(?:reopen|re-open|uncheck|untick|uncomplete|un-complete|reactivate)\s+(?P<body>.+)$",
    ),
    (
        "reopen",
        "sure",
        r"^(?:mark|set)\s+(?P<body>.+?)\s+(?:as\s+|to\s+)?(?:undone|incomplete|unfinished|open\s+again)$",
    ),
    (
        "reopen",
        "sure",
        rf"^(?:mark|set)\s+(?P<body>.+?)\s+(?:as\s+|to\s+)?not\s+(?:yet\s+)?{DONE}(?:\s+yet)?$",
    ),
    (
        "reopen",
        "statement",
        r"^(?P<body>.+?)\s+(?:is\s+not|isn'?t|was\s+not|wasn'?t)\s+(?:really\s+"
        rf"|actually\s+)?{DONE}(?:\s+yet|\s+after\s+all)?$",
    ),
    ("reopen", "sure", r"^open\s+(?P<body>.+?)\s+again$"),
    (
        "complete",
        "sure",
        r"^(?:(?:mark|set|check|tick|flag|cross|strike)|(?:report|label|count|put)(?=\s.*\sas\s+\w+$))\s+"
        rf"(?!as\s+\w+$)(?:(?:off|out)\s+)?(?P<body>(?:(?!\blist\s+of\b).)+?)\s+(?:as\s+|to\s+|is\s+|=\s*)?{DONE}$",
    ),
    (
        "complete",
        "sure",
        r"^(?:mark|set|check|tick)\s+(?P<body>.+?)\s+(?:as|to|is)\s+(?:already\s+)?(?:bought|purchased"
        r"|paid|sent|read|called|picked\s+up)$",
    ),
    ("complete", "sure", r"^(?:check|tick|mark)\s+(?!on\b|in\b)(?P<body>.+?)\s+off(?P<place>\s+.*)?$"),
    ("complete", "sure", rf"^(?:mark|set)\s+(?:as\s+)?{DONE}\s*[:,]?\s+(?P<body>.+)$"),
    (
        "complete",
        "sure",
        r"^(?:mark|check|tick)\s+(?!for\b|if\b|whether\b|that\b|to\b|out\b|off\b)(?:the\s+box"
        r"(?:\s+(?:for|of|on|next\s+to))?\s+)?(?P<body>.+?)\s+(?P<place>(?:on|in|from"
        rf"|off)\s+{_A_LIST})$",
    ),
    (
        "complete",
        "statement",
        r"^(?:i'?m\s+|i\s+am\s+|we'?re\s+|all\s+)?(?:done|finished|through)(?:\s*[:,-])?\s+(?:with\s+)?(?!(?:you|him|her|them|me|us)$)(?P<body>.+)$",
    ),
    ("complete", "sure", r"^[\u2713\u2714\u2611\u2705]\s*(?P<body>\S.*)$"),
    ("complete", "sure", r"^(?P<body>.+?)\s*[\u2713\u2714\u2611\u2705]$"),
    (
        "complete",
        "sure",
        r"^(?:mark|check|tick)\s+(?:the\s+)?(?:task|to-?do|item)\s+(?P<body>\S.*)$",
    ),
    (
        "complete",
        "statement",
        rf"^(?P<body>.+?)\s*[:,-]\s*(?:all\s+)?{DONE}$",
    ),
    (
        "complete",
        "sure",
        rf"^(?P<body>(?:task\s+)?#?(?:[a-z][a-z0-9]{{0,9}}-)?\d{{1,10}})\s*(?:is\s+)?{DONE}$",
    ),
    ("complete", "sure", rf"^{FINISH}\s+(?!what\b)(?P<body>.+)$"),
    (
        "complete",
        "sure",
        r"^(?:put|add|place)\s+a\s+(?:check|tick|check\s?mark)\s+(?:next\s+to|by|on|beside|for)\s+(?P<body>.+)$",
    ),
    (
        "complete",
        "sure",
        rf"^(?:the\s+)?(?:task|todo|to-do|item)\s+(?:of\s+|to\s+)?(?P<body>.+?)\s+(?:is"
        rf"\s+)?{DONE}$",
    ),
    (
        "complete",
        "sure",
        r"^(?:mark|note|record|log)\s+(?:down\s+)?(?:that\s+)?(?:i|we)(?:'ve|\s+have)?\s+(?:just\s+"
        r"|already\s+)*"
        r"(?:done|did|finished|completed)\s+(?:with\s+)?(?P<body>.+)$",
    ),
    (
        "complete",
        "weak",
        r"^(?:(?:i|we|i've|we've)\s+)?(?:have\s+)?already\s+(?!.*\b(?:please|so|remove|delete|take|cross"
        r"|cancel|erase|mark|check)\b)(?P<body>\w+\s+.+)$",
    ),
    (
        "complete",
        "statement",
        r"^(?:i\s+have|i'?ve|i|we|we'?ve|we\s+have|(?=just\s+finished))\s+(?:just\s+|already\s+|finally"
        r"\s+|now\s+)*"
        r"(?:done|did|finished|completed|accomplished|closed|wrapped\s+up|knocked\s+out|taken\s+care\s+of"
        r"|took\s+care\s+of)\s+(?:with\s+)?"
        r"(?!my\s+(?:best|homework)\b|(?:my\s+)?(?:dinner|lunch|breakfast|coffee|drink|meal)$|(?:the"
        r"\s+)?(?:race|game|level|movie)\b|well\b|great\b|(?:the\s+)?(?:window|door)$)"
        r"(?P<body>.+)$",
    ),
    (
        "complete",
        "statement",
        r"^(?P<body>.+?)(?:\s+(?:is|are|was|has\s+been|have\s+been|got)|'s)\s+(?:now\s+"
        rf"|all\s+|already\s+|finally\s+)*{DONE}(?:\s+now)?$",
    ),
    (
        "delete",
        "sure",
        r"^(?:stop\s+reminding|(?:don'?t|do\s+not|never|no\s+longer|(?:there(?:'s|\s+is|s)\s+)?no"
        r"\s+(?:longer\s+)?need\s+to"
        r"|you\s+(?:don'?t|do\s+not|no\s+longer)\s+(?:have|need)\s+to)\s+remind)\s+me\s+(?:"
        r"(?:to|about|of|that)\s+)?"
        r"(?P<body>.+?)(?:\s+any\s?more)?$",
    ),
    (
        "delete",
        "sure",
        r"^(?:don'?t|do\s+not)\s+(?:worry\s+about|bother(?:\s+with)?)\s+reminding\s+me\s+(?:to|about|of"
        r"|that)\s+(?P<body>.+)$",
    ),
    (
        "delete",
        "sure",
        rf"^(?:i\s+)?(?:no\s+longer|don'?t|do\s+not)\s+(?:want|need)\s+(?:the|my|that|a|any)\s+"
        rf"(?P<body>{REMINDER_NOUN}\s+(?:to|about|for|of)\s.+?)(?:\s+any\s?more)?$",
    ),
    (
        "delete",
        "sure",
        r"^(?:i\s+)?(?:no\s+longer|don'?t|do\s+not)\s+(?:want|need|wish|have)\s+(?:to\s+be|you\s+to"
        r"|being)\s+remind(?:ed)?"
        r"(?:\s+me)?\s+(?:to|about|of|that)\s+(?P<body>.+?)(?:\s+any\s?more)?$",
    ),
    (
        "delete",
        "sure",
        r"^(?:i\s+(?:want|need|would\s+like)|get|have|make\s+sure"
        rf"|{_A_LIST}\s+should\s+have)\s+(?P<body>(?:(?!\badded\b).)+?)\s+"
        r"(?:(?:is|are|gets?|to\s+be)\s+)?(?:removed|taken|deleted|erased|crossed|cancelled"
        r"|canceled|scratched|dropped|struck)"
        r"(?:\s+(?:off|out|from|of)\b(?P<place>.*))?$",
    ),
    ("delete", "sure", rf"^{DELETE}\s+(?P<body>.+)$"),
    ("delete", "weak", rf"^{WEAK_DELETE}\s+(?P<body>.+)$"),
    (
        "delete",
        "sure",
        r"^(?:take|cross|strike|scratch|clear|throw|move|pull|wipe|knock|pop|drop|leave|keep)"
        r"\s+(?P<body>.+?)\s+(?:off(?:\s+of)?"
        rf"|out\s+of|out|to\s+{_TRASH})(?P<place>\s+.*)?$",
    ),
    (
        "delete",
        "sure",
        rf"^get\s+(?P<body>.+?)\s+(?:off(?:\s+of)?|out\s+of)(?P<place>\s+(?:{_A_LIST}|{DETERMINERS}{LIST_NOUN}))$",
    ),
    (
        "delete",
        "sure",
        rf"^(?:i|we)\s+(?:no\s+longer\s+(?:want|need|require)|(?:don'?t|do\s+not)\s+(?:want|need"
        rf"|require))\s+(?P<body>.+?)"
        rf"(?P<place>\s+(?:on|in)\s+{_A_LIST})(?:\s+any\s?more)?$",
    ),
    (
        "delete",
        "sure",
        rf"^(?:no\s+more|no\s+need\s+for|(?:don'?t|do\s+not)\s+(?:have|keep|leave|put|include|want|need))"
        rf"\s+(?P<body>.+?)"
        rf"(?P<place>\s+(?:on|in|for)\s+{_A_LIST})(?:\s+any\s?more)?$",
    ),
    (
        "delete",
        "sure",
        r"^(?:i\s+(?:want|need|would\s+like)|i'd\s+like|get|make)\s+(?P<body>.+?)\s+(?:to\s+be"
        r"\s+)?(?:gone|off|out|away|cut)"
        rf"(?:\s+(?:of|from))*(?P<place>\s+{_A_LIST})$",
    ),
    (
        "delete",
        "sure",
        r"^(?P<body>.+?)\s+(?:(?:is|are)\s+(?:no\s+longer|not)\s+(?:needed|necessary|required|wanted)"
        r"|(?:does\s+not|doesn'?t|do\s+not|don'?t|no\s+longer)\s+(?:needs?|ha(?:s|ve)|belongs?|should)(?:"
        r"\s+to\s+be)?"
        r"|should(?:\s+not|n'?t)\s+be)"
        rf"(?P<place>\s+(?:on|in|for)\s+{_A_LIST})(?:\s+any\s?more)?$",
    ),
    (
        "delete",
        "sure",
        rf"^(?:(?:don'?t|do\s+not)\s+(?:have|let)\s+(?P<place>{_A_LIST})\s+(?:have|include|contain|say)"
        rf"|{_A_LIST}\s+(?:does\s+not|doesn'?t|no\s+longer|should(?:\s+not|n'?t))\s+(?:needs?|ha(?:s|ve)"
        rf"|includes?|contains?)"
        r"(?:\s+to\s+(?:have|include|contain))?)\s+(?P<body>.+?)(?:\s+any\s?more)?$",
    ),
    (
        "delete",
        "sure",
        rf"^(?P<body>.+?)\s+(?:can|should|needs?\s+to|has\s+to|must)\s+(?:now\s+)?(?:come|go|be"
        rf"\s+(?:taken|removed|deleted|crossed))"
        rf"\s+(?:off|from|out)(?:\s+of)?(?P<place>\s+{_A_LIST})$",
    ),
    ("delete", "statement", r"^(?:there\s+is\s+)?no\s+(?:longer\s+)?need\s+(?:to|for)\s+(?P<body>.+)$"),
    (
        "delete",
        "statement",
        r"^(?:i\s+)?(?:no\s+longer|don'?t)\s+(?:need(?:\s+to)?|have\s+to)\s+(?:be\s+reminded\s+(?:to|about|of)"
        r"\s+)?(?P<body>.+?)(?:\s+any\s?more)?$",
    ),
)
# A thing said to be done counts only as the title of a known task.
_STATED = (
    rf"^(?:(?:i|we|i've|i\s+have|we've|we\s+have|just|already|finally|now|also)\s+)*(?P<a>{PAST}\s+\S.*?)$",
    r"^(?P<b>\S.*?(?:\s(?:is|are|was|were|has\s+been|have\s+been|got)|'s(?:\s+been)?)\s.*)$",
    rf"^(?P<c>\S+\s+(?:\S+\s+){{0,6}}{PAST})$",
)
AFTERTHOUGHT = (
    r"(?:\s+(?:already|now|today|yesterday|this\s+(?:morning|afternoon)|last\s+night|earlier|just\s+now))+$"
)
_UNDO = (
    r"^(?:(?:undo|revert|roll\s?back)(?:\s+(?:it|that|this|everything|(?:the\s+|my\s+)?"
    r"(?:last|previous|latest)(?!.*\bin\s+(?:the|my)\b)(?:\s+[\w\s]{1,24})?|"
    r"(?:the\s+|my\s+|that\s+|those\s+)?(?:changes?|edit|turn|message|deletion)))?|take\s+"
    r"(?:that|it)\s+back)$"
)
# "I finished the report, so cross it off": what "it" is, was said just before.
_ANTECEDENT = (
    r"^(?:i\s+|i've\s+|i\s+have\s+)?(?:just\s+|already\s+)*(?:finished|did|done"
    r"|completed)\s+(?:with\s+)?(?P<body>.+?)(?:\s+already)?"
    rf"(?:\s*[,;.]\s*|\s+)(?:so\s+|and\s+|please\s+|you\s+can\s+|now\s+)*"
    rf"(?P<verb>delete|remove|cross|take|erase|cancel|check|tick|mark|complete)"
    rf"(?:\s+(?:{_IT}|the|my)(?:\s+(?:reminder|task|item|one))?)?\b.*$"
)
_OF_A_DAY = r"\s+(?:with|on|at|next|tomorrow|today|tonight|this)\b"
_OWN_EVENT = rf"^(?:my|our)\s+(?:[\w':-]+\s+){{0,4}}?{EVENT_NOUN}{_OF_A_DAY}"
# "Get rid of the massage on Sunday": a day or a name makes an occasion one of ours.
_DATED_EVENT = rf"^(?:get\s+rid\s+of|bin|scrap|ditch|axe)\s.*\b{OCCASION}{_OF_A_DAY}"
_OURS = r"\b(?:reminder|task|to-?do)\b"
# What is muted or cut short goes on.
_SPARES = r"^(?:mute|silence|cut|ignore|leave|knock|reset|stop|empty|shut|switch|turn|terminate)\b"
_THEIR_LIST = r"\b(?:contacts?|mailing|e-?mail|address)\b"
_A_CALL = r"^(?:the|this|my|that)\s+(?:call|game)$"
# "Can you finish my homework" asks to have it done.
_FAVOUR = (
    r"^(?:(?:please|hey|ok|so)\s+)*(?:can|could|will|would)\s+you\b.*\b(?:finish|complete|do)\s+my\b"
    r"|^(?:complete|finish)\b.*\sfor\s+me$"
)
# Said of the day's work, or of yesterday, it tells and asks for nothing.
_TOLD = (
    r"\s(?:yesterday|last\s+\w+|\d+\s+\w+\s+ago)$"
    r"|\b(?:work|school|shift|day|dinner|lunch|breakfast|class|talking|eating)"
    r"(?:\s+for\s+(?:the|this)\s+\w+|\s+for\s+today)?$"
)
_FROM_FIRST = rf"^(?P<verb>{DELETE})\s+(?:from|off(?:\s+of)?)\s+(?P<place>{PLACE_NAME})[\s,:]+(?P<body>\S.*)$"
_ELSEWHERE = r"\b(?:what\s+i\s+(?:just\s+)?(?:wrote|said|typed)|sending|send)\b"
_QUESTION = (
    r"^(?:what|which|who|when|where|how|why|do|does|did|is|are|has|have|should|can|could|show|list|tell)\b"
)


def recognise(line: Line) -> Frame | None:
    turned = pattern(_FROM_FIRST).match(line.low)
    if turned is not None:
        verb, place, body = (line.core[turned.start(n) : turned.end(n)] for n in ("verb", "place", "body"))
        line = Line.of(f"{verb} {body} from {place}")
    low = line.low
    if pattern(_UNDO).match(low):
        return Frame("undo", explicit=True)
    found = pattern(_ANTECEDENT).match(low)
    if found is not None:
        intent = "complete" if found["verb"] in ("check", "tick", "mark", "complete") else "delete"
        return _aimed(line, intent, "weak", found)
    for intent, sureness, shape in _SHAPES:
        found = pattern(shape).match(low)
        asked = pattern(_QUESTION).match(low) or (sureness != "sure" and _asks(line))
        if found is not None and not (intent == "complete" and asked):
            return _aimed(line, intent, sureness, found)
    return None


def _asks(line: Line) -> bool:
    """ "Rent paid?" asks, and says nothing."""
    return line.text.rstrip().endswith("?")


def stated(line: Line) -> str:
    """What "I called the plumber" or "the rent is paid" says to be done; "" of what says nothing like it."""
    low = pattern(AFTERTHOUGHT).sub("", line.low)
    for source in () if pattern(_QUESTION).match(low) or _asks(line) else _STATED:
        found = pattern(source).match(low)
        if found is not None:
            name = next(n for n, v in found.groupdict().items() if v)
            return line.core[found.start(name) : found.end(name)]
    return ""


def _aimed(line: Line, intent: str, sureness: str, found: re.Match[str]) -> Frame:
    words = line.core[found.start("body") : found.end("body")]
    if found.groupdict().get("place"):
        before, place = words, cut_place(" from " + _bare_place(found["place"]))[1]
    else:
        before, place, _after = cut_place(words)
    named = meant(before)
    low = fold(before)
    foreign = is_foreign(low) and not _is_deed(low, intent)
    sent = pattern(_ELSEWHERE).search(low) and not (intent == "complete" and _is_deed(low, intent))
    theirs = pattern(TRACK).match(low) or pattern(_THEIR_LIST).search(fold(place))
    elsewhere = foreign or sent or theirs or pattern(_A_CALL).match(low)
    place = "" if theirs else place
    occasion = pattern(rf"\b{MEETING}\b").search(low) or pattern(_OWN_EVENT).match(fold(words))
    occasion = occasion or pattern(_DATED_EVENT).match(line.low)
    meeting = occasion and not pattern(_SPARES).match(line.low)
    ours = (cut_place(line.core)[1] and not theirs) or meeting or pattern(_OURS).search(line.low)
    said = pattern(r"^(?:the\s+)?(?:task|to-?do|item)\b").match(line.low)
    explicit = bool(named.named or said or (place and before) or (sureness == "weak" and ours))
    favour = intent == "complete" and pattern(_FAVOUR).match(fold(line.text))
    doubtful = not explicit and (
        favour
        or (sureness == "statement" and intent == "complete" and pattern(_TOLD).search(low))
        or elsewhere
        or (pattern(r"\sones?$|^(?:the\s+)?ones?\s+(?:from|by)\b").search(low) and not is_pointer(before))
        or (pattern(r"^(?:this|that)\s+\w").match(fold(words)) and not ours and not is_pointer(before))
        or sureness == "weak"
        or pattern(r"^(?:you|him|her|me|us)$").match(low)
        or (sureness == "statement" and len(named.body.split()) > 8)
    )
    return Frame(
        intent,
        named.body,
        place=place,
        value=before,
        field="doubtful" if doubtful else named.named,
        explicit=explicit,
        bulk=named.bulk and not named.body,
    )


def _is_deed(low: str, intent: str) -> bool:
    """ "watch a movie" can be completed; nobody completes a deed by saying "delete email from Al"."""
    if pattern(rf"^{SURE_DEED}\s+\S").match(low):
        return True
    deed = pattern(rf"^{MAYBE_DEED}\s+(?!to\b|from\b|draft\b|message\b)\S")
    return intent == "complete" and deed.match(low) is not None


def _bare_place(words: str) -> str:
    return pattern(r"^\s*(?:(?:on|in|from|off|of|out)\s+)*").sub("", words)
