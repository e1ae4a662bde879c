"""Recognise: help, courtesies, and what a project should remember."""

from __future__ import annotations

from .frames import Frame
from .vocabulary import MEETING, REMINDER_NOUN, SURE_DEED, TASK_NOUN, pattern
from .words import Line, fold

_YOU = r"(?:you|u|ya|the\s+ai|this\s+(?:app|thing|bot|assistant)|tasklore)"
_HELP = (
    r"^(?:(?:i\s+(?:need|want|could\s+use|would\s+like)\s+|give\s+me\s+|get\s+me\s+|any\s+"
    r"|can\s+i\s+(?:get|have)\s+)?(?:some\s+|a\s+little\s+)?help(?:\s+me)?(?:\s+(?:out"
    r"|please|page|menu|here|with\s+this))?|commands?|usage|examples?|instructions|manual|"
    r"what(?:\s+(?:commands|else|all|exactly|things|stuff))?\s+can\s+(?:you|i)\s+(?:do|say"
    r"|type|ask|write|tell)(?:\s+.{0,30})?|how\s+(?:does\s+this|do\s+(?:you|i\s+use\s+"
    r"(?:this|you|it)))\s*(?:work)?|how\s+(?:can|do|should|may)\s+i\s+use\s+.{1,20}|"
    r"how\s+(?:to|do\s+i)\s+(?:do\s+it|start|use\s+(?:this|it|you))|what\s+should\s+i\s+"
    r"(?:do|say)|i\s+don'?t\s+(?:understand|get\s+it|know\s+what\s+to\s+(?:do|say))|what\s+"
    r"(?:tasks|things|jobs|kinds?\s+of\s+(?:tasks|things))\s+(?:can|could|do)\s+you\s+(?:do"
    r"|complete|perform|handle)(?:\s+for\s+me)?|i'?m\s+(?:lost|confused|stuck)|\?+"
    r"|can\s+you\s+help(?:\s+me)?(?:\s+out)?"
    r"|(?:(?:hi|hey|hello)(?:\s+there)?[\s,!.]+)?i'?\s?a?m\s+new(?:\s+(?:here|to\s+this))?"
    r"|how\s+(?:do|can|would)\s+(?:i|you)\s+(?:set|add|create|make|delete|remove|complete|change|move|get|rename)\s+(?:up\s+)?"
    rf"(?:an?\s+|my\s+|the\s+)?(?:new\s+)?(?:{TASK_NOUN}|{REMINDER_NOUN})(?:\s.{{0,20}})?"
    r"|how\s+do\s+i\s+(?:begin|get\s+started))$"
)
_ABILITY = (
    r"\b(?:questions?|topics?|subjects?|things?|stuff|commands?|kinds?|types?|sorts?|areas?"
    r"|information|what|anything|capabilities|features|skills|abilities|capable|able)\b.*"
    rf"\b(?:ask|{_YOU}\s+(?:\w+\s+)?(?:do|know|answer|help|assist|handle|tell|respond|accept"
    r"|understand|familiar|capable|able|good|aware|can|are|have)|your\s+(?:capabilities"
    r"|features|skills|abilities|knowledge|expertise)|help\s+me\s+with)\b"
    r"|\bwhat\s+(?:are\s+your\s+\w+|do\s+you\s+(?:do|know|understand)|are\s+you\s+(?:good"
    r"|capable|able|familiar|for|knowledge?able))\b|\bhow\s+(?:can|could|do|may)\s+you\s+"
    r"(?:help|assist|be\s+of)\b|\byou(?:'re|\s+are)\s+(?:aware|knowledge?able|familiar)\b"
)
_GREETING = (
    r"^(?:(?:hi|hey|hello|hiya|howdy|yo|greetings|good\s+(?:morning|afternoon|evening|day))"
    r"(?:\s+(?:there|again|tasklore|assistant|everyone|you))?|how\s+are\s+you(?:\s+(?:doing"
    r"|today))*|what'?s\s+up|sup)$"
)
_THANKS = (
    r"^(?:ok\s+|okay\s+|great\s+|perfect\s+|cool\s+)?(?:thanks?(?:\s+you)?|thank\s+u|thx|ty"
    r"|cheers|much\s+appreciated|"
    r"appreciate\s+it)(?:\s+(?:a\s+lot|so\s+much|very\s+much|again|you|tasklore|buddy"
    r"|man)){0,3}(?:\s+for\s+.{1,40}"
    r"|[\s,.!]+that(?:'s|\s+is|'ll\s+be)\s+(?:all|it)(?:\s+for\s+(?:now|today))?)?$"
    r"|^that(?:'s|\s+is|'ll\s+be)\s+(?:all|it)(?:\s+for\s+(?:now|today))?(?:[\s,]+(?:thanks|thank\s+you))?$"
)
_BYE = (
    r"^(?:(?:good\s*)?bye(?:\s*bye)?|see\s+(?:you|ya)(?:\s+(?:later|soon|tomorrow))?"
    r"|good\s*night|ciao|later|ttyl|i(?:'?ve|\s+have)\s+got\s+to\s+(?:go|run).*)$"
)
_PRAISE = (
    r"^(?:(?:that'?s\s+)?(?:great|good|nice|perfect|awesome|cool|excellent|wonderful|fine"
    r"|amazing)(?:\s+(?:job|work|one|stuff))?|well\s+done|good\s+(?:bot|assistant)|"
    r"(?:that\s+)?sounds\s+good|ok(?:ay)?|alright|sure|yes|yeah|yep|no|nope|never\s*mind"
    r"|nevermind|nothing|stop)$"
)
_REMEMBER = (
    r"^(?:(?:please\s+)?(?:remember|memori[sz]e|keep\s+in\s+mind|note|make\s+a\s+note"
    r"|take\s+a\s+note|don'?t\s+forget|bear\s+in\s+mind|for\s+the\s+record|fyi)"
    r"(?:\s+(?P<private>privately|locally|only\s+here))?(?:\s+that\b"
    r"|\s*[:,]|\s+this\s*:)\s*(?P<body>.+)"
    r"|(?:remember|memori[sz]e)\s+(?P<fact>(?!to\b|when\b|what\b|how\b|who\b|where\b|me\b"
    r"|it\b|this\b|that\b|about\b)(?:.{1,200}?)\s(?:is|are|was|were|uses?|needs?|prefers?"
    r"|likes?|hates?|lives?|works?|has|have|runs?|goes|costs?|means|equals|=)\s.+"
    r"|(?!to\b|me\b|this\b|that\b)[^:]{1,60}:\s*\S.*)"
    r"|(?:we|i)\s+(?P<decided>(?:decided|agreed|chose|settled)\s+(?:to|on|that|for|against)\s.+)"
    r"|(?P<kind>decision|preference|context|solution|error|dependency)\s*:\s*(?P<typed>.+))$"
)
_RECALL = (
    r"^(?:what\s+do\s+(?:you|we)\s+(?:know|remember)\s+(?:about|of|on|regarding)\s+"
    r"(?P<about>.+)|(?:do\s+you\s+)?(?:recall|remember)\s+(?:anything\s+about"
    r"|everything\s+about|what\s+(?:i|we)\s+said\s+about|what\s+(?:i|we)\s+(?:decided"
    r"|told\s+you)\s+(?:about|on))\s+(?P<what>.+)|recall\s+(?P<recall>(?!(?:the\s+things|my"
    r"|the\s+list|all|what)\b).+)|"
    r"what\s+did\s+(?:i|we)\s+(?:decide|agree|say|tell\s+you|note|conclude)\s*(?:about|on"
    r"|regarding|for|to\s+do\s+about)?\s+(?P<decide>.+)|what\s+(?:was|is)\s+(?:our|the"
    r"|my)\s+(?P<ours>(?:decision|preference|agreement)\s+(?:about|on|for|regarding)\s+.+"
    r"|plan\s+(?:about|on|regarding)\s+.+)|"
    r"what\s+have\s+(?:i|we)\s+(?:decided|agreed|said|noted)\s+(?:about|on|regarding|for)\s+(?P<have>.+)|"
    r"(?:tell|show)\s+me\s+(?:what|everything)\s+(?:you|we)\s+(?:know|remember|decided)\s+(?:about|on)\s+"
    r"(?P<told>.+)|do\s+we\s+know\s+anything\s+about\s+(?P<any>.+)|"
    r"why\s+did\s+(?:we|i)\s+(?P<why>.+)|(?:search|look\s+in|check)\s+(?:your|the"
    r"|my)?\s*memory\s+(?:for|about)\s+(?P<memory>.+)|remind\s+me\s+(?:what|why|how|where"
    r"|who)\s+(?:we|i)\s+(?P<said>(?:decided|said|agreed|chose)\b.*)"
    r"|what\s+(?:was|were|has\s+been)\s+(?:said|decided|agreed)\s+(?:about|on|regarding)\s+(?P<been>.+)"
    r"|what\s+(?:did|have)\s+we\s+(?:decided?|agreed?)(?:\s+so\s+far)?(?P<decisions>)"
    r"|(?:what\s+do\s+you\s+remember|(?:show|list|see)\s+(?:me\s+)?(?:my|our|the|all)?\s*"
    r"(?:memory|memories))(?P<all>))$"
)
_FORGET = (
    r"^(?:forget|unlearn|stop\s+remembering|delete\s+the\s+memory|remove\s+the\s+memory)\s+"
    r"(?:that\s+|about\s+|what\s+i\s+said\s+about\s+|of\s+|(?P<named>the\s+memory\s+(?:(?:of|about)\s+)?)"
    r"|the\s+fact\s+that\s+)?(?P<body>.+)$"
)


def recognise(line: Line) -> Frame | None:
    low, whole = line.low, fold(line.text).strip(" .!?")
    for intent, source in (("thanks", _THANKS), ("greeting", _GREETING), ("bye", _BYE), ("praise", _PRAISE)):
        if pattern(source).match(whole) or pattern(source).match(low):
            return Frame("talk", field=intent)
    if pattern(_HELP).match(low) or pattern(_HELP).match(whole):
        return Frame("help")
    whole = pattern(r"[\s,]+(?:if|when|whenever)\s+you\s+(?:can|could|get\s+a\s+chance)$").sub("", whole)
    if (
        len(low) < 120
        and pattern(_ABILITY).search(whole)
        and not pattern(
            rf"(?<!how\s)\b(?:{TASK_NOUN}|lists?|reminders?|remember|calendar|schedule|remind\w*|add|put|delete|buy)\b"
        ).search(whole)
    ):
        return Frame("help")
    return None


def memory(line: Line) -> Frame | None:
    whole = line.text.rstrip(" .!?")
    for source in (whole, line.core):
        found = pattern(_REMEMBER).match(fold(source))
        if found is not None:
            name = next(n for n in ("body", "fact", "decided", "typed") if found[n])
            if name == "body" and pattern(
                rf"^{SURE_DEED}\s|^(?:i|we)\s+have\s+(?:an?|my)\s+(?:[\w'-]+\s+){{0,4}}?{MEETING}\b"
            ).match(found[name]):
                return None
            kind = fold(found["kind"]) if found["kind"] else "decision" if name == "decided" else ""
            start = found.start() if name == "decided" else found.start(name)
            private = "private" if found["private"] else ""
            return Frame("remember", source[start:].strip(), value=kind, field=private, explicit=True)
    found = pattern(_RECALL).match(line.low)
    if found is not None:
        name = next((n for n, v in found.groupdict().items() if v), "all")
        if found["decisions"] is not None:
            return Frame("recall", value="decision", explicit=True)
        return Frame("recall", line.core[found.start(name) : found.end(name)], explicit=True)
    found = pattern(_FORGET).match(line.low)
    if found is None:
        return None
    ours = pattern(rf"\b(?:{TASK_NOUN}|{REMINDER_NOUN})\b").search(line.low)
    if ours and not found["named"] and "the memory" not in line.low:
        return None
    return Frame("forget", line.core[found.start("body") :], explicit=True)


def memory_type(value: str) -> str:
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
