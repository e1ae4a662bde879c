"""Markdown of a reply as HTML that is safe to put on a page.

Raw HTML shows as text, an image becomes a link (loading it would tell its host who reads), and what
is left passes a second, independent allow-list.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

SCHEMES = {"http", "https", "mailto"}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
CLASSES = {"td": {"center", "right"}, "th": {"center", "right"}}
# Each block finds its own direction, and what may scroll sideways can be reached by the keyboard.
GIVEN = {
    **{tag: {"dir": "auto"} for tag in ("p", "li", "h3", "h4", "h5", "h6", "blockquote", "td", "th")},
    "pre": {"dir": "ltr", "tabindex": "0"},
    "div": {"class": "table", "role": "group", "tabindex": "0"},
}
TAGS = set(GIVEN) | {
    "a",
    "br",
    "code",
    "em",
    "hr",
    "ol",
    "s",
    "strong",
    "table",
    "tbody",
    "thead",
    "tr",
    "ul",
}


def render_markdown(text: str) -> SafeString:
    """HTML of `text` (CommonMark and tables). Headings start at `h3`, below those of the page."""
    parser = _parser()
    tokens = list(_blocks(parser.parse(text)))
    html = nh3.clean(
        parser.renderer.render(tokens, parser.options, {}),
        tags=TAGS,
        attributes=ATTRIBUTES,
        set_tag_attribute_values=GIVEN,
        allowed_classes=CLASSES,
        url_schemes=SCHEMES,
        link_rel="noopener nofollow",
    )
    return SafeString(html)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])


def _blocks(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
        elif token.type in ("th_open", "td_open"):
            align = str(token.attrs.pop("style", "")).removeprefix("text-align:")
            token.attrs = {"class": align} if align in ("center", "right") else {}
        elif token.type == "inline":
            token.children = list(_images_as_links(token.children or []))
        if token.type == "table_open":
            yield Token("scroller_open", "div", 1, block=True)
        yield token
        if token.type == "table_close":
            yield Token("scroller_close", "div", -1, block=True)


def _images_as_links(tokens: list[Token]) -> Iterator[Token]:
    in_link = False
    for token in tokens:
        in_link = token.type == "link_open" or (in_link and token.type != "link_close")
        if token.type != "image":
            yield token
            continue
        words = Token("text", "", 0, content=token.content or "image")
        if in_link:
            yield words
        else:
            yield Token("link_open", "a", 1, attrs={"href": token.attrs.get("src", "")})
            yield words
            yield Token("link_close", "a", -1)
