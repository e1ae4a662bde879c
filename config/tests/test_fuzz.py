"""What the OpenAPI document allows, and what it does not, thrown at the server as Alice and as Charlie.

FUZZ_EXAMPLES=200 pytest config/tests/test_fuzz.py looks longer; a test run has time for few.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import nullcontext, suppress
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.tests.programs import Program
from chat.tests.conftest import person, stranger, turns_end
from chat.tests.person import Person
from chat.tests.serving import serving
from config.tests.conformance import strict
from config.tests.possessions import SECRET, Possessions, possessions

__all__ = ["person", "stranger", "turns_end"]

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "3"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)

Send = Callable[[Any], Any]


def fuzz(things: Possessions, send: Send) -> int:
    """Sends cases of every operation, half of them at what Alice has; how many."""
    sent = 0
    document: Any = schemathesis.openapi.from_dict(strict())
    for found in document.get_all_operations():
        operation = found.ok()
        for mode in MODES:

            @settings(
                max_examples=EXAMPLES,
                deadline=timedelta(seconds=20),
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode), at_hers=st.booleans())
            def run(case: Any, at_hers: bool) -> None:
                nonlocal sent
                if at_hers:
                    aim(case, things)
                send(case)
                sent += 1

            # Where anything goes, nothing is wrong.
            with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
                run()
    return sent


def aim(case: Any, things: Possessions) -> None:
    """Points a case at what Alice has."""
    for name in case.path_parameters or {}:
        turn_or_conversation = things.turn if "/turns/" in case.path else things.conversation
        case.path_parameters[name] = getattr(things, name, turn_or_conversation)
    for part in (case.query, case.body):
        if isinstance(part, dict) and isinstance(part.get("project"), str):
            part["project"] = things.project


@pytest.mark.parametrize("who", ["alice", pytest.param("charlie", marks=pytest.mark.one_lane)])
@pytest.mark.timeout(3600)
def test_every_answer_is_described(person: Person, stranger: Person, who: str) -> None:
    things = possessions(person)
    caller = {"alice": person, "charlie": stranger}[who]
    headers = Program(caller.user).headers
    with serving(person, {}) as server:

        def send(case: Any) -> None:
            response = case.call(base_url=f"http://127.0.0.1:{server.port}", headers=headers)
            case.validate_response(response, checks=CHECKS, headers=headers)
            assert who == "alice" or SECRET not in response.text

        assert fuzz(things, send) > 54 * EXAMPLES
