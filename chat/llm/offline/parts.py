"""Extract: the parts of one sentence that are tasks of their own."""

from __future__ import annotations

from .vocabulary import DEED, EVENT_NOUN, pattern
from .words import fold


def several(body: str) -> list[str]:
    """The deeds that one sentence lists: "call Anna, pay rent and buy milk" are three."""
    parts = pattern(r"\s*[,;]\s*(?:and\s+)?(?:then\s+)?|\s+and\s+(?:then\s+)?").split(body)
    deed = pattern(rf"^(?:add\s+)?{DEED}\s+\S")
    if len(parts) > 1 and all(deed.match(fold(part)) for part in parts):
        return parts
    return [body]


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
