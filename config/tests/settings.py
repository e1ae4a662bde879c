"""The settings of a test run: a developer's .env, keys and log level stay out of it."""

import os

for _name in [name for name in os.environ if name.startswith(("OPENAI_", "LLM_", "TURN_", "LOG_", "DEBUG"))]:
    del os.environ[_name]
os.environ["ENV_FILE"] = os.devnull

from config.settings import *  # noqa: E402, F403

# A second request after each reply: the tests that count requests have none, and some tests turn it on.
MEMORY_EXTRACTION = False
# Hashing dominates a suite that signs people in on every test.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Two runs in one folder must not share a database file.
DATABASE["TEST"] = {**DATABASE.get("TEST", {})}  # noqa: F405
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    DATABASE["TEST"]["NAME"] = str(DATA_DIR / f"test-{os.getpid()}.sqlite3")  # noqa: F405
# Every test comes from one address; those of the limits set what they need.
RATE_LIMIT_ADDRESS = SIGNIN_LIMIT_ACCOUNT = SIGNIN_LIMIT_ADDRESS = 0
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
# As where OIDC_ISSUER is set: its tests set that later.
INSTALLED_APPS = [*INSTALLED_APPS, "allauth.socialaccount.providers.openid_connect"]  # noqa: F405
# Each test's client would look through every static file anew; servers that tests start serve them.
SERVESTATIC_USE_FINDERS = False
