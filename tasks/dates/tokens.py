"""Text as tokens that remember where they stood, and the numbers written in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime

from .words import MONTHS, MOVES, ORDINAL_ENDINGS, ORDINALS, TENS, UNITS

_TOKEN = re.compile(
    r"2(?:nite|night|day|morrow|moro|mrw|morow)(?![^\W_])"
    rf"|(?<=\d)(?:st|nd|rd|th)(?=(?:of)?(?:{'|'.join(MONTHS)})(?![^\W_]))"
    r"|[^\W\d_]+(?:['’‘`´][^\W\d_]+)*|\d+|[^\w\s]|_",
    re.IGNORECASE,
)
_APOSTROPHES = str.maketrans("", "", "'’‘`´")


@dataclass(frozen=True, slots=True)
class Token:
    """`word` is lower case without apostrophes; `glued`: nothing stands between it and the token before."""

    word: str
    start: int
    end: int
    glued: bool
    number: int | None


@dataclass(slots=True)
class Source:
    """A text to read, with the moment and the habit of its reader.

    `moves`: it moves something that may have a date already.
    """

    text: str
    now: datetime
    day_first: bool
    tokens: list[Token] = field(default_factory=list)
    today: date = field(init=False)
    moves: bool = field(init=False)

    def __post_init__(self) -> None:
        self.today = self.now.date()
        end = -1
        for match in _TOKEN.finditer(self.text):
            raw = match.group()
            number = int(raw) if len(raw) <= 4 and raw.isdecimal() else None
            word = raw.lower().translate(_APOSTROPHES) or raw
            self.tokens.append(Token(word, match.start(), match.end(), match.start() == end, number))
            end = match.end()
        self.moves = any(self.word(i) in MOVES for i in range(3))

    def word(self, i: int) -> str:
        return self.tokens[i].word if 0 <= i < len(self.tokens) else ""

    def number(self, i: int) -> int | None:
        return self.tokens[i].number if 0 <= i < len(self.tokens) else None

    def glued(self, i: int) -> bool:
        return 0 <= i < len(self.tokens) and self.tokens[i].glued

    def digits(self, i: int) -> int:
        """How many digits token `i` has when it is a number that can be read, else 0."""
        return len(self.tokens[i].word) if self.number(i) is not None else 0

    def is_word(self, i: int) -> bool:
        return self.word(i)[:1].isalpha()

    def after(self, i: int, *words: str) -> int | None:
        """The position behind `words` when they stand at `i`."""
        for word in words:
            if self.word(i) != word:
                return None
            i += 1
        return i


def number_at(source: Source, i: int) -> tuple[int, int] | None:
    """A whole number in figures or words below one hundred: (value, next position)."""
    number = source.number(i)
    if number is not None:
        return number, i + 1
    word = source.word(i)
    if word in UNITS:
        return UNITS[word], i + 1
    if word in TENS:
        j = i + 2 if source.word(i + 1) == "-" else i + 1
        unit = UNITS.get(source.word(j), 0)
        return (TENS[word] + unit, j + 1) if 0 < unit < 10 else (TENS[word], i + 1)
    return None


def ordinal_at(source: Source, i: int) -> tuple[int, int] | None:
    """`3rd`, `third`, `twenty-third`: (value, next position)."""
    number = source.number(i)
    if number is not None:
        tied = source.glued(i + 1) or source.word(i + 2) in MONTHS or source.word(i + 2) == "of"
        return (number, i + 2) if source.word(i + 1) in ORDINAL_ENDINGS and tied else None
    word = source.word(i)
    if word in ORDINALS:
        return ORDINALS[word], i + 1
    if word in TENS:
        j = i + 2 if source.word(i + 1) == "-" else i + 1
        unit = ORDINALS.get(source.word(j), 0)
        return (TENS[word] + unit, j + 1) if 0 < unit < 10 else None
    return None
