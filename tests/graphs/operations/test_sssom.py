"""SSSOM tables: what the specification allows is read, and what it forbids is told with its line."""

from __future__ import annotations

import contextlib
import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import GraphError, GraphFormatError
from graphs.operations.sssom import RejectedRow, read_sssom
from graphs.vocabulary import SKOS_CLOSE_MATCH, SKOS_EXACT_MATCH

HEAD = "#curie_map:\n#  A: http://a.example/\n#  B: http://b.example/\n#license: none\n"
COLUMNS = "subject_id\tpredicate_id\tobject_id\tmapping_justification\tconfidence\n"
ROW = "A:1\tskos:exactMatch\tB:1\tsemapv:LexicalMatching\t0.9\n"


def table(tmp_path: Path, content: str | bytes, name: str = "t.sssom.tsv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_rows_are_expanded_and_know_their_line(tmp_path: Path) -> None:
    read = read_sssom(
        table(tmp_path, HEAD + COLUMNS + ROW + '"A:2"\tskos:closeMatch\tB:2\t"x ""y""\nz"\t\n' + ROW)
    )
    assert [(row.subject, row.predicate, row.object, row.confidence, row.line) for row in read.rows] == [
        ("http://a.example/1", SKOS_EXACT_MATCH, "http://b.example/1", 0.9, 6),
        ("http://a.example/2", SKOS_CLOSE_MATCH, "http://b.example/2", 1.0, 7),
        ("http://a.example/1", SKOS_EXACT_MATCH, "http://b.example/1", 0.9, 9),
    ]
    assert read.prefixes == {"A": "http://a.example/", "B": "http://b.example/"}


@pytest.mark.parametrize(
    "content",
    [
        (HEAD + COLUMNS + ROW).replace("\n", "\r\n"),
        "\ufeff" + HEAD + COLUMNS + ROW,
        gzip.compress((HEAD + COLUMNS + ROW).encode()),
        HEAD.replace("#", "# ") + COLUMNS + ROW,
        "".join(line + "\t\t\t\t\n" for line in HEAD.splitlines()) + COLUMNS + ROW,
        HEAD + COLUMNS + ROW.rstrip("\n"),
        HEAD + COLUMNS + "\n" + ROW + "\n\n",
    ],
    ids=["crlf", "bom", "gzip", "spaces", "from a spreadsheet", "no last newline", "empty lines"],
)
def test_spellings_of_the_same_table(content: str | bytes, tmp_path: Path) -> None:
    (row,) = read_sssom(table(tmp_path, content)).rows
    assert (row.subject, row.object) == ("http://a.example/1", "http://b.example/1")


def test_metadata_may_stand_beside_the_table(tmp_path: Path) -> None:
    (tmp_path / "t.sssom.yml").write_text("curie_map:\n  A: http://a.example/\n  B: http://b.example/\n")
    for name in ("t.sssom.tsv", "t.tsv"):
        assert len(read_sssom(table(tmp_path, COLUMNS + ROW, name)).rows) == 1


def test_rows_that_map_nothing_are_counted(tmp_path: Path) -> None:
    columns = "subject_id\tpredicate_id\tobject_id\tpredicate_modifier\tsubject_type\n"
    rows = (
        "A:1\tskos:exactMatch\tB:1\tNot\t\n"
        "A:2\tskos:exactMatch\tsssom:NoTermFound\t\t\n"
        "\tskos:exactMatch\tB:3\t\trdfs literal\n"
    )
    read = read_sssom(table(tmp_path, HEAD + columns + rows))
    assert (read.rows, read.left_out) == ([], {"negated": 1, "no term found": 1, "literal": 1})


def test_prefixes_of_the_graph_fill_gaps_and_iris_are_taken(tmp_path: Path) -> None:
    row = "ex:1\tskos:exactMatch\thttps://b.example/1\t\t\n"
    (read,) = read_sssom(table(tmp_path, HEAD + COLUMNS + row), prefixes={"ex": "http://e/"}).rows
    assert (read.subject, read.object) == ("http://e/1", "https://b.example/1")


BAD_ROWS = [
    ("A:1\tskos:exactMatch\n", "expected 5 columns as in the header, got 2"),
    ("C:1\tskos:exactMatch\tB:1\t\t\n", "the prefix of subject_id 'C:1' is not in the table's curie_map"),
    ("A:1\tskos:exactMatch\t\t\t\n", "object_id is empty"),
    ("A:1\tskos:exactMatch\tB:1 2\t\t\n", "a character that no IRI may have"),
    ("A:1\tskos:exactMatch\tB:1\t\t1.5\n", "a confidence from 0 to 1, got '1.5'"),
    ("A:1\tskos:exactMatch\tB:1\t\thigh\n", "a confidence from 0 to 1, got 'high'"),
    ("A:1\tskos:exactMatch\tB:1\t\tnan\n", "a confidence from 0 to 1, got 'nan'"),
]


@pytest.mark.parametrize(("row", "reason"), BAD_ROWS)
def test_bad_rows_stop_or_are_listed_with_their_line(row: str, reason: str, tmp_path: Path) -> None:
    path = table(tmp_path, HEAD + COLUMNS + ROW + row + ROW)
    with pytest.raises(GraphFormatError, match=f"t.sssom.tsv:7: .*{reason}"):
        read_sssom(path)
    read = read_sssom(path, stop=False)
    assert (len(read.rows), [found.line for found in read.rejected]) == (2, [7])
    assert isinstance(read.rejected[0], RejectedRow)
    assert reason in read.rejected[0].reason


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "expected a header and rows"),
        (HEAD, "expected a header and rows"),
        (
            HEAD + "subject_id\tobject_id\n",
            r":5: expected the columns subject_id, predicate_id, object_id .* got",
        ),
        (HEAD + COLUMNS.rstrip("\n") + "\tsubject_id\n", "subject_id stands twice"),
        ("#curie_map: [1\n" + COLUMNS, "not valid YAML"),
        ("#curie_map: text\n" + COLUMNS, "a curie_map of IRIs by prefix"),
        ("#- a\n#- b\n" + COLUMNS, "a curie_map of IRIs by prefix"),
        ("#a: &x [1]\n#b: *x\n" + COLUMNS, "aliases, which SSSOM forbids"),
        ("#a: !!python/object/apply:os.getcwd []\n" + COLUMNS, "not valid YAML"),
        ("#curie_map:\n#  skos: http://elsewhere/\n" + COLUMNS, "the prefix skos always stands for"),
        (HEAD + COLUMNS + 'A:1\t"skos:exactMatch\n', ":6: not a valid row"),
        ((HEAD + COLUMNS).encode() + b"A:\xff\tskos:exactMatch\tB:1\t\t\n", ":6: not valid UTF-8"),
    ],
)
def test_broken_tables_are_refused(content: str | bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(GraphFormatError, match=message):
        read_sssom(table(tmp_path, content))


def test_a_missing_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GraphFormatError, match="cannot be read"):
        read_sssom(tmp_path / "nothing.tsv")


@settings(max_examples=40)
@given(st.binary(max_size=60), st.integers(0, 200))
def test_only_errors_of_the_graph_layer_come_out(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, place: int
) -> None:
    content = (HEAD + COLUMNS + ROW).encode()
    path = tmp_path_factory.mktemp("fuzz") / "t.sssom.tsv"
    path.write_bytes(content[:place] + noise + content[place:])
    confidences: list[float] = []
    with contextlib.suppress(GraphError):
        confidences += [row.confidence for row in read_sssom(path, stop=False).rows]
    assert all(0 <= confidence <= 1 for confidence in confidences)
