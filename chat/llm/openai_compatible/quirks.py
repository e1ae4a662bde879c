"""What a server turned out to need, learned from its refusals and kept for the next request."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from chat.llm.openai_compatible.faults import Fault

# Statuses under which servers report a parameter they do not take; some templates fail with a 500.
_REFUSING = frozenset({400, 404, 405, 415, 422, 500, 501})

_FORMATS = ("json_schema", "json_object", "none")
_FORMAT = re.compile(r"response.?(?:format|schema)|json.?schema|json.?object|grammar|structured|guided", re.I)
_CLOSED_SCHEMA = re.compile(r"additional_?properties", re.I)
_USAGE = re.compile(r"stream_options|include_usage", re.I)
_STREAM = re.compile(r"verified to stream|not support stream|streaming is not supported|'stream'", re.I)
_ALTERNATE = re.compile(r"roles? must alternate|alternate user/assistant", re.I)
_SYSTEM = re.compile(
    r"system.{0,20}role.{0,20}not|not support.{0,20}system|system message.{0,20}not|developer instruction",
    re.I,
)
_CALL_ID = re.compile(r"length of 9|tool call id", re.I)
_REASONING_WANTED = re.compile(r"reasoning_content.*(?:must|missing)|missing.*reasoning_content", re.I | re.S)
_REASONING_REFUSED = re.compile(r"reasoning_content", re.I)


@dataclass(slots=True)
class Quirks:
    """One server's and model's. `met` holds sentences for the person who set it up."""

    response_format: str = "json_schema"
    usage_on_request: bool = True
    streams: bool = True
    system_role: bool = True
    must_alternate: bool = False
    nine_character_ids: bool = False
    closed_schemas: bool = True
    reasoning: str = "as_given"
    opens_in_thought: bool = False
    met: dict[str, str] = field(default_factory=dict)

    def learn(self, fault: Fault, *, sent_format: bool) -> bool:
        """Whether the fault taught something, so that the request is worth sending again changed."""
        if fault.kind != "status" or fault.status not in _REFUSING:
            return False
        said = fault.body
        if self.usage_on_request and _USAGE.search(said):
            self.usage_on_request = False
            return self._met("stream_options", "It refuses stream_options, so it may report no tokens.")
        if self.closed_schemas and _CLOSED_SCHEMA.search(said):
            self.closed_schemas = False
            return self._met("schemas", "It takes no additionalProperties in the schemas of tools.")
        if sent_format and self.response_format != "none" and _FORMAT.search(said):
            return self._step_down()
        if not self.must_alternate and _ALTERNATE.search(said):
            self.must_alternate, self.system_role = True, False
            return self._met("alternate", "Its template wants the roles to alternate.")
        if self.system_role and _SYSTEM.search(said):
            self.system_role = False
            return self._met("system_role", "It takes no system message; the first user message carries it.")
        if not self.nine_character_ids and _CALL_ID.search(said):
            self.nine_character_ids = True
            return self._met("call_ids", "It takes call ids of nine letters and digits only.")
        if self.streams and _STREAM.search(said):
            self.streams = False
            return self._met("no_stream", "It does not stream; replies come in one piece.")
        return self._learn_reasoning(said)

    def note(self, name: str, sentence: str) -> None:
        self.met.setdefault(name, sentence)

    def _learn_reasoning(self, said: str) -> bool:
        if self.reasoning == "as_given" and _REASONING_WANTED.search(said):
            self.reasoning = "always"
            return self._met("reasoning", "It wants its reasoning back with every call in the history.")
        if self.reasoning == "as_given" and _REASONING_REFUSED.search(said):
            self.reasoning = "never"
            return self._met("reasoning", "It refuses reasoning_content in the history.")
        return False

    def _step_down(self) -> bool:
        self.response_format = _FORMATS[_FORMATS.index(self.response_format) + 1]
        self.met["response_format"] = f"It refuses stricter output formats; using {self.response_format}."
        return True

    def _met(self, name: str, sentence: str) -> bool:
        self.note(name, sentence)
        return True
