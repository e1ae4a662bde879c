"""Logs: one event a line with the ids of what is going on, in JSON or for a console, secrets masked.

Code that knows an id binds it: `structlog.contextvars.bind_contextvars(conversation_id=…, turn_id=…)`.
`request_id` and `user_id` are there for every line written while a request is answered.
"""

import logging.config
import re
from collections.abc import Callable, Iterable, MutableMapping
from contextvars import ContextVar
from typing import Any

import structlog
from django.http import HttpRequest

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
]

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
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        structlog.processors.format_exc_info,
                        mask_secrets(options["secrets"]),
                        renderer,
                    ],
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


def add_user_id(logger: Any, method: str, event: EventDict) -> EventDict:
    """Name the person, when the request already knows them: a log line never asks the database."""
    request = current_request.get()
    if request is not None and "user_id" not in event:
        user = getattr(request, "_cached_user", None) or getattr(request, "_acached_user", None)
        if user is not None and user.pk:
            event["user_id"] = str(user.pk)
    return event


def mask_secrets(secrets: Iterable[str]) -> Callable[[Any, str, EventDict], EventDict]:
    """A processor that masks `secrets`, fields named like one, and texts that look like one, at any depth."""
    known = sorted((secret for secret in secrets if len(secret) >= 8), key=len, reverse=True)

    def masked(value: Any, name: str = "") -> Any:
        if isinstance(value, str) and SECRET_NAME.search(name):
            return MASK
        if isinstance(value, str):
            for secret in known:
                value = value.replace(secret, MASK)
            for pattern, replacement in SECRET_TEXT:
                value = pattern.sub(replacement, value)
            return value
        if isinstance(value, dict):
            return {key: masked(item, str(key)) for key, item in value.items()}
        if isinstance(value, list | tuple | set):
            return [masked(item, name) for item in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return masked(str(value), name)

    def processor(logger: Any, method: str, event: EventDict) -> EventDict:
        return {key: masked(value, key) for key, value in event.items()}

    return processor
