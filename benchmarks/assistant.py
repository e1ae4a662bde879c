"""Measures of the built-in assistant: right tool, title, task meant, due date, false writes, latency, memory.

    python benchmarks/assistant.py DATA_DIR [--part dev|second|held] [--errors]

DATA_DIR holds utterances-dev.jsonl and dates-dev.jsonl; assistant_own.jsonl lies beside this file. `--part`
takes a fixed random share of the utterances. Rules were written while looking at `dev`, then at `second`.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

Row = Mapping[str, Any]
NOW = datetime(2026, 11, 22, 10, 0)  # noqa: DTZ001 - the user's local time
SEED = 20261122
WRITES = {
    "add_task",
    "update_task",
    "complete_task",
    "reopen_task",
    "delete_task",
    "restore_task",
    "create_project",
    "undo",
    "store_memory",
    "update_memory",
    "delete_memory",
}


def peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


BEFORE_IMPORT = peak_kib()

from chat.llm.offline import read, understand  # noqa: E402 - after the memory figure
from chat.llm.types import KnownTask, Situation  # noqa: E402

OWN_TASKS = [
    KnownTask("WEB-1", "buy milk"),
    KnownTask("WEB-2", "dentist appointment"),
    KnownTask("WEB-3", "call Anna"),
    KnownTask("WEB-4", "write quarterly report"),
    KnownTask("WEB-12", "pay rent"),
    KnownTask("HOME-5", "buy bread"),
    KnownTask("HOME-7", "fix the sink"),
]


def rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def part_of(everything: Sequence[Row], part: str) -> list[Row]:
    """A fixed random share of the lines: "dev" (half), "second" (a quarter) or "held" (a quarter)."""
    order = list(range(len(everything)))
    random.Random(SEED).shuffle(order)
    half, most = len(order) // 2, len(order) * 3 // 4
    chosen = {"dev": order[:half], "second": order[half:most], "held": order[most:]}[part]
    return [everything[i] for i in sorted(chosen)]


def tokens(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:'[^\W_]+)?", text.lower())


def f1(ours: str, theirs: str) -> float:
    a, b = Counter(tokens(ours)), Counter(tokens(theirs))
    shared = sum((a & b).values())
    return 2 * shared / (sum(a.values()) + sum(b.values())) if shared else 0.0


def tool_of(calls: Sequence[Row]) -> str:
    return str(calls[0]["name"]) if calls else "none"


def first(calls: Sequence[Row], name: str) -> str:
    return str(calls[0]["arguments"].get(name, "")) if calls else ""


class Scores:
    """Shares by name, and the lines that missed."""

    def __init__(self) -> None:
        self.points: dict[str, list[float]] = defaultdict(list)
        self.misses: dict[str, list[str]] = defaultdict(list)

    def add(self, name: str, point: float | bool, line: str = "") -> None:
        self.points[name].append(float(point))
        if point < 1:
            self.misses[name].append(line)

    def share(self, name: str) -> float:
        return 100 * statistics.fmean(self.points[name]) if self.points[name] else float("nan")

    def mean_of(self, prefix: str) -> float:
        shares = [self.share(name) for name in self.points if name.startswith(prefix)]
        return statistics.fmean(shares) if shares else float("nan")


def score_utterances(data: Sequence[Row], scores: Scores) -> None:
    titles = [row["target"] for row in data if row.get("target")]
    pick = random.Random(1)
    for row in data:
        calls = understand(row["text"], now=NOW)
        tool, stratum = tool_of(calls), row["stratum"]
        wanted = f"{row['tool']} {row.get('title') or row.get('target') or ''}"
        line = f"[{row['source']}] {row['text']!r} -> {json.dumps(calls)[:160]} wanted {wanted}"
        right = tool in row["accept"]
        if stratum in ("core", "shifted"):
            scores.add(f"tool {stratum}", right, line)
            scores.add(f"class {stratum} {row['tool']}", right, line)
        if stratum in ("oos", "oos_hard", "vague", "bulk"):
            scores.add(f"untouched {stratum}", not any(call["name"] in WRITES for call in calls), line)
            scores.add(f"tool {stratum}", right, line)
        if row.get("title") and tool == "add_task":
            scores.add(f"title f1 {stratum}", f1(first(calls, "title"), row["title"]))
            scores.add(f"title exact {stratum}", tokens(first(calls, "title")) == tokens(row["title"]), line)
        if row.get("target"):
            scores.add(
                f"target words {stratum}", f1(first(calls, "task"), row["target"]) >= 0.5 if right else 0.0
            )
            score_target(row, titles, pick, scores, stratum)
        if row.get("has_due") is not None and tool == "add_task":
            scores.add("due presence", bool(first(calls, "due")) == row["has_due"], line)
            if not row["has_due"]:
                scores.add("silent when none", not first(calls, "due"), line)


def score_target(row: Row, titles: Sequence[str], pick: random.Random, scores: Scores, stratum: str) -> None:
    others = [
        t
        for t in pick.sample(list(titles), min(len(titles), 30))
        if not set(tokens(t)) & set(tokens(row["target"]))
    ]
    tasks = [{"id": str(i), "title": t} for i, t in enumerate(dict.fromkeys(others[:9]), 101)]
    tasks.insert(pick.randrange(len(tasks) + 1), {"id": "100", "title": row["target"]})
    calls = understand(row["text"], now=NOW, tasks=tasks)
    scores.add(
        f"target {stratum}",
        first(calls, "task") == "100",
        f"[{row['source']}] {row['text']!r} -> {json.dumps(calls)[:150]} wanted {row['target']!r}",
    )


def score_dates(data: Sequence[Row], scores: Scores) -> None:
    for row in data:
        calls = understand(row["text"], now=datetime.fromisoformat(row["ref"]))
        due, title = first(calls, "due"), first(calls, "title")
        wanted = [(d, t) for d, t in row["accept"]]
        line = f"{row['text']!r} @{row['ref']} -> {due!r} {title!r} wanted {wanted} {row['title']!r}"
        got: tuple[str | None, str | None] = (due[:10], due[11:16] or None)
        if wanted[0][0] is None:
            got = (None, got[1])
        elif wanted[0][1] is None:
            got = (got[0], None)
        scores.add("due exact", got in wanted, line)
        if row["everyday"]:
            scores.add("due everyday", got in wanted, line)
        scores.add("title and due", got in wanted and tokens(title) == tokens(row["title"]), line)


def score_own(data: Sequence[Row], scores: Scores) -> None:
    for row in data:
        context = {name: row[name] for name in ("listed", "touched", "projects") if name in row}
        situation = Situation(now=NOW.replace(tzinfo=UTC), tasks=OWN_TASKS, **context)
        calls = [{"name": c.name, "arguments": dict(c.arguments)} for c in read(row["text"], situation).calls]
        line = f"{row['text']!r} -> {json.dumps(calls)} wanted {json.dumps(row['calls'])}"
        scores.add("own exact", calls == row["calls"], line)


def latencies(texts: Iterable[str]) -> list[float]:
    """Milliseconds of processor time, so that other work on the machine does not count."""
    spent = []
    for text in texts:
        start = time.process_time()
        understand(text, now=NOW)
        spent.append((time.process_time() - start) * 1000)
    return sorted(spent)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--part", choices=["dev", "second", "held"])
    parser.add_argument("--errors", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    data = rows(options.data / "utterances-dev.jsonl")
    if options.part:
        data = part_of(data, options.part)
    scores = Scores()
    score_utterances(data, scores)
    score_dates(rows(options.data / "dates-dev.jsonl"), scores)
    own = Path(__file__).with_name("assistant_own.jsonl")
    if own.exists():
        score_own(rows(own), scores)
    table(scores, [row["text"] for row in data])
    if options.errors:
        for name, lines in scores.misses.items():
            if name.startswith(
                options.only
                or (
                    "tool",
                    "title exact",
                    "target core",
                    "due",
                    "untouched",
                    "own exact",
                    "silent",
                    "title and",
                )
            ):
                print(f"\n== {name}", *lines, sep="\n  ")


def table(scores: Scores, texts: Sequence[str]) -> None:
    spent = latencies(texts)
    refused = latencies(text for text in texts if not understand(text, now=NOW))
    core = [name for name in scores.points if name.startswith("class core ")]
    measures: list[tuple[str, Callable[[], str]]] = [
        (
            "right tool, micro / macro",
            lambda: f"{scores.share('tool core'):.1f} / {scores.mean_of('class core'):.1f}",
        ),
        ("  by tool", lambda: ", ".join(f"{name.split()[-1]} {scores.share(name):.1f}" for name in core)),
        ("right tool, shifted", lambda: f"{scores.share('tool shifted'):.1f}"),
        (
            "title, token F1 / exact",
            lambda: f"{scores.share('title f1 core'):.1f} / {scores.share('title exact core'):.1f}",
        ),
        (
            "title, shifted",
            lambda: f"{scores.share('title f1 shifted'):.1f} / {scores.share('title exact shifted'):.1f}",
        ),
        (
            "the task meant (among ten), core / shifted",
            lambda: f"{scores.share('target core'):.1f} / {scores.share('target shifted'):.1f}",
        ),
        (
            "the task meant, words alone",
            lambda: f"{scores.share('target words core'):.1f} / {scores.share('target words shifted'):.1f}",
        ),
        ("due given when said, absent when not", lambda: f"{scores.share('due presence'):.1f}"),
        (
            "due exact: all / everyday / silent",
            lambda: " / ".join(
                f"{scores.share(n):.1f}" for n in ("due exact", "due everyday", "silent when none")
            ),
        ),
        ("title and due both exact", lambda: f"{scores.share('title and due'):.1f}"),
        (
            "data changed out of scope, plain / hard",
            lambda: (
                f"{100 - scores.share('untouched oos'):.1f} / {100 - scores.share('untouched oos_hard'):.1f}"
            ),
        ),
        (
            "any tool called out of scope, plain / hard",
            lambda: f"{100 - scores.share('tool oos'):.1f} / {100 - scores.share('tool oos_hard'):.1f}",
        ),
        (
            "data changed on vague / bulk",
            lambda: (
                f"{100 - scores.share('untouched vague'):.1f} / {100 - scores.share('untouched bulk'):.1f}"
            ),
        ),
        ("own set, exact calls", lambda: f"{scores.share('own exact'):.1f}"),
        (
            "processor time, p50 / p95 / worst",
            lambda: (
                f"{spent[len(spent) // 2]:.2f} / {spent[len(spent) * 95 // 100]:.2f} / {spent[-1]:.2f} ms"
            ),
        ),
        (
            "processor time of an empty answer, p50 / p95",
            lambda: f"{refused[len(refused) // 2]:.2f} / {refused[len(refused) * 95 // 100]:.2f} ms",
        ),
        ("memory more than before the import", lambda: f"{(peak_kib() - BEFORE_IMPORT) / 1024:.1f} MiB"),
    ]
    for name, value in measures:
        print(f"{name:46} {value()}")


if __name__ == "__main__":
    main()
