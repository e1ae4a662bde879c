"""Typed readers of environment variables: a checked value, or SettingError with one sentence."""

import os
import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
ENV_LINE = re.compile(r"(export )?[A-Za-z_][A-Za-z_0-9]*=")
FALSE = {"0", "false", "no", "off"}
MAIL_BACKENDS = "django.core.mail.backends"
MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


class SettingError(ImproperlyConfigured):
    """A setting that keeps the program from starting. Its text is one sentence that names the remedy."""


class Environment:
    """Reads settings from `values` (usually os.environ). An empty value counts as not set."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str, default: str = "") -> str:
        return self._values.get(name, "").strip() or default

    def flag(self, name: str, default: bool) -> bool:
        raw = self.text(name).lower()
        if not raw:
            return default
        if raw in TRUE:
            return True
        if raw in FALSE:
            return False
        raise SettingError(f"{name} must be 1 or 0 (also true/false, yes/no, on/off), not {raw!r}.")

    def integer(self, name: str, default: int, *, minimum: int, maximum: int) -> int:
        raw = self.text(name)
        if not raw:
            return default
        try:
            value = int(raw)
        except ValueError:
            raise SettingError(f"{name} must be a whole number, not {raw!r}.") from None
        if not minimum <= value <= maximum:
            raise SettingError(f"{name} must be between {minimum} and {maximum}, not {value}.")
        return value

    def number(self, name: str, default: float, *, minimum: float, maximum: float) -> float:
        raw = self.text(name)
        if not raw:
            return default
        try:
            value = float(raw)
        except ValueError:
            raise SettingError(f"{name} must be a number, not {raw!r}.") from None
        if not minimum <= value <= maximum:
            raise SettingError(f"{name} must be between {minimum:g} and {maximum:g}, not {raw}.")
        return value

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        raw = self.text(name)
        if not raw:
            return default
        for choice in choices:
            if raw.lower() == choice.lower():
                return choice
        raise SettingError(f"{name} must be one of {', '.join(choices)}, not {raw!r}.")

    def names(self, name: str, default: Sequence[str] = ()) -> list[str]:
        """A comma-separated list."""
        raw = self.text(name)
        if not raw:
            return list(default)
        return [part for part in (part.strip() for part in raw.split(",")) if part]

    def origins(self, name: str) -> list[str]:
        """A comma-separated list of origins: scheme://host with an optional port and nothing after it."""
        found = self.names(name)
        for origin in found:
            parts = urlsplit(origin)
            if (
                parts.scheme not in {"http", "https"}
                or not parts.netloc
                or origin != f"{parts.scheme}://{parts.netloc}"
            ):
                raise SettingError(
                    f"{name} must list origins (https://tasks.example.com, without a path), not {origin!r}."
                )
        return found

    def url(self, name: str, schemes: Sequence[str]) -> str:
        raw = self.text(name)
        if raw and (urlsplit(raw).scheme not in schemes or not urlsplit(raw).netloc):
            # The value is left out of the sentence: such an address may carry a password.
            raise SettingError(
                f"{name} must be an address that starts with {' or '.join(s + '://' for s in schemes)}."
            )
        return raw

    def secret(self, name: str) -> str:
        """The value of NAME, or the content of the file that NAME_FILE names. Empty when neither is set."""
        value, path = self.text(name), self.text(f"{name}_FILE")
        if value and path:
            raise SettingError(f"Both {name} and {name}_FILE are set: keep one of them.")
        if not path:
            return value
        try:
            content = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise SettingError(f"{name}_FILE names {path}, which cannot be read ({reason}).") from None
        if not content:
            raise SettingError(f"{name}_FILE names {path}, which is empty.")
        return content

    def database(self, name: str, default: str) -> dict[str, Any]:
        """A Django DATABASES entry. Query parameters of the address become connection OPTIONS."""
        url = self.secret(name) or default
        scheme = urlsplit(url).scheme
        if scheme not in {"sqlite", "postgres", "postgresql"}:
            raise SettingError(f"{name} must start with sqlite:/// or postgresql://.")
        try:
            found: dict[str, Any] = environ.Env.db_url_config(url)
        except (ValueError, ImproperlyConfigured):
            raise SettingError(f"{name} is not a database address that can be read.") from None
        if not found.get("NAME"):
            raise SettingError(f"{name} names no database.")
        return found

    def mail(self, name: str) -> dict[str, Any]:
        """Django's EMAIL_* settings by their ends, for smtp+tls://, smtps://, smtp:// or file:///."""
        url = self.secret(name)
        if not url:
            return {}
        parts = urlsplit(url)
        if parts.scheme == "file" and parts.path.startswith("/") and not parts.netloc:
            return {"BACKEND": f"{MAIL_BACKENDS}.filebased.EmailBackend", "FILE_PATH": unquote(parts.path)}
        try:
            port = parts.port or MAIL_PORTS.get(parts.scheme)
        except ValueError:
            port = None
        if port is None or parts.scheme not in MAIL_PORTS or not parts.hostname:
            # The value is left out of the sentence: it may hold a password.
            raise SettingError(
                f"{name} must be smtp+tls://user:password@host:587, smtps://…, smtp://… or file:///folder."
            )
        return {
            "BACKEND": f"{MAIL_BACKENDS}.smtp.EmailBackend",
            "HOST": parts.hostname,
            "PORT": port,
            "HOST_USER": unquote(parts.username or ""),
            "HOST_PASSWORD": unquote(parts.password or ""),
            "USE_TLS": parts.scheme == "smtp+tls",
            "USE_SSL": parts.scheme == "smtps",
        }


def read_env_file(path: Path, *, required: bool) -> None:
    """Add the variables of a .env file to the environment, where variables that are set already win."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        if required:
            raise SettingError(f"ENV_FILE names {path}, which does not exist.") from None
        return
    except (OSError, UnicodeDecodeError):
        raise SettingError(f"{path} cannot be read as UTF-8 text.") from None
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#") and not ENV_LINE.match(line):
            # The line stays out of the sentence: it may hold a secret.
            raise SettingError(f"line {number} of {path} is not of the form NAME=value.")
    environ.Env.read_env(path, overwrite=False)


def local_folder(path: Path) -> Path:
    """`path`, created when it is missing."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"the data folder {path} cannot be created ({error.strerror}).") from None
    if not os.access(path, os.W_OK):
        raise SettingError(f"the data folder {path} is not writable.")
    return path


def local_secret_key(path: Path) -> str:
    """The key kept in `path`, made once with mode 0600. Safe when several processes start together."""
    if not path.exists():
        draft = local_folder(path.parent) / f".{path.name}.{secrets.token_hex(4)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    try:
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingError(f"the secret key in {path} cannot be read.") from None
    if len(key) < 50:
        raise SettingError(f"the secret key in {path} is damaged: delete the file to have a new one made.")
    return key
