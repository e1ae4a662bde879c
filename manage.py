#!/usr/bin/env python
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from config.env import SettingError

    try:
        execute_from_command_line(sys.argv)
    except SettingError as error:
        sys.exit(f"Tasklore cannot start: {error}")
    except ImproperlyConfigured as error:
        if isinstance(error.__cause__, SettingError):
            sys.exit(f"Tasklore cannot start: {error.__cause__}")
        raise


if __name__ == "__main__":
    main()
