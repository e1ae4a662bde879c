"""What a streamed token costs: our reader, the openai client's own chunks, and the bare bytes.

`python benchmarks/model_stream.py [--streams 50] [--tokens 60] [--rounds 5]` from the project's
folder. The model server runs in a process of its own, so only the reading side is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import structlog

from chat.llm.openai_compatible import OpenAICompatible
from chat.llm.types import Request, Situation, TextDelta, UserMessage
from chat.tests.replies import Reply, words
from chat.tests.scripted_server import Script, ScriptedServer

REQUEST = Request("Be brief.", (UserMessage("Hello"),), (), Situation(now=datetime.now(UTC)))
PACES = (0.0, 0.02)

Reader = Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Measured:
    wall: float
    cpu: float


def serve(pipe: Connection, tokens: int) -> None:
    said = " ".join(f"word{number}" for number in range(tokens))
    servers = []
    for pace in PACES:
        server = ScriptedServer()
        server.perform(always(words(said, pause=pace)))
        servers.append(server)
    pipe.send([server.base_url for server in servers])
    pipe.recv()


def always(reply: Reply) -> Script:
    return lambda body: reply


def our_reader(base_url: str) -> tuple[Reader, Callable[[], Awaitable[None]]]:
    assistant = OpenAICompatible(base_url=base_url, api_key="key", model="m", tool_mode="native")

    async def read() -> int:
        # A word a token; those that came together are said together.
        said = [event.text async for event in assistant.reply(REQUEST) if isinstance(event, TextDelta)]
        return len("".join(said).split())

    return read, assistant.close


def client_chunks(base_url: str) -> tuple[Reader, Callable[[], Awaitable[None]]]:
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=base_url, api_key="key", max_retries=0)

    async def read() -> int:
        stream = await client.chat.completions.create(
            model="m",
            messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}],
            stream=True,
            stream_options={"include_usage": True},
        )
        return sum([1 async for chunk in stream if chunk.choices and chunk.choices[0].delta.content])

    return read, client.close


def bare_bytes(base_url: str) -> tuple[Reader, Callable[[], Awaitable[None]]]:
    import httpx2

    client = httpx2.AsyncClient(limits=httpx2.Limits(max_connections=1000), timeout=60)
    body = {"model": "m", "messages": [], "stream": True}

    async def read() -> int:
        async with client.stream("POST", f"{base_url}/chat/completions", json=body) as response:
            # The server counts its tokens for us: each is one event with a content in it.
            return b"".join([piece async for piece in response.aiter_bytes()]).count(b'"content"')

    return read, client.aclose


READERS = {"our reader": our_reader, "the client's chunks": client_chunks, "bare bytes": bare_bytes}


async def measure(
    reader: Callable[[str], tuple[Reader, Callable[[], Awaitable[None]]]],
    base_url: str,
    options: argparse.Namespace,
) -> list[Measured]:
    read, close = reader(base_url)
    rounds = []
    for number in range(options.rounds + 1):
        wall, cpu = time.perf_counter(), time.process_time()
        counts = await asyncio.gather(*[read() for _ in range(options.streams)])
        measured = Measured(time.perf_counter() - wall, time.process_time() - cpu)
        if counts != [options.tokens] * options.streams:
            raise SystemExit(f"Tokens were lost: {set(counts)}")
        # The first round opens the connections and imports.
        if number:
            rounds.append(measured)
    await close()
    return rounds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=50)
    parser.add_argument("--tokens", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(
        target=serve, args=(there, options.tokens), daemon=True
    )
    server.start()
    urls = here.recv()
    print(f"{options.streams} streams of {options.tokens} tokens, median of {options.rounds} rounds")
    print("| pace | reader | CPU µs a token | wall s | × ideal |\n| --- | --- | --- | --- | --- |")
    for pace, base_url in zip(PACES, urls, strict=True):
        for name, reader in READERS.items():
            rounds = asyncio.run(measure(reader, base_url, options))
            cpu = statistics.median(one.cpu for one in rounds) / (options.streams * options.tokens)
            wall = statistics.median(one.wall for one in rounds)
            ideal = f"{wall / (pace * options.tokens):.2f}" if pace else "–"
            shown = f"{pace * 1000:g} ms" if pace else "as fast as it can"
            print(f"| {shown} | {name} | {cpu * 1e6:.0f} | {wall:.2f} | {ideal} |", flush=True)
    here.send("done")
    server.join()


if __name__ == "__main__":
    main()
