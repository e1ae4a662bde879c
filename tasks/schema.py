"""The addresses of tasks and projects in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse

from accounts.rest.schema import (
    FLAG,
    MOMENT,
    UUID,
    Json,
    Operation,
    among,
    answered_header,
    describe,
    etag,
    in_path,
    page_of,
    query,
)
from tasks import api, bulk_api, comments_api, dashboard_api, projects_api, transfer_api
from tasks.filters import PROJECT_ORDERS, TASK_ORDERS
from tasks.models import Project, Task
from tasks.schema_shapes import (
    A_PROJECT,
    A_TASK,
    PROJECT_EXAMPLE,
    TASK_EXAMPLE,
    BulkChanges,
    BulkResults,
    ChangeSerializer,
    CommentSerializer,
    CommentText,
    CompletedTask,
    DashboardSerializer,
    ExportFile,
    ImportFile,
    NewProject,
    NewTask,
    NewTasks,
    ProjectChanges,
    ProjectSerializer,
    Report,
    TaskChanges,
    TaskSerializer,
    WholeProject,
    WholeTask,
)
from tasks.text import MAX_TITLE
from tasks.transfer.files import COLUMNS, WRITTEN
from tasks.transfer_api import MAX_ROWS

TASKS, PROJECTS, FILES = "Tasks", "Projects", "Files"
THE_TASK = in_path("task", A_TASK, "A ref, such as WEB-12, or an id.")
THE_PROJECT = in_path("project", A_PROJECT, "A key, such as WEB, or an id.")
MADE = [answered_header("Location", "Where it is.", [201]), etag(201)]
SEARCH: Json = {"type": "string", "minLength": 1, "maxLength": MAX_TITLE}
WORD: Json = {"type": "string", "minLength": 1}
DAY_OR_INSTANT = "A day, which counts as a whole, or an instant."


def orders(names: Any, *alone: str) -> Json:
    """The schema of `ordering`: names separated by commas, those with a minus the other way round."""
    name = f"-?(?:{'|'.join(names)})"
    return {"type": "string", "pattern": f"^(?:{'|'.join([*alone, f'{name}(?:,{name})*'])})$"}


def _bounds(name: str, what: str) -> list[Any]:
    return [
        query(f"{name}_after", MOMENT, f"{what} at that time or after. {DAY_OR_INSTANT}"),
        query(f"{name}_before", MOMENT, f"{what} at that time or before. {DAY_OR_INSTANT}"),
    ]


TRASHED = query("trashed", FLAG, "What is in the trash instead.")
NARROWING = [
    query(
        "status",
        among([*Task.Status.values, "open"]),
        "Any of them; `open` is to do or in progress.",
        listed=True,
    ),
    query("completed", FLAG, "Done, or not."),
    query("priority", among(Task.Priority.values), "Any of them.", listed=True),
    query("label", WORD, "All of those that it lists, separated by commas."),
    query("assignee", WORD, "A user name, `me` or `none`."),
    query("project", A_PROJECT, "A key or an id."),
    query("parent", {"type": "string", "anyOf": [A_TASK, {"const": "none"}]}, "A ref, an id or `none`."),
    query("blocked", FLAG, "Waiting for another open task, or not."),
    query("due_date", {"type": "string", "format": "date"}, "Due on that day."),
    *_bounds("due", "Due"),
    query("overdue", FLAG, "Open and past its due date, or not."),
    *_bounds("created", "Created"),
    *_bounds("updated", "Changed"),
    *_bounds("completed", "Completed"),
    query("search", SEARCH, "All of these words in the title, the description or the labels, or a ref."),
    query("q", SEARCH, "The same as `search`."),
    TRASHED,
]
TASK_ORDER = query(
    "ordering", orders(TASK_ORDERS, "urgency"), "`-created_at` unless said. A minus turns it round."
)
PROJECT_FILTERS = [
    query("status", among(Project.Status.values), "Any of them.", listed=True),
    query("search", SEARCH, "All of these words in the name or the key."),
    query("q", SEARCH, "The same as `search`."),
    query("ordering", orders(PROJECT_ORDERS), "`key` unless said. A minus turns it round."),
    TRASHED,
]
CSV: Json = {
    "type": "string",
    "description": f"The columns {', '.join(COLUMNS)}; lists are separated by commas.",
}
NOT_MODIFIED = OpenApiResponse(None, description="The caller has it.")

describe(
    "api-tasks",
    api.TaskList,
    TASKS,
    get=Operation("listTasks", {200: page_of(TaskSerializer)}, params=[*NARROWING, TASK_ORDER], paged=True),
    post=Operation(
        "addTask",
        {201: TaskSerializer},
        body=NewTask,
        once=True,
        refuses=[409],
        headers=MADE,
        example={
            "title": "Renew the certificate",
            "project": "WEB",
            "due_date": "2026-11-30",
            "priority": "high",
        },
        reply=TASK_EXAMPLE,
    ),
)
describe(
    "api-task",
    api.TaskDetail,
    TASKS,
    get=Operation(
        "getTask",
        {200: TaskSerializer, 304: NOT_MODIFIED},
        params=[THE_TASK, TRASHED],
        cached=True,
        refuses=[404],
        reply=TASK_EXAMPLE,
    ),
    patch=Operation(
        "changeTask",
        {200: TaskSerializer},
        body=TaskChanges,
        params=[THE_TASK],
        once=True,
        versioned=True,
        refuses=[404, 409],
        example={"completed": True},
        reply=TASK_EXAMPLE,
    ),
    put=Operation(
        "replaceTask",
        {200: TaskSerializer},
        body=WholeTask,
        params=[THE_TASK],
        once=True,
        versioned=True,
        refuses=[404, 409],
        example={"title": "Renew the certificate"},
        reply=TASK_EXAMPLE,
    ),
    delete=Operation(
        "deleteTask",
        {204: None},
        params=[THE_TASK],
        versioned=True,
        refuses=[404, 409],
        more="It can be restored for 30 days.",
    ),
)


def _verb(name: str, says: str = "", shape: Any = TaskSerializer) -> Operation:
    reply = {**TASK_EXAMPLE, "next": None} if shape is CompletedTask else TASK_EXAMPLE
    return Operation(
        name,
        {200: shape},
        params=[THE_TASK],
        once=True,
        versioned=True,
        refuses=[404, 409],
        says=says,
        reply=reply,
    )


describe("api-task-complete", api.TaskComplete, TASKS, post=_verb("completeTask", shape=CompletedTask))
describe(
    "api-task-reopen",
    api.TaskReopen,
    TASKS,
    post=_verb("reopenTask", "Makes a done or cancelled task one to do."),
)
describe("api-task-restore", api.TaskRestore, TASKS, post=_verb("restoreTask"))
describe(
    "api-task-history",
    api.TaskHistory,
    TASKS,
    get=Operation(
        "listTaskChanges", {200: page_of(ChangeSerializer)}, params=[THE_TASK], paged=True, refuses=[404]
    ),
)
THE_COMMENT = in_path("comment", UUID, "Its id.")
describe(
    "api-task-comments",
    comments_api.CommentList,
    TASKS,
    get=Operation(
        "listComments", {200: page_of(CommentSerializer)}, params=[THE_TASK], paged=True, refuses=[404]
    ),
    post=Operation(
        "addComment",
        {201: CommentSerializer},
        body=CommentText,
        params=[THE_TASK],
        once=True,
        refuses=[404, 409],
        headers=MADE,
        example={"text": "The **new** certificate is on the server."},
    ),
)
describe(
    "api-task-comment",
    comments_api.CommentDetail,
    TASKS,
    get=Operation(
        "getComment",
        {200: CommentSerializer, 304: NOT_MODIFIED},
        params=[THE_TASK, THE_COMMENT],
        cached=True,
        refuses=[404],
    ),
    patch=Operation(
        "changeComment",
        {200: CommentSerializer},
        body=CommentText,
        params=[THE_TASK, THE_COMMENT],
        once=True,
        versioned=True,
        refuses=[404, 409],
        example={"text": "It is on the server since noon."},
    ),
    delete=Operation(
        "deleteComment", {204: None}, params=[THE_TASK, THE_COMMENT], versioned=True, refuses=[404, 409]
    ),
)
describe(
    "api-tasks-bulk",
    bulk_api.TaskBulk,
    TASKS,
    post=Operation(
        "addTasks",
        {200: BulkResults},
        body=NewTasks,
        once=True,
        example={"tasks": [{"title": "Buy milk"}]},
        reply={"results": [{"status": 201, "task": TASK_EXAMPLE, "etag": '"5f3a-09c1"'}]},
    ),
    patch=Operation(
        "changeTasks",
        {200: BulkResults},
        body=BulkChanges,
        once=True,
        example={"tasks": [{"id": "WEB-12", "completed": True}]},
        reply={"results": [{"status": 200, "task": TASK_EXAMPLE, "etag": '"5f3a-09c1"'}]},
    ),
)
describe(
    "api-tasks-export",
    transfer_api.TaskExport,
    FILES,
    get=Operation(
        "exportTasks",
        {(200, "application/json"): ExportFile, (200, "text/csv"): CSV},
        params=[
            *NARROWING,
            query("format", {"type": "string", "enum": ["json", "csv"], "default": "json"}, "Of the file."),
        ],
        headers=[answered_header("Content-Disposition", "A name for the file.", [200])],
    ),
)
describe(
    "api-tasks-import",
    transfer_api.TaskImport,
    FILES,
    post=Operation(
        "importTasks",
        {200: Report},
        body={"application/json": ImportFile, "text/csv": CSV},
        once=True,
        params=[
            query("atomic", FLAG, "All rows or none: an error is a 400 then."),
            query("create_projects", FLAG, "Makes the projects that are named and missing."),
            query("dry_run", FLAG, "Says what would happen, and does nothing."),
        ],
        more=f"At most {MAX_ROWS} rows. What is read: {', '.join(WRITTEN)}.",
    ),
)
describe(
    "api-projects",
    projects_api.ProjectList,
    PROJECTS,
    get=Operation("listProjects", {200: page_of(ProjectSerializer)}, params=PROJECT_FILTERS, paged=True),
    post=Operation(
        "addProject",
        {201: ProjectSerializer},
        body=NewProject,
        once=True,
        refuses=[409],
        headers=MADE,
        example={"name": "Website", "key": "WEB"},
        reply=PROJECT_EXAMPLE,
    ),
)
describe(
    "api-project",
    projects_api.ProjectDetail,
    PROJECTS,
    get=Operation(
        "getProject",
        {200: ProjectSerializer, 304: NOT_MODIFIED},
        params=[THE_PROJECT],
        cached=True,
        refuses=[404],
        reply=PROJECT_EXAMPLE,
    ),
    patch=Operation(
        "changeProject",
        {200: ProjectSerializer},
        body=ProjectChanges,
        params=[THE_PROJECT],
        once=True,
        versioned=True,
        refuses=[404, 409],
        example={"status": "paused"},
        reply=PROJECT_EXAMPLE,
    ),
    put=Operation(
        "replaceProject",
        {200: ProjectSerializer},
        body=WholeProject,
        params=[THE_PROJECT],
        once=True,
        versioned=True,
        refuses=[404, 409],
        example={"name": "Website"},
        reply=PROJECT_EXAMPLE,
    ),
    delete=Operation("deleteProject", {204: None}, params=[THE_PROJECT], versioned=True, refuses=[404, 409]),
)
describe(
    "api-project-restore",
    projects_api.ProjectRestore,
    PROJECTS,
    post=Operation(
        "restoreProject",
        {200: ProjectSerializer},
        params=[THE_PROJECT],
        once=True,
        refuses=[404, 409],
        reply=PROJECT_EXAMPLE,
        headers=[etag(200)],
    ),
)
describe(
    "api-project-history",
    projects_api.ProjectHistory,
    PROJECTS,
    get=Operation(
        "listProjectChanges",
        {200: page_of(ChangeSerializer)},
        params=[THE_PROJECT],
        paged=True,
        refuses=[404],
    ),
)
describe(
    "api-dashboard",
    dashboard_api.Dashboard,
    "Dashboard",
    get=Operation(
        "getDashboard",
        {200: DashboardSerializer},
        params=[
            query("project", A_PROJECT, "Of this project alone."),
            query("team", {"type": "string", "format": "uuid"}, "Of this team's projects alone."),
            query(
                "days",
                {"type": "integer", "enum": [int(days) for days in dashboard_api.DAYS], "default": 14},
                "How many in `per_day`.",
            ),
        ],
    ),
)
