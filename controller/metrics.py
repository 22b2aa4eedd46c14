"""What Prometheus scrapes at `/metrics`: counters of what went through, and the city as it is at the scrape."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from controller.live import applied_mode
from junction.handover import FRESH_S

if TYPE_CHECKING:
    from controller.service import Service

TICK_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
POLL = "POST /v1/junctions/{junction_id}/control"


class Metrics:
    """One service's metrics, in a registry of their own."""

    def __init__(self, service: Service) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_CityNow(service))
        self.requests = Counter(
            "chauraha_http_requests",
            "Answers given, by route and status.",
            ["route", "status"],
            registry=self._registry,
        )
        self.polled = self.requests.labels(POLL, "200")
        """The answer given most by far, looked up once."""
        self.tick_s = Histogram(
            "chauraha_tick_seconds",
            "How long a decide tick took for all junctions.",
            buckets=TICK_BUCKETS_S,
            registry=self._registry,
        )
        records = Counter(
            "chauraha_count_records", "Camera reports taken: new ones, known ones.", ["kind"], registry=self._registry
        )
        self.new_records, self.known_records = records.labels("new"), records.labels("known")

    def page(self) -> bytes:
        """The text format, version 0.0.4."""
        return generate_latest(self._registry)


class _CityNow(Collector):
    """Worked out at each scrape from what the service holds."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        service = self._service
        now_s = service.clock.now_s()
        modes = GaugeMetricFamily(
            "chauraha_junctions", "Junctions by what times them and why.", labels=["mode", "cause"]
        )
        applied = Tally(applied_mode(state, now_s)[:2] for state in service.states.values())
        for (mode, cause), number in sorted(applied.items()):
            modes.add_metric([str(mode), str(cause)], number)
        yield modes
        yield _gauge(
            "chauraha_junctions_reporting",
            "Junctions whose controller reported just now.",
            sum(state.fresh_signals(now_s) is not None for state in service.states.values()),
        )
        yield _gauge(
            "chauraha_junctions_seen",
            f"Junctions whose camera's last report is at most {FRESH_S:g} s old.",
            sum(s.camera is not None and now_s - s.camera[1] <= FRESH_S for s in service.states.values()),
        )
        yield _gauge("chauraha_sequence_number", "Of the last control documents.", service.seq)
        yield _gauge("chauraha_deciding", "1 while the decide loop does its ticks.", int(service.deciding))
        yield _counter("chauraha_tick_failures", "Decide ticks that failed.", service.tick_trouble.failures)
        yield _gauge("chauraha_store_pending_rows", "Writes that wait for the database.", service.store.pending_rows)
        yield _counter("chauraha_store_dropped_rows", "Rows that were lost to it.", service.store.dropped_rows)
        if service.mqtt is not None:
            yield _gauge("chauraha_mqtt_connected", "1 while the broker is there.", int(service.mqtt.connected))
            yield _counter("chauraha_mqtt_refused", "Messages that were no count record.", service.mqtt.refused)


class CountAnswers:
    """ASGI middleware: counts the answers of every route but the control poll, which counts its own."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                # A path that is no route's is not a label: anyone could make as many of them as they like.
                path = getattr(scope.get("route"), "path", "other")
                self._metrics.requests.labels(f"{scope['method']} {path}", str(message["status"])).inc()
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _counter(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(name, words, value=value)
