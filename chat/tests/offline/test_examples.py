"""Every example that the help shows reads as the table says."""

from __future__ import annotations

from datetime import datetime

import pytest

from chat.llm.offline import understand
from chat.llm.offline.examples import EXAMPLES, TASKS, Example, help_text

pytestmark = pytest.mark.one_lane

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
