"""Charts as SVG, drawn by the server: what a page shows of numbers, without a script.

Every chart is 100 high and 10 wide for each day; the page stretches it, and writes the words around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any

from django.utils.safestring import SafeString, mark_safe

STEP, HEIGHT = 10, 100
# What a scale may count by, in tenths of a power of ten.
ROUND = (10, 15, 20, 25, 30, 40, 50, 60, 80, 100)


@dataclass(frozen=True)
class Chart:
    """`paths` holds the path data of each series by its name, `marks` its scale from the top down."""

    width: int
    marks: tuple[int, ...]
    paths: dict[str, str]


@dataclass(frozen=True)
class Bar:
    """One line of a chart that lies: `share` is its length in percent of the longest."""

    label: str
    count: str
    share: float


def columns(**series: Sequence[int]) -> Chart:
    """A column for each number, one series beside the other."""
    top = top_of(max((max(numbers, default=0) for numbers in series.values()), default=0))
    wide = (STEP - 3) / len(series)
    paths = {
        name: "".join(
            f"M{place * STEP + 1.5 + wide * nth:g} {HEIGHT}v{-scaled(number, top):g}h{wide:g}V{HEIGHT}z"
            for place, number in enumerate(numbers)
            if number
        )
        for nth, (name, numbers) in enumerate(series.items())
    }
    return _chart(paths, top, len(next(iter(series.values()))))


def lines(**series: Sequence[int]) -> Chart:
    """A line through the running total of each series."""
    totals = {name: list(accumulate(numbers)) for name, numbers in series.items()}
    top = top_of(max((each[-1] for each in totals.values() if each), default=0))
    paths = {
        name: "M"
        + "L".join(f"{place * STEP + STEP / 2:g} {HEIGHT - scaled(n, top):g}" for place, n in enumerate(each))
        for name, each in totals.items()
    }
    return _chart(paths, top, len(next(iter(series.values()))))


def bars(counts: Sequence[tuple[str, int]]) -> list[Bar]:
    """Lines in the order given."""
    most = max((count for _, count in counts), default=0)
    return [Bar(label, f"{count:,}", round(100 * count / most, 2) if most else 0) for label, count in counts]


def day_rows(days: Sequence[date], *series: Sequence[int]) -> SafeString:
    """The rows of a table with a day in each, and its number of each series.

    Not in a template, where they take most of what a dashboard takes: nothing here was written by anybody.
    """
    return mark_safe(
        "".join(
            f'<tr><th scope="row"><time datetime="{day}">{day:%a} {day.day} {day:%b}</time></th>'
            + "".join(f'<td class="number">{number:,}</td>' for number in numbers)
            + "</tr>"
            for day, *numbers in zip(days, *series, strict=True)
        )
    )


def top_of(most: int) -> int:
    """The end of a scale of four equal steps of whole numbers that has room for `most`."""
    step = max(1, -(-most // 4))
    power: int = 10 ** (len(str(step)) - 1)
    return 4 * next(
        part * power // 10 for part in ROUND if part * power >= 10 * step and part * power % 10 == 0
    )


def scaled(number: int, top: int) -> float:
    return round(HEIGHT * number / top, 2)


def _chart(paths: dict[str, Any], top: int, days: int) -> Chart:
    return Chart(days * STEP, tuple(top * n // 4 for n in (4, 3, 2, 1, 0)), paths)
