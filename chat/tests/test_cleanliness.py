"""A few of the labelled conversations of benchmarks/cleanliness.jsonl, one after the other in one project."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from chat.models import Conversation
from chat.tests.person import LONGEST_WAIT, Person
from chat.tests.scripted_server import ScriptedServer
from chat.tests.teaching import teaching
from chat.worker import worker
from memory.tests.talk import remember_all
from tasks.models import Project

pytestmark = pytest.mark.one_lane

LINES = (Path(__file__).parents[2] / "benchmarks" / "cleanliness.jsonl").read_text().splitlines()
TALKS = [json.loads(line) for line in LINES]
OF_EACH_KIND = 3


def few() -> list[dict[str, Any]]:
    talks = sorted(
        (talk for talk in TALKS if not talk["turns"][0]["calls"]), key=lambda talk: str(talk["kind"])
    )
    kinds = groupby(talks, key=lambda talk: str(talk["kind"]))
    return [talk for _, found in kinds for talk in list(found)[:OF_EACH_KIND]]


@pytest.mark.parametrize("talk", few(), ids=lambda talk: talk["turns"][0]["said"][:40])
def test_only_what_is_worth_keeping_is_kept(
    person: Person, model: ScriptedServer, web: Project, settings: Settings, talk: dict[str, Any]
) -> None:
    settings.MEMORY_EXTRACTION = True
    given = {each["value"] for each in talk["given"]}
    if given:
        remember_all(web, talk["given"])
    Conversation.objects.filter(pk=person.conversation).update(project=web)
    for turn in talk["turns"]:
        items = [{name: each[name] for name in each if name != "label"} for each in turn["suggested"]]
        model.perform(teaching(turn["answered"], items))
        person.say(turn["said"])
        assert worker().follow_ups_done(LONGEST_WAIT)
    wanted = {
        each["value"] for turn in talk["turns"] for each in turn["suggested"] if each["label"] == "keep"
    }
    active = list(web.memory_items.active().values_list("value", flat=True))
    assert sorted(active) == sorted((wanted | given) - set(talk["gone"]))
