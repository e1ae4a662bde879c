"""Every example that the help shows reads as the table says."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from chat.llm.offline import understand
from chat.llm.offline.examples import EXAMPLES, TASKS, Example, help_text

pytestmark = pytest.mark.one_lane

PAGE = Path(__file__).resolve().parents[3] / "docs/commands.md"
NOW = datetime(2026, 11, 22, 10, 0)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.says)
def test_example(example: Example) -> None:
    assert understand(example.says, now=NOW, tasks=TASKS) == [
        {"name": example.tool, "arguments": example.arguments}
    ]


def test_help_shows_every_intent() -> None:
    text = help_text()
    for example in EXAMPLES:
        assert f"**{example.intent}**" in text


def test_the_page_shows_every_example() -> None:
    _head, _rule, *rows = [row for row in PAGE.read_text().splitlines() if row.startswith("| ")]
    intents = dict.fromkeys(each.intent for each in EXAMPLES)
    said = {intent: "<br>".join(e.says for e in EXAMPLES if e.intent == intent) for intent in intents}
    assert rows == [f"| {intent} | {says} |" for intent, says in said.items()]
