"""A log line is JSON, carries the ids of what is going on, and never a secret."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.one_lane

ROOT = Path(__file__).resolve().parents[2]
KEY = "configured-key-0123456789"


def lines_of(code: str) -> list[dict[str, Any]]:
    environment = {
        "PATH": os.environ["PATH"],
        "ENV_FILE": os.devnull,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_FORMAT": "json",
        "OPENAI_API_KEY": KEY,
        "OPENAI_MODEL": "m",
    }
    program = (
        f"import django; django.setup(); import logging, structlog\nlog = structlog.get_logger('t')\n{code}"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in finished.stderr.splitlines()]


def test_a_line_carries_what_was_bound() -> None:
    (line,) = lines_of("""
structlog.contextvars.bind_contextvars(request_id='r', conversation_id='c', turn_id='t', tool_name='n')
log.info('tool ran', latency_ms=3.5)
""")
    assert line["event"] == "tool ran"
    assert line["level"] == "info"
    expected = {
        "request_id": "r", "conversation_id": "c", "turn_id": "t", "tool_name": "n", "latency_ms": 3.5
    }  # fmt: skip
    assert {name: line[name] for name in expected} == expected


def test_the_standard_library_goes_the_same_way() -> None:
    (line,) = lines_of("logging.getLogger('some.package').warning('slow: %s', 'disk')")
    assert (line["event"], line["level"], line["logger"]) == ("slow: disk", "warning", "some.package")


def test_fields_named_like_secrets_are_masked_at_any_depth() -> None:
    code = """
headers = {'Authorization': 'Bearer abcdefgh', 'Cookie': 'a=b'}
items = [{'api_key': 'z'}]
log.info('x', password='hunter22', headers=headers, items=items, prompt_tokens=7, idempotency_key='k')
"""
    (line,) = lines_of(code)
    assert line["password"] == "***"
    assert line["headers"] == {"Authorization": "***", "Cookie": "***"}
    assert line["items"] == [{"api_key": "***"}]
    assert (line["prompt_tokens"], line["idempotency_key"]) == (7, "k")


def test_texts_that_look_like_secrets_are_masked() -> None:
    code = f"""
log.info('called with sk-proj-ABCDEFGH12345678 and {KEY}')
log.info('header Authorization: Bearer abc.def-ghi')
log.info('postgresql://joe:pa55word@db/tasks')
log.info('request', path='/accounts/link/MQ/abc-123/')
logging.getLogger('x').error('token=abcdef12345')
try:
    raise ValueError('the key {KEY} is wrong')
except ValueError:
    log.exception('failed')
"""
    lines = lines_of(code)
    text = json.dumps(lines)
    for secret in ("sk-proj", KEY, "abc.def-ghi", "pa55word", "abc-123", "abcdef12345"):
        assert secret not in text
    assert "postgresql://joe:***@db/tasks" in text
    assert "the key *** is wrong" in lines[-1]["exception"]
    assert "Traceback" in lines[-1]["exception"]


def test_secrets_are_found_in_any_case_and_alphabet() -> None:
    secrets = ["PASSWORD=hunter22", "Ap\u0131Key: hunter22", "\u017fecret=hunter22", "x TOKEN='hunter22'"]
    code = "".join(
        f"log.info({text!r})\n" for text in [*secrets, "BEARER hunter22hunter22", "SESSIONID=hunter22"]
    )
    lines = lines_of(code)
    assert len(lines) == 6
    assert "hunter22" not in json.dumps(lines)


def test_a_requests_line_has_its_fields_and_no_secret() -> None:
    code = f"""
from django.test import Client
client = Client(SERVER_NAME='localhost')
client.get('/api/none/token=abcdef12345/', headers={{'X-Request-ID': 'sk-proj-ABCDEFGH12345678'}})
client.get('/api/none/{KEY}/')
client.get('/health', headers={{'X-Request-ID': 'mine'}})
"""
    first, second = lines_of(code)
    assert first["path"] == "/api/none/token=***"
    assert first["request_id"] == "***"
    assert second["path"] == "/api/none/***/"
    assert (first["event"], first["logger"], first["level"]) == ("request", "tasklore.access", "info")
    assert (first["method"], first["status"]) == ("GET", 404)
    assert first["bytes"] > 100
    assert first["route"].endswith("api_not_found")
    assert first["timestamp"].endswith("Z")
