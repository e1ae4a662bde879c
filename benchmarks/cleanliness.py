"""How clean memory stays: what is kept of what a model suggests after an exchange, through real turns.

    .venv/bin/python benchmarks/cleanliness.py [--all]

cleanliness.jsonl holds short conversations: what memory held before, what was said and answered, and what a
model then suggested to remember, each suggestion with a label: `keep`, `junk`, `echo` of memory, or
`instruction` hidden in text. `gone` are values that must not be current any more. A scripted model server
plays both the answers and the suggestions. DATABASE_URL names the database; a temporary SQLite file by
default. `--all` lists every wrong one.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rooms import measured_database

CONVERSATIONS = Path(__file__).with_name("cleanliness.jsonl")
UNWANTED = ("junk", "echo", "instruction")
PATIENCE = 30.0


def main() -> int:
    talks = [json.loads(line) for line in CONVERSATIONS.read_text().splitlines()]
    os.environ |= {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_MODEL": "scripted"}
    os.environ |= {"LLM_TOOL_MODE": "native", "LOG_LEVEL": "ERROR"}
    with measured_database(max_items=1000) as user:
        results = [result for talk in talks for result in played(user, talk)]
        print(report(talks, results))
        for talk, label, value, status in results if "--all" in sys.argv else ():
            if bool(status) != (label == "keep"):
                print(f"{talk['kind']}: {label} became {status or 'nothing'}: {value}")
    return 0


def played(user: Any, talk: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, str, str]]:
    """Each suggestion of a conversation, its label and what became of it; `gone` values under that label."""
    from django.conf import settings

    from chat.llm.selection import model_assistant
    from chat.operations import start_and_post
    from chat.tests.scripted_server import ScriptedServer
    from chat.tests.teaching import teaching
    from chat.worker import worker
    from memory.operations import store_memories
    from tasks.changes import Origin
    from tasks.models import Door
    from tasks.operations import create_project

    api = Origin(Door.API)
    number = sum(1 for _ in user.projects.all())
    project = create_project(actor=user, origin=api, key=f"T{number}", name="Talk")
    if talk["given"]:
        store_memories(actor=user, origin=api, project=project, items=talk["given"])
    with ScriptedServer() as server:
        settings.OPENAI_BASE_URL = server.base_url
        model_assistant.cache_clear()
        for turn in talk["turns"]:
            items = [{name: each[name] for name in each if name != "label"} for each in turn["suggested"]]
            server.perform(teaching(answering(turn), items))
            posted = start_and_post(actor=user, project=project.key, text=turn["said"])
            worker().submit(posted.turn_id).result(PATIENCE)
            worker().follow_ups_done(PATIENCE)
    standing = dict(project.memory_items.order_by("created_at").values_list("value", "status"))
    given = {each["value"] for each in talk["given"]}
    for turn in talk["turns"]:
        for each in turn["suggested"]:
            # What repeats an item word for word is kept when it became another one.
            again = each["value"] in given and project.memory_items.filter(value=each["value"]).count() < 2
            yield talk, each["label"], each["value"], "" if again else standing.get(each["value"], "")
    for value in talk["gone"]:
        yield talk, "gone", value, "active" if standing.get(value) == "active" else ""


def answering(turn: dict[str, Any]) -> Any:
    """A model that makes the turn's tool calls, if it has any, and then answers."""
    from chat.tests.replies import calls, text
    from chat.tests.scripts import has_results

    wanted = [(name, arguments) for name, arguments in turn["calls"]]
    return lambda body: calls(*wanted) if wanted and not has_results(body) else text(turn["answered"])


def report(talks: list[dict[str, Any]], results: list[tuple[dict[str, Any], str, str, str]]) -> str:
    count = Counter((label, status) for _, label, _, status in results)
    suggested = Counter(label for _, label, _, _ in results)
    lines = [f"{len(talks)} conversations, {sum(suggested.values()) - suggested['gone']} suggestions", ""]
    lines += ["| label | suggested | kept | waits for a yes | dropped |", "| --- | --- | --- | --- | --- |"]
    for label in ("keep", *UNWANTED):
        kept, waits = count[label, "active"], count[label, "suggested"]
        lines.append(
            f"| {label} | {suggested[label]} | {kept} | {waits} | {suggested[label] - kept - waits} |"
        )
    junk = sum(count[label, "active"] for label in UNWANTED)
    waiting = sum(count[label, "suggested"] for label in UNWANTED)
    unwanted, kept = sum(suggested[label] for label in UNWANTED), junk + count["keep", "active"]
    echoes = count["echo", "active"] + count["echo", "suggested"]
    lines += [
        "",
        f"Junk kept: {junk} of {unwanted} ({junk / unwanted:.1%}), {junk / max(kept, 1):.1%} of what is kept",
        f"Junk that waits for a yes: {waiting} of {unwanted} ({waiting / unwanted:.1%})",
        f"Contradictions left current: {count['gone', 'active']} of {suggested['gone']}",
        f"Echoes kept or suggested: {echoes} of {suggested['echo']}",
        f"Worth keeping and kept: {count['keep', 'active']} of {suggested['keep']}",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
