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
from .speech import at_its_hour, is_shift, shifted
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
    further = _further(reading, results, said, request)
    if further:
        yield from _request_calls(further, len(results))
        return
    told = [result for result in results if not _only_looked_up(reading, result, said, request)]
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
    calls = [_looked_up(call, said, request) for call in reading.calls]
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


def _looked_up(call: Call, said: str, request: Request) -> Call:
    """A shift ("30 minutes later") and an hour alone ("move it to 4pm") need the due date there is."""
    due = str(call.arguments.get("due", "")) if call.name == "update_task" else ""
    moment = Moment(request.situation.now, request.situation.day_first)
    if is_shift(due) or ("T" in due and hour_alone(said, moment) is not None):
        return Call("get_task", {"task": call.arguments["task"]})
    return call


def _further(reading: Reading, results: list[ToolResult], said: str, request: Request) -> list[Call]:
    if len(results) != len(reading.calls):
        return []
    calls = []
    moment = Moment(request.situation.now, request.situation.day_first)
    alike = len({call.arguments.get("due") for call in reading.calls}) == 1
    hour = hour_alone(said, moment) if alike else None
    for call, result in zip(reading.calls, results, strict=True):
        if not _only_looked_up(reading, result, said, request):
            continue
        was, wanted = str(result.content.get("due") or ""), str(call.arguments.get("due", ""))
        due = shifted(was, wanted) if is_shift(wanted) else at_its_hour(was, wanted, hour, moment.now)
        if due:
            named = {**call.arguments, "task": str(result.content.get("task")), "due": due}
            calls.append(Call("update_task", named))
    return calls


def _only_looked_up(reading: Reading, result: ToolResult, said: str, request: Request) -> bool:
    looked = [(_looked_up(call, said, request), call) for call in reading.calls]
    asked = {made.name for made, call in looked if made is not call}
    return result.name in asked and "error" not in result.content


def _request_calls(calls: list[Call], before: int) -> Iterator[Event]:
    for number, call in enumerate(calls, before + 1):
        yield CallRequested(ToolCall(f"call_{number}", call.name, dict(call.arguments)))


def _tell(told: Answer) -> Iterator[Event]:
    for piece in pattern(r"(?s).{1,48}(?:\s+|$)|.{1,48}").findall(told.text):
        yield TextDelta(piece)
    if told.choices:
        yield Choices(told.choices)
