"""How well recall finds the turns that answer a question about a long conversation, and how fast.

    .venv/bin/python benchmarks/recall.py DATA_FILE [--without-vectors]

DATA_FILE is a JSON list of conversations: `turns` (`id`, `speaker`, `text`, `image_caption`, `session`, `at`)
and `questions` (`question`, `evidence` = ids of turns, `category`). Every turn becomes an item of one project
a conversation, through the operations. DATABASE_URL names the database; a temporary SQLite file by default.
Exits 1 when recall@10 is below the floor of .79.
"""

import argparse
import json
import math
import statistics
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rooms import measured_database, without_vectors

FLOOR = 0.79
CUTS = (5, 10, 20)
BATCH = 100


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures recall on long conversations.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--without-vectors", action="store_true")
    options = parser.parse_args()
    conversations = json.loads(options.data.read_text())
    with measured_database(max_items=100_000) as user:
        if options.without_vectors:
            without_vectors()
        figures, seconds = measure(user, conversations)
    show(figures, seconds)
    return int(statistics.mean(figures["all"]["recall@10"]) < FLOOR)


def measure(user: Any, conversations: list[dict[str, Any]]) -> tuple[dict[str, Any], list[float]]:
    from memory.recall import recall
    from tasks.changes import Origin
    from tasks.models import Door
    from tasks.operations import create_project

    figures: dict[str, Any] = defaultdict(lambda: defaultdict(list))
    seconds = []
    for number, conversation in enumerate(conversations):
        origin = Origin(Door.API)
        project = create_project(actor=user, origin=origin, key=f"TALK{number}", name="Talk")
        store(user, origin, project, conversation["turns"])
        recall(actor=user, project=project, query="warm up", limit=20)
        for question in conversation["questions"]:
            started = time.perf_counter()
            hits = recall(actor=user, project=project, query=question["question"], limit=20)
            seconds.append(time.perf_counter() - started)
            scores = score([hit.key for hit in hits], set(question["evidence"]))
            for group in ("all", question["category"], f"conversation {number + 1}"):
                for name, value in scores.items():
                    figures[group][name].append(value)
    return figures, seconds


def store(user: Any, origin: Any, project: Any, turns: list[dict[str, Any]]) -> None:
    from memory.operations import store_memories

    items: list[Any] = [
        {
            "key": turn["id"],
            "value": f"{turn['text']} [{turn['image_caption']}]" if turn["image_caption"] else turn["text"],
            "type": "context",
            "subject": turn["speaker"],
            "thread": str(turn["session"]),
            "occurred_at": datetime.fromisoformat(turn["at"]).replace(tzinfo=UTC),
        }
        for turn in turns
    ]
    for start in range(0, len(items), BATCH):
        store_memories(actor=user, origin=origin, project=project, items=items[start : start + BATCH])


def score(found: list[str], evidence: set[str]) -> dict[str, float]:
    values = {f"recall@{cut}": len(evidence & set(found[:cut])) / len(evidence) for cut in CUTS}
    values["hit@10"] = float(bool(evidence & set(found[:10])))
    gain = sum(1 / math.log2(place + 2) for place, key in enumerate(found[:10]) if key in evidence)
    best = sum(1 / math.log2(place + 2) for place in range(min(10, len(evidence))))
    return {**values, "nDCG@10": gain / best}


def show(figures: dict[str, Any], seconds: list[float]) -> None:
    names = [*(f"recall@{cut}" for cut in CUTS), "hit@10", "nDCG@10"]
    print(f"| | questions | {' | '.join(names)} |")
    print("| --- " * (len(names) + 2) + "|")
    for group, values in figures.items():
        means = " | ".join(f"{statistics.mean(values[name]):.3f}" for name in names)
        print(f"| {group} | {len(values['hit@10'])} | {means} |")
    cuts = statistics.quantiles(seconds, n=100)
    print(f"\nLatency of one recall of 20: p50 {cuts[49] * 1000:.1f} ms, p95 {cuts[94] * 1000:.1f} ms")


if __name__ == "__main__":
    sys.exit(main())
