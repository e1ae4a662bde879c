"""Scores entries for a question, all in numpy: words (BM25), meaning (vectors), and who, when and where.

The weights are round numbers that hold on long conversations left out in turn; benchmarks/recall.py measures
them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from memory.candidates import Candidates
from memory.embeddings import SIMILAR
from memory.packing import ASKS, EPOCH, TELLS_TIME

K1, B = 0.9, 0.4
MEANING = 0.6
NAME_WEIGHT = 0.5
NEIGHBOURS = {-1: 0.15, 1: 0.3, 2: 0.1}
ABOUT_THE_PERSON = 0.8
A_QUESTION = 0.2
TELLS_WHEN = 0.4
# What a word counts that means nearly the same as one of the question.
RELATED = 0.5
RELEVANCE = 0.3
FRESHNESS, HALF_LIFE_DAYS = 0.1, 180.0
FEW = 20


@dataclass(frozen=True, slots=True)
class Question:
    """`words` maps each searched token, at most 62, to a word of the question; `when` says that it asks for a
    time; `vector` has length 1, or is zero. `related` has for a token those of words that mean nearly the
    same, and how nearly. `frequencies` and `entries` count the whole project when a part of it is ranked."""

    words: Mapping[int, str]
    when: bool
    vector: np.ndarray
    related: Mapping[int, Mapping[int, float]] = field(default_factory=dict)
    similar: float = SIMILAR
    frequencies: Mapping[int, int] = field(default_factory=dict)
    entries: int = 0


@dataclass(frozen=True, slots=True)
class Ranked:
    """`score` compares within one ranking; `fit`, from 0 to 1, between them: how much of the question the
    entry meets, by the rarity of its words or by meaning."""

    entry_id: int
    score: float
    why: str
    fit: float


def rank(question: Question, found: Candidates, *, limit: int, today: date) -> list[Ranked]:
    """The best first, at most `limit`; what neither shares a word nor resembles the question is out."""
    words, hits, covered = _by_words(question, found)
    meaning = found.likeness(question.vector)
    scores = _share_of_top(words) + MEANING * _share_of_top(np.maximum(meaning, 0))
    scores = _with_neighbours(scores, found)
    scores *= _fitness(question, found, today)
    scores[(hits == 0) & (meaning < question.similar)] = 0
    count = min(limit, len(scores))
    best = np.argsort(-scores, kind="stable")[:count]
    return [
        Ranked(
            found.ids[i],
            round(float(scores[i]), 4),
            _why(question, found, int(hits[i]), float(meaning[i]), i),
            round(max(float(covered[i]), float(meaning[i]) - question.similar + SIMILAR, 0.0), 4),
        )
        for i in best
        if scores[i] > 0
    ]


def _by_words(question: Question, found: Candidates) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """BM25 scores; for each entry which words it holds, as bits in the order of the question; and the share
    of the question that it holds, each word by its rarity."""
    scores, held = np.zeros(len(found.ids)), np.zeros(len(found.ids), np.int64)
    covered, asked = np.zeros(len(found.ids)), 0.0
    norms = K1 * (1 - B + B * found.lengths / found.lengths.mean())
    for place, token in enumerate(question.words):
        docs, weights = found.holders(token)
        holding = question.frequencies.get(token, len(docs))
        total = question.entries or len(found.ids)
        rarity = _rarity(holding, total)
        # Among a few entries every word that any of them holds would count as common.
        worth = _rarity(holding, max(total, FEW))
        asked += worth
        is_name = token in found.names
        if len(docs):
            share = NAME_WEIGHT if is_name else 1.0
            scores[docs] += rarity * share * weights * (K1 + 1) / (weights + norms[docs])
            held[docs] |= 1 << place
            covered[docs] += worth * np.minimum(weights, 1)
        if not is_name:
            scores += _by_related(question, found, token, rarity, norms)
    return scores, held, covered / max(asked, 1e-9)


def _rarity(holding: int, total: int) -> float:
    return math.log(1 + (max(total - holding, 0) + 0.5) / (holding + 0.5))


def _by_related(
    question: Question, found: Candidates, token: int, rarity: float, norms: np.ndarray
) -> np.ndarray:
    """What an entry without a word of the question gains by another that means nearly the same."""
    gained = np.zeros(len(found.ids))
    for other, likeness in question.related.get(token, {}).items():
        docs, weights = found.holders(other)
        if len(docs) and other not in question.words:
            rare = min(rarity, math.log(1 + (len(found.ids) - len(docs) + 0.5) / (len(docs) + 0.5)))
            gain = RELATED * likeness * rare * weights * (K1 + 1) / (weights + norms[docs])
            gained[docs] = np.maximum(gained[docs], gain)
    gained[found.holders(token)[0]] = 0
    return gained


def _share_of_top(scores: np.ndarray) -> np.ndarray:
    top = float(scores.max(initial=0))
    shared: np.ndarray = scores / top if top > 0 else scores * 0.0
    return shared


def _with_neighbours(scores: np.ndarray, found: Candidates) -> np.ndarray:
    """What is said next to something that fits is likely part of the answer."""
    total = scores.copy()
    for step, share in NEIGHBOURS.items():
        total += share * found.beside(scores, step)
    return total


def _fitness(question: Question, found: Candidates, today: date) -> np.ndarray:
    head = found.head
    traits = head["traits"]
    fitness = np.where(traits & ASKS, 1 - A_QUESTION, 1.0)
    named = _about(question, found)
    # When everybody is meant, nobody stands out.
    if named.any() and not bool(np.all(named[head["subject"][:, 0] > 0])):
        fitness *= np.where(named, 1 + ABOUT_THE_PERSON, 1)
    if question.when:
        fitness *= np.where(traits & TELLS_TIME > 0, 1 + TELLS_WHEN, 1)
    age = np.maximum((today - EPOCH).days - head["day"].astype(np.int64), 0)
    fitness *= 1 - FRESHNESS + FRESHNESS * 0.5 ** (age / HALF_LIFE_DAYS)
    weighed: np.ndarray = fitness * (1 + RELEVANCE * (head["relevance"] / 255 - 0.5))
    return weighed


def _about(question: Question, found: Candidates) -> np.ndarray:
    names = np.array(sorted(question.words.keys() & found.names), np.uint32)
    return np.asarray(np.isin(found.head["subject"], names).any(axis=1))


def _why(question: Question, found: Candidates, bits: int, meaning: float, place: int) -> str:
    shared = [question.words[each] for i, each in enumerate(question.words) if bits >> i & 1]
    reasons = []
    if shared:
        reasons.append("shares " + ", ".join(f"“{word}”" for word in shared))
    if meaning >= question.similar:
        reasons.append(f"means something similar ({meaning:.2f})")
    if not question.words.keys().isdisjoint(found.head["subject"][place].tolist()):
        reasons.append("is about whom you name")
    if question.when and found.head["traits"][place] & TELLS_TIME:
        reasons.append("says when")
    return "; ".join(reasons)
