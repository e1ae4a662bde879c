from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "tasks"

    def ready(self) -> None:
        from tasks import signals  # noqa: F401
        from tasks.changes import register
        from tasks.kinds import CommentKind, ProjectKind, TaskKind, TeamKind

        register(TaskKind())
        register(ProjectKind())
        register(TeamKind())
        register(CommentKind())
