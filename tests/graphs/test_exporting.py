"""Exports are whole or not at all, and come back as they went."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from rdflib.compare import isomorphic

from graphs import read_graph
from graphs.errors import GraphError, GraphStoreError
from graphs.exporting import WRITERS, ExportOptions, export_graph, format_to_write
from graphs.store import Store
from graphs.writers.rdf import RDF_FORMATS
from graphs.writers.rdflib import to_rdflib

TURTLE = """
@prefix ex: <http://example.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
ex:owl skos:prefLabel "owl"@en, "Eule"@de-at ; skos:broader ex:bird ; ex:eats _:prey ; ex:eggs 4, 4.50 .
_:prey skos:prefLabel "a \\"mouse\\"\\n& <more>"@en ; ex:partOf [ ex:size "small" ] .
"""
ENDINGS = {
    "n-triples": ".nt.gz",
    "n-quads": ".nq.zst",
    "turtle": ".ttl.bz2",
    "trig": ".trig.xz",
    "rdf-xml": ".rdf",
    "json-ld": ".jsonld",
    "n3": ".n3",
}


@pytest.fixture
def graph(tmp_path: Path) -> Store:
    (tmp_path / "owls.ttl").write_text(TURTLE)
    return read_graph(tmp_path / "owls.ttl")


@pytest.mark.parametrize("form", RDF_FORMATS)
def test_import_export_import_is_isomorphic(form: str, graph: Store, tmp_path: Path) -> None:
    path = tmp_path / f"out{ENDINGS[form]}"
    report = export_graph(graph, path)
    assert (report.format, report.statements) == (form, graph.num_triples + graph.num_literals)
    again = read_graph(path)
    assert isomorphic(to_rdflib(again).default_graph, to_rdflib(graph).default_graph)
    if form in ("turtle", "trig", "n3"):
        assert graph.prefixes.items() <= again.prefixes.items()
    assert report.left_out == ({} if RDF_FORMATS[form].prefixes else {"prefixes": 2})


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.nt", "n-triples"),
        ("a.b.TTL", "turtle"),
        ("a.tsv.gz", "tsv"),
        ("a.xml", "rdf-xml"),
        ("a.owl", "rdf-xml"),
    ],
)
def test_the_ending_tells_the_format(name: str, form: str) -> None:
    assert format_to_write(Path(name)) == form


@pytest.mark.parametrize("name", ["graph", "graph.json", "graph.gz", "graph.rdfa", ".ttl"])
def test_an_ending_that_tells_nothing_lists_those_that_do(name: str) -> None:
    with pytest.raises(GraphError, match=r"tells no format to write; name one of n-triples, .*\.ttl"):
        format_to_write(Path(name))


def test_a_file_that_cannot_state_it_all_is_not_written_unless_asked_for(tmp_path: Path) -> None:
    (tmp_path / "in.nq").write_text("<ex:a> <ex:p> <ex:b> <ex:g> .\n<ex:a> <ex:1> <ex:b> .\n")
    graph, out = read_graph(tmp_path / "in.nq"), tmp_path / "out.rdf"
    out.write_text("as it was")
    with pytest.raises(
        GraphError, match=r"rdf-xml has no place for 1 graph names, 1 statements whose relation"
    ):
        export_graph(graph, out)
    assert out.read_text() == "as it was"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.nq", "out.rdf"]
    report = export_graph(graph, out, ExportOptions(lossy=True))
    assert (report.statements, sum(report.left_out.values())) == (1, 2)


def test_a_stream_a_device_and_a_link_are_written_to(graph: Store, tmp_path: Path) -> None:
    out, stream = tmp_path / "out.nt", io.BytesIO()
    export_graph(graph, out)
    export_graph(graph, stream, ExportOptions("n-triples"))
    assert stream.getvalue() == out.read_bytes()
    export_graph(graph, os.devnull, ExportOptions("n-triples"))
    assert Path(os.devnull).is_char_device()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link.ttl").symlink_to("elsewhere/file")
    export_graph(graph, tmp_path / "link.ttl")
    assert (tmp_path / "link.ttl").is_symlink()
    assert (tmp_path / "elsewhere" / "file").read_text().startswith("@prefix")


def test_a_stored_graph(graph: Store, tmp_path: Path) -> None:
    report = export_graph(graph, tmp_path / "kg", ExportOptions("store"))
    assert Store.open(tmp_path / "kg").equals(graph)
    assert (report.statements, report.left_out) == (graph.num_triples + graph.num_literals, {})
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    with pytest.raises(GraphStoreError, match="not a stored graph"):
        export_graph(graph, tmp_path / "other", ExportOptions("store"))


@pytest.mark.parametrize(
    ("place", "options", "reason"),
    [
        ("out.x", ExportOptions("rdfa"), "unknown format to write 'rdfa'; known are n-triples"),
        (".", ExportOptions("turtle"), "is a folder: name a file in it"),
        ("owls.ttl/under.nt", ExportOptions(), "cannot be written"),
        ("out.tsv", ExportOptions(provenance=True), "are for the formats of RDF"),
        ("out.nt", ExportOptions(namespace="no iri"), "expected an absolute IRI"),
    ],
)
def test_what_cannot_be_is_one_clear_error(
    place: str, options: ExportOptions, reason: str, graph: Store, tmp_path: Path
) -> None:
    before = sorted(tmp_path.iterdir())
    with pytest.raises(GraphError, match=reason):
        export_graph(graph, tmp_path / place, options)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("form", [None, "store"])
def test_a_stream_needs_a_format_that_is_one_file(form: str | None, graph: Store) -> None:
    with pytest.raises(GraphError, match="stream"):
        export_graph(graph, io.BytesIO(), ExportOptions(form))


@pytest.mark.parametrize("form", ["kgx-tsv", "kgx-jsonl", "openke"])
def test_a_format_of_several_files_goes_into_a_folder(form: str, graph: Store, tmp_path: Path) -> None:
    for _ in range(2):  # what stands there is replaced
        (tmp_path / "out").mkdir(exist_ok=True)
        export_graph(graph, tmp_path / "out", ExportOptions(form, lossy=True))
    assert len(list((tmp_path / "out").iterdir())) == (3 if form == "openke" else 2)
    with pytest.raises(GraphError, match="several files"):
        export_graph(graph, io.BytesIO(), ExportOptions(form, lossy=True))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "owls.ttl"]


@pytest.mark.parametrize("form", WRITERS)
def test_every_format_is_written_the_same_twice(form: str, graph: Store, tmp_path: Path) -> None:
    for folder in ("one", "other"):
        export_graph(graph, tmp_path / folder / "owls", ExportOptions(form, lossy=True))
    files = [
        {path.relative_to(tmp_path / folder): path.read_bytes() for path in (tmp_path / folder).rglob("*.*")}
        for folder in ("one", "other")
    ]
    assert files[0] == files[1]
