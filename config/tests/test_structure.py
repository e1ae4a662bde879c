"""What holds the house together: which way imports run, and that no door reads past access control."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.one_lane

ROOT = Path(__file__).resolve().parents[2]
APPS = ["accounts", "tasks", "memory", "chat"]  # each may import those before it
DOORS = ("views", "api", "tools", "mcp", "serializers")
SCOPES = {"visible_to", "writable_by", "editable_by", "restorable_by", "listed_for", "shared_with", "of"}


def sources(app: str) -> Iterator[Path]:
    for path in sorted((ROOT / app).rglob("*.py")):
        if "tests" not in path.parts and "migrations" not in path.parts:
            yield path


def imported_packages(tree: ast.Module) -> set[str]:
    """What is imported when the code runs: names that only types need may point up, as foreign keys do."""
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for statement in node.body
        for inner in ast.walk(statement)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def is_door(path: Path) -> bool:
    inside = path.relative_to(ROOT).with_suffix("").parts[1:]
    return any(part in DOORS or part.endswith(("_views", "_api")) for part in inside)


def unscoped_reads(tree: ast.Module) -> list[int]:
    """Lines where `.objects` is not followed at once by a scope."""
    scoped = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in SCOPES
    }
    managers = {"objects", "_default_manager", "_base_manager"}
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in managers and id(node) not in scoped
    ]


@pytest.mark.parametrize("app", APPS)
def test_imports_run_one_way(app: str) -> None:
    forbidden = set(APPS[APPS.index(app) + 1 :]) | {"config"}
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(app)
        for name in imported_packages(ast.parse(path.read_text())) & forbidden
    }
    assert wrong == set()


@pytest.mark.parametrize("app", APPS)
def test_doors_read_through_a_scope(app: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sources(app)
        if is_door(path)
        for line in unscoped_reads(ast.parse(path.read_text()))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("Task.objects.visible_to(user).open()", []),
        ("Task.objects.editable_by(user).get(pk=pk)", []),
        ("Task.objects.get(pk=pk)", [1]),
        ("Task.objects.filter(x=1).visible_to(user)", [1]),
        ("manager = Task.objects", [1]),
        ("get_object_or_404(Task.objects, pk=pk)", [1]),
        ("Task._default_manager.all()", [1]),
    ],
)
def test_the_rule_sees_what_it_should(source: str, lines: list[int]) -> None:
    assert unscoped_reads(ast.parse(source)) == lines
