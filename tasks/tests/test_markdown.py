"""A reply's Markdown becomes HTML that can neither run nor load anything."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tasks.markdown import render_markdown

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=https://evil.example></iframe>",
    '<a href="javascript:alert(1)">x</a>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#x73;cript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "<javascript:alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "![x][pixel]\n\n[pixel]: https://evil.example/pixel.png",
    "![x](data:image/png;base64,AAAA)",
    "`<b>` **<style>*{display:none}</style>**",
    "<form action=https://evil.example><button>",
    '[x](https://e.example "t\\" onmouseover=alert(1) ")',
    "| a |\n| --- |\n| <input autofocus onfocus=alert(1)> |",
    '<p style="position:fixed" class="button primary" id="panel" hx-get="/">x</p>',
]
KNOWN_TAGS = {
    "a", "blockquote", "br", "code", "div", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
KNOWN_ATTRIBUTES = {"href", "rel", "title", "dir", "class", "role", "tabindex", "start"}


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_runs_and_nothing_loads(text: str) -> None:
    for tag, attributes in Elements(render_markdown(text)).found:
        assert tag in KNOWN_TAGS
        assert set(attributes) <= KNOWN_ATTRIBUTES
        assert re.match(r"(https?:|mailto:|[^:]*$)", attributes.get("href") or "")


def test_raw_html_shows_as_text() -> None:
    assert "&lt;b&gt;bold&lt;/b&gt;" in render_markdown("<b>bold</b>")


def test_an_image_becomes_a_link_that_somebody_has_to_click() -> None:
    (_, link) = Elements(render_markdown("![a *cat*](https://e.example/cat.png)")).found
    assert link == ("a", {"href": "https://e.example/cat.png", "rel": "noopener nofollow"})
    assert Elements(render_markdown("[![cat](https://a.example/c.png)](https://b.example)")).found[1:] == [
        ("a", {"href": "https://b.example", "rel": "noopener nofollow"})
    ]


def test_links_tell_nothing_and_lend_no_weight() -> None:
    (_, link) = Elements(render_markdown("[docs](https://e.example/docs)")).found
    assert link[1]["rel"] == "noopener nofollow"


def test_a_table_keeps_its_alignment_in_a_box_that_the_keyboard_can_scroll() -> None:
    found = Elements(render_markdown("| a | b |\n| --- | ---: |\n| 1 | 2 |")).found
    assert found[0] == ("div", {"class": "table", "tabindex": "0", "role": "group"})
    assert [attributes.get("class") for tag, attributes in found if tag == "td"] == [None, "right"]


def test_code_stays_as_it_was_written() -> None:
    html = render_markdown("```python\nif a < b:\n    print('<b>')\n```")
    assert "if a &lt; b:\n    print('&lt;b&gt;')\n" in html


def test_headings_begin_below_those_of_the_page() -> None:
    tags = [tag for tag, _ in Elements(render_markdown("# One\n\n## Two\n\n###### Six")).found]
    assert tags == ["h3", "h4", "h6"]


def test_each_paragraph_finds_its_own_direction() -> None:
    assert Elements(render_markdown("שלום\n\nhello")).found == [("p", {"dir": "auto"})] * 2


@pytest.mark.parametrize("text", ["[" * 4096, "*a " * 1300, "> " * 2000 + "x", "`" * 4096, "| " * 2000])
def test_a_reply_made_to_be_slow_is_still_rendered(text: str) -> None:
    assert render_markdown(text)
