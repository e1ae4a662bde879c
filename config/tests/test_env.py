"""A wrong setting stops the start with one sentence; a right one is read as meant."""

import json
import os
import string
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config.env import Environment, SettingError, local_secret_key, read_env_file

pytestmark = pytest.mark.one_lane

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {"DEBUG": "0", "SECRET_KEY": string.printable[:62], "ALLOWED_HOSTS": "tasks.example.com"}


def start(command: list[str], settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "ENV_FILE": os.devnull,
        **settings,
    }
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"DEBUG": "maybe"}, "DEBUG must be 1 or 0 (also true/false, yes/no, on/off), not 'maybe'."),
        ({"PORT": "http"}, "PORT must be a whole number, not 'http'."),
        ({"PORT": "70000"}, "PORT must be between 1 and 65535, not 70000."),
        ({"LLM_TIMEOUT": "soon"}, "LLM_TIMEOUT must be a number, not 'soon'."),
        ({"LLM_TOOL_MODE": "magic"}, "LLM_TOOL_MODE must be one of auto, native, json, not 'magic'."),
        ({**PRODUCTION, "SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({**PRODUCTION, "ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is not set"),
        ({"OPENAI_BASE_URL": "http://localhost:1/v1"}, "OPENAI_MODEL is not set"),
        ({"OPENAI_EMBEDDING_MODEL": "e"}, "OPENAI_EMBEDDING_MODEL is set, and neither"),
        ({"OPENAI_BASE_URL": "localhost:1", "OPENAI_MODEL": "m"}, "OPENAI_BASE_URL must be an address"),
        ({"OPENAI_API_KEY_FILE": "/nowhere/key"}, "/nowhere/key, which cannot be read"),
        (
            {"DATABASE_URL": "mysql://u:hidden@h/d"},
            "DATABASE_URL must start with sqlite:/// or postgresql://.",
        ),
        ({"CSRF_TRUSTED_ORIGINS": "tasks.example.com"}, "CSRF_TRUSTED_ORIGINS must list origins"),
        ({"ENV_FILE": "nowhere.env"}, "nowhere.env, which does not exist."),
    ],
)
def test_the_start_stops_with_one_sentence(settings: dict[str, str], sentence: str) -> None:
    finished = start(["manage.py", "check"], settings)
    assert finished.returncode == 1
    assert finished.stdout == ""
    assert finished.stderr.startswith("Tasklore cannot start: ")
    assert sentence in finished.stderr
    assert len(finished.stderr.splitlines()) == 1
    assert "hidden" not in finished.stderr


def test_the_asgi_entry_stops_with_the_same_sentence() -> None:
    finished = start(["-c", "import config.asgi"], {"DEBUG": "maybe"})
    assert finished.returncode == 1
    assert finished.stderr.splitlines() == [
        "Tasklore cannot start: DEBUG must be 1 or 0 (also true/false, yes/no, on/off), not 'maybe'."
    ]


def test_production_passes_the_deploy_check_and_keeps_cookies_to_https() -> None:
    finished = start(["manage.py", "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION)
    assert finished.returncode == 0, finished.stderr
    shown = start(["manage.py", "diffsettings", "--all"], PRODUCTION).stdout
    for line in ("SESSION_COOKIE_SECURE = True", "CSRF_COOKIE_SECURE = True", "SECURE_SSL_REDIRECT = True"):
        assert line in shown


POSTGRESQL = "postgresql://u:p@db.example.com:6543/tasks?sslmode=require&channel_binding=require"


def database(**settings: str) -> dict[str, Any]:
    """The DATABASES entry with these settings, without the pool's functions."""
    program = """
import json
from config.settings import DATABASE
DATABASE['OPTIONS'].get('pool', {}).pop('reconnect_failed', None)
print(json.dumps(DATABASE))
"""
    found: dict[str, Any] = json.loads(start(["-c", program], settings).stdout)
    return found


def test_a_postgresql_address_keeps_its_parameters_and_gets_a_pool_and_time_limits() -> None:
    found = database(DATABASE_URL=POSTGRESQL, DATABASE_POOL="7")
    options = found["OPTIONS"]
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example.com", 6543, "tasks")
    assert (options["sslmode"], options["channel_binding"]) == ("require", "require")
    assert options["pool"]["max_size"] == 7
    assert options["options"] == "-c statement_timeout=30000 -c lock_timeout=10000 -c jit=off"
    assert options["prepare_threshold"] == 5


def test_a_server_that_pools_itself_is_told_only_what_was_asked_for() -> None:
    alone = database(DATABASE_URL=POSTGRESQL, DATABASE_POOL="0")["OPTIONS"]
    assert not {"pool", "options", "prepare_threshold"} & alone.keys()
    assert alone["channel_binding"] == "require"
    told = database(DATABASE_URL=POSTGRESQL, DATABASE_POOL="0", DATABASE_STATEMENT_TIMEOUT="2.5")["OPTIONS"]
    assert told["options"] == "-c statement_timeout=2500 -c jit=off"


def test_the_address_wins_over_the_time_limits() -> None:
    url = POSTGRESQL + "&options=-c%20lock_timeout%3D5s&connect_timeout=60"
    options = database(DATABASE_URL=url, DATABASE_STATEMENT_TIMEOUT="0")["OPTIONS"]
    assert options["options"] == "-c lock_timeout=10000 -c jit=off -c lock_timeout=5s"
    assert str(options["connect_timeout"]) == "60"


def test_a_secret_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file\n")
    assert Environment({"KEY_FILE": str(tmp_path / "key")}).secret("KEY") == "from-a-file"
    with pytest.raises(SettingError, match="Both KEY and KEY_FILE"):
        Environment({"KEY": "x", "KEY_FILE": str(tmp_path / "key")}).secret("KEY")


def test_the_local_secret_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret_key"
    key = local_secret_key(path)
    assert len(key) >= 50
    assert local_secret_key(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret_key"]


def test_a_damaged_secret_key_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("short")
    with pytest.raises(SettingError, match="damaged"):
        local_secret_key(tmp_path / "secret_key")


def test_the_environment_wins_over_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKLORE_A", "environment")
    monkeypatch.setenv("TASKLORE_B", "")
    monkeypatch.delenv("TASKLORE_B")
    (tmp_path / ".env").write_text('# comment\n\nTASKLORE_A=file\nTASKLORE_B="in quotes"\n')
    read_env_file(tmp_path / ".env", required=False)
    assert (os.environ["TASKLORE_A"], os.environ["TASKLORE_B"]) == ("environment", "in quotes")


def test_a_line_of_the_env_file_that_is_no_setting_is_refused_unseen(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DEBUG=1\nsk-secret\n")
    with pytest.raises(SettingError, match=r"line 2 of .*\.env is not of the form NAME=value\.") as caught:
        read_env_file(tmp_path / ".env", required=False)
    assert "sk-secret" not in str(caught.value)
