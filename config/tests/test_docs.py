"""What the documents point to exists."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import Resolver404, resolve

pytestmark = pytest.mark.one_lane

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands_exist(page: Path) -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", page.read_text()))
    assert named - set(get_commands()) == set()


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert (
        set(re.findall(r"(?:`|^    )make ([a-z]+)", page.read_text(), flags=re.MULTILINE)) - targets == set()
    )


def test_every_address_of_the_api_page_answers() -> None:
    text = (ROOT / "docs/api.md").read_text()
    addresses = set(re.findall(r"`(/api/[a-z_/{}]+)`", text))
    assert len(addresses) >= 8
    unknown = set()
    for address in addresses:
        path = address.replace("{id}", "01a201a9-4355-77db-8529-0e58cbd4c6d9")
        for variant in (path, path.rstrip("/")):
            try:
                if resolve(variant).func.__name__ == "api_not_found":
                    unknown.add(variant)
            except Resolver404:
                unknown.add(variant)
    assert unknown == set()
