"""How long a text query takes over HTTP, against the bare text encoder; and what many clients at once get.

The server is a process of its own on the loopback, as ``kgx serve`` starts it; all clients together are another, of one
thread (:mod:`experiments.benchmarks.search_clients`). One client asks over one connection, by turns with the encoder
alone, which is loaded in the clients' process with as many threads. Queries are those of
:mod:`experiments.benchmarks.text_query`: all different, and new to the server.

Run: ``python -m experiments.benchmarks.serve_load runs/demo``
"""

from __future__ import annotations

import argparse
import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from experiments.benchmarks.bar import Bar
from experiments.benchmarks.search_clients import Client, ask_at_once, request_of
from experiments.benchmarks.text_query import against_encoder, realistic_queries
from kgx.threads import configure

__all__ = ["Result", "main", "served", "taken_in_turns"]

_RATIO, _THROUGHPUT, _TAIL = Bar(1.5, below=True), Bar(2), Bar(10, below=True)
_ERRORS = Bar(0, below=True)
_WARM = 30  # queries of each side before the clock starts
_READY_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Result:
    """What one run measured. Times are in milliseconds.

    Attributes:
        encoder: the encoder alone, median.
        one: one client, median.
        ratio: of both.
        one_a_second: queries that one client is answered in a second.
        clients, seconds: how many ask at once, and for how long.
        many, many_99: their median, and the time below which 99 in 100 stay.
        many_a_second: queries that all of them together are answered in a second.
        throughput: against one client's.
        tail: ``many_99`` against ``many``.
        errors: answers that were none.
    """

    encoder: float
    one: float
    ratio: float
    one_a_second: float
    clients: int
    seconds: float
    many: float
    many_99: float
    many_a_second: float
    throughput: float
    tail: float
    errors: int


@contextmanager
def served(run: Path, threads: int) -> Iterator[int]:
    """Serve a run in a process of its own while the block lasts, and give its port."""
    command = [sys.executable, "-m", "kgx", "serve", str(run), "--port", "0", "--threads", str(threads)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None  # noqa: S101 - it was asked for
        try:
            told = process.stderr.readline()
            if not told.startswith("serving on"):
                raise RuntimeError(f"the server does not start: {told.strip()}")
            port = int(told.rpartition(":")[2])
            _wait(port)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)


def _wait(port: int) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/readyz")
        if connection.getresponse().status == 200:
            return
        time.sleep(0.1)
    raise RuntimeError(f"the server is not ready after {_READY_SECONDS} seconds")


def taken_in_turns(
    port: int, run: Path, queries: Sequence[str], to: str, threads: int
) -> tuple[float, float]:
    """Return seconds of the encoder alone and of a query over HTTP, medians, each side asked by turns."""
    import numpy as np

    from kgx.search import Searcher

    encoder, client = Searcher.open(run, threads=threads).encoders["text"], Client(port)
    whole, alone = against_encoder(lambda query: client.ask(request_of(query, to)), encoder, queries)
    return float(np.median(alone[_WARM:])), float(np.median(whole[_WARM:]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure a run and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m experiments.benchmarks.serve_load", description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a run")
    parser.add_argument("--queries", type=int, default=400, help="different queries (400)")
    parser.add_argument("--to", default="image", help="text, image, audio or any (image)")
    parser.add_argument("--clients", type=int, default=16, help="clients at once (16)")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long they ask (60)")
    parser.add_argument("--threads", type=int, default=2, help="threads for the encoder (2)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    configure(1)
    import numpy as np

    from kgx.errors import KgxError
    from kgx.search import Searcher

    try:
        reference = Searcher.open(given.run).model.transfer.maker.reference
    except KgxError as error:
        print(f"serve_load: {error}", file=sys.stderr)
        return 1
    queries = realistic_queries(reference, given.queries + _WARM, 0)
    with served(given.run, given.threads) as port:
        alone, whole = taken_in_turns(port, given.run, queries, given.to, given.threads)
        requests = [request_of(query, given.to) for query in queries]
        single, failed, took = ask_at_once(port, requests, clients=1, seconds=given.seconds / 4)
        alone_a_second = len(single) / took
        many, failed_many, took = ask_at_once(port, requests, clients=given.clients, seconds=given.seconds)
    half, most = np.quantile(many, (0.5, 0.99)).tolist()
    result = Result(
        encoder=round(1e3 * alone, 3),
        one=round(1e3 * whole, 3),
        ratio=round(whole / alone, 3),
        one_a_second=round(alone_a_second, 1),
        clients=given.clients,
        seconds=given.seconds,
        many=round(1e3 * half, 2),
        many_99=round(1e3 * most, 2),
        many_a_second=round(len(many) / took, 1),
        throughput=round(len(many) / took / alone_a_second, 2),
        tail=round(most / half, 2),
        errors=failed + failed_many,
    )
    if given.json:
        print(json.dumps(asdict(result), indent=1))
    else:
        print(
            f"one client: {result.one:.2f} ms, the encoder alone {result.encoder:.2f} ms: ratio {result.ratio:.2f} "
            f"({_RATIO.told(result.ratio)})\n"
            f"{result.clients} clients for {result.seconds:g} s: {result.errors} errors "
            f"({_ERRORS.told(result.errors)}), {result.many_a_second:.0f} queries a second, "
            f"{result.throughput:.2f} times one client's ({_THROUGHPUT.told(result.throughput)})\n"
            f"99 in 100 within {result.many_99:.0f} ms, {result.tail:.1f} times the median "
            f"({_TAIL.told(result.tail)})"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
