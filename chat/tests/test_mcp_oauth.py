"""OAuth at /mcp: the whole way of an honest program, and each short cut of a dishonest one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import ApiToken, OAuthClient, OAuthGrant, OAuthRefreshToken, User
from chat.tests.mcp_client import McpProgram
from chat.tests.oauth_program import BACK, OAuthProgram
from tasks.models import Change

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_lane]

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
APPS = "/settings/apps/"


@pytest.fixture
def program(transactional_db: None) -> OAuthProgram:
    return OAuthProgram()


def error_of(answer: Any, status: int = 400) -> str:
    body = orjson.loads(answer.content)
    assert (answer.status_code, bool(body["error_description"])) == (status, True), body
    return str(body["error"])


def asked_with(token: str, path: str = "/mcp", host: str = "testserver") -> int:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
    client = Client(headers=headers | {"Host": host})
    if path != "/mcp":
        return client.get(path).status_code
    return client.post(path, orjson.dumps(LIST), content_type="application/json").status_code


def test_the_metadata_leads_the_way(db: None) -> None:
    answer = Client().get("/.well-known/oauth-protected-resource/mcp").json()
    (issuer,) = answer["authorization_servers"]
    found = Client().get("/.well-known/oauth-authorization-server")
    body = found.json()
    assert (body["issuer"], found["Access-Control-Allow-Origin"]) == (issuer, "*")
    assert (body["code_challenge_methods_supported"], body["scopes_supported"]) == (
        ["S256"],
        ["read", "write"],
    )
    assert body["response_types_supported"] == ["code"]
    for name in ("token_endpoint", "registration_endpoint", "revocation_endpoint"):
        path = body[name].removeprefix(issuer)
        assert Client().get(path).status_code == 405
        assert Client().post(path, b"{", content_type="text/plain").status_code == 400
    assert body["authorization_endpoint"] == f"{issuer}/oauth/authorize"


def test_from_the_question_to_the_tools_and_the_end(program: OAuthProgram, alice: User) -> None:
    page = program.asks()
    assert "/accounts/login/" in page.redirect_chain[0][0]
    program.browser.force_login(alice)
    page = program.asks()
    html = page.content.decode()
    assert "Claude" in html and "this computer" in html and BACK in html and "alice" in html
    assert (page["X-Frame-Options"], "no-store" in page["Cache-Control"]) == ("DENY", True)
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    told = program.answered(page)
    assert (told["state"], told["iss"]) == ("s t&te", "http://testserver")
    answer = program.exchange(told["code"])
    assert "no-store" in answer["Cache-Control"]
    tokens = orjson.loads(answer.content)
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 3600, "read write")
    caller = McpProgram(alice, client="")
    caller.text = tokens["access_token"]
    caller.call("add_task", title="Milk")
    assert [(each.actor, each.client) for each in Change.objects.filter(door="mcp")] == [(alice, "Claude")]
    kept = str([list(model.objects.values()) for model in (ApiToken, OAuthGrant, OAuthRefreshToken)])
    assert not [text for text in (told["code"], *tokens.values()) if len(str(text)) > 20 and text in kept]

    renewed = orjson.loads(program.refresh(tokens["refresh_token"]).content)
    assert asked_with(renewed["access_token"]) == 200
    # Its person sees it, and among the tokens made by hand there is none of it.
    html = program.browser.get(APPS).content.decode()
    assert "Claude" in html and "reads and writes" in html
    assert "Claude" not in program.browser.get("/settings/tokens/").content.decode()
    (grant,) = OAuthGrant.objects.all()
    stranger = Client()
    stranger.force_login(User.objects.create_user("mallory"))
    assert "Claude" not in stranger.get(APPS).content.decode()
    assert stranger.post(f"{APPS}{grant.pk}/disconnect/").status_code == 404
    program.browser.handler.enforce_csrf_checks = False
    assert program.browser.post(f"{APPS}{grant.pk}/disconnect/").status_code == 302
    assert asked_with(renewed["access_token"]) == 401
    assert error_of(program.refresh(renewed["refresh_token"])) == "invalid_grant"


def test_a_token_is_good_where_it_was_issued_for(
    program: OAuthProgram, alice: User, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    token = program.connected(alice)["access_token"]
    assert asked_with(token) == 200
    assert (asked_with(token, host="other.example"), asked_with(token, "/api/tasks/")) == (401, 401)
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert asked_with(token) == 401
    page = program.asks(resource="https://other.example/mcp")
    assert (page.status_code, program.told(page)["error"]) == (400, "invalid_target")


@pytest.mark.parametrize(
    ("asked", "given", "scope"),
    [
        ("read", {}, "read"),
        ("read write", {"access": "read"}, "read"),
        (None, {}, "read write"),
        ("write offline_access", {"access": "read"}, "write"),
    ],
)
def test_the_person_says_how_much(
    program: OAuthProgram, alice: User, asked: str | None, given: dict[str, str], scope: str
) -> None:
    program.browser.force_login(alice)
    code = program.answered(program.asks(scope=asked), **given)["code"]
    tokens = orjson.loads(program.exchange(code).content)
    assert tokens["scope"] == scope
    caller = McpProgram(alice)
    caller.text = tokens["access_token"]
    listed = {tool["name"] for tool in caller.ask("tools/list")["tools"]}
    assert ("add_task" in listed, "list_tasks" in listed) == ("write" in scope, "read" in scope)
    # No refresh makes more of it.
    answer = program.refresh(tokens["refresh_token"], scope="read write")
    assert answer.status_code == (200 if scope == "read write" else 400)


def test_what_the_person_has_not_said_yes_to(program: OAuthProgram, alice: User) -> None:
    program.browser.force_login(alice)
    page = program.asks()
    assert program.answered(page, answer="no") == {
        "error": "access_denied",
        "state": "s t&te",
        "iss": "http://testserver",
    }
    hidden = program.hidden(page)
    post = program.browser.post
    assert post("/oauth/consent/", {"asked": hidden["asked"], "answer": "yes"}).status_code == 403
    assert (
        post("/oauth/consent/", hidden | {"answer": "yes", "asked": hidden["asked"] + "x"}).status_code == 400
    )
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert post("/oauth/consent/", hidden | {"answer": "yes"}).status_code == 400
    assert program.browser.get("/oauth/consent/").status_code == 400
    assert not OAuthGrant.objects.exists()


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge": "x"}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"scope": "admin"}, "invalid_scope"),
    ({"state": "s" * 3000}, "invalid_request"),
]
NOWHERE: list[dict[str, Any]] = [
    {"client_id": "unknown"},
    {"client_id": "a\0b"},
    {"client_id": "x" * 5000},
    {"redirect_uri": "https://evil.example/callback"},
    {"redirect_uri": BACK + "/../evil"},
    {"redirect_uri": BACK + "?x=1"},
    {"redirect_uri": "http://127.0.0.1.evil.example:8765/callback"},
    {"redirect_uri": "http://127.0.0.1:8765@evil.example/callback"},
    {"redirect_uri": "http://127.0.0.1:8765\\@evil.example/callback"},
    {"redirect_uri": "//evil.example/callback"},
    {"redirect_uri": "javascript:alert(1)"},
]


def test_a_question_that_is_wrong_goes_nowhere_by_itself(program: OAuthProgram, alice: User) -> None:
    program.browser.force_login(alice)
    for asked, error in REFUSED:
        page = program.asks(**asked)
        assert (page.status_code, program.told(page)["error"]) == (400, error), asked
    for asked in NOWHERE:
        page = program.asks(**asked)
        html = page.content.decode()
        assert page.status_code == 400 and "Tell the program" not in html and "evil" not in html, asked
    assert program.browser.post("/oauth/authorize").status_code in (403, 405)


def test_any_port_of_this_machine_and_no_other_difference(alice: User) -> None:
    program = OAuthProgram(redirect_uri="http://localhost/callback")
    program.back = "http://localhost:53111/callback"
    assert program.connected(alice)["scope"] == "read write"
    for other in (
        "http://127.0.0.1:53111/callback",
        "http://localhost:53111/other",
        "https://localhost/callback",
    ):
        assert program.asks(redirect_uri=other).status_code == 400


def test_a_code_is_good_once_for_one_program_and_a_minute(program: OAuthProgram, alice: User) -> None:
    code = program.code(alice)
    other = OAuthProgram("Other")
    for wrong in (
        {"code_verifier": "v" * 64},
        {"client_id": other.id},
        {"code": code + "x"},
        {"code": "\0"},
    ):
        assert error_of(program.exchange(**{"code": code} | wrong)) == "invalid_grant"
    assert error_of(program.exchange(code, redirect_uri=BACK + "2")) == "invalid_request"
    assert error_of(program.exchange(code, code_verifier=None)) == "invalid_request"
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert error_of(program.exchange(code)) == "invalid_grant"
    tokens = orjson.loads(program.exchange(code).content)
    assert asked_with(tokens["access_token"]) == 200
    # Whoever has it a second time may have stolen it: what came of it ends.
    assert error_of(program.exchange(code)) == "invalid_grant"
    assert asked_with(tokens["access_token"]) == 401


def test_a_refresh_token_is_good_once(program: OAuthProgram, alice: User) -> None:
    first = program.connected(alice)
    second = orjson.loads(program.refresh(first["refresh_token"]).content)
    assert second["refresh_token"] != first["refresh_token"]
    # Two windows of one program at once: the later one fails, and the program stays connected.
    assert error_of(program.refresh(first["refresh_token"])) == "invalid_grant"
    assert asked_with(second["access_token"]) == 200
    assert error_of(OAuthProgram("Other").refresh(second["refresh_token"])) == "invalid_grant"
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        assert error_of(program.refresh(first["refresh_token"])) == "invalid_grant"
        assert error_of(program.refresh(second["refresh_token"])) == "invalid_grant"
        assert asked_with(second["access_token"]) == 401
    third = program.connected(alice)
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        assert error_of(program.refresh(third["refresh_token"])) == "invalid_grant"
    alice.is_active = False
    alice.save()
    assert error_of(program.refresh(third["refresh_token"])) == "invalid_grant"


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_a_program_may_end_it_itself(program: OAuthProgram, alice: User, which: str) -> None:
    tokens = program.connected(alice)
    other = OAuthProgram("Other")
    assert other.revoke(tokens[which]).status_code == 200
    assert program.revoke("unknown").status_code == 200
    assert asked_with(tokens["access_token"]) == 200
    assert program.revoke(tokens[which], token_type_hint=which).status_code == 200
    assert asked_with(tokens["access_token"]) == 401
    assert error_of(program.refresh(tokens["refresh_token"])) == "invalid_grant"


BAD_REDIRECTS: list[Any] = [
    [], None, "https://a.example", ["http://a.example/callback"], ["javascript:alert(1)"], ["data:x"],
    ["https://a.example/#x"], ["https://me@a.example/"], ["https://"], ["file:///etc/passwd"], ["intent://x"],
    ["http://localhost.evil.example/"], ["https://a.example/"] * 21, ["https://a.example/" + "x" * 2000],
    [1], ["x y"],
]  # fmt: skip


def test_who_may_register_as_what(program: OAuthProgram) -> None:
    for uris in BAD_REDIRECTS:
        assert error_of(program.register({"redirect_uris": uris})) in (
            "invalid_redirect_uri",
            "invalid_client_metadata",
        ), uris
    for body in (b"", b"[]", b"{", b"[" * 100_000, b'{"redirect_uris": ["https://a.example/\xff"]}'):
        answer = program.http.post("/oauth/register", body, content_type="application/json")
        assert error_of(answer) == "invalid_client_metadata"
    good = [
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "com.example.app:/callback",
        "https://a.example/cb",
    ]
    for uri in good:
        OAuthProgram(redirect_uri=uri)
    made = OAuthProgram("<b>\u202eevil\n" + "x" * 300, token_endpoint_auth_method="client_secret_post")
    assert made.registered["token_endpoint_auth_method"] == "none"
    assert "client_secret" not in made.registered
    assert len(made.registered["client_name"]) == 100 and "\n" not in made.registered["client_name"]
    assert OAuthProgram("").registered["client_name"] == "this computer"


def test_nobody_fills_the_table_of_clients(program: OAuthProgram, alice: User, settings: Settings) -> None:
    program.connected(alice)
    with time_machine.travel(timezone.now() - timedelta(days=8)):
        OAuthProgram("Forgotten")
    OAuthProgram("Fresh")
    assert set(OAuthClient.objects.values_list("name", flat=True)) == {"Claude", "Fresh"}
    settings.RATE_LIMIT_ADDRESS = 2
    answers = [program.register({"redirect_uris": [BACK]}).status_code for _ in range(3)]
    assert answers[-1] == 429
    guesses = [program.exchange("guess").status_code for _ in range(3)]
    assert guesses[-1] == 429


def test_forms_alone_are_read_at_the_token_address(program: OAuthProgram) -> None:
    for body, kind in (
        (b"{}", "application/json"),
        (
            b'--x\r\nContent-Disposition: form-data; name="client_id"\r\n\r\nx\r\n--x--',
            "multipart/form-data; boundary=x",
        ),
        (b"", "application/x-www-form-urlencoded"),
        (b"client_id=%00&grant_type=x", "application/x-www-form-urlencoded"),
        (b"client_id=%ff%fe", "application/x-www-form-urlencoded"),
        (b"client_id=" + program.id.encode(), "application/x-www-form-urlencoded"),
        (
            urlencode({"client_id": program.id, "grant_type": "password"}).encode(),
            "application/x-www-form-urlencoded",
        ),
        (b"&" * 5000, "application/x-www-form-urlencoded"),
        (b"a=b&" * 5000, "application/x-www-form-urlencoded"),
    ):
        answer = program.http.post("/oauth/token", body, content_type=kind)
        assert answer.status_code in (400, 401), (body, answer.content)
        assert "access_token" not in answer.content.decode()


def test_a_friends_page_may_ask_and_no_other(program: OAuthProgram, settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]
    for origin, allowed in (("https://app.example", "https://app.example"), ("https://evil.example", None)):
        answer = Client(headers={"Origin": origin}).post("/oauth/token")
        assert answer.get("Access-Control-Allow-Origin") == allowed
