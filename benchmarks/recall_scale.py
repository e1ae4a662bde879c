"""How fast recall is in a project of 1,000, 10,000 and 100,000 memory items.

    .venv/bin/python benchmarks/recall_scale.py [--sizes 1000,10000,100000]

The items are sentences of made-up words whose frequencies fall as those of a language do (Zipf); a question
is six words of an item. DATABASE_URL names the database; a temporary SQLite file by default. Exits 1 when a
p95 is over its bound: 5, 10 and 50 ms.
"""

import argparse
import statistics
import sys
import time
from itertools import accumulate
from random import Random
from typing import Any

from rooms import measured_database

BOUNDS = {1_000: 5.0, 10_000: 10.0, 100_000: 50.0}
QUESTIONS = 200
VOCABULARY = 30_000
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures recall by the size of a project.")
    parser.add_argument("--sizes", default=",".join(map(str, BOUNDS)))
    sizes = [int(each) for each in parser.parse_args().sizes.split(",")]
    late = False
    with measured_database(max_items=1_000_000) as user:
        print("| items | stored in, s | p50, ms | p95, ms | CPU here p50 | p95 | bound |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for size in sizes:
            stored, wall, cpu = measure(user, size)
            bound = BOUNDS.get(size, max(BOUNDS.values()))
            figures = [stored, wall[49], wall[94], cpu[49], cpu[94]]
            print(f"| {size:,} | {' | '.join(f'{each:.1f}' for each in figures)} | {bound:g} |", flush=True)
            late = late or wall[94] >= bound
    return int(late)


def measure(user: Any, size: int) -> tuple[float, list[float], list[float]]:
    from memory.operations import store_memories
    from memory.recall import recall
    from tasks.changes import Origin
    from tasks.models import Door
    from tasks.operations import create_project

    chance = Random(size)
    vocabulary = ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(VOCABULARY)]
    shares = list(accumulate(1 / (rank + 3) for rank in range(VOCABULARY)))
    texts = [" ".join(chance.choices(vocabulary, cum_weights=shares, k=12)) for _ in range(size)]
    origin = Origin(Door.API)
    project = create_project(actor=user, origin=origin, key=f"SIZE{size}"[:10], name="Size")
    started = time.perf_counter()
    for start in range(0, size, 100):
        batch: list[Any] = [{"value": text, "type": "context"} for text in texts[start : start + 100]]
        store_memories(actor=user, origin=origin, project=project, items=batch)
    stored = time.perf_counter() - started
    analyze()
    seconds, cpu = [], []
    for number in range(QUESTIONS + 5):
        question = " ".join(chance.sample(chance.choice(texts).split(), 6))
        began, busy = time.perf_counter(), time.thread_time()
        hits = recall(actor=user, project=project, query=question, limit=10)
        if number >= 5:  # the first ones warm the caches
            seconds.append(time.perf_counter() - began)
            cpu.append(time.thread_time() - busy)
        assert hits
    return stored, cuts(seconds), cuts(cpu)


def cuts(seconds: list[float]) -> list[float]:
    """Hundredths, in ms."""
    return [each * 1000 for each in statistics.quantiles(seconds, n=100)]


def analyze() -> None:
    """Statistics for the planner, which PostgreSQL gathers by itself within a minute."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    sys.exit(main())
