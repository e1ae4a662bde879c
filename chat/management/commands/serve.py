import errno
import fcntl
import socket
import sys
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string

from accounts.models import User
from accounts.signin_link import make_link, site_address
from chat.sole_worker import SecondWorker, hold_alone

FIRST_USER = "me"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Command(BaseCommand):
    help = "Prepares the database and the first user, prints a sign-in link, and serves on HOST:PORT."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--prepare-only", action="store_true", help="prepare and print the link, for servers that follow"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        listener = None if options["prepare_only"] else _bind(settings.HOST, settings.PORT)
        try:
            hold_alone()
            first_time = self._prepare()
            link = _sign_in_link(first_time)
        except SecondWorker as error:
            sys.exit(f"Tasklore cannot start: {error}")
        except DatabaseError as error:
            reason = str(error).strip().splitlines()[0]
            sys.exit(f"Tasklore cannot start: the database cannot be used ({reason}).")
        finally:
            connections.close_all()
        if listener is None:
            print(_sign_in_lines(link), flush=True)
            return
        configuration = uvicorn.Config(
            import_string(settings.ASGI_APPLICATION),
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            forwarded_allow_ips=settings.FORWARDED_ALLOW_IPS,
            # Without it a stop waits for open streams without end.
            timeout_graceful_shutdown=10,
        )
        with suppress(KeyboardInterrupt):
            Server(configuration, announcement=_announcement(link)).run(sockets=[listener])

    def _prepare(self) -> bool:
        if not settings.PRODUCTION:
            return self._prepare_alone()
        # Servers of one folder that start together would write the same static files at the same time.
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        with (settings.DATA_DIR / "prepare.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return self._prepare_alone()

    def _prepare_alone(self) -> bool:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", verbosity=0, interactive=False)
        if settings.PRODUCTION:
            call_command("collectstatic", verbosity=0, interactive=False)
        if User.objects.exists():
            return False
        User.objects.create_superuser(FIRST_USER)
        return True


class Server(uvicorn.Server):
    """Says that it serves once it listens, and not before."""

    def __init__(self, config: uvicorn.Config, *, announcement: str) -> None:
        super().__init__(config)
        self.announcement = announcement

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(self.announcement, flush=True)


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sys.exit(
                f"Tasklore cannot start: port {port} on {host} is taken. "
                f"Stop what uses it, or choose another port, for example PORT={port % 65535 + 1}."
            )
        sys.exit(f"Tasklore cannot start: it may not listen on {host}, port {port} ({error.strerror}).")
    return listener


def _sign_in_link(first_time: bool) -> str:
    # In production a log may be read by others: a link appears there only while nobody could sign in.
    if settings.PRODUCTION and not first_time:
        return ""
    user = User.objects.filter(username=FIRST_USER, is_active=True).first()
    return make_link(user, site_address()) if user else ""


def _sign_in_lines(link: str) -> str:
    if link:
        return f"Sign in (this link works once, within one hour):\n  {link}"
    return "For a sign-in link run: python manage.py signin_link USER"


def _announcement(link: str) -> str:
    lines = [f"Tasklore is running at {site_address()}/", _sign_in_lines(link)]
    if settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL:
        host = urlsplit(settings.OPENAI_BASE_URL).netloc.rpartition("@")[2] or "api.openai.com"
        lines.append(f"Assistant: {settings.OPENAI_MODEL} at {host}")
    else:
        lines.append("Assistant: built-in (no model is configured; see docs/settings.md)")
    if not settings.PRODUCTION and settings.HOST not in LOOPBACK:
        lines.append("Others can reach it, over plain HTTP: see docs/server.md.")
    lines.append("Stop it with Ctrl+C.")
    return "\n" + "\n".join(lines) + "\n"
