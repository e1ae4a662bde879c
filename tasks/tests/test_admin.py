"""The admin writes projects and tasks through operations: for their owner, in the operator's name."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tasks import operations
from tasks.models import Change, Door, Project, Task
from tasks.tests.making import API, add, last_change, verbs_of

ADD_TASK = reverse("admin:tasks_task_add")
ADD_PROJECT = reverse("admin:tasks_project_add")
TASKS = reverse("admin:tasks_task_changelist")


@pytest.fixture
def olga(db: None) -> User:
    return User.objects.create_superuser("olga", "olga@example.com", "olga-password")


@pytest.fixture
def as_olga(olga: User) -> Client:
    client = Client()
    client.force_login(olga)
    return client


def edit_page(row: Task | Project) -> str:
    return reverse(f"admin:tasks_{row._meta.model_name}_change", args=[row.pk])


def delete_page(task: Task) -> str:
    return reverse("admin:tasks_task_delete", args=[task.pk])


def task_form(task: Task, **changes: Any) -> dict[str, Any]:
    due = task.due_at.astimezone(UTC) if task.due_at else None
    return {
        "project": task.project_id, "title": task.title, "description": task.description,
        "status": task.status, "priority": task.priority, "due_date": task.due_date or "",
        "due_at_0": f"{due:%Y-%m-%d}" if due else "", "due_at_1": f"{due:%H:%M:%S}" if due else "",
        "recurrence": task.recurrence, "labels": '["home"]' if task.labels else "[]",
        "assignee": task.assignee_id or "", "parent": task.parent_id or "", "blocked_by": "", **changes,
    }  # fmt: skip


def errors_of(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.status_code
    found: dict[str, Any] = response.context["adminform"].form.errors
    assert found
    return found


def said(response: Any) -> list[str]:
    return [str(each) for each in response.context["messages"]]


# --- Tasks --------------------------------------------------------------------------------------------


def test_adding_a_task(as_olga: Client, olga: User, alice: User, web: Project) -> None:
    blocker = add(alice, web, "First")
    form = task_form(
        Task(project=web, title="  Buy   milk "), due_date="2026-11-30", labels='["#Home"]',
        blocked_by=str(blocker.pk), assignee=str(alice.pk), priority="high",
    )  # fmt: skip
    response = as_olga.post(ADD_TASK, form, follow=True)
    assert "was added successfully" in said(response)[0]
    task = Task.objects.get(number=2)
    assert (task.title, task.due_date, task.labels, task.priority) == (
        "Buy milk", date(2026, 11, 30), ["home"], "high",
    )  # fmt: skip
    assert (task.created_by, task.assignee, task.blocked_by.get()) == (olga, alice, blocker)
    change = last_change(task)
    assert (change.actor, change.door, change.verb) == (olga, Door.ADMIN, "create")
    assert Change.objects.visible_to(alice).filter(pk=change.pk).exists()


def test_changing_a_task_writes_what_changed(as_olga: Client, olga: User, alice: User, web: Project) -> None:
    task = add(alice, web, labels=["home"], due=datetime(2026, 11, 30, 16, 30, tzinfo=UTC))
    response = as_olga.post(edit_page(task), task_form(task, title="Buy oat milk", status="done"))
    assert response.status_code == 302
    change = last_change(task)
    assert (change.actor, change.door, change.verb) == (olga, Door.ADMIN, "update")
    assert change.after.keys() == {"title", "status", "completed_at"}
    task.refresh_from_db()
    assert (task.title, task.status, task.labels) == ("Buy oat milk", "done", ["home"])
    assert task.completed_at is not None


def test_saving_without_a_change_writes_nothing(as_olga: Client, alice: User, web: Project) -> None:
    task = add(alice, web, labels=["home"], due=datetime(2026, 11, 30, 16, 30, 5, 123456, tzinfo=UTC))
    assert as_olga.post(edit_page(task), task_form(task)).status_code == 302
    assert verbs_of(task) == ["create"]


def test_a_date_becomes_an_instant_and_nothing(as_olga: Client, alice: User, web: Project) -> None:
    task = add(alice, web, due=date(2026, 11, 30))
    form = task_form(task, due_date="", due_at_0="2026-12-01", due_at_1="08:00")
    assert as_olga.post(edit_page(task), form).status_code == 302
    task.refresh_from_db()
    assert (task.due_date, task.due_at) == (None, datetime(2026, 12, 1, 8, tzinfo=UTC))
    assert as_olga.post(edit_page(task), task_form(task, due_at_0="", due_at_1="")).status_code == 302
    task.refresh_from_db()
    assert task.due is None


def test_moving_within_the_owners_projects(
    as_olga: Client, alice: User, web: Project, inbox: Project
) -> None:
    task = add(alice, web)
    assert as_olga.post(edit_page(task), task_form(task, project=inbox.pk)).status_code == 302
    task.refresh_from_db()
    assert task.ref == "INBOX-1"


def test_a_repeating_task_leaves_its_next_one(as_olga: Client, alice: User, web: Project) -> None:
    task = add(alice, web, recurrence="FREQ=DAILY")
    assert as_olga.post(edit_page(task), task_form(task, status="done")).status_code == 302
    assert Task.objects.visible_to(alice).open().get().number == 2


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"title": ""}, "title"),
    ({"title": " \t "}, "title"),
    ({"title": "x" * 201}, "title"),
    ({"description": "x" * 20_001}, "description"),
    ({"labels": '"home"'}, "labels"),
    ({"labels": "[1]"}, "labels"),
    ({"labels": "home"}, "labels"),
    ({"status": "open"}, "status"),
    ({"recurrence": "every day"}, "recurrence"),
    ({"due_date": "1800-01-01"}, "due_at"),
    ({"due_at_0": "9999-12-31", "due_at_1": "23:59"}, "due_at"),
]


@pytest.mark.parametrize(("changes", "field"), REFUSED)
def test_a_refusal_is_shown_at_its_field(
    as_olga: Client, alice: User, web: Project, changes: dict[str, Any], field: str
) -> None:
    task = add(alice, web)
    for address, form in (
        (edit_page(task), task_form(task, **changes)),
        (ADD_TASK, task_form(task, **changes)),
    ):
        assert field in errors_of(as_olga.post(address, form))
    assert verbs_of(task) == ["create"]
    assert Task.objects.count() == 1


def test_a_date_beside_an_instant_is_refused(as_olga: Client, alice: User, web: Project) -> None:
    task = add(alice, web, due=date(2026, 11, 30))
    form = task_form(task, due_at_0="2026-12-01", due_at_1="08:00")
    assert "due_at" in errors_of(as_olga.post(edit_page(task), form))
    task.refresh_from_db()
    assert (task.due_date, task.due_at) == (date(2026, 11, 30), None)


def test_another_persons_rows_stay_apart(as_olga: Client, alice: User, charlie: User, web: Project) -> None:
    theirs = add(charlie, operations.ensure_inbox(charlie), "Theirs")
    task = add(alice, web)
    for field, changes in {
        "parent": {"parent": theirs.pk},
        "blocked_by": {"blocked_by": theirs.pk},
        "assignee": {"assignee": charlie.pk},
        "__all__": {"project": theirs.project_id},
    }.items():
        assert field in errors_of(as_olga.post(edit_page(task), task_form(task, **changes)))
    assert verbs_of(task) == ["create"]


def test_a_conflict_is_shown_above_the_form(as_olga: Client, alice: User, web: Project) -> None:
    task = operations.delete_task(actor=alice, origin=API, task=add(alice, web))
    errors = errors_of(as_olga.post(edit_page(task), task_form(task, title="Other")))
    assert "in the trash" in str(errors["__all__"])


def test_staff_with_one_permission(alice: User, web: Project) -> None:
    sam = User.objects.create_user("sam", is_staff=True)
    sam.user_permissions.add(Permission.objects.get(codename="view_task"))
    client = Client()
    client.force_login(sam)
    task = add(alice, web)
    assert client.get(edit_page(task)).status_code == 200
    assert client.post(edit_page(task), task_form(task, title="Other")).status_code == 403
    assert client.post(delete_page(task), {"post": "yes"}).status_code == 403
    client.post(TASKS, {"action": "move_to_trash", "_selected_action": [str(task.pk)]})
    assert verbs_of(task) == ["create"]


# --- The trash ----------------------------------------------------------------------------------------


def test_deleting_moves_to_the_trash_and_says_so(
    as_olga: Client, olga: User, alice: User, web: Project
) -> None:
    task = add(alice, web)
    asked = as_olga.get(delete_page(task)).content.decode()
    assert "Move the task “WEB-1 Buy milk” to the trash?" in asked
    response = as_olga.post(delete_page(task), {"post": "yes"}, follow=True)
    assert said(response) == [
        "WEB-1 Buy milk was moved to the trash. The action “Restore” takes it out again."
    ]
    change = last_change(task)
    assert (change.actor, change.door, change.verb) == (olga, Door.ADMIN, "delete")
    assert as_olga.get(delete_page(task)).status_code == 403


def test_many_at_once(as_olga: Client, alice: User, charlie: User, web: Project) -> None:
    tasks = [add(alice, web), add(charlie, operations.ensure_inbox(charlie)), add(alice, web, "Kept")]
    picked = [str(task.pk) for task in tasks[:2]]
    response = as_olga.post(TASKS, {"action": "move_to_trash", "_selected_action": picked}, follow=True)
    assert said(response) == ["Moved to the trash: 2 tasks."]
    assert [verbs_of(task) for task in tasks] == [["create", "delete"]] * 2 + [["create"]]
    response = as_olga.post(TASKS, {"action": "restore", "_selected_action": picked}, follow=True)
    assert said(response) == ["Restored: 2 tasks."]
    assert last_change(tasks[1]).door == Door.ADMIN
    assert not Task.objects.filter(deleted_at__isnull=False).exists()


def test_a_row_that_refuses_does_not_stop_the_others(
    as_olga: Client, alice: User, charlie: User, web: Project
) -> None:
    hidden, task = add(charlie, operations.ensure_inbox(charlie)), add(alice, web)
    Project.objects.filter(pk=hidden.project_id).update(deleted_at=datetime(2026, 1, 1, tzinfo=UTC))
    picked = [str(hidden.pk), str(task.pk)]
    response = as_olga.post(TASKS, {"action": "move_to_trash", "_selected_action": picked}, follow=True)
    assert sorted(said(response)) == ["INBOX-1: There is no such task.", "Moved to the trash: 1 task."]
    assert as_olga.post(delete_page(hidden), {"post": "yes"}, follow=True).status_code == 200
    assert verbs_of(hidden) == ["create"]


def test_there_is_no_real_deletion(as_olga: Client, alice: User, web: Project) -> None:
    task = add(alice, web)
    assert "delete_selected" not in as_olga.get(TASKS).content.decode()
    form = {"action": "delete_selected", "_selected_action": [str(task.pk)], "post": "yes"}
    as_olga.post(TASKS, form)
    assert Task.objects.filter(pk=task.pk, deleted_at=None).exists()


# --- Projects -----------------------------------------------------------------------------------------


def test_adding_a_project_for_somebody(as_olga: Client, olga: User, alice: User) -> None:
    form = {"owner": alice.pk, "key": "web", "name": "Web", "status": "paused", "metadata": '{"a": 1}'}
    assert as_olga.post(ADD_PROJECT, form).status_code == 302
    project = Project.objects.visible_to(alice).get(key="WEB")
    assert (project.status, project.metadata) == ("paused", {"a": 1})
    assert {(each.actor, each.door) for each in Change.objects.filter(object_id=project.pk)} == {
        (olga, Door.ADMIN)
    }


def test_changing_a_project(as_olga: Client, olga: User, alice: User, charlie: User, web: Project) -> None:
    form = {"key": "SITE", "name": "Site", "description": "", "status": "active", "metadata": "{}"}
    assert as_olga.post(edit_page(web), {**form, "owner": charlie.pk}).status_code == 302
    web.refresh_from_db()
    assert (web.key, web.name, web.owner) == ("SITE", "Site", alice)
    change = last_change(web)
    assert (change.actor, change.door, change.after) == (olga, Door.ADMIN, {"key": "SITE", "name": "Site"})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"key": "no good"}, "key"),
        ({"key": "INBOX"}, "__all__"),
        ({"name": "\t"}, "name"),
        ({"metadata": "[1]"}, "metadata"),
        ({"metadata": "{"}, "metadata"),
        ({"metadata": '{"a": "\\u0000"}'}, "metadata"),
    ],
)
def test_a_refused_project(
    as_olga: Client, alice: User, web: Project, changes: dict[str, Any], field: str
) -> None:
    form = {"key": "WEB", "name": "Website", "status": "active", "metadata": "{}", **changes}
    assert field in errors_of(as_olga.post(edit_page(web), form))
    added = {**form, "owner": alice.pk}
    if "key" not in changes:
        added["key"] = "NEW"
    assert field in errors_of(as_olga.post(ADD_PROJECT, added))
    assert Project.objects.visible_to(alice).count() == 2


def test_the_inbox_keeps_its_key(as_olga: Client, inbox: Project) -> None:
    form = {"key": "MINE", "name": "Inbox", "status": "active", "metadata": "{}"}
    assert "key" in errors_of(as_olga.post(edit_page(inbox), form))


# --- Lists --------------------------------------------------------------------------------------------


def test_the_trash_can_be_looked_at(as_olga: Client, alice: User, web: Project) -> None:
    kept = add(alice, web)
    gone = operations.delete_task(actor=alice, origin=API, task=add(alice, web, "Gone"))
    for choice, shown in (("yes", {gone}), ("no", {kept}), ("", {gone, kept})):
        response = as_olga.get(TASKS, {"trash": choice} if choice else {})
        assert set(response.context["cl"].result_list) == shown


def test_a_ref_finds_that_task(as_olga: Client, alice: User, web: Project) -> None:
    first = add(alice, web)
    add(alice, web, "About WEB-1")
    assert list(as_olga.get(TASKS, {"q": "web-1"}).context["cl"].result_list) == [first]
