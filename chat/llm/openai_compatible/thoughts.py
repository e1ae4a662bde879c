"""Keeps a model's thinking out of what the person reads."""

from __future__ import annotations

import re

_OPENERS = ("<think>", "<thinking>", "<thought>", "<reasoning>")
_CLOSER = re.compile(r"</(?:think|thinking|thought|reasoning)>")
_LONGEST_CLOSER = len("</reasoning>")


class ThoughtFilter:
    """Drops the thinking blocks that open a reply, tags cut anywhere; text further on is untouched.

    `opened`: the chat template has already opened the block, so that the reply begins inside it
    and shows the closing tag only. Text is then held until that tag, or to the end when it never
    comes. `closed_unopened` tells that such a lone closing tag was seen.
    """

    def __init__(self, *, opened: bool = False) -> None:
        self.closed_unopened = False
        self._opened_by_template = opened
        self._held = ""
        self._state = "thinking" if opened else "start"

    def feed(self, text: str) -> str:
        if self._state == "speaking":
            return self._after_lone_closer(text)
        self._held += text
        while True:
            before = self._state
            if self._state == "thinking":
                self._skip_thought(max(0, len(self._held) - len(text) - _LONGEST_CLOSER))
            elif self._state == "start":
                self._look_for_opener()
            if self._state in (before, "speaking"):
                break
        if self._state != "speaking":
            return ""
        said, self._held = self._held, ""
        return self._after_lone_closer(said)

    def close(self) -> str:
        """What was held and turned out to be no thought."""
        said = self._held.strip() if self._opened_by_template or self._state == "start" else ""
        self._held = ""
        return said

    def _skip_thought(self, unseen: int) -> None:
        closer = _CLOSER.search(self._held, unseen)
        if closer:
            self._held = self._held[closer.end() :]
            self._state = "start"
            self._opened_by_template = False
        elif not self._opened_by_template:
            self._held = self._held[-_LONGEST_CLOSER:]

    def _look_for_opener(self) -> None:
        self._held = self._held.lstrip()
        for opener in _OPENERS:
            if self._held.startswith(opener):
                self._held = self._held[len(opener) :]
                self._state = "thinking"
                return
        if self._held and not any(opener.startswith(self._held) for opener in _OPENERS):
            self._state = "speaking"

    def _after_lone_closer(self, text: str) -> str:
        if "</" not in text:
            return text
        closer = _CLOSER.search(text)
        if closer is None:
            return text
        self.closed_unopened = True
        return text[closer.end() :].lstrip()
