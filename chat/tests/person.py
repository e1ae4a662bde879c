"""A person who talks to Tasklore over HTTP, and what a turn left behind, for tests to compare."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from asgiref.sync import async_to_sync
from django.db import connections
from django.http import HttpResponse, StreamingHttpResponse
from django.test import AsyncClient, Client

from accounts.models import User
from chat.worker import worker

LONGEST_WAIT = 20.0


@dataclass(frozen=True, slots=True)
class Frame:
    """One server-sent event; a comment has `comment` and nothing else."""

    name: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    comment: str = ""


class Person:
    """Alice or Charlie at the API: one conversation, begun with the first message."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.client = Client()
        self.client.force_login(user)
        self._conversation = ""

    @property
    def conversation(self) -> str:
        if not self._conversation:
            self._conversation = self.request("post", "conversations/", {}, expect=201)["id"]
        return self._conversation

    def begin(self, fields: Mapping[str, Any]) -> None:
        """Begins a conversation, in which the next message is."""
        self._conversation = self.request("post", "conversations/", dict(fields), expect=201)["id"]

    def begin_anew(self) -> None:
        """The next message begins another conversation."""
        self._conversation = ""

    def request(
        self, verb: str, path: str, body: Any = None, *, expect: int, **headers: str
    ) -> dict[str, Any]:
        """The JSON answer, when it has the status that is expected."""
        response: Any = self.answer(verb, path, body, **headers)
        assert response.status_code == expect, response.content[:2000]
        return dict(response.json()) if response.content else {}

    def answer(self, verb: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        sent = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer: HttpResponse = getattr(self.client, verb)(
            f"/api/{path}", data=sent, content_type="application/json", headers=named
        )
        return answer

    def say(self, message: str, *, expect: int = 201, **headers: str) -> dict[str, Any]:
        """Posts a message and waits for its turn to end; the turn."""
        return self.request("post", self._messages, {"message": message}, expect=expect, **headers)

    def post(self, message: str, *, expect: int = 202, **headers: str) -> dict[str, Any]:
        """Posts a message and does not wait."""
        wanted = {"Prefer": "respond-async", **headers}
        return self.request("post", self._messages, {"message": message}, expect=expect, **wanted)

    def turn(self, turn_id: str) -> dict[str, Any]:
        return self.request("get", f"turns/{turn_id}/", expect=200)

    def act(self, verb: str, turn_id: str, *, expect: int = 202) -> dict[str, Any]:
        """stop, retry, approve, reject or undo."""
        return self.request("post", f"turns/{turn_id}/{verb}/", {}, expect=expect)

    def ended(self, turn_id: str, *, within: float = LONGEST_WAIT) -> dict[str, Any]:
        """The turn, once this process's worker is through with it. Raises TimeoutError."""
        worker().submit(UUID(turn_id)).result(within)
        return self.turn(turn_id)

    def messages(self) -> list[tuple[str, str]]:
        found = self.request("get", self._messages, expect=200)["results"]
        return [(each["role"], each["content"]) for each in found]

    def read(self, turn_id: str, last_event_id: str = "") -> list[Frame]:
        """The turn's stream to its end."""

        async def everything() -> list[Frame]:
            return [frame async for frame in self.stream(turn_id, last_event_id)]

        return async_to_sync(everything)()

    async def stream(self, turn_id: str, last_event_id: str = "") -> AsyncIterator[Frame]:
        """Frames as they come."""
        response = await self.open_stream(turn_id, last_event_id)
        content: Any = response.streaming_content
        try:
            async for frame in frames(content):
                yield frame
        finally:
            await content.aclose()

    async def open_stream(self, turn_id: str, last_event_id: str = "") -> StreamingHttpResponse:
        client = AsyncClient()
        client.cookies = self.client.cookies
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        response: Any = await client.get(f"/api/turns/{turn_id}/events/", headers=headers)
        assert response.status_code == 200
        assert response["Content-Type"] == "text/event-stream"
        return response  # type: ignore[no-any-return]

    @property
    def _messages(self) -> str:
        return f"conversations/{self.conversation}/messages/"


async def frames(content: AsyncIterator[bytes]) -> AsyncIterator[Frame]:
    """Server-sent events from the bytes of a stream."""
    rest = b""
    async for piece in content:
        *whole, rest = (rest + piece).split(b"\n\n")
        for block in whole:
            if frame := _frame(block.decode()):
                yield frame
    assert not rest, rest


def _frame(block: str) -> Frame | None:
    fields: dict[str, str] = {}
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        fields[name] = value.removeprefix(" ")
    if "data" in fields:
        return Frame(fields["event"], orjson.loads(fields["data"]), fields.get("id", ""))
    return Frame(comment=fields[""]) if "" in fields else None


def text_of(read: list[Frame]) -> str:
    """What a page shows that follows the rules: deltas added up, begun again at each reset."""
    text = ""
    for frame in read:
        if frame.name == "text.reset":
            text = frame.data["text"]
        elif frame.name == "text.delta":
            text += frame.data["text"]
    return text


def names_of(read: list[Frame]) -> list[str]:
    """The events by name, with neighbouring text deltas as one."""
    names: list[str] = []
    for frame in read:
        if frame.name and not (frame.name == "text.delta" and names[-1:] == ["text.delta"]):
            names.append(frame.name)
    return names


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """All of them at the same time, each in a thread with a connection of its own."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            gate.wait(LONGEST_WAIT)
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
