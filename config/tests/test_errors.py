"""A failure is problem+json under /api/ and a page elsewhere, with the same status, and leaks nothing."""

import pytest
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.one_lane

STATUSES = [
    ("not-found", 404, "not_found"),
    ("forbidden", 403, "forbidden"),
    ("invalid", 400, "invalid"),
    ("conflict", 409, "conflict"),
    ("particular", 409, "turn_running"),
    ("unnamed", 400, "error"),
    ("key-reused", 422, "key_reused"),
    ("unavailable", 503, "unavailable"),
    ("http404", 404, "not_found"),
    ("denied", 403, "forbidden"),
    ("database", 503, "unavailable"),
    ("bug", 500, "internal"),
]


@pytest.fixture
def client(settings: Settings) -> Client:
    settings.ROOT_URLCONF = "config.tests.raising_urls"
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("door", ["drf", "plain", "async"])
@pytest.mark.parametrize(("name", "status", "code"), STATUSES)
def test_programs_get_a_problem(client: Client, door: str, name: str, status: int, code: str) -> None:
    response = client.get(f"/api/{door}/{name}/")
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert set(problem) == {"type", "title", "status", "detail", "code", "errors", "request_id"}
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["request_id"] == response["X-Request-ID"]
    assert problem["detail"]
    assert "secret detail" not in response.content.decode()
    assert ("Retry-After" in response) == (status == 503)


def test_fields_are_named(client: Client) -> None:
    assert client.get("/api/plain/invalid/").json()["errors"] == {"title": ["It is empty."]}


def test_a_serializers_refusal_has_the_same_shape(client: Client) -> None:
    body = {"title": "too long", "labels": ["ok", "long"]}
    response = client.post("/api/drf/x/", body, content_type="application/json")
    assert response.status_code == 400
    problem = response.json()
    assert problem["code"] == "invalid"
    assert set(problem["errors"]) == {"title", "labels.1"}
    assert problem["errors"]["title"] == ["Ensure this field has no more than 5 characters."]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        ("{", "application/json", 400, "malformed"),
        ("[" * 100_000, "application/json", 400, "malformed"),
        ("title=x", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
    ],
)
def test_unreadable_bodies(client: Client, body: str, content_type: str, status: int, code: str) -> None:
    response = client.post("/api/drf/x/", body, content_type=content_type)
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_a_wrong_method_names_the_right_ones(client: Client) -> None:
    response = client.delete("/api/drf/x/")
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert response["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_too_many_requests_says_when_to_return(client: Client) -> None:
    response = client.get("/api/drf/throttled/")
    assert (response.status_code, response["Retry-After"]) == (429, "8")


def test_a_stranger_without_a_session_gets_401(client: Client) -> None:
    response = client.get("/api/closed/")
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
    assert response["WWW-Authenticate"]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "status"), [row[:2] for row in STATUSES])
def test_people_get_a_page(client: Client, name: str, status: int) -> None:
    response = client.get(f"/page/{name}/")
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")
    assert "<h1>" in response.content.decode()
    assert "secret detail" not in response.content.decode()


def test_a_page_about_a_lost_database_does_not_ask_the_database(client: Client) -> None:
    """Without the django_db mark any query fails the test."""
    client.cookies["sessionid"] = "a" * 32
    response = client.get("/page/database/")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "The database does not answer" in response.content.decode()


def test_an_unknown_api_address_is_a_problem(client: Client, settings: Settings) -> None:
    settings.ROOT_URLCONF = "config.urls"
    for address in ("/api/no-such-thing", "/api/no-such-thing/"):
        response = client.get(address)
        assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_a_form_without_its_token_is_refused_in_words(settings: Settings) -> None:
    page = Client(enforce_csrf_checks=True).post("/accounts/login/")
    assert page.status_code == 403
    assert "This form is out of date" in page.content.decode()


def test_a_write_without_its_token_is_refused_and_a_strangers_asks_who_it_is() -> None:
    client = Client(enforce_csrf_checks=True)
    stranger = client.post("/api/no-such-thing")
    assert (stranger.status_code, stranger.json()["code"]) == (401, "unauthenticated")
    client.cookies["sessionid"] = "a" * 32
    known = client.post("/api/no-such-thing")
    assert (known.status_code, known.json()["code"]) == (403, "csrf")
    assert "X-CSRFToken" in known.json()["detail"]
