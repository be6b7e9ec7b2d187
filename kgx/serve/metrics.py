"""What a server counts, in the format of Prometheus."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

__all__ = ["METRICS_TYPE", "Metrics"]

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"})


class Metrics:
    """Counts of one server; two in one process do not mix.

    >>> metrics = Metrics()
    >>> metrics.answered("/v1/search", "POST", 200, 0.004)
    >>> b'kgx_requests_total{method="POST",route="/v1/search",status="200"} 1.0' in metrics.text()
    True
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=True)
        self._requests = Counter(
            "kgx_requests", "Requests answered", ["route", "method", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "kgx_request_seconds",
            "Seconds from a request's headers to the end of its answer",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._batches = Histogram(
            "kgx_text_batch_size",
            "Texts that went through the encoder together",
            buckets=(1, 2, 4, 8, 16),
            registry=self._registry,
        )
        self.in_flight = Gauge("kgx_requests_in_flight", "Requests being answered", registry=self._registry)
        self.connections = Gauge("kgx_connections", "Connections open", registry=self._registry)
        self.dropped = Counter(
            "kgx_connections_dropped",
            "Connections closed to make room, or for being slow",
            registry=self._registry,
        )
        self.items = Gauge("kgx_items", "Items that can be found", ["modality"], registry=self._registry)

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request.

        Args:
            route: the pattern that its path fits, never the path itself: there are too many of those.
            method: HTTP method.
            status: of the response.
            seconds: how long it took.
        """
        self._requests.labels(route, method if method in _METHODS else "other", str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count_items(self, counts: Mapping[str, int]) -> None:
        """Note how many items there are of which modality."""
        self.items.clear()
        for modality, count in counts.items():
            self.items.labels(modality).set(count)

    def batched(self, size: int) -> None:
        """Count a batch of texts."""
        self._batches.observe(size)

    def text(self) -> bytes:
        """Return all counts as Prometheus reads them."""
        return generate_latest(self._registry)
