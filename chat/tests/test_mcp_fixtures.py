"""The conformance suite's fixtures are added where a settings module says so, and nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from accounts.models import User
from chat.tests.mcp_client import McpProgram
from chat.tools.registry import all_tools

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_lane]


def names(program: McpProgram) -> set[str]:
    return {tool["name"] for tool in program.ask("tools/list")["tools"]}


def test_added_by_the_setting_alone(alice: User, settings: Settings) -> None:
    program = McpProgram(alice)
    assert names(program) == all_tools().keys()
    settings.MCP_FIXTURES = "chat.tests.mcp_fixtures.fixtures.add_to"
    assert names(program) > {*all_tools(), "test_simple_text", "test_input_required_result_elicitation"}
    assert program.call("add_task", title="Milk")["task"] == "INBOX-1"
    # One that reports progress is streamed, through the same stack.
    params = {"name": "test_tool_with_progress", "_meta": {"progressToken": "p"}}
    answer = program.send("tools/call", params)
    assert answer["Content-Type"] == "text/event-stream"


def test_not_by_the_environment_nor_in_production() -> None:
    given = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "MCP_FIXTURES": "chat.x", "DEBUG": "0"}
    given |= {"SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "localhost"}
    script = (
        "from config.settings import MCP_FIXTURES; print(repr(MCP_FIXTURES)); "
        "import chat.tests.mcp_fixtures.settings"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=django_settings.BASE_DIR,
        env=given,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.returncode) == ("''\n", 1)
    assert "no place in production" in done.stderr
