"""Turns with tool calls that go on through every fault, and whether each did exactly what it should."""

from __future__ import annotations

import http.client
import json
import random
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chat.tests.replies import Reply, calls, words
from chat.tests.scripts import last_user_text

PATIENCE = 120.0
FINAL = ("done", "failed", "stopped", "interrupted")
LONG = "long"
CLOSING = "Both are on your list now, and that is all there was to do for today."


def scripted(body: dict[str, Any]) -> Reply:
    """Adds a task in each of two steps, named after the message, and then says so: in about 0.9 s, or in 15 s
    for a name that begins with `LONG`."""
    name = last_user_text(body).partition(":")[0]
    asked = max(place for place, each in enumerate(body["messages"]) if each["role"] == "user")
    step = sum(each["role"] == "assistant" for each in body["messages"][asked:])
    if step < 2:
        wanted = ("add_task", {"title": f"{name} {'first' if step == 0 else 'second'}"})
        return calls(wanted, pieces=4, before="One moment." if step == 0 else "Now the other.")
    return words(CLOSING, pause=1.0 if name.startswith(LONG) else 0.03)


class Caller:
    """A program with a token; it asks one worker after the other until one answers."""

    def __init__(self, ports: Sequence[int], token: str) -> None:
        self.ports = list(ports)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, verb: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """The first answer that is not a failure of the server, whichever worker gives it."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                status, found = self.once(random.choice(self.ports), verb, path, body, **headers)
                if status < 500:
                    return status, found
                failure: object = (status, found)
            except (OSError, http.client.HTTPException, ValueError) as error:
                failure = error
            if time.monotonic() > until:
                raise TimeoutError(f"{verb} {path}: {failure!r}")
            time.sleep(0.05)

    def once(self, port: int, verb: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """One try at one worker. Raises OSError or HTTPException."""
        caller = http.client.HTTPConnection("127.0.0.1", port, timeout=15.0)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            sent = None if body is None else json.dumps(body)
            caller.request(verb, path, sent, {**self.headers, **named})
            answer = caller.getresponse()
            content = answer.read()
        finally:
            caller.close()
        return answer.status, json.loads(content) if content.startswith((b"{", b"[")) else content

    def follow(self, turn: str, last_event_id: str, port: int) -> http.client.HTTPResponse:
        caller = http.client.HTTPConnection("127.0.0.1", port, timeout=20.0)
        seen = {"Last-Event-ID": last_event_id} if last_event_id else {}
        caller.request("GET", f"/api/turns/{turn}/events/", None, {**self.headers, **seen})
        answer = caller.getresponse()
        if answer.status != 200:
            caller.close()
            raise ConnectionError(answer.status)
        return answer


@dataclass(slots=True)
class Reader:
    """What a page holds that follows the rules: the text, and the ids of all that it was told."""

    caller: Caller
    turn: str
    text: str = ""
    last_id: str = ""
    ids: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    ended: str = ""
    connections: int = 0

    def read(self) -> None:
        """To the turn's end, through every broken connection."""
        until = time.monotonic() + PATIENCE
        while not self.ended and time.monotonic() < until:
            try:
                self.connections += 1
                with self.caller.follow(self.turn, self.last_id, random.choice(self.caller.ports)) as stream:
                    self.take(stream)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)

    def take(self, stream: http.client.HTTPResponse) -> None:
        fields: dict[str, str] = {}
        while not self.ended and (line := stream.readline()):
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                fields[name] = value
            elif "data" in fields:
                self._note(fields["event"], json.loads(fields["data"]), fields.get("id", ""))
                fields = {}

    def _note(self, name: str, data: dict[str, Any], event_id: str) -> None:
        if event_id:
            self._note_id(event_id)
        if name == "text.delta":
            self.text += data["text"]
        elif name == "text.reset":
            self.text = data["text"]
        elif name in ("turn.done", "turn.failed", "turn.stopped"):
            self.ended = name

    def _note_id(self, event_id: str) -> None:
        if event_id == "stored":
            # Told from the rows; if there is more to come, the log is told from its beginning.
            self.ids.clear()
            self.last_id = event_id
            return
        if event_id in self.ids:
            self.wrong.append(f"event {event_id} came twice")
        epoch, _, sequence = event_id.partition("-")
        last_epoch, _, last = self.last_id.partition("-")
        # Of one process's log: one after the other. Redis counts within a millisecond.
        if epoch == last_epoch and int(sequence) != int(last) + 1:
            self.wrong.append(f"event {event_id} came after {self.last_id}")
        self.ids.append(event_id)
        self.last_id = event_id


@dataclass(slots=True)
class Talker:
    """Says one thing in a conversation of its own, and reads the answer; both again until they succeed."""

    caller: Caller
    name: str
    conversation: str = ""
    turn: str = ""
    reader: Reader | None = None
    acknowledged: threading.Event = field(default_factory=threading.Event)
    acknowledged_at: float = 0.0
    ended_at: float = 0.0
    failure: str = ""
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        try:
            self._say()
            self.reader = Reader(self.caller, self.turn)
            self.reader.read()
            self.ended_at = time.monotonic()
        except Exception as error:
            self.failure = repr(error)
            self.acknowledged.set()

    def _say(self) -> None:
        body = {"message": f"{self.name}: please add the two things."}
        wanted = {"Prefer": "respond-async", "Idempotency_Key": self.name}
        status, found = self.caller.ask("POST", "/api/chat/", body, **wanted)
        if status != 202:
            raise ValueError(f"{status} {found}")
        self.conversation, self.turn = found["conversation"], found["turn"]
        self.acknowledged_at = time.monotonic()
        self.acknowledged.set()

    def ended_after(self, restart: float) -> float:
        """Seconds from a restart, or from its beginning if that was later, to the end that its reader saw."""
        return self.ended_at - max(restart, self.acknowledged_at)

    def faults(self) -> list[str]:
        """Everything that is not as it would be without a fault."""
        if self.failure or self.reader is None:
            return [f"{self.name}: {self.failure or 'nobody read it'}"]
        wrong = list(self.reader.wrong)
        if not self.reader.ended:
            wrong.append("its reader never came to an end")
        _, turn = self.caller.ask("GET", f"/api/turns/{self.turn}/")
        if turn["status"] != "done":
            wrong.append(f"the turn is {turn['status']}: {turn['error']}")
        if self.reader.text != turn["text"]:
            wrong.append(f"read {self.reader.text!r}, stored is {turn['text']!r}")
        if not turn["text"].endswith(CLOSING):
            wrong.append(f"the reply is {turn['text']!r}")
        _, said = self.caller.ask("GET", f"/api/conversations/{self.conversation}/messages/")
        if [each["role"] for each in said["results"]] != ["user", "assistant"]:
            wrong.append(f"messages: {said['results']}")
        _, tasks = self.caller.ask("GET", f"/api/tasks/?search={self.name}&limit=50")
        titles = sorted(each["title"] for each in tasks["results"])
        if titles != [f"{self.name} first", f"{self.name} second"]:
            wrong.append(f"tasks: {titles}")
        if len(turn["receipts"]) != 2:
            wrong.append(f"receipts: {turn['receipts']}")
        return [f"{self.name}: {each}" for each in wrong]


def in_redis(client: Any, talker: Talker) -> list[str]:
    """Where what was read differs from the stream, from the first event on that was read by its id."""
    if talker.reader is None or not talker.reader.ids:
        return []
    entries = client.xrange(f"tasklore:turn:{talker.turn}", min=talker.reader.ids[0])
    kept = [entry.decode() for entry, _ in entries]
    if kept and kept != talker.reader.ids[-len(kept) :]:
        return [f"{talker.name}: read {talker.reader.ids}, logged are {kept}"]
    return []


def reset(connection: socket.socket) -> None:
    """Ends it at once, with a reset instead of a goodbye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
