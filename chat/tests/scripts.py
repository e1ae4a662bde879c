"""Named scripts: how a whole conversation is answered, one chat request at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from chat.tests.replies import CUT, Reply, calls, error, hang, text, words

Body = dict[str, Any]
Script = Callable[[Body], Reply]

MILK = {"title": "Buy milk", "due": "tomorrow 5pm", "priority": "high"}
BREAD = {"title": "Buy bread"}
CLOSING = "I have added it to your list."


def last_user_text(body: Body) -> str:
    """What the person said last, without the situation and what the JSON protocol puts around it."""
    said = [
        message["content"]
        for message in body["messages"]
        if message["role"] == "user" and not _is_results(message["content"])
    ]
    return re.sub(r"\A<situation>.*?</situation>\s*", "", str(said[-1]), flags=re.S) if said else ""


def has_results(body: Body) -> bool:
    """Whether the request brings the results of the calls just made."""
    last = body["messages"][-1]
    return last["role"] == "tool" or (last["role"] == "user" and _is_results(last["content"]))


def results(body: Body) -> list[Any]:
    """The results that came since the last call, decoded."""
    last = body["messages"][-1]
    if last["role"] == "user":
        lines = [line for line in last["content"].splitlines() if line.startswith("{")]
        return [json.loads(line)["result"] for line in lines]
    found: list[Any] = []
    for message in reversed(body["messages"]):
        if message["role"] != "tool":
            break
        found.insert(0, json.loads(message["content"]))
    return found


def _is_results(content: Any) -> bool:
    return str(content).startswith("Results of your calls")


def _once(first: Reply, then: Reply | None = None) -> Callable[[], Script]:
    closing = then or words(CLOSING)
    return lambda: lambda body: closing if has_results(body) else first


def _failing_first(first: Reply, then: Callable[[], Script]) -> Callable[[], Script]:
    def begin() -> Script:
        inner = then()
        failed: list[bool] = []

        def answer(body: Body) -> Reply:
            if failed:
                return inner(body)
            failed.append(True)
            return first

        return answer

    return begin


def _fenced(body: Body) -> Reply:
    """A server that takes `tools` and ignores them; its model writes the call as text."""
    if _is_probe(body):
        return _fenced_call("ready", {"word": "yes"})
    return words(CLOSING) if has_results(body) else _fenced_call("add_task", MILK)


def _fenced_call(name: str, arguments: Mapping[str, Any]) -> Reply:
    call = json.dumps({"name": name, "arguments": arguments})
    return text("```json\n", *re.findall(r".{1,9}", call), "\n```")


def _in_json(body: Body) -> Reply:
    """A model that keeps to the JSON protocol and has nothing else."""
    if "tools" in body:
        return error(400, "This model does not support tools.")
    if has_results(body):
        return _json_words({"answer": CLOSING})
    return _json_words({"calls": [{"name": "add_task", "arguments": MILK}]})


def _json_words(value: Mapping[str, Any]) -> Reply:
    return text(*re.findall(r".{1,5}", json.dumps(value), re.S))


def _refusing_response_format(body: Body) -> Reply:
    if "response_format" in body:
        kind = body["response_format"]["type"]
        return error(400, f"'response_format.type' {kind} is not supported by this model.")
    return _in_json(body)


def _refusing_stream_options(body: Body) -> Reply:
    if "stream_options" in body:
        return error(400, "Unknown parameter: 'stream_options'.", code="unknown_parameter")
    return words(CLOSING) if has_results(body) else calls(("add_task", MILK))


def _endless(body: Body) -> Reply:
    number = sum(len(message.get("tool_calls") or ()) for message in body["messages"]) + 1
    return calls(("add_task", {"title": f"Task {number}"}), ids=[f"call_{number}"])


def _is_probe(body: Body) -> bool:
    return [tool["function"]["name"] for tool in body.get("tools", [])] == ["ready"]


def _answering_probe(script: Script) -> Script:
    def answer(body: Body) -> Reply:
        return calls(("ready", {"word": "yes"})) if _is_probe(body) else script(body)

    return answer


_ADD = re.compile(r"^\s*(?:please\s+)?(?:add|create|remind me to)\s+(?P<rest>.+)$", re.I | re.S)
_DUE = re.compile(
    r"\b(?:by |due |on )?(?P<due>(?:today|tomorrow|next \w+|\w+day)(?: at)?(?: \d\S*)?)\b", re.I
)
_PRIORITY = re.compile(r",?\s*\b(?P<level>low|medium|high) priority\b", re.I)
_CHANGE = re.compile(
    r"^\s*(?:change|set|make|move)\s+(?P<task>.+?)\s+"
    r"(?:to\s+(?P<value>.+)|(?P<level>low|medium|high) priority\b.*)$",
    re.I | re.S,
)
_COMPLETE = re.compile(
    r"^\s*(?:complete|finish|done with|mark)\s+(?P<task>.+?)(?:\s+(?:as )?done)?\s*\.?$", re.I
)
_LIST = re.compile(r"\b(?:list|show|what(?:'s| is| are)|which)\b", re.I)


def story(body: Body) -> Reply:
    """A plausible model for plain requests: it reads the last message and calls the right tool."""
    if has_results(body):
        return words(_summary(results(body)), pause=0.005)
    said = last_user_text(body)
    if re.search(r"\bundo\b", said, re.I):
        return _call("undo", {})
    if match := _COMPLETE.match(said):
        return _call("complete_task", {"task": match["task"].strip()})
    if match := _ADD.match(said):
        return _call("add_task", _task_in(match["rest"]))
    if match := _CHANGE.match(said):
        return _call("update_task", _change_in(match["task"], match["value"] or match["level"]))
    if _LIST.search(said):
        return _call("list_tasks", {"status": "open"})
    return words("I can add, list, change and complete tasks. What shall I do?", pause=0.005)


def _as_asked(reply: Reply, body: Body) -> Reply:
    if "response_format" not in body:
        return reply
    wanted = [call["function"] for call in reply.message.get("tool_calls", ())]
    if not wanted:
        return _json_words({"answer": reply.message["content"]})
    named = [{"name": call["name"], "arguments": json.loads(call["arguments"])} for call in wanted]
    return _json_words({"calls": named})


def _call(name: str, arguments: Mapping[str, Any]) -> Reply:
    return calls((name, arguments), pieces=5)


def _task_in(rest: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if match := _PRIORITY.search(rest):
        found["priority"] = match["level"].lower()
        rest = rest[: match.start()] + rest[match.end() :]
    if match := _DUE.search(rest):
        found["due"] = match["due"]
        rest = rest[: match.start()] + rest[match.end() :]
    title = re.sub(r"\s+", " ", rest).strip(" ,.")
    return {"title": title[:1].upper() + title[1:], **found}


def _change_in(task: str, value: str) -> dict[str, Any]:
    task = re.sub(r"\s+(?:due|priority|due date)$", "", task, flags=re.I).strip()
    level = re.match(r"(low|medium|high)\b", value, re.I)
    if level:
        return {"task": task, "priority": level.group(1).lower()}
    return {"task": task, "due": value.strip(" .")}


def _summary(found: list[Any]) -> str:
    failed = next((one["error"] for one in found if isinstance(one, dict) and "error" in one), None)
    if failed:
        return f"That did not work: {failed.get('message', failed) if isinstance(failed, dict) else failed}"
    first = found[0] if found and isinstance(found[0], dict) else {}
    if isinstance(first.get("tasks"), list):
        titles = [f"- {task.get('task', '')} {task.get('title', '')}" for task in first["tasks"]]
        return "Here is your list:\n" + "\n".join(titles) if titles else "Your list is empty."
    return f"Done: {first['title']}." if "title" in first else "Done."


SCRIPTS: dict[str, Callable[[], Script]] = {
    "story": lambda: _answering_probe(lambda body: _as_asked(story(body), body)),
    "text": _once(words("Hello! What are you working on?")),
    "fragments": _once(calls(("add_task", MILK), pieces=12)),
    "one_piece": _once(calls(("add_task", MILK), pieces=1)),
    "no_index": _once(calls(("add_task", MILK), ("add_task", BREAD), index=False)),
    "one_index": _once(calls(("add_task", MILK), ("add_task", BREAD), index=0)),
    "two_calls": _once(calls(("add_task", MILK), ("add_task", BREAD), pieces=3)),
    "stop_reason": _once(calls(("add_task", MILK), finish_reason="stop")),
    "malformed": _once(calls(("add_task", '{"title": "Buy milk", "due": }'))),
    "repairable": _once(calls(("add_task", "{'title': 'Buy milk', 'priority': 'high',}"))),
    "unknown_tool": _once(calls(("launch_rocket", {"to": "the moon"}))),
    "rate_limited": _failing_first(
        error(429, "Rate limit reached.", retry_after="1"), _once(calls(("add_task", MILK)))
    ),
    "server_error": lambda: lambda body: error(500, "The model crashed."),
    "failing_once": _failing_first(error(500, "The model crashed."), _once(calls(("add_task", MILK)))),
    "bad_key": lambda: lambda body: error(401, "Incorrect API key provided.", code="invalid_api_key"),
    "hang": lambda: lambda body: hang(),
    "cut_text": lambda: lambda body: Reply([{"content": "I will add "}, {"content": "it"}, CUT]),
    "cut_call": lambda: lambda body: _cut_in_a_call(),
    "cut_after_call": _once(calls(("add_task", MILK)), Reply([{"content": "I have"}, CUT])),
    "endless": lambda: _endless,
    "fenced": lambda: _fenced,
    "json": lambda: _in_json,
    "no_response_format": lambda: _refusing_response_format,
    "no_stream_options": lambda: _refusing_stream_options,
    "slow": _once(words(" ".join(f"word{number}" for number in range(200)), pause=0.05)),
}


def _cut_in_a_call() -> Reply:
    whole = calls(("add_task", MILK), pieces=4)
    return Reply([*whole.deltas[:-1], CUT])
