"""Sign-in through another server, over real HTTP to one that speaks OpenID Connect."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User

pytestmark = pytest.mark.one_lane

LOGIN = "/accounts/oidc/oidc/login/"
DORA = {"sub": "dora-at-work", "preferred_username": "dora", "name": "Dora Doe", "email": "dora@example.com"}


class Issuer(ThreadingHTTPServer):
    """Says that whoever comes is `person`; keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.person: dict[str, Any] = dict(DORA)
        self.sent: dict[str, list[str]] = {}
        self.audience = "tasklore"


class Answers(BaseHTTPRequestHandler):
    server: Issuer

    def do_GET(self) -> None:
        url = self.server.url
        if self.path == "/.well-known/openid-configuration":
            ends = {"authorization_endpoint": "/authorize", "token_endpoint": "/token"}
            ends |= {"userinfo_endpoint": "/me", "jwks_uri": "/keys"}
            self._answer({"issuer": url, **{name: url + path for name, path in ends.items()}})
        else:
            self._answer(self.server.person)

    def do_POST(self) -> None:
        self.server.sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        about = {"iss": self.server.url, "aud": self.server.audience, "exp": time.time() + 60}
        token = jwt.encode({**about, **self.server.person}, "k" * 32)
        self._answer({"access_token": "a", "token_type": "Bearer", "id_token": token})

    def _answer(self, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: Any) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def issuer(db: None, settings: Settings) -> Iterator[Issuer]:
    with Issuer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        app = {"provider_id": "oidc", "name": "Work", "client_id": "tasklore", "secret": "s3cret"}
        settings.OIDC_ISSUER, settings.OIDC_NAME, settings.OIDC_SIGNUP = server.url, "Work", True
        settings.SOCIALACCOUNT_PROVIDERS = {
            "openid_connect": {
                "OAUTH_PKCE_ENABLED": True,
                "APPS": [{**app, "settings": {"server_url": server.url}}],
            }
        }
        yield server
        server.shutdown()


def come_back(client: Client, process: str = "login") -> Any:
    """Through the other server and back, as a browser goes."""
    away = client.post(f"{LOGIN}?process={process}")
    asked = parse_qs(urlsplit(away["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"http://testserver{LOGIN}callback/"]
    return client.get(f"{LOGIN}callback/", {"code": "c", "state": asked["state"][0]})


def test_the_first_time_makes_an_account(issuer: Issuer) -> None:
    client = Client()
    assert "Sign in with Work" in client.get(reverse("login")).content.decode()
    assert come_back(client)["Location"] == "/"
    dora = User.objects.get()
    assert (dora.username, dora.first_name, dora.email) == ("dora", "Dora Doe", "dora@example.com")
    assert not dora.has_usable_password()
    assert issuer.sent["client_secret"] == ["s3cret"] and issuer.sent["code_verifier"]
    assert come_back(Client())["Location"] == "/"
    assert User.objects.count() == 1


def test_unless_that_is_closed(issuer: Issuer, settings: Settings) -> None:
    settings.OIDC_SIGNUP = False
    answer = come_back(Client())
    assert "takes no sign-ups" in answer.content.decode()
    assert not User.objects.exists()


def test_an_address_alone_opens_no_account(issuer: Issuer, alice: User) -> None:
    """The other server may let people write any address there."""
    EmailAddress.objects.create(user=alice, email="dora@example.com", verified=True, primary=True)
    client = Client()
    come_back(client)
    assert client.get(reverse("settings")).status_code == 302
    assert not SocialAccount.objects.filter(user=alice).exists()


def test_one_connects_it_in_the_settings(issuer: Issuer, alice: User, as_alice: Client) -> None:
    assert "Connect it" in as_alice.get(reverse("security")).content.decode()
    come_back(as_alice, "connect")
    assert SocialAccount.objects.get().user == alice
    elsewhere = Client()
    come_back(elsewhere)
    assert elsewhere.session["_auth_user_id"] == str(alice.pk)
    as_alice.post(reverse("socialaccount_connections"), {"account": SocialAccount.objects.get().pk})
    assert not SocialAccount.objects.exists()


def test_another_client_s_token_is_refused(issuer: Issuer) -> None:
    issuer.audience = "another-program"
    assert "did not work" in come_back(Client()).content.decode()
    assert not User.objects.exists()


def test_an_answer_that_nobody_asked_for_is_refused(issuer: Issuer) -> None:
    client = Client()
    client.get(f"{LOGIN}callback/", {"code": "c", "state": "made up"})
    assert client.get(reverse("settings")).status_code == 302
    assert not User.objects.exists()


def test_there_is_none_unless_it_is_set_up(db: None) -> None:
    assert Client().get(LOGIN).status_code == 404
