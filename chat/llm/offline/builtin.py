"""The assistant that needs no model: reads the last message, calls tools, and words their results."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from chat.llm.types import (
    CallRequested,
    Choices,
    Event,
    Request,
    TextDelta,
    ToolCall,
    ToolResult,
    UserMessage,
)

from .answers import Answer, answer
from .examples import FIRST_TWO, help_text
from .outcome import Call, Reading
from .speech import is_shift, moved, shifted
from .understanding import read
from .vocabulary import pattern
from .when import Moment, hour_alone

_NO_DATE = Answer("That task has no due date to move. When is it due?")


class BuiltIn:
    """Implements `chat.llm.types.Assistant`. Keeps nothing between steps."""

    provider = "built-in"
    model = "plain-english"

    async def reply(self, request: Request) -> AsyncIterator[Event]:
        for event in _step(request):
            yield event


def _step(request: Request) -> Iterator[Event]:
    said, results = _since_the_user(request)
    reading = read(said, request.situation)
    if not results:
        yield from _first(reading, said, request)
        return
    further = _further(reading, results)
    if further:
        yield from _request_calls(further, len(results))
        return
    told = [result for result in results if not _only_looked_up(reading, result)]
    yield from _tell(answer(told, said, request.situation.now) if told else _NO_DATE)


def _since_the_user(request: Request) -> tuple[str, list[ToolResult]]:
    results: list[ToolResult] = []
    for message in reversed(request.messages):
        if isinstance(message, UserMessage):
            return message.text, results[::-1]
        if isinstance(message, ToolResult):
            results.append(message)
    return "", results[::-1]


def _first(reading: Reading, said: str, request: Request) -> Iterator[Event]:
    if any(call.name == "help" for call in reading.calls):
        yield from _tell(Answer(help_text()))
        return
    calls = [_looked_up(_moved(call, reading, said, request)) for call in reading.calls]
    offered = {tool.name for tool in request.tools}
    absent = next((call.name for call in calls if call.name not in offered), "")
    if absent:
        yield from _tell(Answer(f"“{absent}” is not available here. Nothing was changed."))
    elif calls:
        yield from _request_calls(calls, 0)
    elif reading.understood:
        yield from _tell(Answer(reading.question or reading.reply, reading.choices))
    else:
        first, second = FIRST_TWO
        yield from _tell(
            Answer(
                f"I did not understand that, so I changed nothing. Try “{first}” or "
                f"“{second}”; “help” shows more.",
                (first, second, "help"),
            )
        )


def _moved(call: Call, reading: Reading, said: str, request: Request) -> Call:
    """ "Move it to 4pm" keeps the day of a known task, and "to Wednesday" its hour."""
    due = str(call.arguments.get("due", "")) if call.name == "update_task" else ""
    was = {task.ref: task.due for task in request.situation.tasks}.get(str(call.arguments.get("task")), "")
    if not due or not was or is_shift(due):
        return call
    if call.arguments.get("repeat") and "BY" not in str(call.arguments["repeat"]):
        # "Every month" names no day: the first is the one there is.
        return Call(call.name, {name: value for name, value in call.arguments.items() if name != "due"})
    moment = Moment(request.situation.now, request.situation.day_first)
    alike = len({each.arguments.get("due") for each in reading.calls}) == 1
    hour = hour_alone(said, moment) if alike else None
    return Call(call.name, {**call.arguments, "due": moved(was, due, hour, moment.now)})


def _looked_up(call: Call) -> Call:
    """A shift ("30 minutes later") needs the due date there is."""
    if is_shift(str(call.arguments.get("due", ""))):
        return Call("get_task", {"task": call.arguments["task"]})
    return call


def _further(reading: Reading, results: list[ToolResult]) -> list[Call]:
    if len(results) != len(reading.calls):
        return []
    calls = []
    for call, result in zip(reading.calls, results, strict=True):
        if not _only_looked_up(reading, result):
            continue
        due = shifted(str(result.content.get("due", "")), str(call.arguments.get("due", "")))
        if due:
            calls.append(Call("update_task", {"task": str(result.content.get("task")), "due": due}))
    return calls


def _only_looked_up(reading: Reading, result: ToolResult) -> bool:
    asked = {_looked_up(call).name for call in reading.calls if _looked_up(call) is not call}
    return result.name in asked and "error" not in result.content


def _request_calls(calls: list[Call], before: int) -> Iterator[Event]:
    for number, call in enumerate(calls, before + 1):
        yield CallRequested(ToolCall(f"call_{number}", call.name, dict(call.arguments)))


def _tell(told: Answer) -> Iterator[Event]:
    for piece in pattern(r"(?s).{1,48}(?:\s+|$)|.{1,48}").findall(told.text):
        yield TextDelta(piece)
    if told.choices:
        yield Choices(told.choices)
