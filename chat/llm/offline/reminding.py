"""Recognise: words that ask to be reminded. They name a reminder, so that they can be for nobody else."""

from __future__ import annotations

from .frames import Frame, cut_place
from .vocabulary import ADD, DEED, DETERMINERS, FOREIGN, MAKE, MEETING, REMINDER_NOUN, pattern
from .words import Line, fold

_REMIND = (
    r"\b(?:remind|notify|alert|nudge|ping|prompt|warn|buzz|poke)\s+(?:me|us|\w+\s+and\s+(?:me|i|myself))\b"
    r"|^(?:i\s+|i'll\s+)?(?:need|want)\s+(?:a\s+)?reminding\b"
    r"|^let\s+me\s+know\s+when\s+it(?:'s|\s+is)\s+time(?=\s+(?:for|to)\s)"
    r"|^(?:tell|ask)\s+me(?=\s+to\s)|^let\s+me\s+know(?=\s+(?:that\s+i|(?:at\s+\d\S*\s+(?:[ap]m\s+)?)?to)"
    r"\s)|^keep\s+me\s+from\s+forgetting\b"
    r"|\bgive\s+me\s+a\s+(?:nudge|heads\s+up|shout|ping)\b"
    r"|^remind(?=\s+(?:to|about|of|the\s+(?:next|meeting|appointment|event|party))\s)|^reminder(?="
    r"\s+(?:to|about|the|of)\s)"
)
# What follows "remind me" when somebody asks what there is, instead of telling what to do.
_ASKS_BACK = (
    r"^\s*of\s+(?:that|this)\s+\w+$|^\s*(?:again\s+|once\s+more\s+)?(?:(?:to\s+)?whom\b|(?:of\s+)?(?:what|which|who|where|how|why)\b"
    r"|(?:of\s+|about\s+)?my\s+(?:pin|password|passcode|balance|log-?in|user\s?name|account|flight\s+number)\b(?!\s+(?:at|on|in)\b)"
    r"|(?:of\s+)?(?:the|my)\s+(?:name|title|number|lyrics|words|meaning|difference|address|price|rules?"
    r"|score|recipe|time|date)\s+(?:of|for|to|between)\b"
    r"|when\s+(?:is|are|do|does|did)\b|when\s.*\s(?:is|are|starts?|do)$"
    r"|(?:of\s+)?(?:all\s+|the\s+|my\s+)*(?:tasks|reminders|things|items|appointments"
    r"|meetings|events|plans|schedule|list)\b)"
)
_ASKED = (
    r"^(?:what|which|when|where|who|how)\b.*\b(?:did|do|does|have|had|was|were|am|are|is)\s+(?:i|you"
    r"|we)\b|^(?:did|do|does|have|has|had|is|are|was|were)\s+(?:i|you|we|there|my|the)\b"
)
# "You forgot to remind me" complains.
# Other assistants watch prices and parcels; a reminder waits for a time, or for what its own user does.
_WATCH = (
    r"^(?:alert|notify|ping|warn|tell)\s+(?:me|us)\s+(?:when|if|once|as\s+soon\s+as|every\s+time)\s+"
    r"(?!(?:i|we|it'?s\s+time|it\s+is\s+time|i'm)\b)"
)
_COMPLAINT = (
    r"^(?:why|how\s+come|you)\b.*\bremind(?:ed)?\s+(?:me|us)(?:\s+(?:again|yesterday|today|this\s+morning))?$"
)
_THEIRS = (
    r"^remind\s+(?!(?:me|us|you|yourself|him|her|them|it|that|this|the|a|an|myself)\b)(?:my\s+)?[\w'-]+\s+"
    r"(?:to|about)\s+\S"
)
_UNWANTED = (
    r"^(?:you\s+|i\s+|we\s+)?(?:stop|(?:there(?:'s|\s+is|s)\s+)?no\s+(?:longer\s+)?need|don'?t|do\s+not"
    r"|needn'?t|need\s+not|never|no\s+longer)\b"
    r".*\bremind"
)
_ASKING_WORDS = (
    rf"^(?:.*\b)?(?:{REMINDER_NOUN}|alarm|notification|need|want|like|help|forget|remember|sure"
    r"|hoping)\b.*$|^.{0,3}$"
)
_STATED_FIRST = (
    r"^(?P<said>(?:i|we|i've|there(?:'s|\s+is)|my|the)\s.+?)(?:\s*[,.;]\s*(?:(?:so|please|and"
    r"|can\s+you|could\s+you)\s*)*|\s+so\s+(?:please\s+)?)$"
)
# "I need to be at the airport by five tomorrow, remind me at three".
_DUTY_FIRST = (
    r"^(?:i|we)(?:'ve)?\s+(?:need|have|want|must|got)\s+to\s+"
    r"(?!be\s+reminded\b|have\s+(?:you|an?)\b|get\s+a\b|set\b|make\b|remember\b|not\b)\w+\s+\S.*\s\S*\w$"
)
_SO_PLEASE = r"(?:[\s,]+(?:so|please|and|can\s+you|could\s+you|would\s+you|will\s+you|just))+$"
_LINK = (
    r"(?:\s*[.,:;-]+\s*|\s+(?:to|for|about|that|of|on|at|in|regarding|called|named|titled"
    r"|saying|which\s+says)\b"
    r"|\s+|$)"
)
_REMINDER = (
    r"^(?:(?:i|we)(?:\s+|(?='d\b))(?:would\s+|'d\s+|just\s+|really\s+)*)?(?:(?P<verb>"
    rf"(?:(?<=d\s)(?:love|like|appreciate)|assign|leave|stick|throw|pop|log|save|{MAKE})(?:"
    rf"\s+(?:me|up|in))?"
    r"|there\s+should\s+be)\s+)?"
    r"(?P<mid>(?:(?!(?:to|for|about|that|of|from|is|are|do|did|have|has|am|list)\b)[\w':/.-]+\s+){0,6}?)"
    rf"{REMINDER_NOUN}(?!\s+(?:e-?mails?|messages?|texts?|volume|sounds?|tones?|settings?|app|notifications?)\b)(?:\s+(?:on\s+there|going|set(?:\s+up)?|up"
    rf"|made|in\s+place|scheduled"
    r"|(?:on|in)\s+(?:my|the)\s+(?:phone|calendar|list|device|computer|app|schedule))(?=\s+(?:to|for"
    r"|about|that|so|of|at|on)\b|$))?"
    rf"(?P<rest>(?:(?:\s+(?:for|to)\s+me\b(?!\s+to\s+me))?{_LINK}).*)?$"
)
_MAKES_MANY = r"^(?:set|create|make|add|schedule|put|new|start|build)\b"
_ASKS_FOR = r"^(?:have|do|did|is|are|was|will|can)\s+(?:i|we|you|there|my|the)\b"
_BARE_REMINDER = rf"^\s*(?:[.:,-]|(?:to|that|about|for)\b|{DEED}\s)"
_NOTIFIED = (
    r"^(?:(?:i\s+(?:need|want|would\s+like|have|must|should|ought)|i'd\s+like"
    r"|i\s+wanna|make\s+sure\s+(?:that\s+)?i)\s+)?(?:to\s+)?(?:be|get|am)\s+"
    r"(?:notified|reminded|alerted)\s+(?P<body>.+)$"
)
_ALERT = (
    r"^(?:give|send|set(?:\s+up)?|make|create)\s+(?:me\s+)?(?:an?\s+)?(?:new\s+)?(?:alert|notification"
    r"|notice|heads\s+up)\s+"
    r"(?:for|about|of|to)\s+(?!any\b|every\b|new\b|all\b|when\b)(?P<body>.+)$"
    rf"|^(?:note|remember|keep\s+in\s+mind)\s+that\s+(?P<event>(?:i|we)\s+have\s+(?:an?|my)\s+(?:[\w'-]+"
    rf"\s+){{0,4}}?{MEETING}\b.*)$"
)
_NOT_FORGET = (
    r"^(?:(?:do\s*n[o']?t|do\s+not|never)\s+(?:let\s+me\s+)?forget|(?:help\s+me\s+)?remember|"
    r"(?:put|write|jot|note)\s+down\s+that\s+(?:i|we)\s+(?:have|need|must|should|ought|are\s+supposed)(?=\s+to\s)|"
    r"(?:i\s+|i've\s+|i'll\s+|i'd\s+)?(?:need|have|must|want|got|gotta|have\s+got|should|ought|better)(?:\s+to)?\s+remember|(?:make"
    r"\s+sure|make\s+it\s+so|see\s+to\s+it|see)\s+(?:that\s+)?i\s+"
    r"(?:remember|don'?t\s+forget)|"
    r"i\s+(?:must|can|should)\s*(?:no?'?t|not)\s+forget|i\s+don'?t\s+want\s+to\s+forget"
    r"|note\s+to\s+self:?|(?:add|put|take|write|leave|create)\s+(?:me\s+)?a\s+note(?=\s+to\s+"
    rf"{DEED}\s[^:]+$)|(?:make\s+)?(?:a\s+)?note(?!\s+to\s+self))"
    r"\s+(?:to|about)\s+(?P<body>.+)$"
)
_SURE_TO_DO = (
    r"^(?:make\s+(?:it\s+)?sure|see\s+to\s+it|ensure)\s+(?:that\s+)?(?:i|we)\s+(?:do\s+)?"
    rf"(?P<body>{DEED}\s+\S.*)$"
)
_THE_THING = (
    r"^(?:do\s*n[o']?t|never)\s+let\s+(?:me|us)\s+(?:forget|miss)\s+(?!it\b|that\b|this\b|them\b|you\b)"
    r"(?!.*\b(?:add|put)\s+(?:it|that|them)\b)(?P<body>\S.*)$"
)


def recognise(line: Line) -> Frame | None:
    return _remind(line) or _reminder(line) or _not_forget(line)


def _remind(line: Line) -> Frame | None:
    if any(pattern(each).match(line.low) for each in (_UNWANTED, _ASKED, _COMPLAINT, _WATCH)):
        return None
    if pattern(_THEIRS).match(line.low):
        return Frame("add", line.core, explicit=True)
    every = list(pattern(_REMIND).finditer(line.low))
    if not every:
        return None
    found = every[0] if every[0].start() == 0 else every[-1]
    after, before = line.core[found.end() :].strip(" ,"), line.core[: found.start()].strip(" ,")
    if pattern(_ASKS_BACK).match(fold(after)) or pattern(rf"^if\b.*{FOREIGN}\b").match(fold(after)):
        return None
    if not after or pattern(r"^and\b").match(fold(after)):
        if pattern(r"[.!?;]\s").search(before):
            return Frame("add", "", explicit=True)
        if pattern(rf"^(?:i\s+(?:need|want)|{MAKE})\s+.*\b{REMINDER_NOUN}\b.{{0,8}}$").match(fold(before)):
            return Frame("add", "", explicit=True)
        before = before[: len(pattern(_SO_PLEASE).sub("", fold(before)))]
        return Frame("add", _bare_deed(before), explicit=True)
    if pattern(_DUTY_FIRST).match(fold(before)):
        return Frame("add", after, when=before, explicit=True)
    stated = pattern(_STATED_FIRST).match(fold(line.core[: found.start()]))
    if stated is not None:
        return Frame("add", after, when=_bare_deed(before[: stated.end("said")]), explicit=True)
    opening = pattern(_ASKING_WORDS).match(fold(before))
    return Frame("add", after, when="" if opening else before, explicit=True)


def _bare_deed(words: str) -> str:
    """ "i gotta remember to pay the bill" as "pay the bill"."""
    found = pattern(_NOT_FORGET).match(fold(words))
    return words[found.start("body") :] if found is not None else words


def _reminder(line: Line) -> Frame | None:
    found = pattern(_REMINDER).match(line.low)
    if found is None:
        return None
    mid = line.core[found.start("mid") : found.end("mid")].strip()
    articles = pattern(rf"^{DETERMINERS}(?:(?:for|quick|simple|little|alarm)\s+)*").match(fold(mid) + " ")
    mid = mid[articles.end() :] if articles else mid
    plural = pattern(r"\breminders\b").search(line.low)
    if (plural and found["verb"] and not pattern(_MAKES_MANY).match(line.low)) or pattern(_ASKS_FOR).match(
        line.low
    ):
        return None
    rest = line.core[found.start("rest") :] if found["rest"] else ""
    if plural and pattern(r"\b(?:\d+|two|three|four|five|several|some)\b").search(fold(mid)):
        return Frame("add", "", explicit=True)
    if not found["verb"] and (plural or mid or not pattern(_BARE_REMINDER).match(fold(rest))):
        return None
    return Frame("add", rest.strip(" .,:;-"), when=mid, explicit=True, field="" if found["verb"] else "maybe")


def _not_forget(line: Line) -> Frame | None:
    alert = pattern(_ALERT).match(line.low)
    if alert is not None and not pattern(rf"\b{FOREIGN}\b").search(line.low):
        name = "body" if alert["body"] else "event"
        return Frame("add", line.core[alert.start(name) :], explicit=True)
    sure = pattern(_SURE_TO_DO).match(line.low)
    if sure is not None:
        return Frame("add", line.core[sure.start("body") :])
    placed = cut_place(line.core)[1] and pattern(rf"^{ADD}\b").match(line.low)
    for words in (line.text.rstrip(" .!?"), line.core) if not placed else ():
        for source in (_NOTIFIED, _NOT_FORGET, _THE_THING):
            found = pattern(source).match(fold(words))
            if found is not None:
                return Frame("add", words[found.start("body") :], explicit=source == _NOTIFIED)
    return None
