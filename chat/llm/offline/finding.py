"""Recognise: words that ask to see tasks (a list, one task, what is next, figures, projects)."""

from __future__ import annotations

import re

from .frames import LEADING_PLACE, Frame, cut_place
from .vocabulary import (
    DONE,
    EVENT_NOUN,
    FOREIGN,
    LIST_NOUN,
    MEDIA_LIST,
    MEETING,
    MONTH,
    OCCASION,
    QUESTION,
    REMINDER_NOUN,
    SHOW,
    TIME_WORD,
    TODO_NAMED,
    WEEKDAY,
    one_of,
    pattern,
)
from .words import Line

_OURS = (
    rf"(?:{LIST_NOUN}|{REMINDER_NOUN}|{TODO_NAMED}|my\s+alerts|tasks?|items?|chores?|deadlines?"
    r"|my\s+groceries|open\s+issues|"
    r"things\s+to\s+do|(?:my|weekly|daily|today'?s|tomorrow'?s)\s+plans?)"
)
_DATED = rf"(?:{MEETING}|schedules?|scheduled)"
_WHAT_IT_IS = (
    r"^what(?:'s|\s+is|\s+are)\s+an?\s+(?:task|to[-\s]?do|todo|reminder|project|label|deadline|calendar|due\s+date)s?(?:\s+list)?$"
    r"|^who\s+(?:invented|made|created|discovered|wrote|came\s+up\s+with)\b"
    r"|^(?:what|how)\b.*\b(?:means?|spelled|pronounced)$|^do\s+you\s+remember\b"
)
_NEXT_THING = r"(?:task|thing|one|item|todo|job)"
_NEXT = (
    r"^(?:what'?s|what\s+is)\s+(?:up\s+)?next(?:\s+up)?(?:\s+for\s+me)?(?:\s+in\s+(?!my\b|the\b).+)?$",
    r"^what\s+(?:should|do|can|must|shall)\s+i\s+(?:do|work\s+on|tackle|start|focus\s+on"
    r"|pick(?:\s+up)?|finish)"
    r"(?:\s+(?:next|first|now))?(?:\s+in\s+.+)?$",
    rf"^(?:what\s+now|next(?:\s+(?:{_NEXT_THING}|up))?|pick\s+(?:a|something)\s+"
    rf"(?:{_NEXT_THING}\s+)?for\s+me)$",
    rf"^(?:show|give|tell)(?:\s+me)?\s+(?:the|my)\s+next\s+{_NEXT_THING}$",
    r"^(?:what\s+(?:is|are)|what'?s)\s+(?:the\s+|my\s+)?(?:next|most\s+(?:urgent|important"
    rf"|pressing)|ready)(?:\s+{_NEXT_THING}s?)?$",
)
_STATS = (
    r"^(?:(?:show|give|tell|get|see)\s+)?(?:me\s+)?(?:my\s+|the\s+|some\s+|a\s+)?(?:stats"
    r"|statistics|dashboard|figures|numbers|"
    r"progress(?:\s+report)?|overview|summary|status\s+report|metrics|report)"
    r"(?:\s+(?:please|for\s+today|for\s+this\s+week|this\s+week|today|in\s+.+|for\s+.+|of\s+.+))?$",
    r"^how\s+(?:am\s+i|are\s+we)\s+doing(?:\s+(?:today|this\s+week|so\s+far|with\s+my\s+"
    r"(?:tasks|list)|in\s+.+))?$",
    r"^(?:what'?s|what\s+is|how'?s|how\s+is)\s+my\s+(?:progress|workload|status)(?:\s+.{0,20})?$",
    rf"^how\s+(?:productive|busy)\s+(?:am|was|have)\s(?!.*\b(?:{TIME_WORD}|{WEEKDAY})\b).{{1,30}}$",
)
_PROJECTS = (
    r"^(?:(?:show|list|what(?:'s|\s+are|\s+is)?|which|view|see|give|tell|display)\s+)?"
    r"(?:me\s+)?(?:all\s+)?(?:of\s+)?"
    r"(?:my\s+|the\s+|our\s+)?projects(?:\s+(?:do\s+i\s+have|are\s+there|have\s+i(?:\s+got)?"
    r"|exist|i\s+have))?$",
)
CREATE_PROJECT = (
    r"^(?:create|add|make|start|set\s*up|new|open)\s+(?:a\s+|the\s+|me\s+a\s+)?(?:new\s+)?project\b\s*"
    r"(?:called\b|named\b|:)?\s*(?P<body>\S.*)$"
)
_REF = r"(?:task\s+|number\s+)?#?(?:[a-z][a-z0-9]{0,9}-)?\d{1,10}"
_ONE = (
    r"^(?:show|open|view|see)\s+(?:me\s+)?(?P<body>it|that\s+one|(?:the\s+)?(?:first|second"
    r"|third|fourth|fifth|last)(?:\s+(?:one|task))?)$",
    r"^(?:show|open|view|display|see|get|describe|what\s+is|what'?s|tell|about)\s+(?:me\s+)?"
    r"(?:about\s+)?(?:the\s+)?"
    rf"(?P<body>{_REF})$",
    r"^(?:show|open|view|see)\s+(?:me\s+)?(?:the|my|that)\s+(?P<maybe>(?!.*\b(?:next|last|first|priority|done|open|overdue)\b)"
    r"(?:[\w'-]+\s+){1,4}?)(?:task|one|to-?do|reminder)$",
    r"^(?P<body>[a-z][a-z0-9]{0,9}-\d{1,10})$",
    r"^(?:show\s+(?:me\s+)?|tell\s+me\s+|give\s+me\s+)?(?:the\s+)?details?\s+(?:of|for|on"
    r"|about)\s+(?P<body>(?!(?:my|the)\s+(?:next|last|first|upcoming)\b)(?!.*\b(?:list|calendar|schedule|agenda)\b).+)$",
    r"^when\s+(?:is|are|was)\s+(?P<body>.+?)\s+due$",
)
_WANTED = one_of(
    "have need got want plan planned booked scheduled planning going supposed meant trying gotta finish "
    "complete do "
    "done doing ask buy add put",
    "write include not ordered noted",
)
_OWN_OCCASION = one_of(
    "picnics? barbecues? bbqs? cookouts? potlucks? recitals? rehearsals? lessons? exams? offsites? retreats?",
    "brunch lunch dinner interviews? reviews? checkups? haircuts? fair reunion parade(?!s) graduation",
)
_HAVE_TO = (
    rf"^(?:{SHOW}\s+(?:(?:me|us|out)\s+)?)?what(?:\s+(?:all|else|things?|stuff|items?|tasks?))?\s+"
    r"(?:(?:do|did|must|should|have|am|was|were|will)\s+)?(?:i|we)(?:'ve)?\s+(?:(?:still|also|really"
    r"|am|are|was|were|have)\s+)*"
    rf"{_WANTED}\b.*$",
    r"^do\s+i\s+(?:(?:need|have)\s+to\s+(?:get|buy|do|pick)\b.*$|have\s+(?:any|anything"
    r"|something|plans|(?:a\s+)?(?:conflicts?|clash(?:es)?)|(?:some\s+|any\s+)?(?:free\s+)?time|a"
    r"\s+(?:free|busy|full|light|open))\b.*$)",
    rf"^{SHOW}\s+(?:(?:me|us|out)\s+)?(?:everything|anything|all(?:\s+(?:of\s+)?(?:the|my))?(?:\s+things?"
    rf"|\s+stuff)?"
    rf"|the\s+(?:things|stuff))\s+(?:that\s+)?(?:i|we)(?:'ve)?\s+(?:(?:still|have|am|also)"
    rf"\s+)*{_WANTED}\b.*$",
    r"^what\s+(?:should|do|must)\s+i\s+(?:(?:need|have)\s+to\s+)?(?:pick\s+up|grab)\s+(?:at|from)\s+the\s.+$",
    r"^(?:when|what\s+time|where)\s+am\s+i\s+(?:supposed|scheduled|meant|due)\s+to\s.+$",
    r"^what\s+(?:\w+\s+)?(?:do|should|must)\s+i\s+(?:need|get|buy)\b.*$",
    r"^am\s+i\s+(?:(?:double|over|fully|already|still)[\s-]*)?(?:busy|free|available|booked|occupied)\b.*$|^when\s+do\s+i\s+have\s+to\s.*$",
    r"^(?:what|how)(?:'s|s|\s+is)\s+(?:my|the|our)\s+(?:day|week|weekend|month|morning|afternoon|evening)\s+like\b.*$",
    rf"^when(?:'s|\s+is|\s+are)\s+(?:my|our|the)\s+(?:[\w'-]+\s+){{0,2}}?{_OWN_OCCASION}$",
    r"^are\s+there\s+(?:any\s+)?(?:conflicts?|clashes)\b.*$",
    r"^(?:what|how)(?:'s|s|\s+does|\s+is|\s+do|\s+are)\s+(?:my|the|our)\s+(?:day|week"
    r"|weekend|month|morning|afternoon|evening)\b.*\blook.*$",
    r"^(?:tell\s+me\s+about|show\s+me|what\s+about)\s+my\s+(?:day|week|weekend|month|morning"
    r"|afternoon|evening)\b.*$",
    r"^what(?:'s|s|\s+is|\s+do\s+i\s+have)\s+(?:still\s+)?on\s+my\s+(?:plate|radar|mind)\b.*$|^(?:what"
    r"(?:'s|s|\s+is|\s+are)?|list|show|all)\s+(?:labell?ed|tagged|#)\s*\S+.*$",
    rf"^(?:is|are|how|what)\s+(?:(?:busy|free|full|open)\s+(?:is|are)\s+)?my\s+(?:{TIME_WORD}|{WEEKDAY}"
    rf"|schedule|calendar)s?(?:\s+{TIME_WORD})*"
    r"(?:\s+(?:on|for|at)\b.{0,25}?)?(?:\s+(?:free|open|busy|clear|full|booked|packed|empty"
    r"|available))?(?:\s+(?:on|for|at)\b.{0,25})?$",
    r"^am\s+i\s+(?:supposed|meant|due)\s+to\b.*$",
    r"^(?:did|have|had|do)\s+(?:i|you)\b.*\b(?:remind(?:ed)?|remember)\b.*$",
    r"^(?:is|are)\s+there\s+(?:any|anything|something|things)\b.*\b(?:remind(?:ed)?|remember|to\s+do|i\s+need)\b.*$",
    r"^anything\s+(?:planned|scheduled|going\s+on|happening|coming\s+up|on|due|to\s+do)\b.*$|^do\s+i\s+work\b.*$",
    r"^(?:show|list|see)\s+(?:me\s+)?(?:everything|all|anything|things|what's)\s+(?:with\s+(?:the\s+)?label|labell?ed|tagged|#).*$",
    r"^(?:what've|have)\s+(?:i|we)\s+got\s+(?:on|anything|something)\b.*$|^do\s+i\s+have\s+to\s+be\s+(?:anywhere|somewhere)\b.*$",
    r"^(?:talk|walk|take)\s+me\s+through\s+(?:my|the)\s+(?:day|week|morning|schedule|list)\b.*$|^what(?:'s|\s+is)\s+left\s+to\s+(?:do|buy|get)\b.*$",
    rf"^what(?:'s|\s+is|\s+are)\s+(?:the|my|our)\s+plans?\s+(?:for\s+|on\s+)?(?:{TIME_WORD}|{WEEKDAY}|this|next|the)\b.*$",
    r"^(?:who|what\s+time)\s+(?:do|am|will)\s+i\s+(?:meet|see|finish|start|have)\b.*$",
    r"^what\s+(?:was|is)\s+(?:that|the)\s+(?:thing|event|meeting|appointment)\s+(?:i|we)\s+(?:had|have)\b.*$",
    r"^find\s+(?:all|any|my|the)\s+(?:events|appointments|meetings|tasks)\s+(?:with|about|named|called|containing)\b.*$",
    r"^any\s+(?:plans|meetings|events|appointments)\b.*$|^(?:what(?:'s|\s+is)\s+)?on\s+(?:tap|deck|the\s+docket)\b.*$",
    r"^where\s+(?:do|should|must)\s+i\s+(?:need\s+to\s+|have\s+to\s+)?be\b.*$|^when\s+am\s+i\s+(?:free|available|busy|booked|off)\b.*$",
    r"^how\s+(?:busy|free|full|booked)\s+(?:am|are|will)\s+(?:i|we)\b.*$",
    r"^(?:see|check|tell\s+me|know)\s+(?:if|whether|when)\s+(?:i'm|i\s+am|we're|we\s+are)\s+(?:free|busy|available|booked|off)\b.*$",
    r"^(?:when|what\s+time|where|what\s+days?)\s+(?:do|am|are|will|should)\s+(?:i|we)\s+(?:meet(?:ing)?|see(?:ing)?|work(?:ing)?|fly(?:ing)?"
    r"|leav(?:e|ing)|start)\b.*$",
    rf"^(?:which|what)\s+(?:day|date|time)\s+(?:is|are)\s+(?:my|our|the)\s+(?:[\w'-]+\s+){{0,4}}?(?:{OCCASION}|play|visit|dentist|doctor|vet|plumber)\b.*$",
    rf"^(?:is|are)\s+(?:(?:my|our|the)\s+)?(?:[\w'-]+\s+){{0,5}}?{OCCASION}(?:\s+with\s+[\w'\s]+?)?\s+still\s+(?:on|happening|scheduled|planned)\b.*$",
    rf"^do\s+(?:i|we)\s+have\s+(?!(?:to|any|new|enough|a)\b)(?:[\w'-]+\s+){{1,3}}?(?:on\s+|this\s+|next\s+)?(?:{TIME_WORD}|{WEEKDAY})$",
    r"^do\s+we\s+(?:still\s+)?need\s+(?:some\s+|any\s+|more\s+)*(?!to\b|a\b|an\b|the\b|you\b|it\b)[\w'-]+(?:\s+[\w'-]+)?$",
    r"^(?:is|are)\s+(?:[\w'-]+\s+){1,3}?(?:already\s+|still\s+)?(?:on|in)\s+(?:there|it)$",
    r"^what(?:'s|s|\s+is|\s+do\s+i\s+have)\s+on\s+(?:the\s+)?(?:books|docket|cards|agenda)\b.*$",
    r"^what\s+(?:did|do|have|are|were|was)\s+(?:i|you)\s+(?:ask|want|tell|told|asked|going|supposed|have|need)\b.*\bremind\b.*$",
    rf"^(?:when|what\s+time|what\s+day|where|how\s+long)\s+(?:do|does|is|are|will|did|was)\s+(?:my|our)\s+(?:[\w'-]+\s+){{0,4}}?{OCCASION}\b.*$",
    r"^did\s+i\s+have\s+(?:any|anything|something)\b.*$",
    r"^how\s+many\s.*\bi\s+(?:still\s+)?(?:have|need|got|want)\b.*$",
    r"^is\s+there\s+(?:anything|something|much)\s+(?:planned|scheduled|on|happening|going\s+on|up"
    r"|coming\s+up|to\s+do)\b.*$",
    r"^what\s.*\bi\s.*\b(?:reminded|not\s+forget)\b.*$",
    r"^do\s+i\s+need\s+.+\s+(?:at|from)\s+the\s+(?:store|shop|market|supermarket|grocery.*)$",
    r"^.*\bthings?\s+(?:that\s+)?i\s+.*\bremember$",
    r"^what(?:'s|s|\s+is|\s+else\s+is)\s+(?:still\s+)?left(?:\s+(?:to\s+do|for\s+me|on|in)\b.*)?$",
    r"^(?:(?:remind|tell)\s+me\s+)?what\s+(?:i\s+|(?:are|were)\s+(?:the"
    r"|those)\s+things?\s).*\bremember(?:\s+\w+)?$",
    r"^what\s+(?:are|were)\s+(?:the|those|my)\s+things?\s+(?:that\s+)?i\s+(?:have|had|need"
    r"|wanted|told|asked|planned)\b.*$",
    r"^(?:which|what)\s+days?\b.*\bdo\s+i\s+have\s+plans$",
)
_HAPPENING = (
    r"^(?:tell\s+me\s+)?what(?:'s|\s+'\s+s|s|\s+is|\s+was)\s+(?:happening|going\s+on|planned"
    r"|on|coming\s+up|up)"
    rf"(?:\s+(?:for|on|in))?\s*(?:{TIME_WORD}|{WEEKDAY}|{MONTH}|this|next|the)(?:\s+{TIME_WORD})*$"
)
_DUE = (
    rf"(?<!am\si\s)\b(?:due|overdue|past\s+due)\b|^(?:what(?!\s+time\b)|anything)\b.*\b(?:{DONE}"
    rf"|assigned|blocked|open)\b"
)
_ASKS_LATE = (
    r"\b(?:is|contains?|were|was|are)\s+what(?:\s+again)?$|\bwhat\s+(?:were|are)\s+they$"
    r"|^i\s+(?:wonder|finished|forgot)\b"
    r"|\bhow\s+(?:many|much)\b|\bwhat(?:'s|s|\s+is|\s+are)\s+(?:on|in|left)\b|^"
    r"(?:make\s+sure|ensure|see\s+if)\b.*\bis\s+on\b|^make\s+a\s+list\s+of\b"
    rf"|\b{QUESTION}\s+i\s"
)
_NOUNS = rf"(?:{_OURS}|events?|meetings?|appointments?|schedule)"
_AFTER_NOUN = one_of(
    "for on in of this next today tomorrow tonight please due happening coming about from "
    "between left list reminders",
    "after before with labell?ed tagged assigned that overdue in",
    WEEKDAY,
)
_BARE = (
    r"^(?:(?:show|list|see|view|give)\s+)?(?:me\s+)?(?:all\s+|the\s+|my\s+)*(?:high|low|medium|top)\s+priority(?:\s+(?:ones|tasks|items|things))?$",
    rf"^(?:[\w'-]+\s+){{0,4}}?{_NOUNS}(?:\s+{_AFTER_NOUN}\b.*)?$",
    r"^(?:meeting|appointment|event)\s+.{0,20}\bcalendar$",
    r"^(?:overdue|due)\b.{0,40}$",
    r"^(?:high|low|medium|urgent|open|done|completed|finished)\s+(?:priority|tasks)\b.{0,30}$",
)
_TO_SOMEBODY = (
    r"^(?:tell|ask|e-?mail|text|message|call|send|write)\s+"
    r"(?!(?:me|us|you|about|of|what|when|where|who|how|if|whether|the|all)\b)(?:my\s+)?[\w'-]+\s"
)
_NOT_A_LIST = (
    r"^(?:export|import|print|download|back\s?up|sync|share|remind|update|change|reschedule|postpone|rename|assign|label|tag|mark|complete|finish|add|new"
    r"|set|make|create|put|send|play|start|turn|book|buy|order|call|write|delete|remove|cancel"
    r"|move)\b"
)
_AWAY = (
    r"\b(?:local\s+events|events\s+(?:are\s+)?on\s+in|in\s+(?:new\s+york|the\s+city|my\s+(?:area|city|town)|town"
    r"|[a-z]+\s+city)|events?\s+(?:(?:are|is)\s+)?(?:happening|going\s+on|taking\s+place)\s+in\s+"
    rf"(?!my\b|the\b|an?\b|\d|{TIME_WORD}\b)(?:[a-z]+)|near\s+(?:me|by|here)|nearby|"
    r"around\s+(?:here|me|town)|my\s+city|conducted|(?:this|the|my)\s+area|city)\b"
)


def recognise(line: Line) -> Frame | None:
    low = line.low
    if pattern(_WHAT_IT_IS).match(low) or pattern(_TO_SOMEBODY).match(low):
        return None
    for shape in _ONE:
        one = pattern(shape).match(low)
        if one is not None:
            name = next(n for n, v in one.groupdict().items() if v)
            words = line.core[one.start(name) : one.end(name)].strip()
            return Frame("get", words, field="maybe" if name == "maybe" else "", explicit=True)
    for intent, shapes in (("next", _NEXT), ("stats", _STATS), ("projects", _PROJECTS)):
        if any(pattern(shape).match(low) for shape in shapes):
            return Frame(intent, line.core, explicit=True)
    project = pattern(CREATE_PROJECT).match(low)
    if project is not None:
        return Frame("create_project", line.core[project.start("body") :], explicit=True)
    return _listing(line)


def _listing(line: Line) -> Frame | None:
    low = line.low
    ours = [found for found in pattern(rf"\b{_OURS}(?=\W|$)").finditer(low) if _is_noun(low, found)]
    foreign = pattern(rf"\b{FOREIGN}\b").search(low)
    if pattern(r"^(?:show|see|view|open)\s+(?:me\s+)?to\s+do$").match(low):
        return Frame("list", line.core)
    if pattern(MEDIA_LIST).search(low) or (foreign and all(found[0] == "schedule" for found in ours)):
        return None
    place = cut_place(line.core)[1]
    if any(pattern(shape).match(low) for shape in _HAVE_TO):
        return Frame("list", line.core, place=place)
    away = pattern(_AWAY).search(low)
    if pattern(_HAPPENING).match(low) and not away:
        return Frame("list", line.core)
    lead = pattern(LEADING_PLACE).match(low)
    asks = pattern(rf"^(?:{SHOW}|{QUESTION})\b").match(low[lead.end() :] if lead else low)
    late = pattern(_ASKS_LATE).search(low)
    if ours and (asks or late):
        return Frame("list", line.core, place=place)
    if asks and pattern(_DUE).search(low):
        return Frame("list", line.core)
    if away:
        return None
    if (asks or late) and pattern(rf"\b{_DATED}\b").search(low):
        return Frame("list", line.core)
    if pattern(rf"^(?:do\s+i|is\s+there|are\s+there|when\s+is|what\s+time)\b.*\b{EVENT_NOUN}\b").match(low):
        return Frame("list", line.core)
    if not pattern(_NOT_A_LIST).match(low) and any(pattern(shape).match(low) for shape in _BARE):
        return Frame("list", line.core, place=place or line.core)
    return None


def _is_noun(low: str, found: re.Match[str]) -> bool:
    """ "list the planets" and "a list of films" name no list of ours."""
    if found[0] != "list":
        return True
    things = pattern(rf"\s+of\s+.*{FOREIGN}\b").match(low, found.end())
    return found.start() > 0 and not things
