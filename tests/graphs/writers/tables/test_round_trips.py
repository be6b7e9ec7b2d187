"""What tables hold comes back as it was; what they cannot hold is counted."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import vocabulary as v
from graphs.assemble import assemble
from graphs.attribute_names import RDF_JSON
from graphs.readers.reading import Reading
from graphs.readers.tables import TABLES
from graphs.statements import Statements
from graphs.store import Store
from graphs.writers.tables import TABLE_WRITERS
from graphs.writers.written import GRAPH_NAMES

Statement = tuple[Any, ...]

EXAMPLES = 12
FILES = {"tsv": "kg.tsv.gz", "csv": "kg.csv", "parquet": "kg.parquet", "conceptnet": "kg.csv.xz"}
"""A name for each format of one file; the others write to a folder."""
GRAPHLESS = ("openke", "kgx-tsv", "kgx-jsonl", "neo4j-csv", "conceptnet")
WEIGHTLESS = ("openke", "kgx-tsv", "kgx-jsonl", "neo4j-csv")

names = st.sampled_from(
    [
        "http://example.org/owl",
        "http://example.org/a,b;c|d",
        "http://purl.obolibrary.org/obo/GO_0008150",
        "http://api.conceptnet.io/c/en/hot_dog/n",
        "https://w3id.org/biolink/vocab/Gene",
        v.RDFS + "Resource",
        v.RDF_STATEMENT,
        "GO:0008150",
        "ex:owl",
        "barn owl",
        "/m/02",
        '"quoted"',
        '"quoted"@en',
        "<ex:bracketed>",
        "_:b1",
        "name",
        "urn:graphs:end",
        "猫",
        "=1+1",
    ]
)
relations = st.sampled_from(
    [
        "http://example.org/eats",
        "http://api.conceptnet.io/r/IsA",
        "https://w3id.org/biolink/vocab/xref",
        "https://w3id.org/biolink/vocab/id",
        v.RDF_TYPE,
        v.RDF_SUBJECT,
        v.RDFS_LABEL,
        v.DCTERMS_DESCRIPTION,
        "eats, often",
        "name",
        "ex:eats@en",
        "head",
    ]
)
texts = st.one_of(
    st.sampled_from(
        ["owl", "", "1", "007", "true", "TRUE", "0.5", "MESH:1", '{"a": [1]}', "a|b;c", 'say "x"\t\r\n']
    ),
    st.text(st.characters(codec="utf-8"), max_size=5),
)
kinds = st.sampled_from(
    [
        ("", ""),
        ("en", ""),
        ("de-at", ""),
        ("ar--rtl", ""),
        ("not a tag", ""),
        ("", RDF_JSON),
        ("", "kilogram"),
    ]
    + [("", v.XSD + name) for name in ("integer", "double", "boolean", "date", "anyURI")]
)
weights = st.sampled_from([1.0, 1.0, 0.1, 2.5])
graph_names = st.sampled_from(["", "", "http://example.org/graph", "_:g"])


@st.composite
def stores(draw: st.DrawFn) -> Store:
    """Graphs with all that makes trouble, and with statements about some of their triples."""
    statements = Statements()
    triples = st.tuples(names, relations, names)
    for head, relation, tail in draw(st.lists(triples, max_size=8)):
        statements.add(head, relation, tail, graph=draw(graph_names), weight=draw(weights))
    for head, relation, tail in draw(st.lists(triples, max_size=3)):
        edge = draw(st.sampled_from(["urn:uuid:1", "urn:uuid:2", "http://api.conceptnet.io/a/odd"]))
        statements.add(head, relation, tail)
        for part, name in (
            (v.RDF_TYPE, v.RDF_STATEMENT),
            (v.RDF_SUBJECT, head),
            (v.RDF_PREDICATE, relation),
            (v.RDF_OBJECT, tail),
        ):
            statements.add(edge, part, name)
        if draw(st.booleans()):
            statements.add_literal(edge, draw(relations), draw(texts))
    for head, relation, text in draw(st.lists(st.tuples(names, relations, texts), max_size=8)):
        language, datatype = draw(kinds)
        statements.add_literal(
            head,
            relation,
            text,
            language=language,
            datatype=datatype,
            graph=draw(graph_names),
            weight=draw(weights),
        )
    return Store(assemble([statements.block()]))


def said(store: Store, *, graphs: bool, weights: bool) -> set[Statement]:
    """Every statement once, without what a format has no place for, blank nodes without the scope of their file."""
    columns = store.columns
    found: dict[Statement, float] = {}
    triples = zip(store.heads.tolist(), store.relation_ids.tolist(), store.tails.tolist(), strict=True)
    iris = columns.entities.column("iri").to_pylist()
    rows = [(iris[head], store.relation_iris[relation], iris[tail]) for head, relation, tail in triples]
    for row in columns.statements.to_pylist():
        key = (*map(unscoped, rows[row["triple"]]), unscoped(row["graph"]) if graphs else "")
        found[key] = max(found.get(key, 0.0), row["weight"])
    for row in columns.literals.to_pylist():
        texts = (row["value"], row["language"], row["datatype"])
        key = (
            unscoped(iris[row["subject"]]),
            row["predicate"],
            texts,
            unscoped(row["graph"]) if graphs else "",
        )
        found[key] = max(found.get(key, 0.0), row["weight"])
    return {(*key, weight) for key, weight in found.items()} if weights else set(found)


def unscoped(name: str) -> str:
    return re.sub(r"^_:[0-9a-f]{12}-", "_:", name)


def read_back(folder: Path, name: str) -> Store:
    paths = [folder] if name == "openke" else sorted(path for path in folder.iterdir() if path.is_file())
    return Store(assemble(block for path in paths for block in TABLES[name](Reading(path, "", name))))


@pytest.mark.parametrize("name", TABLE_WRITERS)
@settings(max_examples=EXAMPLES, deadline=None)
@given(store=stores())
def test_all_that_is_written_comes_back_and_the_rest_is_counted(name: str, store: Store) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        written = TABLE_WRITERS[name](store, folder / FILES[name] if name in FILES else folder)
        again = read_back(folder, name)
        how = {"graphs": name not in GRAPHLESS, "weights": name not in WEIGHTLESS}
        before, after = said(store, **how), said(again, **how)
        if name == "conceptnet":  # whose readers take labels from the concepts' names
            after = {found for found in after if found in before or found[1] != v.RDFS_LABEL}
        assert after <= before
        assert len(after) == written.statements
        lost = sum(count for what, count in written.lost.items() if what != GRAPH_NAMES)
        assert written.statements + lost == len(before)
        assert all(written.left_out.values())
