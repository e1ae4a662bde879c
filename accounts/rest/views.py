"""What every address of the REST API shares: JSON in, JSON out, and who asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any, cast

import orjson
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.views import APIView

from accounts.models import User
from accounts.rest.bodies import read_json

# SQLite's driver gives times without a zone, and they are UTC.
OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC


def says_json(content_type: str | None) -> bool:
    """Whether a body is said to be JSON."""
    said = (content_type or "").partition(";")[0].strip().lower()
    return said == "application/json" or said.endswith("+json")


class JSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Any = None) -> Any:
        return read_json(stream.read())


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else orjson.dumps(data, option=OPTIONS)


class OnlyJSON(BaseContentNegotiation):
    """Reads what is said to be JSON, and answers in JSON whatever is asked for."""

    def select_parser(self, request: Any, parsers: Iterable[BaseParser]) -> BaseParser | None:
        return next(iter(parsers)) if says_json(request.content_type) else None

    def select_renderer(
        self, request: Any, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class ApiView(APIView):
    """The base of every view under /api/."""

    parser_classes = [JSONParser]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = OnlyJSON

    @property
    def actor(self) -> User:
        """Who asks: from the session or the token, never from an argument."""
        return cast(User, self.request.user)
