"""Every page there is, with something to see on each: for the pictures in docs/ and the scan by axe.

A browser's `Page` is signed in and filled through the product's own API. `PAGES` and `NOT_PAGES` together
hold the name of every URL outside of the API and the admin; a test compares them with the URL conf.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page

Things = dict[str, str]

SAID = [
    "add renew passport friday, high priority #home",
    "add pay rent on the 1st every month",
    "add call Anna tomorrow at 10",
    "remember that the landlord wants the rent before noon",
    "what's due this week?",
]
REMEMBERED = [
    ("deploys", "decision", "Deploys go out on Tuesdays before noon, never on Fridays."),
    ("safari-cookie", "error", "Authentication fails on Safari 17 when third-party cookies are blocked."),
    ("safari-fix", "solution", "The login page is served from the same host as the API."),
    ("database", "dependency", "The database is PostgreSQL 16; the old MySQL server is switched off."),
]
# Title, status, priority, days until it is due (or None), and labels.
WEBSITE: list[tuple[str, str, str, int | None, list[str]]] = [
    ("Write the launch announcement", "in_progress", "high", 1, ["copy"]),
    ("Fix the sign-in on Safari 17", "in_progress", "high", 0, ["bug", "auth"]),
    ("Compress the hero pictures", "todo", "medium", 3, ["speed"]),
    ("Ask legal about the cookie notice", "todo", "low", -2, []),
    ("Move the blog to the new templates", "todo", "medium", 6, ["blog"]),
    ("Check the forms with a screen reader", "todo", "high", 9, ["a11y"]),
    ("Redirect the old price list", "todo", "low", None, []),
    ("Collect three customer quotes", "done", "medium", -1, ["copy"]),
    ("Choose a typeface", "done", "medium", None, []),
    ("Draw the favicon", "done", "low", None, []),
    ("Buy a second domain", "cancelled", "low", None, []),
]
DESCRIPTION = """The banner must say **what changes** and *when*:

- prices stay as they are
- the old addresses redirect

Draft: `docs/launch.md`
"""
RETURN = "http://127.0.0.1:9/"
CONSENT = (
    "/oauth/authorize/?response_type=code&client_id={client}&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2F"
    f"&code_challenge={'a' * 43}&code_challenge_method=S256"
)
ASK = """async ([method, path, body]) => {
    const answer = await fetch(path, {
        method,
        headers: {
            "Content-Type": "application/json",
            "X-CSRFToken": document.cookie.match(/csrftoken=([^;]+)/)[1],
        },
        body: body ? JSON.stringify(body) : undefined,
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
}"""


@dataclass(frozen=True, slots=True)
class Stop:
    """A page in one state. `path` may hold names of `Things`; `act` brings the state about.

    `is_form` says that it is no more than a form or a few sentences on a card.
    """

    name: str
    path: str
    url_name: str
    act: Callable[[Page], None] | None = None
    narrow_only: bool = False
    is_form: bool = False


def form(name: str, path: str, url_name: str) -> Stop:
    return Stop(name, path, url_name, is_form=True)


def press(selector: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.locator(selector).first.click()
        page.wait_for_timeout(200)

    return act


def keys(*pressed: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        for key in pressed:
            page.keyboard.press(key)
        page.wait_for_timeout(200)

    return act


# Before anything was made, signed in.
EMPTY: Sequence[Stop] = (
    Stop("empty-chat", "/new/", "new"),
    Stop("empty-tasks", "/tasks/", "tasks"),
    Stop("empty-dashboard", "/dashboard/", "dashboard"),
    Stop("empty-memory", "/memory/", "memory"),
    Stop("empty-teams", "/teams/", "teams"),
    Stop("empty-trash", "/trash/", "trash"),
)
PAGES: Sequence[Stop] = (
    Stop("chat", "/c/{conversation}/", "conversation"),
    Stop("approval", "/c/{asking}/", "conversation"),
    Stop("menu", "/c/{conversation}/", "conversation", press("[data-open-side=rail]"), narrow_only=True),
    Stop(
        "chat-tasks", "/c/{conversation}/", "conversation", press("[data-open-side=tasks]"), narrow_only=True
    ),
    Stop("rename", "/c/{conversation}/", "conversation", press("[data-dialog=rename-dialog]")),
    Stop("conversations", "/conversations/", "conversations"),
    Stop("tasks", "/tasks/", "tasks"),
    Stop("list", "/projects/{project}/", "project"),
    Stop("board", "/projects/{project}/board/", "board"),
    Stop("task", "/tasks/{task}/", "task"),
    Stop("project-settings", "/projects/{project}/settings/", "project_settings"),
    Stop("projects", "/projects/", "projects"),
    Stop("keys", "/projects/{project}/", "project", keys("?")),
    Stop("picked", "/projects/{project}/", "project", press(".pick")),
    form("task-edit", "/tasks/{task}/?edit", "task"),
    Stop("trash", "/trash/", "trash"),
    Stop("dashboard", "/dashboard/", "dashboard"),
    Stop("dashboard-90", "/dashboard/?project=WEB&days=90", "dashboard", press(".figure-table summary")),
    Stop("memory", "/memory/?q=why+does+the+login+fail", "memory"),
    Stop("memory-item", "/memory/{memory}/", "memory-item"),
    Stop("memory-new", "/memory/new/", "memory-new"),
    Stop("settings", "/settings/", "settings"),
    Stop("tokens", "/settings/tokens/", "api_tokens"),
    Stop("teams", "/teams/", "teams"),
    Stop("team", "/teams/{team}/", "team"),
    Stop("team-join", "/teams/join/{invitation}/", "team_join"),
    Stop("apps", "/settings/apps/", "connected_apps"),
    Stop("consent", CONSENT, "oauth_consent"),
    Stop("calendars", "/settings/calendars/", "calendars"),
    Stop("data", "/settings/data/", "your_data"),
    form("delete-account", "/settings/data/delete/", "delete_account"),
    Stop("security", "/settings/security/", "security"),
    form("import", "/tasks/import/", "import_tasks"),
    form("password", "/accounts/password/", "password_change"),
    form("email", "/accounts/email/", "account_email"),
    form("authenticator", "/accounts/2fa/totp/activate/", "mfa_activate_totp"),
    form("passkey", "/accounts/2fa/webauthn/add/", "mfa_add_webauthn"),
    form("recovery-codes", "/accounts/2fa/recovery-codes/generate/", "mfa_generate_recovery_codes"),
    form("connections", "/accounts/provider/", "socialaccount_connections"),
    form("confirm-again", "/accounts/reauthenticate/", "account_reauthenticate"),
    form("not-found", "/nothing/here/", ""),
)
SIGNED_OUT: Sequence[Stop] = (
    Stop("sign-in", "/accounts/login/", "login"),
    form("link-refused", "/accounts/link/MDE/bad-token/", "signin_link"),
    form("sign-up", "/accounts/signup/", "account_signup"),
    form("inactive", "/accounts/inactive/", "account_inactive"),
    form("reset", "/accounts/password/reset/", "account_reset_password"),
    form("reset-sent", "/accounts/password/reset/done/", "account_reset_password_done"),
    form("reset-key", "/accounts/password/reset/key/1-bad/", "account_reset_password_from_key"),
    form("reset-done", "/accounts/password/reset/key/done/", "account_reset_password_from_key_done"),
    form("confirm-sent", "/accounts/confirm-email/", "account_email_verification_sent"),
    form("confirm", "/accounts/confirm-email/bad/", "account_confirm_email"),
    form("provider-cancelled", "/accounts/provider/cancelled/", "socialaccount_login_cancelled"),
    form("provider-error", "/accounts/provider/error/", "socialaccount_login_error"),
)
# What is no page of its own, and what it is instead.
ANSWERS = "answers a form or a script, and leads back to a page above"
PART = "a part of a page above, which holds the same"
LEADS = "leads to a page above"
PROGRAMS = "for programs"
MIDWAY = "a form on the card of signing in, which is there only between two steps of it"
NOT_PAGES = {
    "mfa_authenticate": MIDWAY, "mfa_reauthenticate": MIDWAY, "mfa_reauthenticate_webauthn": MIDWAY,
    "socialaccount_signup": MIDWAY, "mfa_login_webauthn": PROGRAMS, "openid_connect_login": LEADS,
    "openid_connect_callback": LEADS, "mfa_index": LEADS, "mfa_list_webauthn": LEADS,
    "mfa_deactivate_totp": ANSWERS, "mfa_edit_webauthn": ANSWERS, "mfa_remove_webauthn": ANSWERS,
    "team_act": ANSWERS, "invitation_answer": ANSWERS, "disconnect_app": ANSWERS, "export_data": "a file",
    "calendar_feed": PROGRAMS, "change_calendar_feed": ANSWERS,
    "oauth-server-metadata": PROGRAMS, "oauth_token": PROGRAMS, "oauth_register": PROGRAMS,
    "oauth_revoke": PROGRAMS, "oauth_authorize": LEADS,
    "mfa_view_recovery_codes": "the card of security with the codes that were made",
    "mfa_download_recovery_codes": "a file", "end_session": ANSWERS, "end_other_sessions": ANSWERS,
    "health": PROGRAMS, "ready": PROGRAMS, "redis_health": PROGRAMS, "metrics": PROGRAMS, "mcp": PROGRAMS,
    "mcp-resource-metadata": PROGRAMS,
    "home": LEADS, "task_by_ref": LEADS, "project_by_key": LEADS,
    "panel": PART, "talk": PART, "turn": PART, "task_edit": PART, "pulse": PART,
    "logout": ANSWERS, "password_change_done": "one sentence on the card of the form before it",
    "settings_timezone": ANSWERS, "revoke_api_token": ANSWERS, "memory-act": ANSWERS, "task_add": ANSWERS,
    "tasks_act": ANSWERS, "undo": ANSWERS, "task_complete": ANSWERS, "task_reopen": ANSWERS,
    "task_comment": ANSWERS, "comment": ANSWERS, "share": ANSWERS, "unshare": ANSWERS,
    "project_act": ANSWERS, "conversation_rename": ANSWERS, "conversation_share": ANSWERS,
    "conversation_delete": ANSWERS,
    "turn_act": ANSWERS,
}  # fmt: skip


def fill(page: Page, guest: str = "guest@example.com") -> Things:
    """Makes what there is to see, as whoever is signed in; the ids of what the paths name.

    `guest` is the address of who is invited to the team.
    """

    def ask(method: str, path: str, body: Any = None) -> Any:
        return page.evaluate(ASK, [method, path, body])

    project = ask("POST", "/api/projects/", {"name": "Website", "key": "WEB"})
    ask("POST", "/api/projects/", {"name": "Garden", "key": "GARDEN"})
    today = datetime.now(UTC).date()
    made = [
        ask(
            "POST",
            "/api/tasks/",
            {
                "project": "WEB", "title": title, "status": status, "priority": priority, "labels": labels,
                "due_date": str(today + timedelta(days=days)) if days is not None else None,
            },
        )
        for title, status, priority, days, labels in WEBSITE
    ]  # fmt: skip
    first = made[0]["id"]
    ask("PATCH", f"/api/tasks/{first}/", {"description": DESCRIPTION, "blocked_by": [made[3]["id"]]})
    ask("POST", f"/api/tasks/{first}/comments/", {"text": "Anna reads it **before noon**."})
    for title in ("Agree on the date", "Read it aloud"):
        ask("POST", "/api/tasks/", {"project": "WEB", "title": title, "parent": first})
    gone = ask("POST", "/api/tasks/", {"project": "WEB", "title": "Write it twice"})
    page.evaluate(ASK.replace("return answer.json();", ""), ["DELETE", f"/api/tasks/{gone['id']}/", None])
    items = [dict(zip(("key", "type", "value"), each, strict=True)) for each in REMEMBERED]
    stored = ask("POST", "/api/memory/store", {"project": "INBOX", "items": items})
    conversation = ask("POST", "/api/chat/", {"message": SAID[0]})["conversation"]
    for words in SAID[1:]:
        ask("POST", "/api/chat/", {"message": words, "conversation": conversation})
    asking = ask("POST", "/api/chat/", {"message": "add a task to throw away", "project": "GARDEN"})
    ask("POST", "/api/chat/", {"message": "delete GARDEN-1", "conversation": asking["conversation"]})
    team = ask("POST", "/api/teams/", {"name": "Studio"})
    invited = {"email": guest, "role": "member"}
    invitation = (
        ask("POST", f"/api/teams/{team['id']}/invitations/", invited)["link"].rstrip("/").rpartition("/")[2]
    )
    client = ask("POST", "/oauth/register/", {"client_name": "Editor", "redirect_uris": [RETURN]})[
        "client_id"
    ]
    return {
        "team": team["id"], "invitation": invitation, "client": client,
        "project": project["id"], "task": first, "memory": stored["items"][0]["id"],
        "conversation": conversation, "asking": asking["conversation"],
    }  # fmt: skip


def go(page: Page, site: str, stop: Stop, things: Things) -> None:
    page.goto(site + stop.path.format(**things))
    if stop.act:
        stop.act(page)
