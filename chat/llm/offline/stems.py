"""Words without their endings, so that "paying the bills" and "pay bill" are the same."""

from __future__ import annotations

from functools import lru_cache

from .spelling import mend
from .vocabulary import DEED, one_of, pattern
from .words import fold

_PAST = (
    "paid:pay bought:buy wrote:write written:write sent:send made:make took:take taken:take "
    "met:meet told:tell ran:run found:find went:go gone:go got:get gotten:get gave:give given:give did:do "
    "done:do spoke:speak spoken:speak sold:sell built:build fed:feed brought:bring left:leave swept:sweep "
    "drew:draw drove:drive ate:eat eaten:eat drank:drink slept:sleep swam:swim rode:ride hung:hang "
    "taught:teach caught:catch thought:think heard:hear kept:keep lent:lend lost:lose threw:throw "
    "thrown:throw flew:fly rang:ring sang:sing began:begin begun:begin chose:choose chosen:choose wore:wear "
    "hid:hide dug:dig froze:freeze saw:see seen:see said:say won:win knew:know grew:grow shaved:shave"
)
_IRREGULAR = dict(pair.split(":") for pair in _PAST.split())
PAST = rf"(?:{one_of(*_IRREGULAR)}|\w{{2,}}ed)"
# What people call the same thing by.
_SAME = (
    "mother:mom mum:mom mommy:mom mummy:mom father:dad daddy:dad grandmother:grandma nana:grandma "
    "grandfather:grandpa "
    "appt:appointment apt:appointment visit:appointment checkup:appointment check-up:appointment "
    "dr:doctor doc:doctor bday:birthday b-day:birthday mtg:meeting xmas:christmas "
    "tv:television groceries:grocery kids:children kid:children bike:bicycle fridge:refrigerator "
    "phone:call ring:call telephone:call purchase:buy get:buy grab:buy fetch:buy repair:fix mend:fix "
    "photo:picture photos:pictures laundromat:laundry trash:garbage rubbish:garbage"
)
_SYNONYMS = dict(pair.split(":") for pair in _SAME.split())
_FILLERS = (
    "the a an my our your this that these those to of for on at in with and or one task "
    "reminder item todo about please is are was were been has have it i we me from anything something "
    "thing"
)
_IGNORED = frozenset(_FILLERS.split())
_NAMING = ("called", "named")
_NAMED = ("one", "task", "reminder", "item", "todo", "thing", "something", "anything", "event", "meeting")


def lemma(word: str) -> str:
    """ "buy" of "bought", "call" of "called"; any other word as it is."""
    return _IRREGULAR.get(word, "") or _verb(word) or word


@lru_cache(maxsize=4096)
def stem(word: str) -> str:
    word = word.removesuffix("'s").removesuffix("'")
    word = _SYNONYMS.get(word, word)
    word = _SYNONYMS.get(_IRREGULAR.get(word, word), _IRREGULAR.get(word, word))
    verb = _verb(word)
    if verb:
        return _bare(_SYNONYMS.get(verb, verb))
    for ending, least in (("ing", 4), ("ies", 3), ("es", 4), ("ed", 4), ("s", 3)):
        if word.endswith(ending) and len(word) - len(ending) >= least and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    return _bare(_SYNONYMS.get(word, word))


def _verb(word: str) -> str:
    """ "buy" of "buying" and "fix" of "fixed": short verbs lose their endings only when they are known."""
    for ending in ("ing", "ed"):
        base = word.removesuffix(ending)
        if base == word or len(base) < 2:
            continue
        for each in (base, base + "e", base[:-1] if base[-1] == base[-2] else ""):
            if each and pattern(rf"^{DEED}$").match(each):
                return each
    return ""


def _bare(word: str) -> str:
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]
    silent = word[-1] == "e" or (word[-1] == "y" and word[-2] not in "aeiou")
    return word[:-1] if len(word) > 3 and silent else word


@lru_cache(maxsize=2048)
def keys(text: str) -> tuple[str, ...]:
    """The words of a text that tell it from others, without their endings."""
    words = pattern(r"[^\W_]+(?:['-][^\W_]+)*").findall(fold(mend(text)))
    pairs = zip(["", *words], words, strict=False)
    kept = tuple(
        stem(w) for before, w in pairs if w not in _IGNORED and not (w in _NAMING and before in _NAMED)
    )
    return kept or tuple(words)


def slipped(word: str, meant: str) -> bool:
    """Whether `word` is `meant` with a letter lost, doubled or swapped with the next. Another letter is no
    slip ("Maria" is not "Mario")."""
    if abs(len(word) - len(meant)) > 1 or word[0] != meant[0]:
        return False
    at = next(
        (i for i, (a, b) in enumerate(zip(word, meant, strict=False)) if a != b), min(len(word), len(meant))
    )
    if len(word) == len(meant):
        return word[at : at + 2] == meant[at : at + 2][::-1] and word[at + 2 :] == meant[at + 2 :]
    longer, shorter = sorted((word, meant), key=len, reverse=True)
    return longer[at + 1 :] == shorter[at:]
