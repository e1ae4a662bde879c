"""The benchmark's own lines: priorities, numbers, labels, repeats, memory, follow-ups, and other errands."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chat.llm.offline import read
from chat.llm.types import KnownTask, Situation

pytestmark = pytest.mark.one_lane

LINES = Path(__file__).resolve().parents[3] / "benchmarks" / "assistant_own.jsonl"
ROWS = [json.loads(line) for line in LINES.read_text(encoding="utf-8").splitlines()]
TASKS = [
    KnownTask("WEB-1", "buy milk"),
    KnownTask("WEB-2", "dentist appointment"),
    KnownTask("WEB-3", "call Anna"),
    KnownTask("WEB-4", "write quarterly report"),
    KnownTask("WEB-12", "pay rent"),
    KnownTask("HOME-5", "buy bread"),
    KnownTask("HOME-7", "fix the sink"),
]


@pytest.mark.parametrize("topic", sorted({row["topic"] for row in ROWS}))
def test_lines(topic: str) -> None:
    """All lines of a topic in one test: five hundred tests took ten times as long as what they test."""
    now = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    misread = []
    for row in (row for row in ROWS if row["topic"] == topic):
        context: dict[str, Any] = {n: row[n] for n in ("listed", "touched", "projects") if n in row}
        reading = read(row["text"], Situation(now=now, tasks=TASKS, **context))
        calls = [{"name": call.name, "arguments": dict(call.arguments)} for call in reading.calls]
        if calls != row["calls"]:
            misread.append({"text": row["text"], "read": calls, "meant": row["calls"]})
    assert misread == []


def test_there_are_enough_of_every_topic() -> None:
    topics = {row["topic"] for row in ROWS}
    assert len(ROWS) >= 300
    assert topics >= {"priority", "numbers", "labels", "recurrence", "memory", "follow-up", "out of scope"}
