"""From text to the terms that are searched: words without stop words, reduced to a stem."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_VOWELS = frozenset("aeiouy")

_STOP_WORDS = """
    a about after all also am an and any are aren as at be because been before being between both but by
    can could couldn d did didn do does doesn doing don done down during each for from had hadn has hasn
    have haven having he her here hers him his how i id if in into is isn it its ive just ll m may me
    might mine must my no nor not of off on or our ours out over own re really s same shall she should
    shouldn so some such t than that thats the their theirs them then there these they this those to too
    up us ve very was wasn we were weren what whats when where which while who whom whose why will with
    won would wouldn you your youre yours
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

# A question says "did she buy" where the answer says "bought": no suffix rule sees that.
_IRREGULAR_FORMS = """
    bad worse worst|become became|begin began begun|bite bit bitten|blow blew blown|break broke broken|
    bring brought|build built|buy bought|catch caught|child children|choose chose chosen choosing|
    come came coming|die dying|draw drew drawn|drink drank drunk|drive drove driven driving|eat ate eaten|
    fall fell fallen|feed fed|feel felt|fight fought|find found|fly flew flown|foot feet|
    forget forgot forgotten|freeze froze frozen|get got gotten getting|give gave given giving|
    go went gone goes going|good better best|grow grew grown|hang hung|hear heard|hide hid hidden|hold held|
    keep kept|knife knives|know knew known|lead led|leaf leaves|leave left|lie lying|life lives|
    lose lost losing|make made making|man men|mean meant|meet met|mouse mice|pay paid|person people|
    ride rode ridden riding|rise rose risen|run ran running|say said|see saw seen|sell sold|send sent|
    shelf shelves|shoot shot|show shown|sing sang sung|sleep slept|speak spoke spoken|spend spent|
    stand stood|steal stole stolen|swim swam swum|take took taken taking|teach taught|tell told|
    think thought|throw threw thrown|tie tying|tooth teeth|understand understood|wake woke woken|
    wear wore worn|wife wives|win won winning|woman women|write wrote written writing
"""
_IRREGULAR = {
    form: forms.split()[0] for forms in _IRREGULAR_FORMS.split("|") for form in forms.split() if forms.strip()
}
_ENDINGS = (
    ("fulness", "ful"), ("ousness", "ous"), ("iveness", "ive"), ("ational", "ate"), ("ization", "ize"),
    ("ation", "ate"), ("ness", ""), ("ment", ""), ("ity", ""), ("ically", "ic"), ("ally", "al"), ("ful", ""),
    ("ly", ""), ("ive", ""), ("er", ""), ("or", ""), ("ion", ""),
)  # fmt: skip


def words(text: str) -> list[str]:
    """Lower-case words in order; a possessive `'s` is dropped, other apostrophes close up."""
    found = []
    for word in _WORD.findall(text.lower().replace("’", "'")):
        found.append(word.removesuffix("'s").replace("'", ""))
    return found


def content_words(text: str) -> list[str]:
    return [word for word in words(text) if word not in STOP_WORDS]


def stems(text: str) -> list[str]:
    """The stems of the content words, in order, with repeats."""
    return [stem(word) for word in content_words(text)]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The form that its relatives share: `painted`, `paints` and `painting` give `paint`. English only;
    other words come back as they are, or with a plural's `s` gone."""
    word = _IRREGULAR.get(word, word)
    if len(word) <= 3 or not word.isascii() or word.isdigit():
        return word
    word = _without_tense(_singular(word))
    for ending, replacement in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word.removesuffix(ending) + replacement
            break
    if word.endswith("i"):
        word = word[:-1] + "y"
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _without_tense(word: str) -> str:
    for ending in ("ing", "ed"):
        root = word.removesuffix(ending)
        if root != word and len(root) >= 3 and _VOWELS.intersection(root):
            if root[-1] == root[-2] and root[-1] not in "lsz":
                return root[:-1]
            return root + "e" if root.endswith(("at", "bl", "iz")) else root
    return word
