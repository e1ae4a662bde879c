"""Every request has an id, a log line and safe headers; what no page can take is refused at the door."""

import gzip
import json
import logging
import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User


def access_lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [record.msg for record in caplog.records if record.name == "tasklore.access"]  # type: ignore[misc]


@pytest.mark.parametrize("path", ["/health", "/health/"])
def test_health_asks_neither_database_nor_session(client: Client, path: str) -> None:
    """Without the django_db mark any query fails the test."""
    client.cookies["sessionid"] = "a" * 32
    response = client.get(path)
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert client.post(path).status_code == 405


def test_a_request_id_is_kept_or_made(client: Client) -> None:
    assert client.get("/health", headers={"X-Request-ID": "trace-1.a_B"})["X-Request-ID"] == "trace-1.a_B"
    for given in ("", "has space", "x" * 65, "a\nb", "<script>"):
        made = client.get("/health", headers={"X-Request-ID": given})["X-Request-ID"]
        assert re.fullmatch(r"[0-9a-f]{32}", made)


@pytest.mark.django_db
def test_the_log_line_names_the_request_and_a_person_who_is_known(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    alice = User.objects.create_user("alice")
    client.force_login(alice)
    client.get("/accounts/password/")
    client.get("/api/no-such-thing")
    seen, unseen = access_lines(caplog)
    assert (seen["method"], seen["path"], seen["status"]) == ("GET", "/accounts/password/", 200)
    assert (seen["route"], seen["user_id"]) == ("password_change", str(alice.pk))
    assert seen["bytes"] > 1000
    assert seen["latency_ms"] > 0
    assert re.fullmatch(r"[0-9a-f]{32}", seen["request_id"])
    assert "user_id" not in unseen, "the session was read for a log line"


@pytest.mark.django_db
def test_pages_carry_a_strict_policy(client: Client) -> None:
    response = client.get("/accounts/login/")
    policy = response["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["connect-src"] == "'self'"
    assert directives["frame-ancestors"] == directives["base-uri"] == "'none'"
    assert "unsafe" not in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"


@pytest.mark.django_db
@pytest.mark.parametrize("cookie", ['"\\000"', "a\\000b", "x" * 5000, "é", "' OR 1=1"])
def test_a_session_cookie_that_cannot_be_one_is_dropped(client: Client, cookie: str) -> None:
    response = client.get("/accounts/password/", headers={"Cookie": f"sessionid={cookie}"})
    assert response.status_code == 302


@pytest.mark.parametrize("address", ["/health?q=%00", "/accounts/link/a%00/b/", "/api/x%00"])
def test_a_nul_in_the_address_is_refused(client: Client, address: str) -> None:
    assert client.get(address).status_code == 400


@pytest.mark.django_db
def test_a_page_of_another_origin_may_not_read_the_api(client: Client) -> None:
    response = client.get("/api/x", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in response
    assert json.loads(response.content)["status"] == 404


def test_pages_are_compressed_and_answers_to_programs_are_not(as_alice: Client) -> None:
    page, answer = (
        as_alice.get(path, headers={"Accept-Encoding": "gzip"}) for path in ("/settings/", "/api/schema/")
    )
    assert (page.headers["Content-Encoding"], page.headers["Vary"]) == ("gzip", "Cookie, Accept-Encoding")
    assert b"<!DOCTYPE html>" in gzip.decompress(page.content)
    assert "Content-Encoding" not in answer.headers


@pytest.mark.django_db
def test_no_cache_that_others_share_keeps_an_answer(client: Client) -> None:
    alice = User.objects.create_user("alice")
    client.force_login(alice)
    for path in ("/api/tasks/", "/api/dashboard/", "/", "/settings/", "/api/none", "/none"):
        answer = client.get(path)
        said = answer["Cache-Control"]
        assert "private" in said or "no-store" in said, (path, answer.status_code)
