"""Logs: one event a line with the ids of what is going on, in JSON or for a console, secrets masked.

Code that knows an id binds it: `structlog.contextvars.bind_contextvars(conversation_id=…, turn_id=…)`.
`request_id` and `user_id` are there for every line written while a request is answered.
"""

import logging.config
import re
from collections.abc import Callable, Iterable, MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase

EventDict = MutableMapping[str, Any]

MASK = "***"
SECRET_NAME = re.compile(
    r"(^|[_-])(password\d?|passwd|secret|secret[_-]?key|token|api[_-]?key|authorization|cookie|sessionid|csrf\w*token)$",
    re.IGNORECASE,
)
SECRET_TEXT = [
    (re.compile(r"\b(sk|pk|rk|tl)-[A-Za-z0-9_-]{8,}"), MASK),
    (re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(r"(://[^\s:/@]*:)[^\s/@]+(?=@)"), rf"\1{MASK}"),
    (
        re.compile(r"((?:api_?key|token|password|secret|sessionid)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&;,]+", re.I),
        rf"\1{MASK}",
    ),
    (re.compile(r"(/accounts/link/)[^\s/]+/[^\s/\"']+"), rf"\1{MASK}"),
    (re.compile(r"(/calendar/)[^\s/]+(\.ics)"), rf"\1{MASK}\2"),
]
# Each pattern above needs one of these, in lower case: a text without any is not searched.
SECRET_MARKS = (
    "sk-", "pk-", "rk-", "tl-", "bearer", "basic", "://", "key", "token", "password", "secret", "sessionid",
    "/link/", "/calendar/",
)  # fmt: skip

ACCESS = "tasklore.access"
access_log = logging.getLogger(ACCESS)
current_request: ContextVar[HttpRequest | None] = ContextVar("current_request", default=None)


def configure(options: dict[str, Any]) -> None:
    """Set up structlog and the standard library's logging from LOGGING: level, format, secrets."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        add_user_id,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    mask = mask_secrets(options["secrets"])
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if options["format"] == "json"
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "events": {
                    "()": EventFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        structlog.processors.format_exc_info,
                        mask,
                        renderer,
                    ],
                    "access_line": AccessLine(mask, None if options["format"] == "json" else renderer),
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
            "root": {"level": options["level"], "handlers": ["stderr"]},
            "loggers": {
                "django": {"level": "NOTSET", "handlers": [], "propagate": True},
                # Its warnings repeat what the access line says.
                "django.request": {"level": "ERROR"},
                "asyncio": {"level": "WARNING"},
                "uvicorn": {"level": "WARNING", "handlers": [], "propagate": True},
                "httpx2": {"level": "WARNING"},
                "httpcore2": {"level": "WARNING"},
                "openai": {"level": "WARNING"},
            },
        }
    )


class EventFormatter(structlog.stdlib.ProcessorFormatter):
    """Formats every event in the same way, and a request's line by the short way."""

    def __init__(self, *args: Any, access_line: Callable[[EventDict], str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._access_line = access_line

    def format(self, record: logging.LogRecord) -> str:
        if record.name == ACCESS and isinstance(record.msg, dict):
            return self._access_line(record.msg)
        return super().format(record)


class AccessLine:
    """The text of a request's line: as other events', without what none of its fields needs."""

    def __init__(self, mask: Callable[[Any, str, EventDict], EventDict], render: Any) -> None:
        self._mask = mask
        self._render = render

    def __call__(self, event: EventDict) -> str:
        masked = self._mask(None, "", event)
        return str(self._render(None, "", masked)) if self._render else orjson.dumps(masked).decode()


def write_access_line(
    request: HttpRequest, response: HttpResponseBase, seconds: float, *, quiet: bool
) -> None:
    """One line about an answered request; a quiet one is for debugging only."""
    level = logging.DEBUG if quiet else logging.INFO
    if not access_log.isEnabledFor(level):
        return
    route = request.resolver_match
    event: EventDict = {
        "event": "request",
        "method": request.method,
        "path": request.path,
        "route": route.view_name if route else "",
        "status": response.status_code,
        "latency_ms": round(seconds * 1000, 1),
        **structlog.contextvars.get_contextvars(),
        "logger": ACCESS,
        "level": "debug" if quiet else "info",
        "timestamp": datetime.now(UTC).isoformat(timespec="microseconds")[:-6] + "Z",
    }
    if not response.streaming:
        event["bytes"] = len(response.content)  # type: ignore[attr-defined]
    token = getattr(request, "auth", None)
    if token is not None:
        event["token_prefix"] = token.prefix
    add_user_id(None, "", event)
    # Not by `info`, which looks for the caller's place in the source.
    access_log.handle(logging.LogRecord(ACCESS, level, "", 0, event, None, None))


def add_user_id(logger: Any, method: str, event: EventDict) -> EventDict:
    """Name the person, when the request already knows them: a log line never asks the database."""
    request = current_request.get()
    if request is not None and "user_id" not in event:
        user = getattr(request, "_cached_user", None) or getattr(request, "_acached_user", None)
        if user is not None and user.pk:
            event["user_id"] = str(user.pk)
    return event


@lru_cache(1024)
def is_secret_name(name: str) -> bool:
    return SECRET_NAME.search(name) is not None


def mask_secrets(secrets: Iterable[str]) -> Callable[[Any, str, EventDict], EventDict]:
    """A processor that masks `secrets`, fields named like one, and texts that look like one, at any depth."""
    known = sorted((secret for secret in secrets if len(secret) >= 8), key=len, reverse=True)

    def masked_text(text: str) -> str:
        for secret in known:
            if secret in text:
                text = text.replace(secret, MASK)
        # Beyond ASCII, upper and lower case differ between here and the patterns.
        if text.isascii():
            lower = text.lower()
            if not any(mark in lower for mark in SECRET_MARKS):
                return text
        for pattern, replacement in SECRET_TEXT:
            text = pattern.sub(replacement, text)
        return text

    def masked(value: Any, name: str = "") -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return MASK if is_secret_name(name) else masked_text(value)
        if isinstance(value, dict):
            return {key: masked(item, str(key)) for key, item in value.items()}
        if isinstance(value, list | tuple | set):
            return [masked(item, name) for item in value]
        return masked(str(value), name)

    def processor(logger: Any, method: str, event: EventDict) -> EventDict:
        return {key: masked(value, key) for key, value in event.items()}

    return processor
