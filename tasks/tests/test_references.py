"""From words to one row: refs, numbers, ids and titles, and what they never reach."""

from __future__ import annotations

import pytest

from accounts.errors import Invalid, NotFound
from accounts.models import User
from tasks import operations
from tasks.models import Project, Task
from tasks.references import MAX_CANDIDATES, AmbiguousTask, find_member, find_project, find_task
from tasks.tests.making import API, add


@pytest.mark.parametrize("reference", ["WEB-1", "web-1", " WEB-1 ", "buy milk", "BUY MILK", "milk"])
def test_find_task(alice: User, web: Project, reference: str) -> None:
    task = add(alice, web)
    add(alice, web, "Feed the cat")
    assert find_task(alice, reference) == task


def test_by_id(alice: User, web: Project) -> None:
    task = add(alice, web)
    assert find_task(alice, str(task.pk)) == find_task(alice, task.pk.hex.upper()) == task


@pytest.mark.parametrize("reference", ["1", "#1", " 1 "])
def test_a_bare_number_is_read_in_the_project(
    alice: User, web: Project, inbox: Project, reference: str
) -> None:
    in_web, in_inbox = add(alice, web), add(alice, inbox, "Other")
    assert find_task(alice, reference, project=web) == in_web
    assert find_task(alice, reference, project=inbox) == in_inbox
    with pytest.raises(NotFound):
        find_task(alice, "2", project=web)


def test_a_title_that_looks_like_a_ref(alice: User, web: Project) -> None:
    task = add(alice, web, "COVID-19 test")
    assert find_task(alice, "COVID-19") == task


def test_the_project_at_hand_comes_first(alice: User, web: Project, inbox: Project) -> None:
    in_web, in_inbox = add(alice, web), add(alice, inbox)
    assert find_task(alice, "buy milk", project=web) == in_web
    assert find_task(alice, "buy milk", project=inbox) == in_inbox
    with pytest.raises(AmbiguousTask):
        find_task(alice, "buy milk")


def test_open_tasks_come_before_done_ones(alice: User, web: Project) -> None:
    add(alice, web, status="done")
    task = add(alice, web)
    assert find_task(alice, "buy milk", project=web) == task


def test_the_whole_title_comes_before_a_part_of_one(alice: User, web: Project) -> None:
    task = add(alice, web, "Milk")
    add(alice, web, "Milk the cow")
    assert find_task(alice, "milk", project=web) == task


def test_several_that_fit_are_candidates(alice: User, web: Project) -> None:
    tasks = [add(alice, web, f"Call {name}") for name in ("Ann", "Ben")]
    with pytest.raises(AmbiguousTask) as refusal:
        find_task(alice, "call", project=web)
    assert set(refusal.value.candidates) == set(tasks)
    assert refusal.value.code == "ambiguous"
    for n in range(MAX_CANDIDATES):
        add(alice, web, f"Call {n}")
    with pytest.raises(AmbiguousTask) as refusal:
        find_task(alice, "call", project=web)
    assert len(refusal.value.candidates) == MAX_CANDIDATES


def test_the_trash_is_apart(alice: User, web: Project) -> None:
    task = operations.delete_task(actor=alice, origin=API, task=add(alice, web))
    for reference in ("WEB-1", "1", "buy milk", str(task.pk)):
        with pytest.raises(NotFound):
            find_task(alice, reference, project=web)
        assert find_task(alice, reference, project=web, trashed=True) == task
    kept = add(alice, web, "Kept")
    with pytest.raises(NotFound, match="in the trash"):
        find_task(alice, kept.ref, trashed=True)


@pytest.mark.parametrize("reference", ["WEB-1", "1", "Secret plan", "secret", "{id}"])
def test_a_strangers_task_is_not_found(
    alice: User, charlie: User, web: Project, inbox: Project, reference: str
) -> None:
    task = add(alice, web, "Secret plan")
    with pytest.raises(NotFound) as refusal:
        find_task(charlie, reference.format(id=task.pk), project=operations.ensure_inbox(charlie))
    assert "plan" not in str(refusal.value).replace(reference, "")


def test_one_key_two_owners(alice: User, charlie: User, web: Project) -> None:
    theirs = operations.create_project(actor=charlie, origin=API, key="WEB", name="Theirs")
    mine, other = add(alice, web), add(charlie, theirs)
    assert find_task(alice, "WEB-1") == mine
    assert find_task(charlie, "WEB-1") == other


@pytest.mark.parametrize("reference", ["", "   ", "x" * 201, "a " * 3000, "\x00", "\ud800"])
def test_what_is_no_reference_is_invalid(alice: User, web: Project, reference: str) -> None:
    with pytest.raises(Invalid) as refusal:
        find_task(alice, reference, project=web)
    assert "task" in refusal.value.fields


@pytest.mark.parametrize("reference", ["WEB-9999999999", "9999999999", "#0", "WEB-0", "%", "_", "' OR 1=1"])
def test_odd_references_find_nothing(alice: User, web: Project, reference: str) -> None:
    add(alice, web)
    with pytest.raises(NotFound):
        find_task(alice, reference, project=web)


def test_a_refusal_shortens_what_it_quotes(alice: User, web: Project) -> None:
    with pytest.raises(NotFound) as refusal:
        find_task(alice, "y" * 200)
    assert len(str(refusal.value)) < 150


@pytest.mark.parametrize("key", ["WEB", "web", " Web ", "website", "{id}"])
def test_find_project(alice: User, web: Project, key: str) -> None:
    assert find_project(alice, key.format(id=web.pk)) == web


@pytest.mark.parametrize("key", ["WEB", "Website", "{id}", "", "x" * 5000])
def test_a_strangers_project_is_not_found(charlie: User, web: Project, key: str) -> None:
    with pytest.raises(NotFound) as refusal:
        find_project(charlie, key.format(id=web.pk))
    assert "Your projects: INBOX." in str(refusal.value)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize("name", ["me", "Myself", "alice", "@Alice"])
def test_find_member(alice: User, web: Project, name: str) -> None:
    assert find_member(alice, web, name) == alice


@pytest.mark.parametrize("name", ["charlie", "nobody", "", "\x00"])
def test_strangers_are_no_members(alice: User, charlie: User, web: Project, name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        find_member(alice, web, name)
    assert "assignee" in refusal.value.fields


def test_a_listed_task_is_found_by_its_own_ref(alice: User, web: Project) -> None:
    for n in range(3):
        add(alice, web, f"Task {n}")
    for task in Task.objects.visible_to(alice):
        assert find_task(alice, task.ref) == task
