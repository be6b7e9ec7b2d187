"""SPARQL endpoints: a real one on loopback, and one that does everything wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from graphs import GraphError, GraphFormatError
from graphs.assemble import assemble
from graphs.readers.reading import Reading
from graphs.readers.sparql import Endpoint, Patience, read_sparql
from graphs.readers.sparql.queries import Queries
from graphs.store import Store

TRIPLES = [
    (f"http://example.org/{number:02}", "http://example.org/next", f"http://example.org/{number + 1:02}")
    for number in range(25)
]
QUICK = Patience(timeout=5, first_wait=0.001, longest_wait=2)


def read(endpoint: Endpoint, **options: Any) -> tuple[Store, Reading]:
    reading = Reading(None, "endpoint", "sparql", **options)
    return Store(assemble(read_sparql(reading, endpoint))), reading


def triples(store: Store) -> list[tuple[str, str, str]]:
    heads, tails = store.entity_iris(store.heads), store.entity_iris(store.tails)
    relations = [store.relation_iris[number] for number in store.relation_ids.tolist()]
    return sorted(zip(heads, relations, tails, strict=True))


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A SPARQL endpoint over a data set of rdflib, served by uvicorn on a free port."""
    import rdflib
    import uvicorn
    from rdflib_endpoint import SparqlEndpoint

    data = rdflib.Dataset()
    for head, relation, tail in TRIPLES:
        data.add((rdflib.URIRef(head), rdflib.URIRef(relation), rdflib.URIRef(tail)))
    data.add((rdflib.URIRef(TRIPLES[0][0]), rdflib.RDFS.label, rdflib.Literal("nought\n", lang="en")))
    other = data.graph(rdflib.URIRef("http://example.org/other"))
    other.add((rdflib.URIRef("http://example.org/a"), rdflib.RDFS.seeAlso, rdflib.BNode("b")))
    server = uvicorn.Server(
        uvicorn.Config(SparqlEndpoint(graph=data), port=0, log_level="error", lifespan="off")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not (server.started and server.servers):
        assert thread.is_alive()
        thread.join(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/"
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.parametrize("page_size", [1000, 10, 26, 7])
def test_a_graph_comes_page_by_page(endpoint: str, page_size: int) -> None:
    store, _ = read(Endpoint(endpoint, page_size=page_size, patience=QUICK))
    assert triples(store) == TRIPLES
    assert [(row["value"], row["language"]) for row in store.literals.to_pylist()] == [("nought\n", "en")]
    assert store.sources() == {"endpoint": 26}


def test_a_named_graph_is_asked_for_and_kept(endpoint: str) -> None:
    name = "http://example.org/other"
    store, _ = read(Endpoint(endpoint, graph=name, patience=QUICK))
    assert store.num_triples == 1
    assert store.graphs() == {name: 1}


def test_a_query_of_ones_own_is_asked_in_pages_if_it_is_ordered(endpoint: str) -> None:
    pattern = "CONSTRUCT { ?o <http://example.org/after> ?s } WHERE { ?s <http://example.org/next> ?o }"
    expected = sorted((tail, "http://example.org/after", head) for head, _, tail in TRIPLES)
    for query in (pattern, pattern + " ORDER BY ?s # the order\n"):
        assert triples(read(Endpoint(endpoint, construct=query, page_size=10, patience=QUICK))[0]) == expected
    ten = read(Endpoint(endpoint, construct=pattern + " ORDER BY ?s LIMIT 10", page_size=3, patience=QUICK))[
        0
    ]
    assert ten.num_triples == 10


def test_a_long_query_is_posted(endpoint: str) -> None:
    names = " ".join(f"<http://example.org/{number:02}>" for number in range(90))
    query = f"CONSTRUCT WHERE {{ ?s <http://example.org/next> ?o }} # {names}"
    assert triples(read(Endpoint(endpoint, construct=query, patience=QUICK))[0]) == TRIPLES


def test_a_query_that_is_wrong_is_an_error_in_a_line(endpoint: str) -> None:
    with pytest.raises(GraphError, match=r"HTTP 4\d\d") as caught:
        read(Endpoint(endpoint, construct="CONSTRUCT { ?s ?p } WHERE {", patience=QUICK))
    assert "\n" not in str(caught.value)


class Flaky:
    """A server that answers from a list of ways to answer, then properly."""

    def __init__(self) -> None:
        self.ways: list[Callable[[Any, bytes], None]] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.rows_at_most = 10**6
        flaky = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)["query"][0]
                flaky.asked.append((query, dict(self.headers)))
                words = query.replace("}", " ").split()
                limit, offset = int(words[words.index("LIMIT") + 1]), int(words[words.index("OFFSET") + 1])
                rows = TRIPLES[offset : offset + min(limit, flaky.rows_at_most)]
                body = "".join(
                    f"<{head}> <{relation}> <{tail}> .\n" for head, relation, tail in rows
                ).encode()
                (flaky.ways.pop(0) if flaky.ways else proper)(self, body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/sparql"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()


def send(handler: Any, body: bytes, *, status: int = 200, told: int | None = None, **headers: str) -> None:
    handler.send_response(status)
    headers.setdefault("Content_Type", "application/n-triples")
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body) if told is None else told))
    handler.end_headers()
    handler.wfile.write(body)


def proper(handler: Any, body: bytes) -> None:
    send(handler, body)


def busy(status: int, **headers: str) -> Callable[[Any, bytes], None]:
    return lambda handler, _: send(handler, b"busy", status=status, **headers)


def cut(handler: Any, body: bytes) -> None:
    """End the connection in the middle of the answer."""
    send(handler, body[: len(body) // 2], told=len(body))
    handler.close_connection = True


def hang_up(handler: Any, _: bytes) -> None:
    """End the connection before any answer."""
    handler.close_connection = True


def lie(handler: Any, body: bytes) -> None:
    """Say that the answer is shorter than it is, and so cut it in the middle of a line."""
    send(handler, body, told=len(body) - 30)
    handler.close_connection = True


def partial(handler: Any, body: bytes) -> None:
    send(handler, body[:0], X_SQL_State="S1TAT")


@pytest.fixture
def flaky() -> Iterator[Flaky]:
    server = Flaky()
    yield server
    server.close()


@pytest.mark.parametrize(
    "ways",
    [
        [busy(503), busy(502), busy(500)],
        [busy(429, Retry_After="1")],
        [cut, cut],
        [hang_up],
        [lie],
        [partial],
    ],
)
def test_what_goes_wrong_is_asked_for_again(flaky: Flaky, ways: list[Any]) -> None:
    flaky.ways = [proper, *ways]
    waited: list[float] = []
    patience = Patience(timeout=5, first_wait=0.001, longest_wait=2, sleep=waited.append)
    store, _ = read(Endpoint(flaky.url, page_size=10, patience=patience))
    assert triples(store) == TRIPLES
    assert len(waited) == len(ways)
    assert len(flaky.asked) == 4 + len(ways)


def test_the_server_is_told_who_asks_and_waited_for_as_it_asks(flaky: Flaky) -> None:
    flaky.ways = [busy(429, Retry_After="2"), busy(503, Retry_After=formatdate(usegmt=True)), busy(503)]
    waited: list[float] = []
    read(Endpoint(flaky.url, patience=Patience(first_wait=0.001, sleep=waited.append)))
    assert waited[0] == 2.0
    assert waited[1] < 2.0
    headers = flaky.asked[0][1]
    assert headers["User-Agent"].startswith("graphs-sparql/")
    assert headers["Accept"].startswith("application/n-triples")


def test_the_waits_grow_and_are_the_same_for_the_same_seed() -> None:
    waits = list(Patience(attempts=8, seed=3).waits())
    assert waits == list(Patience(attempts=8, seed=3).waits())
    assert waits != list(Patience(attempts=8, seed=4).waits())
    assert all(2**n / 2 <= wait <= 2**n for n, wait in enumerate(waits))


def test_a_server_that_cuts_pages_at_a_size_of_its_own_loses_nothing(flaky: Flaky) -> None:
    flaky.rows_at_most = 4
    assert triples(read(Endpoint(flaky.url, page_size=10, patience=QUICK))[0]) == TRIPLES


@pytest.mark.parametrize(
    ("ways", "says"),
    [
        ([busy(404)], r"HTTP 404 .*: busy"),
        ([busy(503, Retry_After="9999")], "asks to wait 9,999 seconds"),
        ([busy(503)] * 9, "no sound answer in 3 attempts; the last time: HTTP 503"),
        ([hang_up] * 9, "no sound answer in 3 attempts"),
        (
            [lambda handler, _: send(handler, b"<html>", Content_Type="text/html")],
            "expected N-Triples .* text/html",
        ),
        ([lambda handler, _: send(handler, b"x" * 5000)], "larger than the limit of 3,000 bytes"),
        ([lambda handler, _: send(handler, b"nonsense")] * 9, "the answer is not valid N-Triples"),
        ([lambda handler, _: send(handler, b"", status=302, Location="file:///etc/passwd")], "file"),
    ],
)
def test_what_does_not_mend_is_an_error_in_a_line(flaky: Flaky, ways: list[Any], says: str) -> None:
    flaky.ways = list(ways)
    patience = Patience(attempts=3, first_wait=0.001, max_bytes=3000)
    with pytest.raises(GraphError, match=says) as caught:
        read(Endpoint(flaky.url, patience=patience))
    assert "\n" not in str(caught.value)


def test_a_reading_that_was_ended_goes_on_where_it_was(flaky: Flaky, tmp_path: Path) -> None:
    endpoint = Endpoint(flaky.url, page_size=10, workplace=tmp_path / "pages", patience=Patience(attempts=1))
    flaky.ways = [proper, proper, busy(503)]
    with pytest.raises(GraphError, match="503"):
        read(endpoint)
    asked = len(flaky.asked)
    first, _ = read(endpoint)
    assert triples(first) == TRIPLES
    assert [query.split("OFFSET ")[1] for query, _ in flaky.asked[asked:]] == ["20 }", "25 }"]
    asked = len(flaky.asked)
    again, _ = read(endpoint)
    assert len(flaky.asked) == asked  # all is there
    assert again.equals(first)


def test_a_damaged_page_is_asked_for_again(flaky: Flaky, tmp_path: Path) -> None:
    endpoint = Endpoint(flaky.url, page_size=10, workplace=tmp_path, patience=QUICK)
    read(endpoint)
    (tmp_path / "000001.nt").write_bytes(b"")
    assert triples(read(endpoint)[0]) == TRIPLES


def test_a_workplace_of_something_else_is_left_alone(flaky: Flaky, tmp_path: Path) -> None:
    read(Endpoint(flaky.url, workplace=tmp_path / "a", patience=QUICK))
    with pytest.raises(GraphError, match="pages of another endpoint or query"):
        read(Endpoint(flaky.url, page_size=5, workplace=tmp_path / "a", patience=QUICK))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "thesis.txt").write_text("mine")
    with pytest.raises(GraphError, match="something else than pages"):
        read(Endpoint(flaky.url, workplace=tmp_path / "b", patience=QUICK))
    (tmp_path / "a" / "pages.json").write_text(json.dumps({"format": "graphs.sparql.pages/1"}))
    with pytest.raises(GraphError, match="is damaged"):
        read(Endpoint(flaky.url, workplace=tmp_path / "a", patience=QUICK))


def test_blank_nodes_of_several_pages_need_a_decision(flaky: Flaky) -> None:
    rows = [b"_:x <ex:r> <ex:a> .\n", b"_:x <ex:r> <ex:b> .\n", b""]
    answers = [lambda handler, _, body=body: send(handler, body) for body in rows]
    flaky.ways = list(answers)
    with pytest.raises(GraphError, match="blank nodes in an answer of several pages"):
        read(Endpoint(flaky.url, page_size=1, patience=QUICK))
    for choice, nodes in (("page", 2), ("endpoint", 1)):
        flaky.ways = list(answers)
        store, _ = read(Endpoint(flaky.url, page_size=1, blank_nodes=choice, patience=QUICK))  # type: ignore[arg-type]
        assert len(set(store.heads.tolist())) == nodes
    flaky.ways = [answers[0], answers[2]]
    assert read(Endpoint(flaky.url, page_size=1, patience=QUICK))[0].num_triples == 1


def test_other_syntaxes_are_understood(flaky: Flaky) -> None:
    turtle = b"@prefix ex: <http://example.org/> . ex:a ex:r ex:b, ex:c ."
    flaky.ways = [
        lambda handler, _: send(handler, turtle, Content_Type="text/turtle; charset=utf-8"),
        lambda h, _: send(h, b""),
    ]
    assert read(Endpoint(flaky.url, patience=QUICK))[0].num_triples == 2


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/", "example.org/sparql", "http://"])
def test_only_web_addresses_are_asked(url: str) -> None:
    with pytest.raises(GraphError, match="expected an http or https address"):
        read(Endpoint(url))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"construct": "SELECT * WHERE { ?s ?p ?o }"}, "expected a CONSTRUCT query, got 'SELECT'"),
        ({"construct": "DROP ALL"}, "expected a CONSTRUCT query, got 'DROP'"),
        ({"construct": "PREFIX construct: <x:> DELETE WHERE { ?s ?p ?o }"}, "expected a CONSTRUCT"),
        ({"construct": "# construct\nASK {}"}, "got 'ASK'"),
        ({"construct": "CONSTRUCT WHERE { ?s ?p ?o }", "graph": "ex:g"}, "not both"),
        ({"graph": "ex:g> } DROP ALL #"}, "expected the IRI of a named graph"),
        ({"page_size": 0}, "one triple or more"),
    ],
)
def test_what_cannot_be_asked_is_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(GraphError, match=says):
        Queries(**options)


@pytest.mark.parametrize(
    ("query", "paged"),
    [
        ("CONSTRUCT WHERE { ?s ?p ?o }", False),
        ("CONSTRUCT WHERE { ?s ?p ?o } ORDER BY ?s", True),
        ("construct where { ?s ?p ?o } order\nby ?s limit 5", False),
        ("CONSTRUCT { ?s ?p ?o } WHERE { SELECT * { ?s ?p ?o } ORDER BY ?s LIMIT 5 }", False),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o . FILTER(?o != 'LIMIT 5') } ORDER BY ?s", True),
    ],
)
def test_queries_that_are_ordered_are_paged(query: str, paged: bool) -> None:
    assert Queries(query).is_paged is paged


def test_the_limits_of_the_reading_hold_for_pages(flaky: Flaky) -> None:
    from graphs.readers.limits import Limits

    with pytest.raises(GraphFormatError, match="larger than the limit of 100 bytes"):
        read(Endpoint(flaky.url, patience=QUICK), limits=Limits(max_bytes=100))
