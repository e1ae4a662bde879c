"""Figures of what this process does, for monitoring: counted here, shown by config/metrics.py.

prometheus_client is only imported to show them: it costs the start 60 ms.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import perf_counter

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LabelValues = tuple[str, ...]


class Counter:
    """Counts by labels, which must have few values: never an id or a text that callers choose."""

    def __init__(self, name: str, help: str, labels: LabelValues) -> None:
        self.name, self.help, self.labels = name, help, labels
        self._lock = Lock()
        self._counts: dict[LabelValues, int] = {}
        COUNTERS.append(self)

    def add(self, *values: str, count: int = 1) -> None:
        with self._lock:
            self._counts[values] = self._counts.get(values, 0) + count

    def counts(self) -> dict[LabelValues, int]:
        with self._lock:
            return dict(self._counts)


class Histogram:
    """Durations in seconds by labels, sorted into buckets."""

    def __init__(self, name: str, help: str, labels: LabelValues = ()) -> None:
        self.name, self.help, self.labels = name, help, labels
        self._lock = Lock()
        self._seen: dict[LabelValues, tuple[list[int], list[float]]] = {}
        HISTOGRAMS.append(self)

    def observe(self, seconds: float, *values: str) -> None:
        with self._lock:
            if (seen := self._seen.get(values)) is None:
                seen = self._seen[values] = [0] * (len(SECONDS) + 1), [0.0]
            seen[0][bisect_left(SECONDS, seconds)] += 1
            seen[1][0] += seconds

    @contextmanager
    def time(self, *values: str) -> Iterator[None]:
        """Observes how long the block took, failed or not."""
        started = perf_counter()
        try:
            yield
        finally:
            self.observe(perf_counter() - started, *values)

    def seen(self) -> dict[LabelValues, tuple[list[int], float]]:
        """By labels, how many fell into each bucket and beyond the last, and the sum of all."""
        with self._lock:
            return {values: (list(counts), total[0]) for values, (counts, total) in self._seen.items()}


COUNTERS: list[Counter] = []
HISTOGRAMS: list[Histogram] = []
