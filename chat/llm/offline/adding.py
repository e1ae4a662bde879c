"""Recognise: words that put something on a list or in a calendar, and plain "add"."""

from __future__ import annotations

from .frames import LEADING_PLACE, PLACE_NAME, Frame, cut_place, list_name
from .vocabulary import (
    ADD,
    DEED,
    EVENT_NOUN,
    FOREIGN,
    LIST_NOUN,
    MAKE,
    MAYBE_DEED,
    MEDIA_LIST,
    OCCASION,
    SHOW,
    SURE_DEED,
    TASK_NOUN,
    TIME_WORD,
    TRACK,
    WEEKDAY,
    is_foreign,
    one_of,
    pattern,
)
from .words import Line, fold

_TASK = (
    rf"^(?:(?:{ADD}|{MAKE}|new)\s+|(?=\w+\s+to\s)(?!{SHOW}\b))(?:(?:me|up|a|an|another|the|new|one"
    rf"|in)\s+)*(?:(?!to\b|on\b)[\w-]+\s+)?{TASK_NOUN}"
    r"(?P<body>\s*[:-]\s*.+|\s+(?:to|for|of|that|called|named|titled|about|with\s+"
    r"(?:the\s+)?(?:title|name))\b\s*.+)$"
)
_TASK_PLAIN = (
    rf"^(?:add|create|make|new|open|enter)\s+(?:(?:me|a|an|another|the|new)\s+)*{TASK_NOUN}\s+(?P<body>.+)$"
)
_NOTE_ON = (
    r"^(?:make|take|put|leave|write|jot(?:\s+down)?)\s+(?:me\s+)?(?:an?\s+)?(?:note|reminder|entry)"
    r"\s+(?:on|in|to)\s+"
    rf"(?P<place>(?:my|the|our)\s+(?:[\w-]+\s+){{0,4}}?{LIST_NOUN})\s+(?:to|about|that|for|of|saying)\s+(?P<body>.+)$"
)
_NEW_ON = (
    r"^(?:new\s+)?(?:item|task|entry|thing)\s+(?:on|for|in|to)\s+(?P<place>(?:my|the|our)"
    r"\s+(?:[\w-]+\s+){0,4}?list)\s*[:,-]?\s+(?P<body>.+)$"
)
_MARK = r"^(?:new\s+)?(?:task|to[\s-]?do|todo|add|new|note(?:\s+to\s+self)?)\s*(?::|-\s)\s*(?P<body>.+)$"
_EVENT = (
    r"^(?!(?:record|log|register)\s+(?:[\w']+\s+){0,4}(?:games?|calls?|sessions?|class(?:es)?|presentations?|concerts?"
    r"|lunch(?:es)?|dinners?|breakfasts?)\b)(?:set(?:\s+up)?|make(?!\s+sure\b)(?!\s+me\s+(?!(?:an?|the)\s+(?:new\s+)?{EVENT_NOUN}\b))(?!\s+(?:an?\s+)?(?:\w+\s+)?calls?\b)(?!.*\b(?:longer|shorter)$)"
    rf"(?!\s+an?\s+(?!new\b|calendar\b|reminder\b|note\b|entry\b|{EVENT_NOUN}\b)\w+\s+(?:for|of|with)\b)|create|arrange|plan|organi[sz]e|enter|insert|mark"
    r"|put|register|record|log"
    r"|set\s+down|open\s+calendar\s+schedule)\s+"
    rf"(?P<body>(?!(?:a\s+)?lists?\b)(?:(?!(?:that|which|about)\b)[\w':]+\s+){{0,6}}?{EVENT_NOUN}\b(?!.*\bon\s+hold\b).*)$"
)
_BOOKED = (
    r"^book(?:\s+in)?\s+(?P<body>(?:(?:me|a|an|my|the|in)\s+)*(?:[\w'-]+\s+){0,2}?(?:(?:meeting|appointment"
    r"|appt|interview|checkup|call|haircut|lesson|massage|viewing|cleaning|physical|facial|fitting|inspection|service)\b|(?:slot|session|visit|consultation|time|class)"
    r"\s+(?:with|for)\b).*)$"
)
_ARRANGED = (
    r"^(?:arrange|plan|organi[sz]e|set\s+up|line\s+up|put\s+in)\s+"
    rf"(?P<body>(?:[\w':]+\s+){{0,5}}?{OCCASION}\b.*)$"
)
_NEW_LIST = (
    r"^(?:start|make|create|begin|write)\s+(?:me\s+)?(?:an?|my|the)\s+(?:new\s+)?(?P<place>(?:shopping|grocery)\s+list)\s+"
    r"(?:with|of|for|containing|including)\s+(?P<body>\S.*)$"
)
_SURE_IT_IS = (
    r"^(?:make\s+sure|ensure|see\s+(?:to\s+it\s+)?that)\s+(?:that\s+)?(?P<body>.+?)\s+(?:is|are|gets?|goes)"
    r"\s+(?:on|in|into|onto)\s+(?P<place>(?:my|the|our)\s+(?:[\w-]+\s+){0,2}?(?:calendar|schedule|agenda|planner|diary))\b(?P<when>.*)$"
)
_SCHEDULE = (
    r"^(?:(?:schedule|pencil\s+in)\s+(?!for\b|me\s+(?:for|in|to)\b)|(?:schedule|book|pencil)\s+me(?:\s+in)?\s+for\s+"
    r"(?!.*\b(?:holidays?|vacation|day\s+off|time\s+off)\b)"
    rf"(?=(?:an?|my|the)\s+(?:[\w'-]+\s+){{0,2}}?{OCCASION}\b)"
    r"|(?:get|give)\s+me\s+(?=(?:an?|my)\s+(?:[\w'-]+\s+){0,2}?(?:meeting|appointment|appt)\b))(?P<body>.+)$"
)
_NEW_EVENT = (
    r"^(?:new\s+event|new\s+(?:appointment|meeting|appt|calendar\s+(?:event|entry))\s*[:,-]?(?!\s+(?:with|for|on|at|in|of|about)\b)|new(?=\s+(?:appointment|meeting|appt)\s+with\b)"
    r"|save\s+the\s+date(?:\s+for)?|calendar\s+(?:event|entry)\s*(?:for\b|:)|block\s+(?:off|out))\s+(?P<body>.+)$"
)
_CALENDAR = (
    r"^(?:mark|block(?:\s+(?:off|out))?)\s+(?:my|the|our)\s+calendar\s+(?:for|with|that)?\s*(?P<body>.+)$"
)
_NEEDED = (
    r"^(?:(?:i\s+(?:need|want|would\s+like)|i'd\s+like)(?:\s+(?:you\s+to\s+have|to\s+have|to\s+get))?|get"
    r"|have|make\s+sure|see\s+that|"
    r"ensure)\s+(?:that\s+)?(?P<body>.+?)\s+(?:(?:to\s+be|is|are|gets?|be)\s+)?(?:added|put"
    r"|placed|included|written)\b"
)
_HAVING = r"(?:have|include|contain|get|show|say)"
_LIST_NEEDS = (
    r"^(?:(?:let|have|make|update|edit|change|can|could|may|will|add\s+to)\s+)?(?P<place>(?:my|the|our)"
    r"\s+(?:[\w-]+\s+){0,4}?(?:list|calendar|agenda|schedule(?=\s+(?:needs?|should)))(?:\s+of\s+(?:things|tasks|chores|items|stuff)(?:\s+to\s+\w+)?)?)\s+"
    rf"(?:(?:needs?|should|has|must|ought|could|can)(?:\s+to)?\s+{_HAVING}|{_HAVING}|to\s+{_HAVING}|needs"
    rf"|could\s+use|is\s+missing|with)"
    r"\s+(?P<body>.+?)(?:\s+(?:added|put|included|placed|on\s+it|in\s+it|to\s+it))*$"
)
_BELONGS = (
    r"^(?P<body>(?!(?:what|which|who|that|this|it|there|anything|nothing|everything)\b).+?)\s+(?:needs?"
    r"\s+to|should|has\s+to|have\s+to"
    r"|must|ought\s+to|goes|can)\s*(?:(?:be|go|get)(?:\s+(?:put|added|placed|written"
    r"|included))?(?:\s+down)?)?$"
)
_ON_A_LIST = (
    r"^(?:(?:i|we)\s+(?:need|want|would\s+like)|i'd\s+like|(?:let's|can\s+we|could\s+we|let\s+us)\s+(?:have|get|put))"
    r"\s+(?!to\s+(?:see|hear|know|view|check)\b)(?P<body>.+)$"
)
# "I'm out of apples, add that to my list": what "that" is, was said just before.
_ANTECEDENTS = (
    r"^(?:i'?m|i\s+am|we'?re|we\s+are|i)\s+(?:(?:all|almost|nearly|running|getting|just)\s+)*"
    r"(?:out\s+of|low\s+on|ran\s+out\s+of|short\s+(?:of|on))\s+(?P<body>.+?)"
    r"(?:\s*[,;.]\s*|\s+(?:and|so|can|could|please|will|would)\s+|\s+(?=(?:add|put)\s)).*\b(?:add|put|include|place|added|need)\b",
    r"^(?:i|we|he|she|they|(?:the|my|our)\s+\w+)\s+(?:forgot(?:\s+to\s+(?:put|add|buy|get|include))?|wants?|needs?|asked\s+for"
    r"|(?:finished|used(?:\s+up)?)\s+(?:the\s+(?:last|rest)\s+of\s+)?(?:the|all\s+the|our))\s+(?:some\s+more\s+|more\s+)?(?!to\b)(?P<body>.+?)"
    r"(?:\s+(?:on|to|from)\s+(?:my|the|our)\s+(?:[\w-]+\s+){0,3}?list)?(?:\s*[,;.]\s*|\s+)"
    r"(?:(?:so|and|please|can|could|you|would)\s+)*(?:add|put|include)\s+(?:it|them|that|those)\b",
    r"^i\s+(?:don'?t|do\s+not)\s+have\s+(?:any|enough)\s+(?:more\s+)?(?P<body>.+?)"
    r"(?:\s*[,;.]\s*|\s+(?:and|so)\s+).*\b(?:add|put|include)\b",
    r"^(?:there(?:'s|s|\s+is|\s+are)|(?:i|we)\s+have(?:\s+got)?|(?:i|we)'ve\s+got)\s+no\s+(?:more\s+)?"
    r"(?P<body>.+?)(?:\s+left)?(?:\s*[,;.]\s*|\s+(?:and|so)\s+).*\b(?:add|put|include)\b",
    r"^(?:(?:i|we)\s+)?(?:need|have|want|must|ought|should|gotta|got|could\s+use|could\s+do\s+with)\s+(?:to\s+)?(?:do\s+|get\s+(?=\S+,?"
    r"\s))?(?:some\s+more\s+|more\s+)?"
    r"(?P<body>.+?)"
    r"(?:\s*[,;.]\s*|\s+(?:and|so)\s+|\s+)"
    r"(?:(?:please|can|could|would|will|you|u)\s+)*(?:(?:add|put|include|note|place|write|jot|save)"
    r"\s+(?:it|that|this|them|those|these)"
    r"|(?:add|put)\s+(?:to|on)(?=.*\b(?:list|calendar|schedule|reminders)\b))\b",
)
# "We're out of milk" puts milk on the shopping list; one also runs out of time.
_RUN_OUT = (
    r"^(?:(?:i'?m|i\s+am|we'?re|we\s+are)\s+(?:(?:all|almost|nearly|running|getting|just|about)\s+)*(?:out"
    r"\s+of|low\s+on|short\s+of)|(?:i|we)(?:'ve|\s+have)?\s+(?:(?:just|almost)\s+)*(?:ran|run)\s+(?:out\s+of|low\s+on)"
    r"|(?:i|we)\s+(?:don'?t|do\s+not)\s+have\s+any\s+more|there(?:'s|\s+is|\s+are)\s+no\s+more)\s+"
    r"(?P<body>(?:[a-z'-]+\s+){0,3}[a-z'-]+?)(?:\s+(?:left|at\s+home|again|now|too))?$"
)
_NO_GOODS = one_of(
    "time town office here it this that them luck ideas? options breath cash patience control order",
    "place sight touch line work school bed batter(?:y|ies) power gas fuel petrol memory space storage",
    "energy sleep shape practice",
    "tune character danger house home range service data minutes? credits? checks? cheques? hours? days?",
    "room way excuses? reasons? questions? words? country hospital prison jail",
)
# Words to somebody else ("add: call me tonight"), and a name with a capital for its list ("to Hip Hop Hits"):
# perhaps a task, more often the text of a message and a list of music.
_DICTATED = (
    rf"^(?:i|we|you|he|she|they|it)(?:'\w+)?\s|^(?:can|could|would|will|are|is|do|did|have)\s+(?:i|we|you|he|she|they|it)\b"
    r"|^(?:see\s+you|let\s+(?:me|us)\s+know|hop(?:e|ing)|looking\s+forward|sorry|regards|best\s+(?:wishes|regards)|sincerely|congrat\w*"
    r"|hi|hello|hey|dear|(?:thanks|thank\s+you)(?:$|\s+(?:for|so|and|again|very)))\b"
    rf"|\byou\b|^{DEED}\s+me\b"
)
_TITLED = r"\b(?:to|onto|into|in)\s+(?:[A-Z0-9][\w'&.-]*\s+)+(?:[a-z]{2,3}\s+)?[A-Z0-9][\w'&.-]*$"
_ARITHMETIC = (
    r"^(?:\d+|plus|minus|times|and|to|one|two|three|four|five|six|seven|eight|nine|ten"
    r"|eleven|twelve|twenty|thirty|forty|"
    r"fifty|hundred)$"
)
_PRIORITY_FIRST = r"^(?:urgent|important|critical|(?:low|high|medium|top)\s+priority)\s*[:!-]?\s+"
_REASON = r"^(?:as|because|since|unless|cause|i|i'?m|we|so|it'?s|too|also|now|right|and|,|;|if|that)\b"
_NO_TASK_YET = r"^(?:more|extra|it|that|this|these|those|them|a\s+(?:bit|few|line)|some|please|another)\b"
# A title of these words alone says nothing of what is to be done ("or Tuesday", "4 and 6 pm").
_EMPTY = (
    "^"
    + one_of(
        "or and the a an my me at on in for to of by it its this that these then now again soon please is",
        "reminders? alarms? am pm o'clock minutes? mins? hours? hrs? times? intervals? every each another",
        "next past until till from twice once one two three four five six seven eight nine ten eleven twelve",
        "half quarter more things? early earlier late",
        "\\d+(?:am|pm|th|st|nd|rd)?",
        TIME_WORD,
        WEEKDAY,
    )
    + "$"
)
_WHEN_ALONE = (
    r"^when\s+it(?:'s|\s+is)\s+time\b.*$|^(?:when|once|as\s+soon\s+as|while|whenever|before|after|until)\s+(?:i|we|it|it's|the|my"
    r"|he|she|they)\b(?!.*\bto\s+(?!the\b|my\b|a\b|work\b|school\b)).*$"
    r"|^(?:after|before|during|at)\s+(?:work|school|lunch|dinner|breakfast|class|bed|church|practice|home)$"
)
_ANAPHOR = (
    r"^(?:some|more|a\s+few|other)\s+groceries$|^remember$|^with\s+no\s.*$|^(?:go\s+off|ring|sound|repeat|recur|beep|buzz)$"
    r"|^(?:(?:an?|the|this|that|these|those|some|new|another|my|any|more|next|following|few"
    r"|each|every|recurring|upcoming|one|two|three|four|five|couple|of|several|multiple|many|other|calendar|list|"
    r"repeating|daily|weekly|monthly|quick|alarm|big|important)\s+)*"
    r"(?:(?:do|add|remember)\s+(?=(?:it|that|this|them|things|stuff)$))?"
    r"(?:it|that|this|these|those|them|something|anything|some|stuff|things?|items?|one|ones"
    r"|more|a\s+bit(?:\s+more)?|"
    r"what\s+i\s+(?:just\s+|have\s+)?(?:said|say|told\s+you|mentioned)|following|multiple|several|couple|"
    r"everything|entry|entries|alerts?|tasks?|to-?dos?|todos?|to\s+do|do|reminders?|lists?|events?|another|"
    r"(?:items\s+)?as\s+i\s+speak|again|"
    r"(?:re-?)?o?c?curring|reoccuring|repeating|alarms?|later|soon|rotating|daily|weekly"
    r"|monthly|new|important|big|or|and|if|on|at|for|to|is|weekend|weekday|morning|evening"
    r"|night|"
    r"when\s+it'?s|not)?$"
)


def recognise(line: Line) -> Frame | None:
    if pattern(MEDIA_LIST).search(line.low):
        return None
    if pattern(LEADING_PLACE).match(line.low):
        return _after_place(line)
    for reader in (_run_out, _list_needs, _needed, _placed, _marked, _event, _bare):
        frame = reader(line)
        if frame is not None:
            return frame
    return None


def is_anaphor(body: str) -> bool:
    """Whether the words name nothing: "it", "an item", "something", "when I get there"."""
    words = fold(body).strip(" .,!?")
    return (
        pattern(_ANAPHOR).match(words) is not None
        or pattern(_WHEN_ALONE).match(words) is not None
        or all(pattern(_EMPTY).match(word) for word in pattern(r"[^\W_]+(?:'[^\W_]+)?").findall(words))
    )


def _after_place(line: Line) -> Frame | None:
    found = pattern(LEADING_PLACE).match(line.low)
    if found is None:
        return None
    rest = Line.of(line.core[found.end() :])
    place = line.core[found.start("place") : found.end("place")]
    added = pattern(r"^(?:(?:i|we)\s+)?(?:need|want)\s+(?P<body>.+?)(?:\s+(?:added|included|put))?$").match(
        rest.low
    )
    if added is None:
        added = pattern(rf"^{ADD}\s+(?P<body>.+)$").match(rest.low)
    if added is None:
        return None
    return Frame("add", rest.core[added.start("body") : added.end("body")], place=place, explicit=True)


def _run_out(line: Line) -> Frame | None:
    found = pattern(_RUN_OUT).match(line.low)
    if (
        found is None
        or is_foreign(found["body"].replace("coffee", ""))
        or pattern(rf"\b{_NO_GOODS}\b").search(found["body"])
    ):
        return None
    return Frame(
        "add", line.core[found.start("body") : found.end("body")], place="shopping list", explicit=True
    )


def _list_needs(line: Line) -> Frame | None:
    found = pattern(
        rf"^(?P<place>{PLACE_NAME})\s*[,:-]?\s+(?:please\s+)?(?:add|put|include)\s+(?P<body>.+)$"
    ).match(line.low)
    if found is not None:
        place = line.core[found.start("place") : found.end("place")]
        return Frame("add", line.core[found.start("body") :], place=place, explicit=True)
    found = pattern(_SURE_IT_IS).match(line.low)
    if found is not None:
        body, place, when = (line.core[found.start(n) : found.end(n)] for n in ("body", "place", "when"))
        return Frame("add", body, when=when.strip(), place=place, explicit=True)
    found = pattern(_NEW_LIST).match(line.low) or pattern(_LIST_NEEDS).match(line.low)
    if found is None or pattern(r"^(?:what|it|that|left)\b").match(found["body"]):
        return None
    body = line.core[found.start("body") : found.end("body")]
    return Frame("add", body, place=line.core[found.start("place") : found.end("place")], explicit=True)


def _needed(line: Line) -> Frame | None:
    for source in _ANTECEDENTS:
        found = pattern(source).match(line.low)
        if found is not None:
            body = line.core[found.start("body") : found.end("body")]
            return Frame("add", body, place=cut_place(line.core)[1], explicit=True)
    found = pattern(_NEEDED).match(line.low)
    if found is not None:
        place = cut_place(line.core[found.end("body") :])[1]
        body = line.core[found.start("body") : found.end("body")]
        return Frame("add", body, place=place, explicit=True) if place else None
    before, place, after = cut_place(line.core)
    found = pattern(_ON_A_LIST).match(fold(before)) or pattern(_BELONGS).match(fold(before))
    if found is not None and place and not after:
        return Frame("add", before[found.start("body") : found.end("body")], place=place, explicit=True)
    return None


def _placed(line: Line) -> Frame | None:
    start = pattern(rf"^(?:{ADD}|mark)\b\s*").match(line.low)
    before, place, after = cut_place(line.core)
    if start is None or not place:
        return None
    if pattern(r"\b(?:off|out|from)\s+(?:of\s+)?$").search(fold(line.core[: line.core.rfind(place)])):
        return None
    body = before[start.end() :].strip(" ,")
    task = pattern(_TASK).match(fold(before))
    if task is not None:
        body = before[task.start("body") :].strip(" ,")
    if pattern(r"^(?:me|us|him|her|them|you|myself)$").match(fold(body)):
        return None
    if not body:
        return Frame("add", after, place=place, explicit=True)
    if pattern(TRACK).match(fold(body)) and list_name(place) != "shopping":
        return None
    reason = pattern(_REASON).match(fold(after))
    return Frame("add", body, when="" if reason else after, place=place, explicit=True)


def _marked(line: Line) -> Frame | None:
    for source in (_NOTE_ON, _NEW_ON):
        found = pattern(source).match(line.low)
        if found is not None:
            place = line.core[found.start("place") : found.end("place")]
            return Frame("add", line.core[found.start("body") :], place=place, explicit=True)
    for source in (_MARK, _TASK, _TASK_PLAIN):
        found = pattern(source).match(line.low)
        if found is not None:
            body = line.core[found.start("body") :].strip(" :-")
            before, place, after = cut_place(body)
            if source == _TASK_PLAIN and before and place and not after:
                return Frame("add", before, place=place, explicit=True)
            if source == _MARK and line.low.startswith("add") and pattern(_DICTATED).search(fold(body)):
                return Frame("add", body, field="doubtful")
            return Frame("add", body, explicit=True)
    return None


def _event(line: Line) -> Frame | None:
    if is_foreign(line.low):
        return None
    for source in (_CALENDAR, _SCHEDULE, _BOOKED, _EVENT, _ARRANGED, _NEW_EVENT):
        found = pattern(source).match(line.low)
        if found is not None:
            before, place, after = cut_place(line.core)
            if not place or len(before) <= found.start("body"):
                return Frame("add", line.core[found.start("body") :])
            return Frame("add", before[found.start("body") :], when=after, place=place, explicit=True)
    return None


def _bare(line: Line) -> Frame | None:
    if pattern(r"^(?:get|have)\b").match(line.low):
        return None
    found = pattern(r"^(?:add|append|re[\s-]?add|jot(?:\s+down)?|note\s+down|include)\s+(?P<body>.+)$").match(
        line.low
    )
    if found is None:
        return None
    body = line.core[found.start("body") :]
    low = pattern(_PRIORITY_FIRST).sub("", fold(body))
    if all(pattern(_ARITHMETIC).match(word) for word in low.split()):
        return None
    destination = pattern(
        r"\b(?:to|into|onto|on)\s+(?:(?:my|the|our|this|that|[\w']+'s)\b|.*\bcontacts?$)"
    ).search(low)
    foreign = pattern(rf"\b{FOREIGN}\b").search(low)
    if pattern(r"^up\b|^(?:to|into|onto)\s+(?:\w+\s+)?\w+$").match(low):
        return None
    if pattern(r'^"[^"]+"(?!\s+(?:to|into|onto|in)\s)').match(low):
        return Frame("add", body)
    if pattern(_NO_TASK_YET).match(low):
        return Frame("add", "") if is_anaphor(low) else None
    if pattern(rf"\b(?:to|into|in)\s+(?:the|my|this|that)\s+{FOREIGN}$").search(low):
        return None
    if pattern(_DICTATED).search(low) or (
        pattern(_TITLED).search(body) and not pattern(rf"^{DEED}\s").match(low)
    ):
        return Frame("add", body, field="doubtful")
    if pattern(rf"^{SURE_DEED}\s+\S").match(low):
        return Frame("add", body)
    if pattern(rf"^{MAYBE_DEED}\s+(?!to\b|into\b|on\b|from\b)\S").match(low) and not (
        destination and foreign
    ):
        return Frame("add", body)
    if (destination and not _is_day(low[destination.start() :])) or foreign:
        return None
    return Frame("add", body)


def _is_day(words: str) -> bool:
    return (
        pattern(rf"^on\s+the\s+\d|^on\s+(?:this|that|the)\s+(?:{WEEKDAY}|first|second|third|\w+th)\b").match(
            words
        )
        is not None
    )
