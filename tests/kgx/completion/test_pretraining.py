"""Pretraining: it learns, goes on where it was, starts from checkpoints, and shares work between processes."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from graphs.errors import GraphError
from graphs.gnn.ultra import Ultra
from graphs.gnn.ultra.checkpoint import load_checkpoint, save_checkpoint
from kgx.completion import pretraining
from kgx.completion.pretraining import PretrainOptions, pretrain
from kgx.completion.target import Target
from kgx.completion.task import CompletionOptions
from kgx.errors import ConfigError, ModelError
from kgx.train import TrainingOptions

SHORT = PretrainOptions(
    training=TrainingOptions(epochs=2, learning_rate=5e-3, seed=1),
    completion=CompletionOptions(batch_size=8, negatives=4),
)


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """A small untrained model: fewer layers than the published ones, and quick."""
    torch.manual_seed(5)
    save_checkpoint(Ultra(dim=8, relation_layers=2, entity_layers=2), tmp_path / "start")
    return tmp_path / "start"


def weights(path: Path) -> dict[str, torch.Tensor]:
    return dict(load_checkpoint(path).model.state_dict())


def same(one: Path, other: Path) -> bool:
    return all(torch.equal(value, weights(other)[name]) for name, value in weights(one).items())


def test_it_learns_and_keeps_back_what_it_scores_by(families: Path, start: Path, tmp_path: Path) -> None:
    longer = replace(SHORT, training=replace(SHORT.training, epochs=12, patience=12), validation_share=0.2)
    done = pretrain([families], tmp_path / "out", longer, start=start)
    assert done.links == (20,)
    assert done.curve.loss[-1] < done.curve.loss[0]
    assert max(done.curve.score) > done.curve.score[0]
    assert not (tmp_path / "out.resume").exists()
    assert load_checkpoint(tmp_path / "out").note["training"]["epochs"] == 12


def test_interrupted_it_goes_on_and_ends_the_same(
    families: Path, start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretrain([families], tmp_path / "whole", SHORT, start=start)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pretraining, "save_checkpoint", stop)
        with pytest.raises(KeyboardInterrupt):
            pretrain([families], tmp_path / "again", SHORT, start=start)
    assert (tmp_path / "again.resume").exists()
    with pytest.raises(ModelError, match="other options or graphs"):
        pretrain([families, families], tmp_path / "again", SHORT, start=start)
    pretrain([families], tmp_path / "again", SHORT, start=start)
    assert same(tmp_path / "whole", tmp_path / "again")
    assert not (tmp_path / "again.resume").exists()


def test_two_processes_share_the_work(families: Path, start: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29517"}
    command = [sys.executable, "-m", "kgx", "kg", "pretrain", families, "--out", tmp_path / "out"]
    command += ["--from", start, "--epochs", 2, "--batch-size", 4, "--negatives", 4, "--device", "cpu"]
    processes = [
        subprocess.Popen(
            [str(part) for part in command],
            env={**environment, "WORLD_SIZE": "2", "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert "epoch 2" in outputs[0][0]
    assert outputs[1][0] == ""
    assert not same(tmp_path / "out", start)


def test_fine_tuning_without_a_rate_changes_nothing(families: Path, start: Path, tmp_path: Path) -> None:
    still = replace(SHORT, training=TrainingOptions(epochs=1, learning_rate=1e-12, weight_decay=0.0))
    pretrain([families], tmp_path / "out", still, start=start)
    for name, value in weights(start).items():
        torch.testing.assert_close(weights(tmp_path / "out")[name], value, atol=1e-6, rtol=1e-5)


def test_names_are_read_where_an_encoder_is_given(families: Path, start: Path, tmp_path: Path) -> None:
    done = pretrain([families], tmp_path / "out", replace(SHORT, text_encoder="tiny:text"), start=start)
    loaded = load_checkpoint(done.out)
    assert loaded.model.text_dim > 0
    assert loaded.note["text_encoder"] == "tiny:text"
    target = Target.read(families, done.out)
    assert target.graph.entity_texts is not None
    assert target.graph.relation_texts is not None
    assert target.graph.relation_texts.shape == (2 * target.numbering.num_relations, loaded.model.text_dim)
    pretrain([families], tmp_path / "tuned", SHORT, start=done.out)
    with pytest.raises(ConfigError, match="cannot be exchanged"):
        pretrain([families], tmp_path / "other", replace(SHORT, text_encoder="tiny:image"), start=done.out)


def test_impossible_options_are_refused(families: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="validation share"):
        pretrain([families], tmp_path / "out", replace(SHORT, validation_share=0.9))
    with pytest.raises(ConfigError, match="no device"):
        pretrain([families], tmp_path / "out", SHORT, device="abacus")
    with pytest.raises(GraphError, match=r"nothing\.tsv"):
        pretrain([tmp_path / "nothing.tsv"], tmp_path / "out", SHORT)
