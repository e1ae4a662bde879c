from tasks.models.beside import CalendarFeed, Comment, TaskShare
from tasks.models.records import MAX_CLIENT_NAME, Change, Door, IdempotencyKey, TaskTally
from tasks.models.work import INBOX, Project, Task

__all__ = [
    "INBOX",
    "MAX_CLIENT_NAME",
    "CalendarFeed",
    "Change",
    "Comment",
    "Door",
    "IdempotencyKey",
    "Project",
    "Task",
    "TaskShare",
    "TaskTally",
]
