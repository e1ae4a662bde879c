"""Builds static/img/icons.svg from Lucide: `python scripts/build_icons.py FOLDER`, the unpacked npm package
`lucide-static`. Without it the sprite stays as it is; a page asks for `icons.svg#NAME`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

SPRITE = Path(__file__).resolve().parent.parent / "static" / "img" / "icons.svg"
HEAD = '<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide, ISC: static/vendor/lucide/LICENSE -->'
OWN = ("logo", "dot")  # drawn here, and kept
# Our name for what it means: Lucide's for what it shows.
NAMES = {
    "archive": "archive",
    "assign": "user-plus",
    "ban": "ban",
    "bell": "bell",
    "blocked": "octagon-pause",
    "board": "square-kanban",
    "calendar": "calendar",
    "chart": "chart-column",
    "check": "check",
    "clock": "clock",
    "close": "x",
    "comment": "message-square-text",
    "copy": "copy",
    "cross": "x",
    "dashboard": "layout-dashboard",
    "down": "chevron-down",
    "download": "download",
    "external": "external-link",
    "eye": "eye",
    "filter": "list-filter",
    "flag": "flag",
    "folder": "folder",
    "gear": "settings",
    "grip": "grip-vertical",
    "history": "history",
    "inbox": "inbox",
    "info": "info",
    "key": "key-round",
    "keyboard": "keyboard",
    "left": "chevron-left",
    "link": "link",
    "list": "list",
    "lock": "lock-keyhole",
    "mail": "mail",
    "memory": "brain",
    "menu": "menu",
    "minus": "minus",
    "more": "ellipsis",
    "passkey": "fingerprint-pattern",
    "pencil": "pencil",
    "plus": "plus",
    "repeat": "repeat",
    "restore": "archive-restore",
    "retry": "rotate-cw",
    "right": "chevron-right",
    "search": "search",
    "send": "arrow-up",
    "share": "share-2",
    "shield": "shield-check",
    "sign-out": "log-out",
    "sort": "arrow-up-down",
    "spark": "sparkles",
    "status-cancelled": "circle-x",
    "status-done": "circle-check",
    "status-progress": "circle-dot-dashed",
    "status-todo": "circle",
    "stop": "square",
    "subtasks": "list-tree",
    "tag": "tag",
    "talk": "message-circle",
    "tasks": "list-checks",
    "trash": "trash-2",
    "undo": "undo-2",
    "up": "chevron-up",
    "upload": "upload",
    "user": "user",
    "users": "users",
    "warning": "triangle-alert",
}
LINE = 'stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    kept = re.findall(r'<symbol id="([a-z-]+)".*</symbol>', SPRITE.read_text())
    symbols = {name: line for name, line in zip(kept, own_lines(), strict=True) if name in OWN}
    for name, lucide in NAMES.items():
        drawn = shapes(Path(sys.argv[1]) / "icons" / f"{lucide}.svg")
        fill = "currentColor" if name == "stop" else "none"
        symbols[name] = (
            f'<symbol id="{name}" viewBox="0 0 24 24"><g fill="{fill}" {LINE}>{drawn}</g></symbol>'
        )
    lines = [HEAD, *(symbols[name] for name in sorted(symbols)), "</svg>"]
    SPRITE.write_text("\n".join(lines) + "\n")


def own_lines() -> list[str]:
    return [line for line in SPRITE.read_text().splitlines() if line.startswith("<symbol")]


def shapes(path: Path) -> str:
    inside = path.read_text().split("<svg", 1)[1].split(">", 1)[1].rsplit("</svg>", 1)[0]
    return re.sub(r"\s+", " ", inside).strip().replace("> <", "><").replace(" />", "/>")


if __name__ == "__main__":
    main()
