"""How large a prompt grows with its conversation: tokens at turn 10, 20, 100 and 1,000, through real turns.

    .venv/bin/python benchmarks/context.py [--turns 1000]

A scripted model server answers, calls a tool in every third turn, and writes a summary when it is asked for
one; what it was sent is counted with the tokenizer o200k_base. DATABASE_URL names the database; a temporary
SQLite file by default.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Callable
from typing import Any

import orjson
from rooms import measured_database

SHOWN = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
PATIENCE = 60.0
WORDS = """
the office moves to the fourth floor in May and Mia orders blue carpets for every room while Noah asks the
landlord about the lift the old desks go to the school next door and the contract with the movers is signed
by Friday unless the price changes again remember that the keys are with Ines and the server rack stays
"""
SUMMARY = "The office moves in May. Mia orders carpets, Noah talks to the landlord, Ines has the keys. " * 9


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=1000)
    turns = parser.parse_args().turns
    os.environ |= {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_MODEL": "scripted"}
    os.environ |= {"LLM_TOOL_MODE": "native", "LOG_LEVEL": "ERROR", "MEMORY_EXTRACTION": "0"}
    with measured_database(max_items=1000) as user:
        started = time.monotonic()
        print(report(played(user, turns), turns))
        print(f"\n{turns} turns in {time.monotonic() - started:.0f} s")
    return 0


def played(user: Any, turns: int) -> dict[str, Any]:
    """Tokens by turn, of the tool definitions, and of the summaries."""
    from django.conf import settings

    from chat.llm.selection import model_assistant
    from chat.operations import post_message, start_conversation
    from chat.tests.scripted_server import ScriptedServer
    from chat.worker import worker

    chance, sizes, summaries = random.Random(7), {}, []
    conversation = start_conversation(actor=user)
    with ScriptedServer() as server:
        settings.OPENAI_BASE_URL = server.base_url
        model_assistant.cache_clear()
        for number in range(1, turns + 1):
            server.perform(answering(chance, number))
            posted = post_message(actor=user, conversation=conversation, text=sentence(chance, 8, 40))
            worker().submit(posted.turn_id).result(PATIENCE)
            worker().follow_ups_done(PATIENCE)
            asked = server.bodies
            sizes[number] = tokens(asked[0])
            summaries += [tokens(body) for body in asked if is_summary(body)]
        definitions = tokens(asked[0]["tools"])
    return {"sizes": sizes, "tools": definitions, "summaries": summaries}


def answering(chance: random.Random, number: int) -> Callable[[dict[str, Any]], Any]:
    from chat.tests.replies import calls, text
    from chat.tests.scripts import has_results

    said, title = sentence(chance, 10, 60), sentence(chance, 3, 8)

    def answer(body: dict[str, Any]) -> Any:
        if is_summary(body):
            return text(SUMMARY)
        if number % 3 or has_results(body):
            return text(said)
        return calls(("add_task", {"title": title}))

    return answer


def is_summary(body: dict[str, Any]) -> bool:
    return "You keep the summary" in str(body["messages"][0]["content"])


def sentence(chance: random.Random, least: int, most: int) -> str:
    return " ".join(chance.choices(WORDS.split(), k=chance.randint(least, most))).capitalize() + "."


def tokens(value: Any) -> int:
    import bpe_openai

    return len(bpe_openai.get_encoding("o200k_base").encode(orjson.dumps(value).decode()))


def report(found: dict[str, Any], turns: int) -> str:
    sizes, summaries = found["sizes"], found["summaries"]
    lines = ["| turn | prompt tokens |", "| --- | --- |"]
    lines += [f"| {number:,} | {sizes[number]:,} |" for number in SHOWN if number in sizes]
    lines += ["", f"Tool definitions: {found['tools']:,} tokens of each"]
    if turns >= 20:
        largest = max(sizes[number] for number in range(20, turns + 1))
        last, most = sizes[turns] / sizes[20], largest / sizes[20]
        lines.append(f"Turn {turns:,} is {last:.2f} × turn 20; the largest from there on, {most:.2f} ×")
    if summaries:
        share = sum(summaries) / (sum(sizes.values()) + sum(summaries))
        lines.append(f"Summaries: {len(summaries)} requests, {share:.1%} of all prompt tokens")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
