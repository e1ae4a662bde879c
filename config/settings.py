"""Every setting, read once from the environment; docs/settings.md describes each of them."""

import os
from pathlib import Path
from typing import Any

from config import postgresql
from config.env import Environment, SettingError, local_folder, local_secret_key, read_env_file

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = BASE_DIR / "var"

read_env_file(BASE_DIR / os.environ.get("ENV_FILE", ".env"), required="ENV_FILE" in os.environ)
env = Environment(os.environ)

# --- Who may reach it ---------------------------------------------------------------------------------

DEBUG = env.flag("DEBUG", False)
# Not said, it is local use: no HTTPS, and no error pages that show internals either.
PRODUCTION = not env.flag("DEBUG", True)
HOST = env.text("HOST", "127.0.0.1")
PORT = env.integer("PORT", 8000, minimum=1, maximum=65535)
FORWARDED_ALLOW_IPS = env.text("FORWARDED_ALLOW_IPS", "127.0.0.1")
SECRET_KEY = env.secret("SECRET_KEY")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if not PRODUCTION else [])
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")
CORS_ALLOWED_ORIGINS = env.origins("CORS_ALLOWED_ORIGINS")
CORS_ALLOW_CREDENTIALS = True
CORS_EXPOSE_HEADERS = [
    *("X-Total-Count", "ETag", "Location", "X-Request-ID", "Retry-After", "WWW-Authenticate"),
]
CORS_ALLOW_HEADERS = [
    *("accept", "authorization", "content-type", "x-csrftoken", "x-requested-with"),
    *("idempotency-key", "if-match", "if-none-match", "last-event-id", "prefer", "x-request-id"),
    *("mcp-protocol-version", "mcp-method", "mcp-name", "mcp-session-id"),
]
CORS_URLS_REGEX = r"^/(api|mcp|oauth/(token|register|revoke))(/|$)"
MAX_REQUEST_BYTES = env.integer("MAX_REQUEST_BYTES", 1024 * 1024, minimum=8 * 1024, maximum=1024**3)
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_REQUEST_BYTES
# Requests a minute; 0 is no limit. The last is for those that nobody is signed in for.
RATE_LIMIT_USER = env.integer("RATE_LIMIT_USER", 0, minimum=0, maximum=1_000_000)
RATE_LIMIT_TOKEN = env.integer("RATE_LIMIT_TOKEN", 0, minimum=0, maximum=1_000_000)
RATE_LIMIT_ADDRESS = env.integer("RATE_LIMIT_ADDRESS", 300, minimum=0, maximum=1_000_000)
# Wrong tries in 15 minutes; 0 is no limit.
SIGNIN_LIMIT_ACCOUNT = env.integer("SIGNIN_LIMIT_ACCOUNT", 10, minimum=0, maximum=100_000)
SIGNIN_LIMIT_ADDRESS = env.integer("SIGNIN_LIMIT_ADDRESS", 50, minimum=0, maximum=100_000)
# Open only where nobody but this machine reaches it, unless said otherwise.
SIGNUP = env.flag("SIGNUP", not PRODUCTION and HOST in ("127.0.0.1", "::1", "localhost"))
OIDC_ISSUER = env.url("OIDC_ISSUER", ["https"] if PRODUCTION else ["https", "http"])
OIDC_CLIENT_ID = env.text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = env.secret("OIDC_CLIENT_SECRET")
OIDC_NAME = env.text("OIDC_NAME", "single sign-on")
OIDC_SIGNUP = env.flag("OIDC_SIGNUP", SIGNUP)
if OIDC_ISSUER and not OIDC_CLIENT_ID:
    raise SettingError("OIDC_CLIENT_ID is not set, and OIDC_ISSUER is: name this server's client there.")
if OIDC_CLIENT_ID and not OIDC_ISSUER:
    raise SettingError("OIDC_ISSUER is not set, and OIDC_CLIENT_ID is: name the server that signs people in.")

if PRODUCTION and not SECRET_KEY:
    raise SettingError(
        "SECRET_KEY is not set, and production (DEBUG=0) needs one: 50 random characters that stay the same."
    )
if PRODUCTION and not ALLOWED_HOSTS:
    raise SettingError(
        "ALLOWED_HOSTS is not set, and production (DEBUG=0) needs the host names that it is served under."
    )
if not SECRET_KEY:
    SECRET_KEY = local_secret_key(DATA_DIR / "secret_key")

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = PRODUCTION
# A probe comes straight to the process, without the proxy that speaks HTTPS.
SECURE_REDIRECT_EXEMPT = [r"^(health|metrics)(/|$)"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- What it is made of -------------------------------------------------------------------------------

INSTALLED_APPS = [
    "config.apps.Admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    # It brings an HTTP client, which costs a start 6 MB.
    *["allauth.socialaccount.providers.openid_connect"] * bool(OIDC_ISSUER),
    "allauth.usersessions",
    "servestatic",
    "config.apps.StaticFiles",
    "corsheaders",
    "csp",
    "rest_framework",
    "drf_spectacular_sidecar",
    "accounts",
    "tasks",
    "memory",
    "chat",
]
MIDDLEWARE = [
    "config.middleware.request_context",
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "config.middleware.CompressPages",
    "csp.middleware.CSPMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "config.middleware.refuse_malformed",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.Common",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.DomainErrors",
]
# For the API: all that protects a program, and nothing that only a page needs. Each must do without async.
API_MIDDLEWARE = [
    "config.middleware.request_context",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.ApiCors",
    "config.middleware.refuse_malformed",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.Common",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.DomainErrors",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.navigation.navigation",
            ]
        },
    }
]
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTHENTICATION_BACKENDS = ["accounts.backends.PasswordBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_RESET_TIMEOUT = 3600

# --- How it sends mail --------------------------------------------------------------------------------

MAIL = env.mail("EMAIL_URL")
EMAIL_FROM = env.text("EMAIL_FROM")
if MAIL and not EMAIL_FROM:
    raise SettingError("EMAIL_FROM is not set, and EMAIL_URL is: name the address that mail comes from.")
MAIL_CONFIGURED = bool(MAIL)
EMAIL_BACKEND = MAIL.get("BACKEND", "django.core.mail.backends.dummy.EmailBackend")
EMAIL_FILE_PATH = MAIL.get("FILE_PATH")
EMAIL_HOST, EMAIL_PORT = MAIL.get("HOST", ""), MAIL.get("PORT", 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL.get("HOST_USER", ""), MAIL.get("HOST_PASSWORD", "")
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL.get("USE_TLS", False), MAIL.get("USE_SSL", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = EMAIL_FROM or "tasklore@localhost"

# --- How people sign in (django-allauth); docs/signin.md tells it to people ------------------------------

ACCOUNT_ADAPTER = "accounts.signin.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.signin.forms.SignInForm",
    "signup": "accounts.signin.forms.SignUpForm",
    "reset_password": "accounts.signin.forms.ResetForm",
    "reset_password_from_key": "accounts.signin.forms.NewPasswordForm",
    "reauthenticate": "accounts.signin.forms.PasswordAgainForm",
    "add_email": "accounts.signin.forms.AddressForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*" if MAIL_CONFIGURED else "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if MAIL_CONFIGURED else "none"
ACCOUNT_EMAIL_NOTIFICATIONS = MAIL_CONFIGURED
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Tasklore] "
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PASSWORD_MIN_LENGTH = None  # AUTH_PASSWORD_VALIDATORS says it
ACCOUNT_REAUTHENTICATION_METHODS = ["password", "mfa"]
# Wrong passwords are counted by accounts.backends; these are for the codes of a second factor.
SECOND_FACTOR_LIMITS = [(SIGNIN_LIMIT_ADDRESS, "ip"), (SIGNIN_LIMIT_ACCOUNT, "key")]
ACCOUNT_RATE_LIMITS: Any = {
    "login_failed": ",".join(f"{limit}/15m/{of}" for limit, of in SECOND_FACTOR_LIMITS if limit),
    # Good sign-ins count in this one as well.
    "login": "300/m/ip",
}
MFA_ADAPTER = "accounts.signin.adapters.TwoFactorAdapter"
MFA_FORMS = {
    "authenticate": "accounts.signin.second_factor_forms.CodeForm",
    "reauthenticate": "accounts.signin.second_factor_forms.CodeAgainForm",
    "activate_totp": "accounts.signin.second_factor_forms.AppForm",
    "add_webauthn": "accounts.signin.second_factor_forms.AddKeyForm",
    "authenticate_webauthn": "accounts.signin.second_factor_forms.KeyAfterPasswordForm",
    "login_webauthn": "accounts.signin.second_factor_forms.KeyForm",
    "reauthenticate_webauthn": "accounts.signin.second_factor_forms.KeyAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# An address that nobody could verify must not keep anybody from a second factor.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Tasklore"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
SOCIALACCOUNT_ADAPTER = "accounts.signin.adapters.ProviderAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_QUERY_EMAIL = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if OIDC_ISSUER:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": OIDC_CLIENT_ID,
                "secret": OIDC_CLIENT_SECRET,
                "settings": {"server_url": OIDC_ISSUER},
            }
        ],
    }

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
SERVESTATIC_ALLOW_ALL_ORIGINS = False
SERVESTATIC_USE_FINDERS = SERVESTATIC_AUTOREFRESH = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if not PRODUCTION
        else "config.static.HashedFiles"
    },
}

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.rest.authentication.TokenAuthentication",
        "accounts.rest.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.rest.permissions.SignedInWithScope"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.rest.throttling.RequestLimits"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "config.errors.api_exception_handler",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Tasklore",
    "DESCRIPTION": "Every address answers with and without its trailing slash. Times are ISO 8601.",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/",
    "SORT_OPERATIONS": False,
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_NAME_OVERRIDES": {
        "TaskStatus": "tasks.models.Task.Status",
        "Priority": "tasks.models.Task.Priority",
        "ProjectStatus": "tasks.models.Project.Status",
        "Role": "accounts.access.READERS",
        "GivenRole": "accounts.access.GIVEN",
        "SharePermission": "tasks.models.TaskShare.Permission",
        "Door": "tasks.models.Door",
        "ChangedObject": "tasks.models.Change.Object",
        "MemoryType": "memory.models.MemoryItem.Type",
        "MemoryStatus": "memory.models.MemoryItem.Status",
        "HitType": "memory.recall.TYPES",
        "MessageRole": "chat.models.Message.Role",
        "TurnStatus": "chat.models.Turn.Status",
        "ToolCallStatus": "chat.models.ToolCall.Status",
    },
}

# --- Where it keeps things ----------------------------------------------------------------------------

DATABASE = env.database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'tasklore.sqlite3'}")
DATABASE_POOL = env.integer("DATABASE_POOL", 10, minimum=0, maximum=500)
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    if Path(DATABASE["NAME"]).parent == DATA_DIR:
        local_folder(DATA_DIR)
    DATABASE["OPTIONS"] = {
        # Deferred transactions that turn into writes meet "database is locked" whatever the time-out.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # The log is written back every 16 MB: the pages that every write touches are then copied less often.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-20000; "
            "PRAGMA wal_autocheckpoint=4000;"
        ),
    }
    DATABASE["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    DATABASE = postgresql.entry(
        DATABASE,
        pool=DATABASE_POOL,
        # A server that pools itself may refuse to be told: there only what was asked for is sent.
        statement_timeout=env.number(
            "DATABASE_STATEMENT_TIMEOUT", 30 if DATABASE_POOL else 0, minimum=0, maximum=24 * 3600
        ),
        lock_timeout=env.number(
            "DATABASE_LOCK_TIMEOUT", 10 if DATABASE_POOL else 0, minimum=0, maximum=24 * 3600
        ),
    )
DATABASES = {"default": DATABASE}
REDIS_URL = env.url("REDIS_URL", ["redis", "rediss", "unix"])
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "accounts.rest.shared_cache.SharedCache", "LOCATION": REDIS_URL}}

# --- Which assistant answers --------------------------------------------------------------------------

OPENAI_API_KEY = env.secret("OPENAI_API_KEY")
OPENAI_BASE_URL = env.url("OPENAI_BASE_URL", ["http", "https"])
OPENAI_MODEL = env.text("OPENAI_MODEL")
OPENAI_EMBEDDING_MODEL = env.text("OPENAI_EMBEDDING_MODEL")
if (OPENAI_API_KEY or OPENAI_BASE_URL) and not OPENAI_MODEL:
    raise SettingError(
        "OPENAI_MODEL is not set, and OPENAI_API_KEY or OPENAI_BASE_URL is: name the model to use."
    )
if OPENAI_EMBEDDING_MODEL and not (OPENAI_API_KEY or OPENAI_BASE_URL):
    raise SettingError(
        "OPENAI_EMBEDDING_MODEL is set, and neither OPENAI_API_KEY nor OPENAI_BASE_URL is: name its server."
    )
LLM_TOOL_MODE = env.choice("LLM_TOOL_MODE", "auto", ["auto", "native", "json"])
LLM_TIMEOUT = env.number("LLM_TIMEOUT", 60, minimum=0.1, maximum=3600)
CONTEXT_WINDOW_SIZE = env.integer("CONTEXT_WINDOW_SIZE", 10, minimum=0, maximum=1000)
# Tokens of models that one person may use a day; 0 is no limit.
DAILY_TOKEN_BUDGET = env.integer("DAILY_TOKEN_BUDGET", 0, minimum=0, maximum=10**12)
TURN_MAX_STEPS = env.integer("TURN_MAX_STEPS", 8, minimum=1, maximum=100)
TURN_MAX_TOOL_CALLS = env.integer("TURN_MAX_TOOL_CALLS", 20, minimum=1, maximum=1000)
TURN_MAX_SECONDS = env.number("TURN_MAX_SECONDS", 300, minimum=1, maximum=24 * 3600)
TURN_LEASE_SECONDS = env.number("TURN_LEASE_SECONDS", 5, minimum=0.5, maximum=3600)

# What MCP serves beside the tools: fixtures of its conformance suite, by a settings module of their own.
MCP_FIXTURES = ""

# --- What it remembers --------------------------------------------------------------------------------

MAX_MEMORY_ITEMS = env.integer("MAX_MEMORY_ITEMS", 1000, minimum=1, maximum=1_000_000)
CONFIDENCE_THRESHOLD = env.number("CONFIDENCE_THRESHOLD", 0.85, minimum=0, maximum=1)
MEMORY_EXTRACTION = env.flag("MEMORY_EXTRACTION", True)

# --- What it says about itself ------------------------------------------------------------------------

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
LOG_FORMAT = env.choice("LOG_FORMAT", "json" if PRODUCTION else "console", ["json", "console"])
LOGGING_CONFIG = "config.logging.configure"
LOGGING = {
    "level": LOG_LEVEL,
    "format": LOG_FORMAT,
    "secrets": [
        SECRET_KEY,
        OPENAI_API_KEY,
        str(DATABASE.get("PASSWORD", "")),
        OIDC_CLIENT_SECRET,
        EMAIL_HOST_PASSWORD,
    ],
}
