"""How often recall finds an item by a question in other words, with vectors and without.

    .venv/bin/python benchmarks/paraphrase.py

paraphrase.jsonl holds pairs of an item and a question that share no content word; all items are in one
project. DATABASE_URL names the database; a temporary SQLite file by default.
"""

import json
import sys
from pathlib import Path
from typing import Any

from rooms import measured_database, without_vectors

PAIRS = Path(__file__).with_name("paraphrase.jsonl")


def main() -> int:
    pairs = [json.loads(line) for line in PAIRS.read_text().splitlines()]
    with measured_database(max_items=1000) as user:
        from memory.words import stems

        shared = [pair for pair in pairs if set(stems(pair["item"])) & set(stems(pair["question"]))]
        for pair in shared:
            print(f"shares a word, left out: {pair}")
        pairs = [pair for pair in pairs if pair not in shared]
        print(f"{len(pairs)} pairs\n| | recall@5 | recall@1 | answered |\n| --- | --- | --- | --- |")
        print(row("with vectors", measure(user, "WITH", pairs)))
        without_vectors()
        print(row("without vectors", measure(user, "WITHOUT", pairs)))
    return 0


def measure(user: Any, key: str, pairs: list[dict[str, str]]) -> tuple[float, float, float]:
    from memory.operations import store_memories
    from memory.recall import recall
    from tasks.changes import Origin
    from tasks.models import Door
    from tasks.operations import create_project

    origin = Origin(Door.API)
    project = create_project(actor=user, origin=origin, key=key, name=key)
    for start in range(0, len(pairs), 100):
        items: list[Any] = [{"value": pair["item"], "type": "context"} for pair in pairs[start : start + 100]]
        store_memories(actor=user, origin=origin, project=project, items=items)
    found = [
        ([hit.value for hit in recall(actor=user, project=project, query=pair["question"])], pair["item"])
        for pair in pairs
    ]
    return (
        sum(item in values for values, item in found) / len(pairs),
        sum(item in values[:1] for values, item in found) / len(pairs),
        sum(bool(values) for values, _ in found) / len(pairs),
    )


def row(name: str, figures: tuple[float, float, float]) -> str:
    return f"| {name} | {' | '.join(f'{figure:.3f}' for figure in figures)} |"


if __name__ == "__main__":
    sys.exit(main())
