"""Ours on a completed target: what is filed gains links, what asks does not, and the row stands beside ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch

from experiments.completed import CompletedTarget, relation_model
from experiments.config import ExperimentConfig, TargetCompletionOptions, completed_by
from experiments.run import COMPLETED, OURS, main, run_experiment
from experiments.world import World
from graphs.completion.predicted import PREDICTED
from graphs.errors import CheckpointError
from graphs.gnn.ultra import Ultra
from graphs.gnn.ultra.checkpoint import save_checkpoint
from kgx.encoders import ENCODERS
from kgx.items import LinkedItems
from kgx.testing import SketchEncoder, SoundEncoder, WordEncoder
from kgx.transfer.pretrain import Pretraining


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("checkpoint") / "model.safetensors"
    save_checkpoint(Ultra(dim=8, relation_layers=2, entity_layers=3), path)
    return path


def predicted(items: LinkedItems) -> int:
    return sum(len(link) for link in items.links if link.provenance == PREDICTED)


def test_what_is_filed_gains_links_and_what_asks_does_not(
    tiny_world: World, tiny_pretraining: Pretraining, checkpoint: Path
) -> None:
    options = TargetCompletionOptions(checkpoint=checkpoint, top=2, min_confidence=0)
    reference = tiny_pretraining.maker.reference
    completed = CompletedTarget.build(tiny_world.target, reference, options)
    assert completed.knowledge is reference.knowledge
    target = completed.target
    direction, plain = target.direction("text", "image"), tiny_world.target.direction("text", "image")
    assert direction.queries.ids == plain.queries.ids
    assert direction.gallery.ids == plain.gallery.ids
    np.testing.assert_array_equal(direction.relevant, plain.relevant)
    assert predicted(direction.queries) == 0
    assert predicted(direction.gallery) == 2 * len(direction.gallery)
    drawn, before = target.draw(8, 0), tiny_world.target.draw(8, 0)
    assert {modality: items.ids for modality, items in drawn.items()} == {
        modality: items.ids for modality, items in before.items()
    }
    assert all(predicted(items) == 2 * len(items) for items in drawn.values())


def test_concepts_gain_links_that_the_model_then_walks(
    tiny_world: World, tiny_pretraining: Pretraining, checkpoint: Path
) -> None:
    options = TargetCompletionOptions(
        checkpoint=checkpoint, relations=("livesIn",), concept_links=4000, min_confidence=0
    )
    completed = CompletedTarget.build(tiny_world.target, tiny_pretraining.maker.reference, options)
    assert completed.knowledge.graph.sources()[PREDICTED] == 4000
    transfer = tiny_pretraining.train(0)
    over = completed.over(transfer)
    assert over.maker.paths == transfer.maker.paths
    walked = {str(path) for path in over.maker.paths["text"]}
    assert "text -mentions-> concept -livesIn-> concept" in walked
    texts = tiny_world.target.items["text"]
    moved = np.abs(over.refine(texts) - transfer.refine(texts)).max(axis=1)
    assert (moved > 1e-4).any()


def rows(folder: Path) -> Mapping[tuple[str, str, int, int], dict[str, float]]:
    found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return {(row["direction"], row["method"], row["shots"], row["seed"]): row["metrics"] for row in found}


def test_the_row_stands_beside_ours(
    tiny_world: World,
    tiny_config: ExperimentConfig,
    checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for kind in (WordEncoder, SketchEncoder, SoundEncoder):
        monkeypatch.setitem(ENCODERS, kind.id, lambda threads=2, kind=kind: kind())
    monkeypatch.setattr(World, "build", lambda config: tiny_world)
    config = tiny_config.model_copy(update={"seeds": (0,), "samples": 2})
    run_experiment(config, tmp_path / "plain")
    run_experiment(completed_by(config, checkpoint), tmp_path / "completed")
    plain, both = rows(tmp_path / "plain"), rows(tmp_path / "completed")
    assert {key: value for key, value in both.items() if key[1] != COMPLETED} == plain
    ours = {(direction, *rest) for direction, method, *rest in plain if method == OURS}
    assert {(direction, *rest) for direction, method, *rest in both if method == COMPLETED} == ours
    intervals = json.loads((tmp_path / "completed" / "intervals.json").read_text(encoding="utf-8"))
    assert {record["shots"] for record in intervals if record["method"] == COMPLETED} == {0, 8}
    assert "| zero-shot | ours, links completed |" in capsys.readouterr().out


def test_options_of_the_configuration_stay(tiny_config: ExperimentConfig) -> None:
    assert completed_by(tiny_config, Path("a")).completion == TargetCompletionOptions(checkpoint=Path("a"))
    options = TargetCompletionOptions(checkpoint=Path("a"), top=7, min_confidence=0.5)
    own = tiny_config.model_copy(update={"completion": options})
    assert completed_by(own, Path("b")).completion == options.model_copy(update={"checkpoint": Path("b")})


def test_a_checkpoint_that_cannot_be_used_is_refused_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_checkpoint(Ultra(dim=8, text_dim=4), tmp_path / "reads-names")
    with pytest.raises(CheckpointError, match="without --text-encoder"):
        relation_model(TargetCompletionOptions(checkpoint=tmp_path / "reads-names"))
    config = Path("experiments/configs/openclipart_to_tuxpaint.yaml")
    arguments = [str(config), "--checkpoint", str(tmp_path / "absent"), "--out", str(tmp_path / "out")]
    assert main(arguments) == 1
    assert (
        capsys.readouterr().err
        == f"error: {tmp_path / 'absent'}: the checkpoint cannot be read (No such file or directory)\n"
    )
    assert not (tmp_path / "out").exists()
