"""What people say about a task: on its page, over REST, and who may."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.errors import Conflict, Forbidden, Invalid, NotFound
from accounts.models import User
from tasks import operations
from tasks.changes import Origin
from tasks.models import Change, Comment, Door, Project, Task
from tasks.receipts import receipt_text
from tasks.tests.asking import asked, send
from tasks.tests.making import API, add

SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def task(alice: User, web: Project) -> Task:
    return add(alice, web)


def say(author: User, task: Task, text: str = "It *works*") -> Comment:
    return operations.add_comment(actor=author, origin=API, task=task, text=text)


def changed(comment: Comment) -> Change:
    found = Change.objects.filter(object_id=comment.pk).last()
    assert found is not None
    return found


def test_a_comment_is_recorded_and_undone(alice: User, task: Task, as_alice: Client) -> None:
    answer = as_alice.post(
        reverse("task_comment", args=[task.pk]), {"text": " Hello\r\nthere "}, headers=SCRIPT
    )
    comment = Comment.objects.get()
    assert (comment.text, comment.author, comment.task) == ("Hello\nthere", alice, task)
    assert receipt_text(changed(comment), alice.zone) == "Commented on WEB-1: “Hello there”"
    as_alice.post(answer.json()["undo"], headers=SCRIPT)
    assert not Comment.objects.kept().exists()


def test_its_page_shows_it_safely_and_in_order(
    alice: User, task: Task, as_alice: Client, django_assert_num_queries: Any
) -> None:
    say(alice, task, "First <script>alert(1)</script> **bold**")
    operations.update_task(actor=alice, origin=API, task=task, changes={"priority": "high"})
    say(alice, task, "Second")
    add(alice, task.project, "Below", parent=task)
    # Session, user, task, pulse (also of shared tasks); which can be edited, are blocked and have subtasks,
    # for the task and for its subtasks; its changes and comments; what it waits for, twice, and what waits
    # for it; subtasks; projects that it may go to, who can be assigned, and whom it is shared with.
    with django_assert_num_queries(20):
        html = as_alice.get(task.get_absolute_url()).content.decode()
    assert "<strong>bold</strong>" in html and "<script>alert" not in html
    assert html.index("First") < html.index("high priority") < html.index("Second")


def test_changing_and_deleting_it(alice: User, task: Task, as_alice: Client) -> None:
    comment = say(alice, task)
    path = reverse("comment", args=[comment.pk])
    as_alice.post(path, {"text": "It works now"}, headers=SCRIPT)
    comment.refresh_from_db()
    assert comment.text == "It works now" and comment.edited_at
    answer = as_alice.post(path, {"text": "x", "verb": "delete"}, headers=SCRIPT)
    assert "It works now" not in as_alice.get(task.get_absolute_url()).content.decode()
    as_alice.post(answer.json()["undo"], headers=SCRIPT)
    assert "It works now" in as_alice.get(task.get_absolute_url()).content.decode()


@pytest.mark.parametrize("text", ["", " \n ", "a\0b", "x" * 20_001])
def test_bad_text_is_refused(alice: User, task: Task, as_alice: Client, text: str) -> None:
    with pytest.raises(Invalid):
        say(alice, task, text)
    answer = as_alice.post(reverse("task_comment", args=[task.pk]), {"text": text}, headers=SCRIPT)
    assert answer.status_code == 400 and "text" in answer.json()["fields"]


def test_not_in_the_trash(alice: User, task: Task) -> None:
    comment = say(alice, task)
    operations.delete_task(actor=alice, origin=API, task=task)
    with pytest.raises(Conflict):
        say(alice, task)
    operations.delete_comment(actor=alice, origin=API, comment=comment)
    with pytest.raises(Conflict):
        operations.update_comment(actor=alice, origin=API, comment=comment, text="x")


def test_only_who_wrote_it_changes_it(alice: User, charlie: User, task: Task, as_charlie: Client) -> None:
    comment = say(alice, task)
    Comment.objects.update(author=None)
    with pytest.raises(Forbidden):
        operations.update_comment(actor=alice, origin=API, comment=comment, text="x")
    for verb in (operations.delete_comment, lambda **by: operations.update_comment(**by, text="x")):
        with pytest.raises(NotFound):
            verb(actor=charlie, origin=API, comment=comment)
    for path in (reverse("comment", args=[comment.pk]), reverse("task_comment", args=[task.pk])):
        assert as_charlie.post(path, {"text": "x"}, headers=SCRIPT).status_code == 404
    # An operator may, in the admin alone.
    charlie.is_staff = True
    operations.update_comment(actor=charlie, origin=Origin(Door.ADMIN), comment=comment, text="Mended")
    comment.refresh_from_db()
    assert comment.text == "Mended"


def test_over_rest(alice: User, task: Task, as_alice: Client, django_assert_num_queries: Any) -> None:
    made = asked(as_alice, "post", "tasks/WEB-1/comments/", {"text": "One"}, expect=201)
    asked(as_alice, "post", "tasks/WEB-1/comments/", {"text": "Two"}, expect=201)
    path = f"tasks/WEB-1/comments/{made['id']}/"
    etag = send(as_alice, "get", path)["ETag"]
    assert asked(as_alice, "patch", path, {"text": "Won"})["text"] == "Won"
    assert send(as_alice, "patch", path, {"text": "Lost"}, If_Match=etag).status_code == 412
    # Session, user, id of the ref, task; comments and their count.
    with django_assert_num_queries(6):
        page = asked(as_alice, "get", "tasks/WEB-1/comments/")
    assert [(each["text"], each["author"], each["task"]) for each in page["results"]] == [
        ("Won", "alice", "WEB-1"),
        ("Two", "alice", "WEB-1"),
    ]
    send(as_alice, "delete", path)
    assert send(as_alice, "get", path).status_code == 404
    other = add(alice, task.project)
    assert send(as_alice, "get", path.replace("WEB-1", other.ref)).status_code == 404
