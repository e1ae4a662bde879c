"""A project's memory as its page lists it: browsed by status, searched, or as it was on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.db.models import Count
from django.utils import timezone

from accounts.errors import Invalid
from memory.models import MemoryItem
from memory.recall import MAX_QUERY, Hit, recall
from tasks.browse import read_page
from tasks.models import Project
from tasks.text import check_text

if TYPE_CHECKING:
    from accounts.models import User
    from memory.querysets import MemoryItemQuerySet

PAGE = 50
FOUND = 30
TABS = {
    MemoryItem.Status.ACTIVE: "In use",
    MemoryItem.Status.SUGGESTED: "Suggested",
    MemoryItem.Status.SUPERSEDED: "Superseded",
    MemoryItem.Status.SUPPRESSED: "Suppressed",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for. `as_of` is a day of the reader's, and asks for what was held true then."""

    project: str = ""
    query: str = ""
    status: str = MemoryItem.Status.ACTIVE
    type: str = ""
    as_of: date | None = None
    page: int = 1

    @property
    def narrows(self) -> bool:
        return bool(self.query or self.type or self.as_of)

    def address(self) -> str:
        """The query string that asks for the same."""
        plain = Filters()
        named = {
            "project": self.project, "q": self.query, "status": self.status, "type": self.type,
            "as_of": self.as_of.isoformat() if self.as_of else "", "page": self.page,
        }  # fmt: skip
        usual = {"status": plain.status, "page": plain.page}
        return "?" + urlencode(
            {name: each for name, each in named.items() if each and each != usual.get(name)}
        )


@dataclass(frozen=True, slots=True)
class Line:
    """An item, or something said (`hit` alone); `why` says why a search found it."""

    item: MemoryItem | None
    hit: Hit | None = None

    @property
    def why(self) -> str:
        return self.hit.why if self.hit else ""


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    count: int
    address: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of lines; `count` is how many there are on all `pages`."""

    project: Project
    projects: list[Project]
    filters: Filters
    tabs: list[Tab]
    lines: list[Line]
    count: int
    pages: int
    waiting: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever remembered here."""
        return not any(tab.count for tab in self.tabs)

    @property
    def newer(self) -> str:
        page = self.filters.page
        return replace(self.filters, page=page - 1).address() if page > 1 else ""

    @property
    def older(self) -> str:
        page = self.filters.page
        return replace(self.filters, page=page + 1).address() if page < self.pages else ""

    @property
    def suggestions(self) -> str:
        return Filters(project=self.filters.project, status=MemoryItem.Status.SUGGESTED).address()


def read_filters(given: Mapping[str, str]) -> Filters:
    """The filters that an address names. Raises Invalid, naming the one that cannot be."""
    query = " ".join(check_text(given.get("q", ""), "q").split())
    if len(query) > MAX_QUERY:
        raise Invalid.field("q", f"must be at most {MAX_QUERY} characters.")
    return Filters(
        project=given.get("project", ""),
        query=query,
        status=_one_of(given, "status", MemoryItem.Status.values) or MemoryItem.Status.ACTIVE,
        type=_one_of(given, "type", MemoryItem.Type.values),
        as_of=_day(given.get("as_of", "")),
        page=read_page(given.get("page", "")),
    )


def browse(user: User, project: Project, filters: Filters) -> Listing:
    """A page of the project's memory: the latest first, or what fits `filters.query` best."""
    rows = MemoryItem.objects.visible_to(user).filter(project=project)
    counts = dict(rows.order_by().values_list("status").annotate(Count("pk")))
    if filters.query and filters.status == MemoryItem.Status.ACTIVE:
        lines = _found(user, project, filters)
        count = len(lines)
    else:
        rows = _chosen(rows, filters, user)
        count = rows.count()
        start = (filters.page - 1) * PAGE
        lines = [Line(row) for row in rows.recent().with_source(user)[start : start + PAGE]]
    return Listing(
        project=project,
        projects=list(Project.objects.visible_to(user).active()),
        filters=filters,
        tabs=_tabs(filters, counts),
        lines=lines,
        count=count,
        pages=max(1, -(-count // PAGE)),
        waiting=counts.get(MemoryItem.Status.SUGGESTED, 0),
    )


def end_of(day: date, user: User) -> datetime:
    return datetime.combine(day, time.max, user.zone)


def _found(user: User, project: Project, filters: Filters) -> list[Line]:
    hits = recall(
        actor=user,
        project=project,
        query=filters.query,
        types=[filters.type] if filters.type else None,
        limit=FOUND,
        as_of=end_of(filters.as_of, user) if filters.as_of else None,
    )
    items = (
        MemoryItem.objects.visible_to(user)
        .with_source(user)
        .in_bulk([hit.item_id for hit in hits if hit.item_id])
    )
    return [Line(items.get(hit.item_id) if hit.item_id else None, hit) for hit in hits]


def _chosen(rows: MemoryItemQuerySet, filters: Filters, user: User) -> MemoryItemQuerySet:
    if filters.as_of:
        rows = rows.held_at(end_of(filters.as_of, user))
    else:
        rows = rows.filter(status=filters.status)
        if filters.status == MemoryItem.Status.ACTIVE:
            rows = rows.unexpired(timezone.now())
    if filters.type:
        rows = rows.filter(type=filters.type)
    return rows.containing(filters.query) if filters.query else rows


def _tabs(filters: Filters, counts: Mapping[str, int]) -> list[Tab]:
    plain = replace(filters, page=1, as_of=None)
    return [
        Tab(label, counts.get(status, 0), replace(plain, status=status).address(), status == filters.status)
        for status, label in TABS.items()
    ]


def _one_of(given: Mapping[str, str], name: str, known: list[str]) -> str:
    value = given.get(name, "")
    if value and value not in known:
        raise Invalid.field(name, f"must be one of {', '.join(known)}.")
    return value


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid.field("as_of", "must be a day, such as 2026-11-30.") from None
    if not 1900 <= day.year <= 9000:
        raise Invalid.field("as_of", "must lie between the years 1900 and 9000.")
    return day
