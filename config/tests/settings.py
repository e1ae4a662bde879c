"""The settings of a test run: a developer's .env, keys and log level stay out of it."""

import os

for _name in (
    "OPENAI_API_KEY",
    "OPENAI_API_KEY_FILE",
    "OPENAI_BASE_URL",
    "OPENAI_MODEL",
    "LLM_TOOL_MODE",
    "LLM_TIMEOUT",
):
    os.environ.pop(_name, None)
os.environ["ENV_FILE"] = os.devnull
os.environ["DEBUG"] = "1"

from config.settings import *  # noqa: E402, F403

# Hashing dominates a suite that signs people in on every test.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Two runs in one folder must not share a database file.
DATABASE["TEST"] = {**DATABASE.get("TEST", {})}  # noqa: F405
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    DATABASE["TEST"]["NAME"] = str(DATA_DIR / f"test-{os.getpid()}.sqlite3")  # noqa: F405
