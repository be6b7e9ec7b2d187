"""Formats told by endings and contents."""

from __future__ import annotations

import bz2
import gzip
import lzma
from pathlib import Path

import pytest
import zstandard

from graphs.errors import GraphFormatError
from graphs.readers.sniffing import format_of, format_of_head, is_format_folder, looks_like

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
WIKIDATA = '{"type":"item","id":"Q42","labels":{},"claims":{}}'

CONTENTS = [
    ("<e:a> <e:b> <e:c> .\n", "n-triples"),
    ("# a comment\n\n_:a <e:b> \"c . d\"@en .\n<e:a> <e:b> 'no' .\n_:a <e:b> <e:c>.\n", "n-triples"),
    ('<e:a> <e:b> <<( <e:a> <e:b> "c" )>> .\n', "n-triples"),
    ("<e:a> <e:b> <e:c> <e:g> .\n", "n-quads"),
    ('<e:a> <e:b> "c"^^<e:t> _:g .\n<e:a> <e:b> <e:c> .\n', "n-quads"),
    ("@prefix e: <http://e/> .\ne:a e:b e:c .\n", "turtle"),
    ("# made by hand\nPREFIX e: <http://e/>\ne:a e:b [ e:c 'a { b' ] .\n", "turtle"),
    ("<e:a> <e:b> <e:c>, <e:d> ;\n <e:f> 1 .\n", "turtle"),
    ("[] a <e:c> .\n", "turtle"),
    ("@prefix e: <http://e/> .\ne:g { e:a e:b e:c }\n", "trig"),
    ("@prefix e: <http://e/> .\n{ ?x e:b ?y } => { ?y e:c ?x } .\n", "n3"),
    (f'<?xml version="1.0"?>\n<rdf:RDF xmlns:rdf="{RDF}"></rdf:RDF>', "rdf-xml"),
    (f'<!-- owls --><RDF xmlns="{RDF}"/>', "rdf-xml"),
    (f'<e:Owl xmlns:rdf="{RDF}" xmlns:e="http://e/" rdf:about="http://e/owl"/>', "rdf-xml"),
    (f'<!DOCTYPE rdf:RDF [ <!ENTITY owl "http://o#"> ]><rdf:RDF xmlns:rdf="{RDF}"/>', "rdf-xml"),
    ('<?xml version="1.0"?><graphml xmlns="http://graphml.graphdrawing.org/xmlns"/>', "graphml"),
    ('<gexf xmlns="http://gexf.net/1.3" version="1.3"/>', "gexf"),
    ('{"@context": {}, "@id": "http://e/a"}', "json-ld"),
    ('[\n {"@id": "http://e/a"}]', "json-ld"),
    ("{}", "json-ld"),
    ('{"graphs": [{"id": "http://e/go", "nodes": [], "edges": []}]}', "obo-graphs"),
    (f"[\n{WIKIDATA},\n", "wikidata-json"),
    (WIKIDATA + "\n" + WIKIDATA, "wikidata-json"),
    ('{"directed": true, "multigraph": false, "graph": {}, "nodes": [], "links": []}', "node-link"),
    ('{"nodes": [{"id": 1}], "edges": []}', "node-link"),
    ('{"subject": "E:a", "predicate": "biolink:r", "object": "E:b"}\n', "kgx-jsonl"),
    ('{"id": "E:a", "category": ["biolink:Gene"]}\n{"id": "E:b", "category": []}', "kgx-jsonl"),
    ("id\tcategory\tname\nE:a\tbiolink:Gene\ta\n", "kgx-tsv"),
    ("id\tsubject\tpredicate\tobject\n", "kgx-tsv"),
    (":START_ID,:END_ID,:TYPE\n1,2,EATS\n", "neo4j-csv"),
    ('"birdId:ID(Bird)";"name";":LABEL"\n', "neo4j-csv"),
    ("name:string,id:ID,:LABEL\n", "neo4j-csv"),
    ("/a/[/r/IsA/,/c/en/owl/,/c/en/bird/]\t/r/IsA\t/c/en/owl\t/c/en/bird\t{}\n", "conceptnet"),
    ("owl\teats\tmouse\n", "tsv"),
    ("owl,eats,mouse\n", "csv"),
    ("PAR1\0\0", "parquet"),
]
PACKERS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstandard.compress}


@pytest.mark.parametrize(("content", "name"), CONTENTS)
def test_content_tells_the_format(content: str, name: str, tmp_path: Path) -> None:
    for data in (content.encode(), b"\xef\xbb\xbf" + content.encode(), gzip.compress(content.encode())):
        if name != "parquet" or data == content.encode():
            assert format_of_head(data, "stdin") == name
    (tmp_path / "anything.txt").write_text(content)
    assert format_of(tmp_path / "anything.txt") == name


@pytest.mark.parametrize(
    ("file", "content", "name"),
    [
        ("a.trig", "<e:a> <e:b> <e:c> .", "trig"),
        ("a.ttl", "<e:a> <e:b> <e:c> .", "turtle"),
        ("a.nq", "<e:a> <e:b> <e:c> .", "n-quads"),
        ("a.n3", "@prefix e: <http://e/> .", "n3"),
        ("a.TTL", "", "turtle"),
        ("a.ttl", "e:a\te:b\te:c .", "turtle"),
        ("a.owl", f'<rdf:RDF xmlns:rdf="{RDF}"/>', "rdf-xml"),
        ("a.owl", "@prefix owl: <http://o#> .", "turtle"),
        ("a.csv", "id\tsubject\tpredicate\tobject\n", "kgx-tsv"),
        ("a.tsv", "owl,eats,mouse\n", "tsv"),
        ("a.tsv", "/a/[/r/IsA/,/c/en/owl/,/c/en/bird/]\t/r/IsA\n", "conceptnet"),
        ("a.json", WIKIDATA, "wikidata-json"),
        ("noending", "@prefix e: <http://e/> .", "turtle"),
    ],
)
def test_ending_and_content_decide_together(file: str, content: str, name: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(content)
    assert format_of(tmp_path / file) == name


@pytest.mark.parametrize("ending", PACKERS)
def test_what_is_packed_is_looked_into(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"animals.txt{ending}"
    path.write_bytes(PACKERS[ending](b"<e:a> <e:b> <e:c> .\n" * 100_000))
    assert format_of(path) == "n-triples"
    assert format_of_head(path.read_bytes()[:1000], "stdin") == "n-triples"


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        (
            "a.nt",
            "@prefix e: <http://e/> .",
            "its ending says n-triples, .* looks like turtle: name the format",
        ),
        ("a.nt", "<e:a> <e:b> <e:c> <e:g> .", "looks like n-quads"),
        ("a.ttl", '{"@id": "http://e/a"}', "looks like json-ld"),
        ("a.ttl.gz", "<!doctype html><html>", "looks like a web page"),
        ("a.rdf", "<e:a> <e:b> <e:c> .", "looks like n-triples"),
        ("a.jsonld", "owl", None),
        (
            "a.txt",
            "owl",
            "nothing in its content tells the format, nor does the ending '.txt'; name the format",
        ),
        ("a.json", '{"owl": 1}', "nothing in its content tells the format"),
        ("a", "", "nothing in its content tells the format"),
        ("page.html", "<html></html>", "it looks like a web page"),
    ],
)
def test_a_wrong_ending_is_said(file: str, content: str, says: str | None, tmp_path: Path) -> None:
    (tmp_path / file).write_text(content)
    if says is None:
        assert format_of(tmp_path / file) == "json-ld"
    else:
        with pytest.raises(GraphFormatError, match=says):
            format_of(tmp_path / file)


def test_folders_are_told_by_their_files(tmp_path: Path) -> None:
    with pytest.raises(GraphFormatError, match=r"meta\.json.*data\.noun"):
        format_of(tmp_path)
    assert not is_format_folder(tmp_path)
    (tmp_path / "data.noun").touch()
    assert (format_of(tmp_path), is_format_folder(tmp_path)) == ("wordnet", True)
    (tmp_path / "meta.json").touch()
    assert format_of(tmp_path) == "store"


def test_what_a_format_may_hold_is_not_held_against_it() -> None:
    assert looks_like(b"<e:a> <e:b> <e:c> .", "trig") is None
    assert looks_like(b"owl\teats\tmouse", "turtle") is None
    assert looks_like(b"@prefix e: <http://e/> .", "n-triples") == "turtle"
