from collections.abc import Iterable
from typing import Any


def logging_config(level: str, format: str, *, secrets: Iterable[str]) -> dict[str, Any]:
    return {"version": 1, "disable_existing_loggers": False}
