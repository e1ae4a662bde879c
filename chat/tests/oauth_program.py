"""A program that signs in by OAuth as any could, and a person's browser that answers for it."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
from django.test import Client

from accounts.models import User

RESOURCE = "http://testserver/mcp"
BACK = "http://127.0.0.1:8765/callback"


class OAuthProgram:
    """Registered here under `name`, with a PKCE verifier of its own."""

    def __init__(self, name: str = "Claude", redirect_uri: str = BACK, **more: Any) -> None:
        self.browser = Client(enforce_csrf_checks=True)
        self.http = Client(enforce_csrf_checks=True)
        self.back = redirect_uri
        self.verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        self.challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        answer = self.register({"client_name": name, "redirect_uris": [redirect_uri], **more})
        assert answer.status_code == 201, answer.content
        self.registered = answer.json()
        self.id = self.registered["client_id"]

    def register(self, metadata: Any) -> Any:
        return self._post("/oauth/register", orjson.dumps(metadata), "application/json")

    def asks(self, **more: Any) -> Any:
        """What the browser gets at the address that the program opens."""
        asked = {
            **{"response_type": "code", "client_id": self.id, "redirect_uri": self.back, "state": "s t&te"},
            **{"code_challenge": self.challenge, "code_challenge_method": "S256"},
            **{"resource": RESOURCE, "scope": "read write", **more},
        }
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        return self.browser.get(f"/oauth/authorize?{query}", follow=True)

    def answered(self, page: Any, **given: str) -> dict[str, str]:
        """What the program is told when the person has answered on the consent page."""
        fields = {"answer": "yes", **self.hidden(page), **given}
        answer = self.browser.post("/oauth/consent/", fields)
        assert answer.status_code == 200, answer.content
        return self.told(answer)

    def hidden(self, page: Any) -> dict[str, str]:
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode())
        # The first form may be that of the header.
        return {name: unescape(value) for name, value in found}

    def told(self, page: Any) -> dict[str, str]:
        """What the address says that the page leads back to."""
        match = re.search(r'(?:content="0;url=|<p><a href=")([^"]+)"', page.content.decode())
        assert match, page.content.decode()
        target = unescape(match[1])
        assert target.startswith(self.back)
        return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}

    def code(self, user: User, **more: Any) -> str:
        self.browser.force_login(user)
        return self.answered(self.asks(**more))["code"]

    def token(self, **form: Any) -> Any:
        return self._form("/oauth/token", {"client_id": self.id, **form})

    def exchange(self, code: str, **more: Any) -> Any:
        given = {"code": code, "redirect_uri": self.back, "code_verifier": self.verifier} | more
        return self.token(grant_type="authorization_code", **given)

    def refresh(self, refresh_token: str, **more: Any) -> Any:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **more)

    def revoke(self, token: str, **more: Any) -> Any:
        return self._form("/oauth/revoke", {"client_id": self.id, "token": token, **more})

    def connected(self, user: User, **more: Any) -> dict[str, Any]:
        """The tokens that a person's yes led to."""
        answer = self.exchange(self.code(user, **more))
        assert answer.status_code == 200, answer.content
        return dict(orjson.loads(answer.content))

    def _form(self, path: str, form: dict[str, Any]) -> Any:
        sent = urlencode({name: value for name, value in form.items() if value is not None})
        return self._post(path, sent.encode(), "application/x-www-form-urlencoded")

    def _post(self, path: str, body: bytes, kind: str) -> Any:
        return self.http.post(path, body, content_type=kind)
