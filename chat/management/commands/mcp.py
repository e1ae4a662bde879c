import asyncio
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand

from accounts import tokens
from accounts.errors import InvalidToken
from accounts.models import Scope
from accounts.rest.authentication import Identity
from chat.database import in_database
from chat.mcp.callers import check

VARIABLE = "TASKLORE_TOKEN"


class Command(BaseCommand):
    help = f"Serves MCP to a local program over standard input and output, with the token in {VARIABLE}."
    # Their warnings are for whoever runs the server.
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        text = os.environ.get(VARIABLE, "").strip()
        if not text:
            sys.exit(
                f"{VARIABLE} is not set: make a token with manage.py create_api_token USER --name PROGRAM."
            )

        def authorize(scope: Scope | None) -> Identity:
            # Anew for each message: it may be revoked, or expire, while the program runs.
            token = tokens.authenticate(text)
            return check(Identity(token.user, token), scope)

        try:
            asyncio.run(_serve(authorize))
        except InvalidToken as error:
            sys.exit(f"{VARIABLE}: {error.detail}")
        except KeyboardInterrupt:
            return


async def _serve(authorize: Any) -> None:
    await in_database(authorize, None)

    from mcp.server.stdio import stdio_server

    from chat.mcp.server import make_server

    server = make_server(authorize)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())
