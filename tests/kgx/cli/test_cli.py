"""The command line on the tiny world: what it prints, and how it refuses."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graphs import KnowledgeGraph
from graphs.completion.predicted import PREDICTED, with_predictions
from graphs.vocabulary import SKOS_BROADER, SKOS_RELATED
from kgx.cli import main
from kgx.testing import WordEncoder, species_word
from kgx.transfer.model_folder import open_model

WORD = species_word(3 * 64 + 10)
THESAURUS = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix my: <http://my.example/> .
my:it skos:prefLabel "{word}"@en ; skos:broader my:shelf .
my:shelf skos:prefLabel "boat shelf"@en .
"""


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The last line on standard error, which progress may precede."""
        return self.err.strip().splitlines()[-1]


Command = Callable[..., Outcome]


@pytest.fixture
def kgx(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    monkeypatch.setenv("KGX_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "160")

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["kgx", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        captured = capsys.readouterr()
        return Outcome(int(caught.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A user's collection and thesaurus."""
    folder = tmp_path / "own"
    (folder / "pictures").mkdir(parents=True)
    rows = ["id,modality,value,entity,title"]
    for number in range(3):
        word = species_word(3 * 64 + 10 + number)
        (folder / "pictures" / f"{number}.picture").write_text(f"stamp image: {word}")
        rows += [f"p{number},image,pictures/{number}.picture,e{number},Picture {number}"]
        rows += [f"t{number},text,one {word},e{number},"]
    (folder / "items.csv").write_text("\n".join(rows) + "\n")
    (folder / "thesaurus.ttl").write_text(THESAURUS.format(word=WORD))
    return folder


def test_bring_your_own(kgx: Command, own: Path, tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "my-run"
    made = kgx(
        "run",
        "--items",
        own / "items.csv",
        "--kg",
        own / "thesaurus.ttl",
        "--model",
        tiny_model,
        "--out",
        out,
    )
    assert made.code == 0, made.err
    assert "image: 3 items, 3 of them linked" in made.out
    assert "skipped: 0" in made.out
    found = kgx("search", out, f"a {WORD}", "--to", "image", "-k", 2)
    assert found.code == 0, found.err
    first, reasons, second, *_ = found.out.splitlines()
    rank, score, name, *caption = first.split()
    assert (rank, name, " ".join(caption)) == ("1", "p0", "Picture 0")
    assert -1 <= float(score) <= 1
    assert WORD in reasons
    assert second.split()[0] == "2"


def test_json_in_and_out(kgx: Command, own: Path, tiny_model: Path, tmp_path: Path) -> None:
    made = kgx(
        "run", "--items", own / "items.csv", "--model", tiny_model, "--out", tmp_path / "run", "--json"
    )
    assert json.loads(made.out) == {
        "folder": str(tmp_path / "run"),
        "items": {"image": 3, "text": 3},
        "linked": {"image": 3, "text": 3},
        "skipped": [],
    }
    found = json.loads(kgx("search", tmp_path / "run", WORD, "--json", "-k", 6).out)
    assert found["query"] == {"text": WORD}
    assert found["to"] == "any"
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3, 4, 5, 6]
    assert {hit["modality"] for hit in found["hits"]} == {"text", "image"}
    picture = next(hit for hit in found["hits"] if hit["id"] == "p0")
    assert Path(picture["file"]).read_text() == f"stamp image: {WORD}"
    assert {concept["relation"] for concept in picture["concepts"]} == {"depicts"}


def test_predicted_links_may_be_left_out(
    kgx: Command, own: Path, tiny_model: Path, thesaurus: KnowledgeGraph, tmp_path: Path
) -> None:
    head, tail = thesaurus.entity_iris(thesaurus.edges(SKOS_BROADER)[0][:2])
    KnowledgeGraph(with_predictions(thesaurus, [(head, SKOS_RELATED, tail, 0.4)])).save(tmp_path / "graph")
    arguments = ("run", "--items", own / "items.csv", "--kg", tmp_path / "graph", "--model", tiny_model)
    for options, used in (((), 1), (("--min-confidence", 0.4), 1), (("--min-confidence", 0.5), 0)):
        made = kgx(*arguments, *options, "--out", tmp_path / "run", "--force")
        assert made.code == 0, made.err
        graph = open_model(tmp_path / "run" / "model").transfer.maker.reference.knowledge.graph
        assert graph.sources().get(PREDICTED, 0) == used
    assert kgx(*arguments, "--min-confidence", 1.5, "--out", tmp_path / "out").code == 2
    without = ("run", "--items", own / "items.csv", "--model", tiny_model, "--out", tmp_path / "out")
    assert "name the graph with --kg" in kgx(*without, "--min-confidence", 0.5).error
    assert not (tmp_path / "out").exists()


def test_pictures_and_sounds_are_queries_too(kgx: Command, tiny_run: Path, tmp_path: Path) -> None:
    (tmp_path / "a.picture").write_text(f"stamp image: {WORD}")
    (tmp_path / "a.sound").write_text(f"stamp audio: {WORD}")
    for option in (("--image", tmp_path / "a.picture"), ("--audio", tmp_path / "a.sound")):
        found = kgx("search", tiny_run, *option, "--to", "text", "-k", 3)
        assert found.code == 0, found.err
        assert "text:stamp 3" in found.out


def test_a_mixed_query(kgx: Command, tiny_run: Path, tmp_path: Path) -> None:
    (tmp_path / "a.picture").write_text("stamp image: babako")
    arguments = ("search", tiny_run, "--text", WORD, "--image", tmp_path / "a.picture", "--json")
    weighed = kgx(*arguments, "--weights", "text=1, image=-0.5")
    assert weighed.code == 0, weighed.err
    told = json.loads(weighed.out)
    assert told["query"] == {"text": WORD, "image": str(tmp_path / "a.picture")}
    assert told["weights"] == {"text": 1.0, "image": -0.5}
    alike = json.loads(kgx(*arguments).out)
    assert "weights" not in alike
    assert alike["hits"] != told["hits"]
    assert kgx("search", tiny_run, "--text", WORD).out == kgx("search", tiny_run, WORD).out


def test_bad_items_are_skipped_and_listed(kgx: Command, own: Path, tiny_model: Path, tmp_path: Path) -> None:
    (own / "pictures" / "1.picture").write_text("broken")
    with (own / "items.csv").open("a") as manifest:
        manifest.write("x,smell,roses,e9,\n")
    arguments = ("run", "--items", own / "items.csv", "--model", tiny_model, "--out", tmp_path / "run")
    strict = kgx(*arguments, "--strict")
    assert strict.code == 1
    assert not (tmp_path / "run").exists()
    lenient = kgx(*arguments)
    assert lenient.code == 0
    assert "skipped: 2" in lenient.out
    assert "row 8: x: unknown modality 'smell'; choose text, image or audio" in lenient.out
    assert "row 4: p1: cannot be decoded" in lenient.out
    told = json.loads((tmp_path / "run" / "run.json").read_text())
    assert [entry["id"] for entry in told["skipped"]] == ["x", "p1"]


def _manifest(*rows: str) -> Callable[[Path], None]:
    def write(own: Path) -> None:
        (own / "items.csv").write_text("\n".join(("id,modality,value,entity", *rows)) + "\n")

    return write


def _thesaurus(text: str) -> Callable[[Path], None]:
    return lambda own: (own / "thesaurus.ttl").write_text(text) and None


def _broken_picture(own: Path) -> None:
    (own / "pictures" / "0.picture").write_text("broken")


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "no manifest": (lambda own: (own / "items.csv").unlink(), r"items.csv: the manifest does not exist"),
    "binary manifest": (lambda own: (own / "items.csv").write_bytes(bytes(range(256))), r"items.csv: "),
    "empty manifest": (_manifest(), "items.csv: the manifest has no rows"),
    "missing column": (
        lambda own: (own / "items.csv").write_text("id,value\na,b\n"),
        "items.csv: missing column: modality, entity",
    ),
    "unknown modality": (_manifest("a,smell,roses,x"), "items.csv: row 2: unknown modality 'smell'"),
    "duplicate id": (
        _manifest("a,text,owl,x", "a,text,hen,y"),
        "items.csv: row 3: the id 'a' stands in row 2 already",
    ),
    "escaping path": (
        _manifest("a,text,owl,x", "b,image,../../secret.png,y"),
        "items.csv: row 3: the path '../../secret.png' leaves the manifest's folder",
    ),
    "missing file": (
        _manifest("a,image,none.png,y"),
        "items.csv: row 2: the file 'none.png' does not exist",
    ),
    "empty text": (_manifest("b,text,  ,y"), "items.csv: row 2: the text is empty"),
    "broken picture": (_broken_picture, "0.picture: row 2: cannot be decoded"),
    "no graph": (lambda own: (own / "thesaurus.ttl").unlink(), "thesaurus.ttl: there is no such file"),
    "malformed graph": (
        _thesaurus("@prefix my: <http://my/> .\nmy:a my:b\nmy:c my:d ."),
        "thesaurus.ttl:3: ",
    ),
    "empty graph": (_thesaurus("@prefix my: <http://my/> .\n"), "thesaurus.ttl holds no statement"),
    "graph without labels": (
        _thesaurus("@prefix my: <http://my/> .\nmy:a my:b my:c ."),
        "the graph has no labelled concept",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line(case: str, kgx: Command, own: Path, tiny_model: Path, tmp_path: Path) -> None:
    spoil, message = BAD[case]
    spoil(own)
    before = sorted(path.name for path in tmp_path.iterdir())
    refused = kgx(
        *("run", "--items", own / "items.csv", "--kg", own / "thesaurus.ttl"),
        *("--model", tiny_model, "--out", tmp_path / "out", "--strict"),
    )
    assert refused.code == 1
    assert refused.out == ""
    assert refused.error.startswith("kgx: ")
    assert message in refused.error
    assert "Traceback" not in refused.err
    after = sorted(path.name for path in tmp_path.iterdir() if path.name != "data")
    assert after == before


def _edited(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_model_that_cannot_be_used(kgx: Command, own: Path, tiny_model: Path, tmp_path: Path) -> None:
    arguments = ("run", "--items", own / "items.csv", "--out", tmp_path / "out", "--model")
    assert (
        kgx(*arguments, tmp_path / "none").error
        == f"kgx: {tmp_path / 'none'}: expected a model, found no model.json"
    )
    shutil.copytree(tiny_model, tmp_path / "old")
    _edited(tmp_path / "old" / "model.json", version=0)
    assert "expected a model of version 1, got version 0" in kgx(*arguments, tmp_path / "old").error
    assert not (tmp_path / "out").exists()


def test_a_place_that_is_taken(kgx: Command, own: Path, tiny_model: Path, tmp_path: Path) -> None:
    arguments = ("run", "--items", own / "items.csv", "--model", tiny_model, "--out", tmp_path / "out")
    (tmp_path / "out").mkdir()
    assert kgx(*arguments).code == 0
    again = kgx(*arguments)
    assert (again.code, "holds a run already; add --force" in again.error) == (1, True)
    assert kgx(*arguments, "--force").code == 0
    (tmp_path / "out" / "mine.txt").write_text("mine")
    assert "other files (mine.txt)" in kgx(*arguments, "--force").error
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("",), "the query: the text is empty"),
        ((), "expected one query (a text, a picture or a sound), got 0"),
        (("owl", "--text", "cat"), "expected the words once"),
        (("owl", "--weights", "text"), "expected weights such as text=0.7,image=0.3, got 'text'"),
        (("owl", "--weights", "text=much"), "got 'text=much'"),
        (("owl", "--weights", "text=1,text=2"), "expected one weight of 'text', got two"),
        (("owl", "--weights", "image=1"), "expected weights of text, got image"),
        (("owl", "--weights", "text=-1"), "expected a weight above 0"),
        (("--image", "none.png"), "none.png: cannot be read"),
        (("owl", "--model", "none"), "none: expected a model, found no model.json"),
    ],
)
def test_queries_that_cannot_be_answered(
    arguments: tuple[str, ...], message: str, kgx: Command, tiny_run: Path
) -> None:
    refused = kgx("search", tiny_run, *arguments)
    assert refused.code == 1
    assert refused.out == ""
    assert refused.error.startswith("kgx: ")
    assert message in refused.error


def test_runs_that_cannot_be_searched(
    kgx: Command, tiny_run: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "expected a run, found no run.json" in kgx("search", tmp_path, "owl").error
    shutil.copytree(tiny_run, tmp_path / "old")
    _edited(tmp_path / "old" / "run.json", version=9)
    assert "expected a run of version 1, got version 9" in kgx("search", tmp_path / "old", "owl").error
    assert "build the run again" in kgx("search", tiny_run, "owl", "--model", tiny_model).error
    monkeypatch.setattr(WordEncoder, "id", "tiny:text-2")
    assert "made with the text encoder tiny:text" in kgx("search", tiny_run, "owl").error


def test_debug_shows_where_an_error_came_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kgx: Command
) -> None:
    from kgx.errors import IndexFolderError

    for arguments in (["--debug", "search", "none", "owl"], ["search", "none", "owl", "--debug"]):
        monkeypatch.setattr(sys, "argv", ["kgx", *arguments])
        with pytest.raises(IndexFolderError, match="found no"):
            main()


def test_the_disk_may_refuse(
    kgx: Command, own: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kgx.run_folder.VectorIndex.save", full)
    refused = kgx("run", "--items", own / "items.csv", "--model", tiny_model, "--out", own.parent / "out")
    assert (refused.code, refused.error) == (1, "kgx: [Errno 28] No space left on device")
    assert not (own.parent / "out").exists()
    assert not list(own.parent.glob(".out*"))


def test_help_and_version(kgx: Command) -> None:
    import kgx as package

    assert kgx("--version").out == f"kgx {package.__version__}\n"
    assert "search" in kgx("--help").out
    assert "a bird of prey" in kgx("search", "--help").out
    assert "thesaurus.ttl" in kgx("run", "--help").out
    assert kgx("search").code == 2
    assert kgx("fly").code == 2


def test_commands_load_only_what_they_need(tmp_path: Path) -> None:
    import subprocess

    check = "import sys, kgx.cli; print(sorted({'numpy', 'torch', 'pyarrow', 'faiss'} & set(sys.modules)))"
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert time.monotonic() - started < 5
