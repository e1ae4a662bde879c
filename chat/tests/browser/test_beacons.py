"""No text makes a browser call another server: not in a reply, a title, a description or a memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chat.tests.replies import text
from chat.tests.scripted_server import ScriptedServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180), pytest.mark.one_lane]

BEACONS = """\
![a]({at}/image.png)
![b][r] [r]: {at}/reference.png
[![c]({at}/linked.png)]({at}/link)
<img src={at}/img.png>
<img srcset="{at}/set.png 2x">
<style>@import url({at}/import.css);</style>
<link rel=stylesheet href={at}/style.css>
<link rel=preload as=image href={at}/preload.png>
<script src={at}/script.js></script>
<p style="background:url({at}/css.png)">x</p>
<svg><image href={at}/svg.png /></svg>
<iframe src={at}/frame></iframe>
<object data={at}/object></object>
<video poster={at}/poster.png src={at}/video.mp4></video>
<meta http-equiv=refresh content="0;url={at}/go">
<base href={at}/>
<input type=image src={at}/input.png>
<body background={at}/body.png>
[d](<{at}/x.png> 'title')
<{at}/auto> {at}/bare
""".splitlines()
REFERENCE = "\n\n![e][there]\n\n[there]: {at}/reference.png"


class Listener:
    """A server that only takes note of who asks."""

    def __init__(self) -> None:
        asked = self.asked = list[str]()

        class Note(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Nothing: what came is in `asked`."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Note)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.server.shutdown()
    listening.server.server_close()


@pytest.fixture
def model_settings(listener: Listener) -> Iterator[dict[str, str]]:
    said = "\n\n".join([*BEACONS, REFERENCE]).replace("{at}", listener.address)
    with ScriptedServer() as server:
        server.perform(lambda body: text(said))
        yield {"OPENAI_BASE_URL": server.base_url, "OPENAI_MODEL": "scripted", "LLM_TOOL_MODE": "native"}


def test_nothing_leaves_for_another_server(page: Page, sign_in_link: str, listener: Listener) -> None:
    page.goto(sign_in_link)
    box = page.get_by_label("Message")
    box.fill("Hello there")
    box.press("Enter")
    turn = page.locator("article.turn")
    expect(turn).to_have_attribute("data-status", "done", timeout=60_000)
    expect(turn.locator(".reply-text")).to_contain_text("img.png")
    texts = [beacon.format(at=listener.address) for beacon in BEACONS]
    made = [
        post(page, "tasks/", {"title": each.splitlines()[0][:200], "description": each}) for each in texts
    ]
    for each in texts:
        post(page, "memory/store", {"value": each, "type": "context"})
    root = page.url.split("/c/")[0]
    for path in ("/", "/tasks/", "/memory/", f"/tasks/{made[0]['id']}/", "/dashboard/"):
        page.goto(root + path)
        page.wait_for_load_state("networkidle")
    assert listener.asked == []


def post(page: Page, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What a program of the person's own would write, with the page's session."""
    answer: dict[str, Any] = page.evaluate(
        """async ([path, body]) => {
            const token = document.cookie.match(/csrftoken=(\\w+)/)?.[1]
                ?? document.querySelector("[name=csrfmiddlewaretoken]").value;
            const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
            const sent = { method: "POST", headers, body: JSON.stringify(body) };
            const answer = await fetch(`/api/${path}`, sent);
            if (!answer.ok) throw new Error(await answer.text());
            return answer.json();
        }""",
        [path, body],
    )
    return answer
