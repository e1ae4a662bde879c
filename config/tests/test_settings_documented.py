"""docs/settings.md and .env.example name exactly the variables that config/settings.py reads."""

import ast
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.one_lane

ROOT = Path(__file__).resolve().parents[2]
READERS = {
    "text",
    "flag",
    "integer",
    "number",
    "choice",
    "names",
    "origins",
    "url",
    "secret",
    "database",
    "mail",
}
WITH_FILE = {"secret", "database", "mail"}
PREFIXES = (
    "RATE_LIMIT_",
    "SIGNIN_LIMIT_",
    "SIGNUP",
    "OIDC_SIGNUP",
    "OPENAI_",
    "LLM_",
    "TURN_",
    "CONTEXT_",
    "DAILY_",
    "REDIS_",
    "MAX_MEMORY_",
    "CONFIDENCE_",
)


def reads() -> dict[str, str]:
    """Variable → reader, from the calls in config/settings.py."""
    found = {}
    for node in ast.walk(ast.parse((ROOT / "config/settings.py").read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            name = node.args[0]
            source = ast.unparse(node.func.value)
            reader = node.func.attr
            known = (source == "env" and reader in READERS) or source == "os.environ"
            if known and isinstance(name, ast.Constant):
                found[str(name.value)] = reader
    return found


def documented() -> dict[str, str]:
    """Variable → the rest of its row in docs/settings.md."""
    text = (ROOT / "docs/settings.md").read_text()
    return dict(re.findall(r"^\| `([A-Z_]+)`(.*)$", text, flags=re.MULTILINE))


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    assert set(documented()) == set(reads())
    assert len(reads()) > 20


def test_the_example_file_lists_the_same_settings() -> None:
    example = (ROOT / ".env.example").read_text()
    assert set(re.findall(r"^#([A-Z_]+)=", example, flags=re.MULTILINE)) == set(reads())


def test_the_docs_mark_what_can_come_from_a_file() -> None:
    from_file = {name for name, rest in documented().items() if rest.startswith(" (or file)")}
    assert from_file == {name for name, reader in reads().items() if reader in WITH_FILE}


def test_every_setting_of_our_own_does_something() -> None:
    """Settings that only Django reads are left out: each of these must be read by an app."""
    ours = {name for name in reads() if name.startswith(PREFIXES)}
    sources = "".join(
        path.read_text()
        for app in ("accounts", "tasks", "memory", "chat")
        for path in (ROOT / app).rglob("*.py")
        if "tests" not in path.parts
    )
    assert {
        name for name in ours if not re.search(rf"settings\.{name}\b|settings, \"{name}\"", sources)
    } == set()


def test_no_other_module_reads_the_environment_for_settings() -> None:
    """A setting read elsewhere would escape the checks and the documentation."""
    elsewhere = {
        str(path.relative_to(ROOT))
        for app in ("accounts", "tasks", "memory", "chat")
        for path in (ROOT / app).rglob("*.py")
        if "tests" not in path.parts
        for name in reads()
        if re.search(rf"environ(\.get\(|\[|\.setdefault\()\s*[\"']{name}[\"']", path.read_text())
    }
    assert elsewhere == set()
