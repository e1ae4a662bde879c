"""The contract of recall, the same on both databases; two other projects hold nearly the same text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.db import connection

from accounts.errors import Invalid, NotFound
from accounts.models import User
from memory import embeddings
from memory import recall as recalling
from memory.models import MemoryItem, RecallEntry
from memory.operations import clear_memory, delete_memory, update_memory
from memory.recall import recall
from memory.tests.talk import API, ask, remember, remember_all, values
from tasks.models import Project

pytestmark = pytest.mark.usefixtures("neighbours")


@pytest.fixture(autouse=True, params=["whole project", "rarest words"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Each test runs as in a small project, and as in one too large to be ranked whole."""
    if request.param == "rarest words":
        monkeypatch.setattr(recalling, "RANKED_WHOLE", 0)
    yield request.param


def test_finds_what_shares_a_word_and_says_why(web: Project) -> None:
    remember(web, "Sign-in breaks on Safari", key="safari", type="error", subject="Dana")
    remember(web, "Lunch is at noon", key="lunch")
    hits = ask(web, "What broke on Safari?")
    assert [hit.key for hit in hits] == ["safari"]
    assert hits[0].type == "error"
    assert "“safari”" in hits[0].why
    assert hits[0].source.subject == "Dana"
    assert hits[0].score > 0


def test_other_forms_of_a_word_match(web: Project) -> None:
    remember(web, "We bought two painted shelves", key="shelves")
    for question in ("Did they buy paint?", "the shelf", "buying"):
        assert [hit.key for hit in ask(web, question)] == ["shelves"]


def test_nothing_fits_gives_nothing(web: Project) -> None:
    remember(web, "Deploys go out on Tuesdays", key="deploys")
    assert ask(web, "zebra xylophone") == []
    assert ask(web, "the of and") == []


def test_an_empty_project_gives_nothing(web: Project) -> None:
    assert ask(web, "Safari sign-in PostgreSQL") == []


def test_a_stranger_is_told_that_there_is_no_such_project(web: Project, charlie: User) -> None:
    remember(web, "Sign-in breaks on Safari")
    with pytest.raises(NotFound):
        recall(actor=charlie, project=web, query="Safari")


def test_the_best_fit_comes_first_and_the_limit_holds(web: Project) -> None:
    remember_all(
        web,
        [{"value": f"Deploy number {n} was fine", "type": "context"} for n in range(20)]
        + [{"key": "best", "value": "Deploy broke the staging database", "type": "error"}],
    )
    hits = ask(web, "Which deploy broke the staging database?", limit=3)
    assert len(hits) == 3
    assert hits[0].key == "best"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_types_and_confidence_narrow(web: Project) -> None:
    remember(web, "Postgres for the queue", key="a", type="decision", confidence=0.9)
    remember(web, "Postgres is slow", key="b", type="error", confidence=0.4)
    assert {hit.key for hit in ask(web, "Postgres")} == {"a", "b"}
    assert [hit.key for hit in ask(web, "Postgres", types=["error"])] == ["b"]
    assert [hit.key for hit in ask(web, "Postgres", min_confidence=0.5)] == ["a"]
    assert ask(web, "Postgres", types=["solution"]) == []


def test_local_only_stays_when_it_must(web: Project) -> None:
    remember(web, "The safe opens with canary 4711", key="safe", local_only=True)
    assert ask(web, "canary safe", include_local=False) == []
    assert [hit.key for hit in ask(web, "canary safe")] == ["safe"]


def test_a_key_stored_again_supersedes(web: Project) -> None:
    remember(web, "The database is MySQL", key="db")
    remember(web, "The database is PostgreSQL", key="db")
    assert values(ask(web, "Which database is it?")) == ["The database is PostgreSQL"]


def test_as_of_answers_from_history(web: Project) -> None:
    remember(web, "The database is MySQL", key="db", occurred_at=datetime(2025, 1, 1, tzinfo=UTC))
    remember(web, "The database is PostgreSQL", key="db", occurred_at=datetime(2025, 6, 1, tzinfo=UTC))
    then = ask(web, "Which database is it?", as_of=datetime(2025, 3, 1, tzinfo=UTC))
    assert values(then) == ["The database is MySQL"]
    later = ask(web, "Which database is it?", as_of=datetime(2025, 7, 1, tzinfo=UTC))
    assert values(later) == ["The database is PostgreSQL"]
    assert ask(web, "Which database is it?", as_of=datetime(2024, 1, 1, tzinfo=UTC)) == []


def test_a_reworded_item_is_found_by_its_new_words_alone(web: Project) -> None:
    item = remember(web, "Standup is at nine", key="daily")
    update_memory(actor=web.owner, origin=API, item=item, changes={"value": "Retro is at ten"})
    assert ask(web, "standup nine") == []
    assert values(ask(web, "retro")) == ["Retro is at ten"]


def test_expired_is_gone(web: Project) -> None:
    with time_machine.travel("2026-11-22T10:00:00Z", tick=False):
        remember(web, "The canary token is 12", key="t", expires_at=datetime(2026, 11, 23, tzinfo=UTC))
        assert [hit.key for hit in ask(web, "canary")] == ["t"]
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False):
        assert ask(web, "canary") == []
        remember(web, "Something else")
        row = MemoryItem.objects.get(key="t")
        assert (row.status, row.reason) == ("suppressed", "Expired.")


def test_deleted_is_gone_from_its_neighbours_words_too(web: Project) -> None:
    talk = ["We met at the lake", "The canary sang", "Then we left", "And slept"]
    items = remember_all(web, [{"value": each, "type": "context", "thread": "t"} for each in talk])
    assert "The canary sang" in values(ask(web, "canary"))
    delete_memory(actor=web.owner, origin=API, item=items[1])
    assert ask(web, "canary") == []
    assert ask(web, "canary", as_of=datetime(2099, 1, 1, tzinfo=UTC)) == []


def test_clear_leaves_the_neighbours(web: Project, neighbours: list[Project]) -> None:
    remember(web, "Sign-in breaks on Safari")
    assert clear_memory(actor=web.owner, origin=API, project=web) == 1
    assert ask(web, "Safari") == []
    for project in neighbours:
        assert [hit.key for hit in ask(project, "Safari")] == ["leak"]


def test_an_answer_is_found_by_the_question_before_it(web: Project) -> None:
    remember_all(
        web,
        [
            {"key": "q", "value": "Where does the accordion come from?", "type": "context", "thread": "1"},
            {"key": "a", "value": "From my uncle in Graz.", "type": "context", "thread": "1"},
            {"key": "z", "value": "From my uncle in Linz.", "type": "context", "thread": "2"},
        ],
    )
    keys = [hit.key for hit in ask(web, "accordion")]
    assert keys[:2] == ["a", "q"] or set(keys[:2]) == {"a", "q"}
    assert "z" not in keys


def test_the_person_who_is_named_comes_first(web: Project) -> None:
    said = {"value": "I went hiking on the weekend", "type": "context"}
    remember_all(web, [{**said, "key": "j", "subject": "Jo"}, {**said, "key": "m", "subject": "Mira"}])
    assert ask(web, "When did Mira go hiking?")[0].key == "m"
    assert ask(web, "When did Jo go hiking?")[0].key == "j"


def test_other_words_for_the_same_are_found(web: Project, way: str) -> None:
    if way == "rarest words":
        pytest.skip("a project this large is searched by words alone")
    remember(web, "Authentication fails in the browser", key="auth", type="error")
    remember(web, "Bananas are cheap this week", key="fruit")
    assert ask(web, "login problem")[0].key == "auth"


def test_a_word_that_means_nearly_the_same_counts(web: Project) -> None:
    remember(web, "They brought a kite to the lake", key="kite")
    remember(web, "They brought a dog to the lake", key="dog")
    remember(web, "They brought a boat to the lake", key="boat")
    # By words alone: no vector is this model's.
    for stamp, entry in enumerate(RecallEntry.objects.filter(project=web)):
        RecallEntry.objects.filter(pk=entry.pk).update(embedder="another model", stamp=stamp)
    assert ask(web, "the pet at the lake")[0].key == "dog"


def test_recall_needs_no_embeddings(web: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(embeddings, "find_spec", lambda name: None)
    embeddings.embedder.cache_clear()
    try:
        remember(web, "Sign-in breaks on Safari", key="safari")
        assert [hit.key for hit in ask(web, "Safari")] == ["safari"]
    finally:
        embeddings.embedder.cache_clear()


def test_vectors_of_two_models_never_meet(web: Project, way: str) -> None:
    remember(web, "Authentication fails in the browser", key="auth")
    web_entries = MemoryItem.objects.get(key="auth").entry
    type(web_entries).objects.filter(pk=web_entries.pk).update(embedder="another model", stamp=7)
    assert ask(web, "login problem") == []


def test_relevance_decides_between_equals(web: Project) -> None:
    remember(web, "Use tabs in templates", key="minor", relevance=0.1)
    remember(web, "Use tabs in templates", key="major", relevance=0.9)
    assert [hit.key for hit in ask(web, "tabs templates")] == ["major", "minor"]


def test_counts_what_it_recalls_once_a_minute(web: Project) -> None:
    remember(web, "Sign-in breaks on Safari", key="safari")
    with time_machine.travel("2026-11-22T10:00:00Z", tick=False) as clock:
        ask(web, "Safari")
        ask(web, "Safari")
        assert MemoryItem.objects.get(key="safari").recall_count == 1
        clock.shift(timedelta(minutes=2))
        ask(web, "Safari")
    assert MemoryItem.objects.get(key="safari").recall_count == 2


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"query": " "}, "query"),
        ({"query": "x\x00y"}, "query"),
        ({"query": "x" * 5000}, "query"),
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"types": ["nonsense"]}, "types"),
        ({"min_confidence": 1.5}, "min_confidence"),
    ],
)
def test_bad_input_names_the_field(web: Project, options: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        recall(**{"actor": web.owner, "project": web, "query": "Safari", **options})
    assert list(refusal.value.fields) == [field]


@pytest.mark.parametrize(
    "query", ['"', "a AND (", "* OR NEAR(", "'; DROP TABLE x --", "日本語", "🙂", "' | ! &"]
)
def test_any_text_is_a_question(web: Project, query: str) -> None:
    remember(web, "日本語 is Japanese")
    found = ask(web, query)
    assert len(found) == (query == "日本語")


def test_scope_is_in_the_sql_before_anything_is_ranked(web: Project) -> None:
    remember(web, "Sign-in breaks on Safari")
    asked: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        ask(web, "Safari")
    first = next(sql for sql in asked if "memory_recallentry" in sql)
    for rule in ("owner_id", "valid_until", "expires_at", "project_id"):
        assert rule in first


def test_two_questions_in_a_row_see_what_came_between(web: Project, settings: LazySettings) -> None:
    remember(web, "Safari one", key="1")
    assert len(ask(web, "Safari")) == 1
    remember(web, "Safari two", key="2")
    assert len(ask(web, "Safari")) == 2


def test_a_common_word_stays_one_while_a_project_grows(web: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalling, "RANKED_BY_WORDS", 2)
    remember_all(web, [{"value": f"Deploy {n} was fine", "type": "context"} for n in range(4)])
    remember(web, "The deploy broke Safari", key="safari")
    first = ask(web, "deploy safari")
    assert first[0].key == "safari"
    assert ask(web, "deploy safari") == first
    remember(web, "The deploy frightened a zebra", key="zebra")
    assert ask(web, "deploy zebra")[0].key == "zebra"
    assert len(ask(web, "deploy", limit=10)) == 6
