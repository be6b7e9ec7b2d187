"""The README's commands and Python, run as they are written there, in a world small enough to see through."""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import kgx
from graphs import KnowledgeGraph
from kgx.cli import app
from kgx.encoders import ENCODERS
from kgx.run_folder import write_run
from kgx.testing import SketchEncoder, SoundEncoder, WordEncoder, species_word, tiny_graph

README = Path(__file__).resolve().parents[2] / "README.md"
PICTURES = {"photos/owl.png": 0, "photos/lighthouse.png": 70, "photos/soup.png": 140, "drawing.png": 3}


def blocks(language: str) -> list[str]:
    fence = re.compile(rf"^```{language}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return fence.findall(README.read_text(encoding="utf-8"))


def run_python(name: str) -> dict[str, Any]:
    """Run one of the README's Python blocks and return what it has named."""
    fence = re.compile(rf"<!-- runnable: {name} -->\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    (code,) = fence.findall(README.read_text(encoding="utf-8"))
    Path("readme.py").write_text(code, encoding="utf-8")
    return runpy.run_path("readme.py")


BUNDLED = {"bundled:text": WordEncoder, "bundled:image": SketchEncoder, "bundled:audio": SoundEncoder}

OF_THE_DEMO = {
    "?item depicts/hypernym* wn:bird": "?item depicts/kindOf* bird",
    "category^=animals": "category^=bird",
    "image:animals/birds/vulture": "image:stamp 8",
}
"""What the README names of the demo's world -> the same of the tiny one."""


def kgx_commands() -> list[list[str]]:
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("kgx ")]
    return [[OF_THE_DEMO.get(word, word) for word in words] for words in commands]


def as_turtle(graph: KnowledgeGraph) -> str:
    lines = [
        f"<{head}> <{relation}> <{tail}> ."
        for relation in graph.relation_iris
        for head, tail in zip(*map(graph.entity_iris, graph.edges(relation)[:2]), strict=True)
    ]
    for row in graph.literals.to_pylist():
        language = f"@{row['language']}" if row["language"] else ""
        subject = graph.entity_iri(row["subject"])
        lines.append(f'<{subject}> <{row["predicate"]}> "{row["value"]}"{language} .')
    return "\n".join(lines)


@pytest.fixture
def desk(pretrained: Any, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the README's files, a source, and the demo's model and run, in which commands are given."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KGX_DATA", str(tmp_path / "cache"))
    shutil.copytree(tiny_model, "runs/demo/model")
    world = pretrained.world
    write_run(
        "runs/demo", pretrained.transfer, world.target, world.target_collection, model="runs/demo/model"
    )
    Path("photos").mkdir()
    for name, species in PICTURES.items():
        Path(name).write_text(f"photo image: {species_word(species)}", encoding="utf-8")
    Path("bark.ogg").write_text(f"bark sound: {species_word(5)}", encoding="utf-8")
    (manifest,), (thesaurus,) = blocks("csv"), blocks("turtle")
    Path("items.csv").write_text(manifest, encoding="utf-8")
    Path("thesaurus.ttl").write_text(thesaurus, encoding="utf-8")
    first, *rows = manifest.splitlines()
    Path("new-items.csv").write_text(f"{first}\n{rows[0].replace('photo-1', 'photo-9')}\n", encoding="utf-8")
    Path("changes.rdfp").write_text(
        "A <http://example.org/house/owl> <http://www.w3.org/2004/02/skos/core#broader> "
        "<http://example.org/house/harbour> .\n",
        encoding="utf-8",
    )
    for name, kind in BUNDLED.items():
        monkeypatch.setitem(ENCODERS, name, lambda threads=2, kind=kind: kind())
    source = world.source_collection
    for item in source.of("image"):
        shutil.copy(source.file(item), item.value)
    source.write("source.csv")
    Path("concepts.ttl").write_text(as_turtle(tiny_graph()), encoding="utf-8")
    Path("dumps").mkdir()
    Path("dumps/more.nt").write_text(
        "<ex:jay> <ex:eats> <ex:acorn> .\n<ex:jay> <ex:eats> .\n", encoding="utf-8"
    )
    return tmp_path


def test_every_command_works_as_written(desk: Path) -> None:
    found = kgx_commands()
    assert {words[0] for words in found} == {"search", "run", "kg", "edit", "explain", "serve", "pretrain"}
    for words in found:
        if words[0] == "serve":  # goes on until it is told to end: tests/kgx/serve
            continue
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, (words, result.output, result.exception)
        assert result.output.strip(), words
    assert (desk / "my-run" / "run.json").is_file()


def test_bringing_your_own_works_from_python_too(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_python("search")
    summary, *hits = capsys.readouterr().out.splitlines()
    assert summary == "{'image': 3, 'text': 1} ()"
    assert [line.split()[0] for line in hits] == ["1", "2", "3"]
    assert {line.split()[2] for line in hits} == {"photo-1", "photo-2", "photo-3"}


def test_a_model_of_your_own_is_pretrained_as_written(desk: Path, pretrained: Any) -> None:
    names = run_python("pretrain")
    opened = kgx.open_model("my-model")
    assert isinstance(names["transfer"], kgx.RelationTransfer)
    assert opened.encoders == {"text": "bundled:text", "image": "bundled:image"}
    pairs = {modality: pretrained.world.target[modality].select(range(8)) for modality in ("text", "image")}
    for promised in (
        opened.transfer.refine(pairs["image"]),
        opened.transfer.adapt(pairs).refine(pairs["text"]),
    ):
        assert promised.any(axis=1).all()
