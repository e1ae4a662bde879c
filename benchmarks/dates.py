"""How well `tasks.dates` reads due dates, and how fast.

    python benchmarks/dates.py DATA_DIR [--errors]

DATA_DIR holds `dates-dev.jsonl` (text, ref, accept, title, everyday) and `utterances-dev.jsonl` (text,
has_due, title). An accepted time of null means that no time is asked for: "strict" then takes none, the other
measures any. Silence is measured on lines that have no due date, and on titles alone.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tasks.dates import cut, read_due
from tasks.recurrence import read_schedule

Line = dict[str, Any]
NOW = datetime.fromisoformat("2026-11-18T10:00")
# What the command assistant takes off before it has a title.
_COMMAND = re.compile(
    r"^(?:(?:hey|please|can you|i need you to|i want to be|i want you to)\W+)*"
    r"(?:(?:remind(?:ed)?(?: me)?|(?:new |set (?:up )?|add |make |create )?(?:me )?(?:an? |my |the )?"
    r"(?:new )?reminder(?: for me)?|i (?:don't|do not) want to forget)\b\W*)?"
    r"(?:i (?:need|have)\s+)?(?:to\s+|about\s+|of\s+|that\s+|for\s+)?(?:the day\s+|my\s+|the\s+|an?\s+)?",
    re.IGNORECASE,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--errors", action="store_true", help="print every line that is read wrongly")
    options = parser.parse_args()
    dates = _lines(options.data / "dates-dev.jsonl")
    utterances = _lines(options.data / "utterances-dev.jsonl")
    due_dates(dates, errors=options.errors)
    presence(utterances, errors=options.errors)
    silence([*dates, *utterances], errors=options.errors)
    speed(dates)


def _lines(path: Path) -> list[Line]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def due_dates(lines: list[Line], *, errors: bool) -> None:
    lenient, strict, everyday, titles, both = [], [], [], [], []
    for line in lines:
        reading = read_due(line["text"], now=datetime.fromisoformat(line["ref"]))
        right = _accepted(line, reading.due, strict=False)
        title = cut(line["text"], reading.spans)
        clean = line["title"] is None or _same_title(title, line["title"])
        lenient.append(right)
        strict.append(_accepted(line, reading.due, strict=True))
        titles.append(clean)
        both.append(right and clean)
        if line["everyday"]:
            everyday.append(right)
        if errors and not (right and clean):
            print(f"  {line['text']} | want {line['accept']} | read {reading.due} | left {title}")
    _report("due exact, all", lenient)
    _report("due exact, all, strict about times", strict)
    _report("due exact, everyday shapes", everyday)
    _report("title exact", titles)
    _report("title and due both exact", both)


def _accepted(line: Line, due: object, *, strict: bool) -> bool:
    if due is None:
        return False
    day, _, clock = str(due).partition(" ")
    for wanted_day, wanted_clock in line["accept"]:
        timed = clock[:5] == (wanted_clock or "") or (wanted_clock is None and not strict)
        if timed and wanted_day in (None, day):
            return True
    return False


def _same_title(left: str, title: str) -> bool:
    bare, wanted = _words(_COMMAND.sub("", left)), _words(title)
    rest = bare.removesuffix(wanted).strip() if bare.endswith(wanted) else None
    return rest in ("", "i", "my", "the") or _words(left) == wanted or bare == wanted.removeprefix("my ")


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def presence(lines: list[Line], *, errors: bool) -> None:
    said: list[bool] = []
    unsaid: list[bool] = []
    for line in lines:
        if line["has_due"] is None:
            continue
        schedule = read_schedule(line["text"], now=NOW)
        found = schedule.due is not None
        (said if line["has_due"] else unsaid).append(found == line["has_due"])
        if errors and found != line["has_due"]:
            print(f"  due {line['has_due']}: {line['text']} | read {schedule.due}")
    _report("due read when said", said)
    _report("silent when none is said", unsaid)


def silence(lines: list[Line], *, errors: bool) -> None:
    quiet = []
    for title in sorted({line["title"] for line in lines if line.get("title")}):
        due = read_due(title, now=NOW).due
        quiet.append(due is None)
        if errors and due is not None:
            print(f"  title: {title} | read {due}")
    _report("silent on titles alone", quiet)


def speed(lines: list[Line]) -> None:
    taken = []
    for line in lines:
        now = datetime.fromisoformat(line["ref"])
        rounds = []
        for _ in range(5):
            begun = time.perf_counter()
            read_due(line["text"], now=now)
            rounds.append(time.perf_counter() - begun)
        taken.append(min(rounds))
    taken.sort()
    p50, p95, worst = (taken[int((len(taken) - 1) * share)] * 1e6 for share in (0.50, 0.95, 1))
    print(f"{'reading one line, best of 5':38} p50 {p50:.0f} µs, p95 {p95:.0f} µs, worst {worst:.0f} µs")


def _report(name: str, results: Iterable[bool]) -> None:
    outcomes = list(results)
    share = 100 * sum(outcomes) / len(outcomes) if outcomes else float("nan")
    print(f"{name:38} {share:5.1f} % ({sum(outcomes)} of {len(outcomes)})")


if __name__ == "__main__":
    main()
