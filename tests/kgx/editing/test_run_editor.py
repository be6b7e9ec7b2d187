"""A run that is edited is, edit by edit and after it is opened again, what refining everything again would give."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from graphs import vocabulary as v
from graphs.operations.patch import Patch
from graphs.statement import Statement
from kgx.editing import NewItem, RunEditor
from kgx.errors import CollectionError, IndexFolderError, KgxError
from kgx.index import KINDS, Wanted
from kgx.run_folder import OpenedRun, open_run
from kgx.search import Searcher
from kgx.testing import KIND, species_iri, species_word

EX = "http://example.org/"


@pytest.fixture
def run(tiny_run: Path, tmp_path: Path) -> Path:
    """A copy of the tiny run."""
    return Path(shutil.copytree(tiny_run, tmp_path / "run"))


def picture(folder: Path, species: int, name: str = "new") -> NewItem:
    """Draw a species as the tiny world does."""
    file = folder / f"{name}.picture"
    file.write_text(f"stamp image: {species_word(species)}", encoding="utf-8")
    return NewItem(name, "image", file, f"thing {name}", metadata={"category": "bird"})


def refined_again(searcher: Searcher) -> np.ndarray:
    """Return the vectors of all items, refined together."""
    run, parts = searcher.run, []
    for modality in sorted(set(run.items.modality)):
        items = run.kept_items[modality].items
        first, last = run.index.range_of(modality)
        assert items.ids == run.items.id[first:last]
        parts.append(searcher.model.transfer.refine(items, searcher.centres(modality)))
    return np.concatenate(parts)


def alike(one: OpenedRun, other: OpenedRun) -> bool:
    """Compare all that two runs hold."""
    return (
        one.items.id == other.items.id
        and one.items.media == other.items.media
        and one.items.caption == other.items.caption
        and [one.items.told(row) for row in range(len(one.items))]
        == [other.items.told(row) for row in range(len(other.items))]
        and one.concepts.rows == other.concepts.rows
        and np.array_equal(one.index.vectors, other.index.vectors)
        and one.summary == other.summary
        and one.fingerprint == other.fingerprint
    )


def test_items_come_and_are_found(run: Path, tmp_path: Path) -> None:
    with RunEditor.open(run) as editor:
        before = editor.searcher
        edited = editor.add(
            [picture(tmp_path, 20), NewItem("told", "text", f"a {species_word(20)}", "thing new", "en")]
        )
        assert edited.added == ("new", "told")
        assert edited.refined == 2
        hits = editor.searcher.search(f"a {species_word(20)}", to="image", k=1)
        assert [hit.id for hit in hits] == ["new"]
        assert Path(hits[0].file).read_text() == f"stamp image: {species_word(20)}"
        assert hits[0].caption == f"a {species_word(20)}"
        assert species_word(20) in [concept.label for concept in hits[0].concepts]
        assert editor.searcher.search("x", to="image", k=1, filters="category=bird")
        assert len(before.run.items) == len(editor.run.items) - 2  # whoever had it has it still
        assert np.abs(refined_again(editor.searcher) - editor.run.index.vectors).max() <= 1e-5
        assert "new" in editor.searcher.explain(f"a {species_word(20)}", "new").to_text()
        assert alike(editor.run, open_run(run))
    (tmp_path / "new.picture").unlink()
    found = Searcher.open(run).search(f"a {species_word(20)}", to="image", k=1)
    assert [Path(hit.file).exists() for hit in found] == [True]


def test_items_are_replaced_and_removed(run: Path, tmp_path: Path) -> None:
    with RunEditor.open(run) as editor:
        count = len(editor.run.items)
        old = editor.run.items.id.index("image:stamp 3")
        was = editor.run.index.vectors[old].copy()
        edited = editor.add([picture(tmp_path, 100, "image:stamp 3"), picture(tmp_path, 101, "image:a")])
        assert (edited.added, edited.replaced) == (("image:a",), ("image:stamp 3",))
        assert len(editor.run.items) == count + 1
        place = editor.run.items.id.index("image:stamp 3")
        assert not np.allclose(editor.run.index.vectors[place], was, atol=1e-3)
        assert editor.remove(["image:stamp 3", "text:stamp 4"]).removed == ("image:stamp 3", "text:stamp 4")
        assert len(editor.run.items) == count - 1
        assert "image:stamp 3" not in editor.run.items.id
        assert editor.add([picture(tmp_path, 100, "image:stamp 3")]).added == ("image:stamp 3",)
        assert np.abs(refined_again(editor.searcher) - editor.run.index.vectors).max() <= 1e-5
        before = editor.run
        assert alike(before, open_run(run, verify=True))
        editor.compact()
        assert editor.changes == 0
        assert alike(before, open_run(run, verify=True))
        editor.remove(["image:a"])
        assert alike(editor.run, open_run(run))


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([], "at least one item"),
        ([NewItem("", "text", "owl")], "an id for every item"),
        ([NewItem("a", "text", " ")], "expected a text"),
        ([NewItem("a", "video", "owl")], "unknown modality"),
        ([NewItem("a", "text", "owl"), NewItem("a", "text", "cat")], "stands for two items"),
        ([NewItem("a", "image", "/nowhere/at.all")], "cannot be read"),
    ],
)
def test_what_cannot_be_used_changes_nothing(run: Path, items: list[NewItem], message: str) -> None:
    with RunEditor.open(run) as editor:
        before = editor.run
        with pytest.raises(KgxError, match=message):
            editor.add([*items[:0], *items])
        assert editor.run is before
        assert alike(before, open_run(run))


def test_a_picture_that_cannot_be_decoded_changes_nothing(run: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.picture"
    broken.write_text("broken", encoding="utf-8")
    with RunEditor.open(run) as editor, pytest.raises(CollectionError, match="b: cannot be decoded"):
        editor.add([NewItem("a", "text", "owl"), NewItem("b", "image", broken)])
    assert "a" not in open_run(run).items.id
    assert list((run / "changes" / "media").glob("*")) == []


def test_files_of_items_go_with_them_when_the_run_is_compacted(run: Path, tmp_path: Path) -> None:
    with RunEditor.open(run) as editor:
        editor.add([picture(tmp_path, 20, "one"), picture(tmp_path, 21, "two")])
        editor.remove(["one"])
        editor.compact()
        hit = editor.searcher.search(species_word(21), to="image", k=1)[0]
        assert (hit.id, Path(hit.file).is_file()) == ("two", True)
        assert [file.name for file in (run / "changes" / "media").iterdir()] == [Path(hit.file).name]


def test_what_is_not_there_cannot_be_removed(run: Path) -> None:
    with RunEditor.open(run) as editor:
        for ids, message in (([], "at least one id"), (["nobody"], "no item 'nobody'")):
            with pytest.raises(KgxError, match=message):
                editor.remove(ids)
        with pytest.raises(KgxError, match="no item would be left"):
            editor.remove(editor.run.items.id)


def test_one_edits_at_a_time(run: Path) -> None:
    with RunEditor.open(run), pytest.raises(IndexFolderError, match="only one to write"):
        RunEditor.open(run)
    RunEditor.open(run).close()


def test_a_folder_that_is_no_run_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(IndexFolderError, match=r"run\.json"):
        RunEditor.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_knowledge_changes_what_it_concerns(run: Path) -> None:
    moved = species_iri(10)
    patch = Patch(
        [Statement(moved, KIND.iri, EX + "bird")],
        [
            Statement(moved, KIND.iri, EX + "fish"),
            Statement(EX + "aaa", v.SKOS_PREF_LABEL, "wonderbird", is_literal=True, language="en"),
            Statement(EX + "aaa", KIND.iri, EX + "bird"),
        ],
    )
    with RunEditor.open(run) as editor:
        before, fingerprint = editor.run.index.vectors.copy(), editor.run.fingerprint
        edited = editor.change_knowledge(patch, source="correction")
        assert (edited.statements_added, edited.statements_removed) == (3, 1)
        after = editor.run.index.vectors
        moved_rows = np.abs(after - before).max(axis=1) > 1e-5
        assert 0 < moved_rows.sum() <= edited.refined < len(before)
        assert np.abs(refined_again(editor.searcher) - after).max() <= 1e-5
        assert editor.run.fingerprint != fingerprint
        assert alike(editor.run, open_run(run, verify=True))
        assert editor.add([NewItem("w", "text", "a wonderbird")]).added == ("w",)
        assert any(
            link.shown.label == "wonderbird"
            for link in editor.run.concepts.rows[editor.run.items.id.index("w")].links
        )
        with pytest.raises(KgxError, match="does not hold this statement"):
            editor.change_knowledge(Patch([patch.removed[0]], []))
        now = editor.searcher
        again_the_same = editor.change_knowledge(Patch([], patch.added))
        assert (again_the_same.refined, editor.searcher) == (0, now)  # it is known: nothing is made anew
        editor.change_knowledge(Patch(patch.added[:1], patch.removed))
        assert len(list(run.glob("model-*"))) == 1
        assert alike(editor.run, open_run(run, verify=True))
    again = Searcher.open(run)
    assert "w" in [hit.id for hit in again.search("a wonderbird", to="text", k=10)]


def test_the_kind_of_index_outlives_every_edit(run: Path) -> None:
    moved = species_iri(10)
    patch = Patch(
        [Statement(moved, KIND.iri, EX + "bird")],
        [Statement(moved, KIND.iri, EX + "fish")],
    )
    with RunEditor.open(run) as editor:
        editor.searcher = editor.searcher.over(replace(editor.run, wanted=Wanted("int8")))
        editor.compact()
    assert open_run(run).index.kind == "int8"
    with RunEditor.open(run) as editor:
        editor.add([NewItem("w", "text", "a wonderbird")])
        assert editor.run.index.kind == open_run(run).index.kind == "int8"
        editor.change_knowledge(patch)
        assert (editor.run.wanted.kind, editor.run.index.kind) == ("int8", "int8")
    opened = open_run(run, verify=True)
    assert (opened.wanted.kind, opened.index.kind) == ("int8", "int8")
    with RunEditor.open(run) as editor:
        editor.compact()
    assert open_run(run).index.kind == "int8"


def test_an_index_that_too_few_items_are_left_for_is_searched_one_by_one(
    run: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    few = replace(KINDS["ivf"], fewest=94)
    monkeypatch.setattr("kgx.index.kinds.KINDS", {**KINDS, "ivf": few})
    moved = species_iri(10)
    patch = Patch([Statement(moved, KIND.iri, EX + "bird")], [Statement(moved, KIND.iri, EX + "fish")])
    with RunEditor.open(run) as editor:
        editor.searcher = editor.searcher.over(replace(editor.run, wanted=Wanted("ivf", recall=0.8)))
        editor.compact()
        assert editor.run.index.kind == "ivf"
    with RunEditor.open(run) as editor:
        editor.remove(["image:stamp 3"])
        before = editor.run
        editor.compact()
        assert alike(before, editor.run)
        assert "'ivf' is trained on at least 94 items, and 93 are left" in caplog.text
    opened = open_run(run, verify=True)
    assert alike(before, opened)
    assert (opened.wanted, opened.index.kind) == (Wanted("ivf", recall=0.8), "flat")
    with RunEditor.open(run) as editor:
        editor.change_knowledge(patch)
        assert (len(editor.run.items), editor.run.index.kind) == (93, "flat")
        editor.add([NewItem("w", "text", "a wonderbird")])
        editor.compact()
        assert editor.run.index.kind == "ivf"  # there are enough again
    assert open_run(run).index.kind == "ivf"


def test_a_model_that_cannot_be_saved_leaves_the_one_in_use(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def patch(species: int) -> Patch:
        moved = species_iri(species)
        return Patch([Statement(moved, KIND.iri, EX + "bird")], [Statement(moved, KIND.iri, EX + "fish")])

    def fails(*_: object, **__: object) -> str:
        raise OSError("disk full")

    (run / "model-of-mine").mkdir()
    with RunEditor.open(run) as editor:
        for species in (10, 11):
            editor.change_knowledge(patch(species))
            before = editor.run
            with monkeypatch.context() as full:
                full.setattr("kgx.editing.run_editor.save_model", fails)
                with pytest.raises(OSError, match="disk full"):
                    editor.change_knowledge(patch(12))
            assert alike(before, open_run(run, verify=True))
    assert (run / "model-of-mine").is_dir()


_EDIT = """
import sys
from kgx.encoders import ENCODERS
from kgx.testing import SketchEncoder, SoundEncoder, WordEncoder
for kind in (WordEncoder, SketchEncoder, SoundEncoder):
    ENCODERS[kind.id] = lambda threads=2, kind=kind: kind()
from kgx.editing import NewItem, RunEditor
with RunEditor.open(sys.argv[1]) as editor:
    for number in range(10_000):
        name = f"{sys.argv[2]}-{number}"
        editor.add([NewItem(name, "text", f"a bird {name}")])
        print(name, flush=True)
        if number % 3 == 2:
            print("compacting", flush=True)
            editor.compact()
            print("compacted", flush=True)
"""


def test_a_killed_edit_leaves_a_run_with_all_that_was_acknowledged(run: Path) -> None:
    drawn = np.random.default_rng(0)
    acknowledged: set[str] = set()
    # From which line on, and how many seconds later at most; a compaction takes a few hundredths of one.
    for round_number, (line, most) in enumerate([("k0-0", 0.5), ("compacting", 0.05), ("compacting", 0.02)]):
        edits = subprocess.Popen(
            [sys.executable, "-c", _EDIT, str(run), f"k{round_number}"], stdout=subprocess.PIPE, text=True
        )
        assert edits.stdout is not None
        said = []
        while not said or said[-1] != line:
            said.append(edits.stdout.readline().strip())
            assert edits.poll() is None, "it ended by itself"
        time.sleep(drawn.uniform(0, most))
        os.kill(edits.pid, signal.SIGKILL)
        said += edits.stdout.read().split()
        edits.wait()
        acknowledged |= set(said) - {"compacting", "compacted"}
        held = set(open_run(run, verify=True).items.id)
        assert acknowledged <= held
        assert len(held) <= 94 + len(acknowledged) + round_number + 1
        found = Searcher.open(run).search(f"a bird {said[0]}", to="text", k=94)
        assert said[0] in [hit.id for hit in found]
