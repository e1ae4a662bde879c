"""Extract: the parts of one sentence that are tasks of their own."""

from __future__ import annotations

from .vocabulary import DEED, EVENT_NOUN, pattern
from .words import fold

# What says how a deed is done, and is none itself.
_TRAIT = r"^(?:(?:high(?:est)?|top|medium|low(?:est)?)\s+prio(?:rity)?|urgent|asap|[#@]\w+)$"


def several(body: str) -> list[str]:
    """The deeds that one sentence lists: "call Anna, pay rent and buy milk" are three."""
    parts: list[str] = []
    for part in pattern(r"\s*[,;]\s*(?:and\s+)?(?:then\s+)?|\s+and\s+(?:then\s+)?").split(body):
        if parts and pattern(_TRAIT).match(fold(part)):
            parts[-1] += f", {part}"
        else:
            parts.append(part)
    deed = pattern(rf"^(?:add\s+)?{DEED}\s+\S")
    if len(parts) > 1 and all(deed.match(fold(part)) for part in parts):
        return parts
    return [body]


# One thing to buy, with an "and" in its name.
_PAIRS = (
    r"\b(?:mac(?:aroni)?\s+and\s+cheese|half\s+and\s+half|salt\s+and\s+(?:pepper|vinegar)|fish\s+and\s+chips"
    r"|peanut\s+butter\s+and\s+jelly|bread\s+and\s+butter|pork\s+and\s+beans|oil\s+and\s+vinegar|ham\s+and\s+cheese"
    r"|cookies\s+and\s+cream|sweet\s+and\s+sour)\b"
)


def things(body: str) -> list[str]:
    """The things that a shopping list gets: "milk, eggs and two loaves of bread" are three."""
    if pattern(_PAIRS).search(fold(body)) or '"' in body:
        return [body]
    parts = pattern(r"\s*[,;]\s*(?:and\s+)?|\s+and\s+(?:also\s+)?").split(body.rstrip(" ,;"))
    thing = pattern(
        rf"^(?!{DEED}\s)(?!(?:it|that|this|them|then|also|one|more|for|to|on|i|we)\b)\S+(?:\s+\S+){{0,4}}$"
    )
    return parts if len(parts) <= 20 and all(thing.match(fold(part)) for part in parts) else [body]


def deeds(body: str) -> list[str]:
    """The parts of "to call Bob at 5pm and to email Sue tomorrow" that all begin with a verb, or none."""
    parts = pattern(
        r"\s*[,;]\s*(?:and\s+)?(?:then\s+|also\s+)*(?:remind\s+me\s+)?(?:to\s+)?(?=[^\W\d])"
        r"|\s+and\s+(?:then\s+|also\s+)*(?:remind\s+me\s+)?(?:to\s+)?(?=[^\W\d])"
    ).split(body)
    deed = pattern(rf"^(?:to\s+)?{DEED}\s+\S")
    return parts if all(deed.match(fold(part)) for part in parts) else []


def events(body: str) -> list[str]:
    """The parts of "lunch with Sam on Friday at noon and a call with Ann at 3", or none."""
    occasion = rf"(?:an?\s+|the\s+|my\s+)?(?:[\w'-]+\s+){{0,2}}?{EVENT_NOUN}\b"
    parts = pattern(rf"\s+and\s+(?={occasion})").split(body)
    return parts if all(pattern(rf"^{occasion}").match(fold(part)) for part in parts) else []
