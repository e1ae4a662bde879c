"""`/metrics`: what this process did since it started, for Prometheus.

Each worker process answers for itself.
"""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.metrics import COUNTERS, HISTOGRAMS, SECONDS, Counter, Histogram
from accounts.rest.authentication import by_token, check_scope, nobody
from chat.database import in_database
from chat.models import Turn
from config.health import NotReady, Probe

if TYPE_CHECKING:
    from prometheus_client.core import Metric

METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_REAL_IP", "HTTP_FORWARDED")
LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]"}
OPEN_TURNS = ("tasklore_open_turns", "Turns that wait, run or need an approval, in all processes.")

REQUESTS = Counter(
    "tasklore_requests", "Requests, by route and status; /health is left out.", ("method", "route", "status")
)
DURATION = Histogram(
    "tasklore_request_seconds", "Until the answer began; a stream goes on after it.", ("method", "route")
)


def count_request(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """Counts an answered request."""
    method = request.method if request.method in METHODS else "other"
    route = request.resolver_match.view_name if request.resolver_match else "none"
    REQUESTS.add(method, route, str(response.status_code))
    DURATION.observe(seconds, method, route)


@require_safe
async def metrics(request: HttpRequest) -> HttpResponse:
    """For callers on this machine, and those with an API token that may read."""
    if not is_local(request):
        await in_database(_check_token, request)
    from prometheus_client.exposition import choose_encoder

    try:
        open_turns = await _open_turns.ask()
    except NotReady:
        # The other figures may say why the database does not answer.
        open_turns = None
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(_registry(open_turns)), content_type=content_type)


def is_local(request: HttpRequest) -> bool:
    """Whether it came from this machine itself, and not through a proxy on it."""
    host = request.META.get("HTTP_HOST", "").rpartition(":")
    named = host[0] if host[2].isdigit() else "".join(host)
    from_here = request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"}
    return from_here and named in LOCAL_HOSTS and not any(name in request.META for name in FORWARDED)


def _check_token(request: HttpRequest) -> None:
    found = by_token(request)
    if found is None:
        raise nobody(request)
    check_scope(found.token, writes=False)


def _count_open_turns() -> dict[str, int]:
    try:
        counted = Count(Turn.objects.live().values_list("status", flat=True))
    except DatabaseError:
        raise NotReady("The database does not answer.") from None
    finally:
        connection.close()
    return {str(status): counted[status] for status in Turn.LIVE}


_open_turns = Probe(_count_open_turns, "The database does not answer.")


def _registry(open_turns: dict[str, int] | None) -> Any:
    from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR, CollectorRegistry

    registry = CollectorRegistry()
    for collector in (_Collector(open_turns), PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
        registry.register(collector)
    return registry


class _Collector:
    def __init__(self, open_turns: dict[str, int] | None) -> None:
        self._open_turns = open_turns

    def collect(self) -> Iterable[Metric]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        for counter in COUNTERS:
            counted = CounterMetricFamily(counter.name, counter.help, labels=counter.labels)
            for values, count in counter.counts().items():
                counted.add_metric(values, count)
            yield counted
        for histogram in HISTOGRAMS:
            timed = HistogramMetricFamily(histogram.name, histogram.help, labels=histogram.labels)
            for values, (counts, total) in histogram.seen().items():
                timed.add_metric(values, _cumulated(counts), total)
            yield timed
        if self._open_turns is not None:
            gauge = GaugeMetricFamily(*OPEN_TURNS, labels=["status"])
            for status, count in self._open_turns.items():
                gauge.add_metric([status], count)
            yield gauge


def _cumulated(counts: list[int]) -> list[tuple[str, float]]:
    bounds = [*(str(bound) for bound in SECONDS), "+Inf"]
    return [(bound, sum(counts[: n + 1])) for n, bound in enumerate(bounds)]
