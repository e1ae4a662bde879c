"""compose.yaml, the Dockerfile and the Caddyfile name what there is, and keep to docs/scaling.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.tests.test_settings_documented import reads

pytestmark = pytest.mark.one_lane

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "tasklore"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_every_variable_is_a_setting() -> None:
    for name in OURS:
        given = SERVICES[name]["environment"]
        assert set(given) <= set(reads()), name
        assert {"DEBUG": "0", "REDIS_URL": "redis://redis:6379/0"}.items() <= given.items()
    baked = re.search(r"^ENV (.*?[^\\])$", DOCKERFILE, re.M | re.S)
    assert baked is not None
    names = set(re.findall(r"^\s*(\w+)=", baked[1], re.M))
    assert names <= set(reads()) | {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}


def test_a_variable_without_a_default_says_what_is_missing() -> None:
    text = (ROOT / "compose.yaml").read_text()
    required = set(re.findall(r"\$\{(\w+):\?", text))
    assert required == {"SECRET_KEY", "SITE", "POSTGRES_PASSWORD"}
    assert set(re.findall(r"\$\{(\w+)\}", text)) <= required
    assert required <= set(re.findall(r"(\w+)=%s|(SITE)=", text)[0]) | {"SECRET_KEY", "POSTGRES_PASSWORD"}


def test_there_are_two_workers_with_redis_and_pgvector_behind_a_proxy() -> None:
    assert SERVICES["web-1"] == SERVICES["web-2"]
    assert "pgvector" in SERVICES["postgres"]["image"]
    caddyfile = (ROOT / "deploy/Caddyfile").read_text()
    assert "web-1:8000 web-2:8000" in caddyfile
    assert "flush_interval -1" in caddyfile
    assert [name for name, each in SERVICES.items() if "ports" in each] == ["proxy"]


def test_what_runs_for_long_is_watched_and_starts_again() -> None:
    for name, service in SERVICES.items():
        assert ":" in service["image"] or name in OURS, f"{name}: name the version of its image"
        if name not in ("prepare", "daily"):
            assert "test" in service.get("healthcheck", {"test": "HEALTHCHECK" in DOCKERFILE}), name
        assert service["restart"] == ("no" if name == "prepare" else "unless-stopped"), name
        for needed in service.get("depends_on", ()):
            assert needed in SERVICES


def test_nothing_runs_as_root_and_nothing_secret_is_in_the_image() -> None:
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.M) == ["10001"]
    assert DOCKERFILE.index("USER 10001") < DOCKERFILE.index("\nCMD")
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".env", "var", "*.sqlite3*"} <= set(ignored)
    for name in OURS:
        assert (SERVICES[name]["read_only"], SERVICES[name]["cap_drop"]) == (True, ["ALL"]), name


def test_commands_exist() -> None:
    commands = {path.stem for path in ROOT.glob("*/management/commands/*.py")} | {"migrate"}
    text = (ROOT / "compose.yaml").read_text() + DOCKERFILE
    named = set(re.findall(r"manage\.py\"?,? \"?(\w+)", text))
    assert {"serve", "backup", "purge_trash"} <= named <= commands
