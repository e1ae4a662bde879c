from django.apps import AppConfig


class MemoryConfig(AppConfig):
    name = "memory"

    def ready(self) -> None:
        from memory.changes import MemoryKind
        from tasks.changes import register

        register(MemoryKind())
