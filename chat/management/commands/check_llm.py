"""`manage.py check_llm`: what the configured model server can do."""

from __future__ import annotations

import asyncio
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chat.llm.checks import Check, run_checks
from chat.llm.openai_compatible import OpenAICompatible, ToolMode, from_settings

_SIGNS = {"works": "ok", "fails": "FAILS", "unknown": "?"}


class Command(BaseCommand):
    help = "Asks the configured model server what works: streaming, usage, tools, JSON, embeddings."

    def handle(self, *args: Any, **options: Any) -> None:
        assistant = from_settings()
        if assistant is None:
            self.stdout.write(
                "No model server is configured: the built-in assistant answers.\n"
                "To use one, set OPENAI_BASE_URL or OPENAI_API_KEY, and OPENAI_MODEL."
            )
            return
        self.stdout.write(f"{assistant.provider}, {assistant.model}")
        if not asyncio.run(self._check(assistant.tool_mode)):
            raise CommandError("The model server cannot be used as it is configured.")

    async def _check(self, mode: ToolMode) -> bool:
        checks = run_checks(
            _assistant, mode=mode, embedding_model=getattr(settings, "OPENAI_EMBEDDING_MODEL", "")
        )
        last = Check("usable", "fails")
        try:
            async for last in checks:
                self.stdout.write(f"  {_SIGNS[last.outcome]:<6} {last.name:<13} {last.detail}".rstrip())
        finally:
            for assistant in (_assistant("native"), _assistant("json")):
                await assistant.close()
        return last.outcome == "works"


def _assistant(mode: ToolMode) -> OpenAICompatible:
    assistant = from_settings(mode)
    if assistant is None:
        raise CommandError("No model server is configured.")
    return assistant
