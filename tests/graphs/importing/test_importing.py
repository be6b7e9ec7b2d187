"""Many files into one stored graph: the balance adds up, and all is stored or nothing."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import (
    EmptyGraphError,
    GraphError,
    GraphFormatError,
    GraphStoreError,
    ImportOptions,
    ImportReport,
    KnowledgeGraph,
    add_files,
    import_files,
)
from graphs.importing import REJECTS

BIRDS = "<e:owl> <e:isA> <e:bird> .\n<e:hen> <e:isA> <e:bird> .\n<e:owl> <e:isA> <e:bird> .\n"
MORE = '<e:owl> <e:isA> <e:bird> .\n<e:owl> <e:name> "owl"@en .\n<e:owl> <e:name> nothing .\n'
REPORT = ImportOptions(on_error="report")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    place = tmp_path / "in"
    place.mkdir()
    (place / "birds.nt").write_text(BIRDS)
    (place / "more.nt").write_text(MORE)
    return [place / "birds.nt", place / "more.nt"]


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def counts(report: ImportReport) -> dict[str, tuple[int, int, int, int]]:
    return {row.source: (row.read, row.stored, row.duplicates, row.rejected) for row in report.sources}


def test_every_statement_is_accounted_for(files: list[Path], tmp_path: Path) -> None:
    report = import_files(files, tmp_path / "kg", REPORT)
    assert counts(report) == {"birds.nt": (3, 2, 1, 0), "more.nt": (3, 1, 1, 1)}
    assert (report.read, report.stored, report.duplicates, report.rejected) == (6, 3, 2, 1)
    assert (report.entities, report.relations, report.triples, report.literals) == (3, 1, 2, 1)
    (line,) = (tmp_path / "kg" / REJECTS).read_text().splitlines()
    told = json.loads(line)
    assert (told["file"], told["line"], told["count"]) == (str(files[1]), 3, 1)
    assert "not valid n-triples" in told["reason"]
    assert KnowledgeGraph.open(tmp_path / "kg").sources() == {"birds.nt": 2, "more.nt": 2}


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from([*BIRDS.splitlines(), *MORE.splitlines(), "", "# note", "junk"]), max_size=12)
)
def test_the_balance_adds_up(lines: list[str]) -> None:
    stated = [line for line in lines if line and not line.startswith("#")]
    report = None
    try:
        from tempfile import TemporaryDirectory

        with TemporaryDirectory() as folder:
            place = Path(folder, "a.nt")
            place.write_text("\n".join(lines))
            options = ImportOptions(on_error="report", format="n-triples")
            report = import_files([place], Path(folder, "kg"), options)
    except EmptyGraphError:
        assert not any(line.endswith(".") and "nothing" not in line for line in stated)
        return
    assert report.read == len(stated) == report.stored + report.duplicates + report.rejected


def test_the_first_error_stops_and_leaves_what_was_there(files: list[Path], tmp_path: Path) -> None:
    with pytest.raises(GraphFormatError, match=r"more\.nt:3: not valid n-triples"):
        import_files(files, tmp_path / "kg")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    import_files(files[:1], tmp_path / "kg")
    before = content(tmp_path / "kg")
    with pytest.raises(GraphFormatError):
        import_files(files, tmp_path / "kg")
    with pytest.raises(GraphFormatError):
        add_files(files[1:], tmp_path / "kg")
    assert content(tmp_path / "kg") == before


def test_the_same_files_give_the_same_bytes_in_any_order_and_on_any_threads(
    files: list[Path], tmp_path: Path
) -> None:
    import_files(files, tmp_path / "one", REPORT)
    import_files(files[::-1], tmp_path / "two", ImportOptions(on_error="report", jobs=2))
    one, two = content(tmp_path / "one"), content(tmp_path / "two")
    assert sorted(one) == sorted(two)
    assert one == two


def test_adding_gives_what_importing_all_at_once_gives(files: list[Path], tmp_path: Path) -> None:
    import_files(files, tmp_path / "whole", REPORT)
    import_files(files[:1], tmp_path / "kg")
    report = add_files(files[1:], tmp_path / "kg", REPORT)
    assert counts(report) == {"more.nt": (3, 1, 1, 1)}
    assert content(tmp_path / "kg") == content(tmp_path / "whole")
    again = add_files(files[:1], tmp_path / "kg")
    assert counts(again) == {"birds.nt": (3, 0, 3, 0)}
    assert content(tmp_path / "kg") == content(tmp_path / "whole")


def test_what_sources_say_again_is_told_apart_from_what_they_said_before(tmp_path: Path) -> None:
    said = '<ex:a> <ex:r> <ex:b> .\n<ex:a> <ex:name> "owl"@en .\n'
    one, two, three = (tmp_path / name for name in ("one.nt", "two.nt", "three.nt"))
    one.write_text(said)
    two.write_text(said + '<ex:a> <ex:name> "owl"@de .\n<ex:b> <ex:name> "bird" .\n')
    three.write_text(said + "<ex:c> <ex:r> <ex:b> .\n<ex:c> <ex:r> <ex:b> .\n")
    assert counts(import_files([one, two], tmp_path / "kg")) == {
        "one.nt": (2, 2, 0, 0),
        "two.nt": (4, 2, 2, 0),
    }
    assert counts(add_files([three], tmp_path / "kg")) == {"three.nt": (4, 1, 3, 0)}
    assert counts(add_files([two], tmp_path / "kg")) == {"two.nt": (4, 0, 4, 0)}


def test_folders_are_gone_through_and_hidden_files_left_alone(files: list[Path], tmp_path: Path) -> None:
    (files[0].parent / ".notes").write_text("not for reading")
    (files[0].parent / "deeper").mkdir()
    (files[0].parent / "deeper" / "birds.nt").write_text("<e:jay> <e:isA> <e:bird> .\n")
    report = import_files([files[0].parent], tmp_path / "kg", REPORT)
    assert sorted(counts(report)) == sorted(
        ["more.nt", files[0].as_posix(), (files[0].parent / "deeper" / "birds.nt").as_posix()]
    )
    (tmp_path / "empty").mkdir()
    with pytest.raises(GraphFormatError, match="holds no file"):
        import_files([tmp_path / "empty"], tmp_path / "kg")


def test_a_stream_tells_its_format_or_is_told(tmp_path: Path) -> None:
    report = import_files([io.BytesIO(BIRDS.encode())], tmp_path / "kg")
    assert counts(report) == {"stdin": (3, 2, 1, 0)}
    options = ImportOptions(format="turtle", source="birds", base="http://e/")
    report = import_files([io.BytesIO(b"<owl> <isA> <bird> .")], tmp_path / "kg", options)
    assert counts(report) == {"birds": (1, 1, 0, 0)}
    assert KnowledgeGraph.open(tmp_path / "kg").entity_iri(0) == "http://e/bird"


def test_a_stored_graph_is_read_with_its_sources(files: list[Path], tmp_path: Path) -> None:
    import_files(files, tmp_path / "kg", REPORT)
    import_files([tmp_path / "kg"], tmp_path / "copy")
    assert KnowledgeGraph.open(tmp_path / "copy").equals(KnowledgeGraph.open(tmp_path / "kg"))


def test_a_named_graph_for_statements_that_name_none(tmp_path: Path) -> None:
    place = tmp_path / "a.nq"
    place.write_text("<e:a> <e:r> <e:b> .\n<e:a> <e:r> <e:b> <e:g> .\n")
    import_files([place], tmp_path / "kg", ImportOptions(graph="e:given"))
    assert KnowledgeGraph.open(tmp_path / "kg").graphs() == {"e:g": 1, "e:given": 1}


def test_what_cannot_be_is_said(files: list[Path], tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="unknown graph format 'turtel'; known are turtle"):
        import_files(files, tmp_path / "kg", ImportOptions(format="turtel"))
    with pytest.raises(GraphFormatError, match="no such file"):
        import_files([tmp_path / "none.nt"], tmp_path / "kg")
    with pytest.raises(GraphStoreError, match="not a stored graph"):
        add_files(files, tmp_path / "kg")
    (tmp_path / "empty.nt").write_text("# nothing\n")
    with pytest.raises(EmptyGraphError, match=r"empty\.nt: no statement was found"):
        import_files([tmp_path / "empty.nt"], tmp_path / "kg")
    with pytest.raises(GraphStoreError, match="is not a stored graph"):
        import_files(files[:1], files[0].parent)
    assert not (tmp_path / "kg").exists()
