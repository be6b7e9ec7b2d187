"""Pretraining of a relation model on one or several graphs, from nothing or from a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graphs import read_graph
from graphs.completion.links import Links, Numbering
from graphs.errors import EmptyGraphError
from graphs.gnn.ultra.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from graphs.gnn.ultra.model import Ultra
from kgx.completion.target import TEXT_ENCODER, TEXT_ENCODER_ID, chosen_device, seen_graph, text_encoder
from kgx.completion.task import CompletionOptions, CompletionTask, TrainingGraph
from kgx.encoders import Encoder, load_encoder
from kgx.errors import ConfigError
from kgx.train import Curve, TrainingOptions, fit
from kgx.train.parallel import is_first, joined

__all__ = ["PretrainOptions", "Pretrained", "pretrain"]


@dataclass(frozen=True, slots=True)
class PretrainOptions:
    """All that decides what comes out, the graphs aside.

    Attributes:
        training: how long and how fast.
        completion: how links are asked for.
        validation_share: share of each graph's links that is kept back to score by, from 0 up to 0.5.
        text_encoder: name of an encoder of texts whose vectors of names the model reads too; None for none.
    """

    training: TrainingOptions = field(default_factory=TrainingOptions)
    completion: CompletionOptions = field(default_factory=CompletionOptions)
    validation_share: float = 0.0
    text_encoder: str | None = None


@dataclass(frozen=True, slots=True)
class Pretrained:
    """What pretraining did.

    Attributes:
        out: the checkpoint.
        links: how many links each graph gave to learn from.
        parameters: of the model.
        curve: loss and validation score of every epoch.
    """

    out: Path
    links: tuple[int, ...]
    parameters: int
    curve: Curve

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**asdict(self), "out": str(self.out)}


def pretrain(
    graphs: Sequence[Path],
    out: Path,
    options: PretrainOptions | None = None,
    *,
    start: Path | None = None,
    device: str = "auto",
    threads: int = 2,
) -> Pretrained:
    """Train a relation model on graphs and write its checkpoint.

    After every epoch all that is needed to go on is kept in ``OUT.resume``; started again with the same graphs and
    options, training goes on from there, and ends with the weights it would have had. Under ``torchrun`` every process
    takes its share of the batches.

    Args:
        graphs: of any format; larger ones are trained on more often.
        out: the checkpoint, as safetensors.
        options: how.
        start: a checkpoint to start from; left out, random weights.
        device: ``cpu``, ``cuda``, … or ``auto``.
        threads: for the text encoder.

    Raises:
        GraphError: a graph cannot be read or has no links, or the checkpoint to start from is none.
        KgxError: an option is impossible, or ``OUT.resume`` is damaged or another training's.
    """
    options = options or PretrainOptions()
    if not 0.0 <= options.validation_share <= 0.5:
        raise ConfigError(f"expected a validation share from 0 to 0.5, got {options.validation_share}")
    place = chosen_device(device)
    with joined() as share:
        torch.manual_seed(options.training.seed)
        checkpoint, encoder = _model(start, options.text_encoder, threads)
        seen = [_training_graph(path, options, encoder, place) for path in graphs]
        task = CompletionTask(checkpoint.model.to(place), seen, replace(options.completion, share=share))
        identity = {
            "completion": asdict(replace(options.completion, share=(0, share[1]))),
            "validation_share": options.validation_share,
            "graphs": [_digest(graph.links) for graph in seen],
            "start": None if start is None else sha256(start.read_bytes()).hexdigest(),
        }
        resume = out.with_name(f"{out.name}.resume")
        curve = fit(task, options.training, description="pretrain", snapshot=resume, identity=identity)
        if is_first():
            note = {**checkpoint.note, "training": asdict(options.training), **identity}
            save_checkpoint(checkpoint.model, out, note)
            resume.unlink(missing_ok=True)
    parameters = sum(parameter.numel() for parameter in checkpoint.model.parameters())
    return Pretrained(out, tuple(len(graph.links) for graph in seen), parameters, curve)


def _model(start: Path | None, encoder_name: str | None, threads: int) -> tuple[Checkpoint, Encoder | None]:
    """Return the model to train, and the encoder of the vectors that it reads.

    A model that starts from a checkpoint without them learns to read them from zero: at first, it scores the same.
    """
    loaded = Checkpoint(Ultra()) if start is None else load_checkpoint(start)
    if loaded.model.text_dim:
        encoder = text_encoder(loaded, threads)
        if encoder_name not in (None, loaded.note[TEXT_ENCODER]):
            raise ConfigError(
                f"{start} reads vectors of {loaded.note[TEXT_ENCODER]}: they cannot be exchanged for {encoder_name}'s"
            )
        return loaded, encoder
    if encoder_name is None:
        return loaded, None
    encoder = load_encoder(encoder_name, threads=threads)
    note = {**loaded.note, TEXT_ENCODER: encoder_name, TEXT_ENCODER_ID: encoder.id}
    return Checkpoint(loaded.model.with_texts(encoder.dimension), note), encoder


def _training_graph(
    path: Path, options: PretrainOptions, encoder: Encoder | None, device: torch.device
) -> TrainingGraph:
    store, numbering = read_graph(path), Numbering()
    links = numbering.links(store)
    if not len(links):
        raise EmptyGraphError(f"{path} holds no link between entities, and nothing can be learned from it")
    order = np.random.default_rng(options.training.seed).permutation(len(links))
    held_out = np.zeros(len(links), np.bool_)
    held_out[order[: int(options.validation_share * len(links))]] = True
    rows = links.rows()
    kept = Links.of(rows[~held_out])
    graph = seen_graph(store, numbering, kept, encoder).to(device)
    return TrainingGraph(kept, graph, Links.of(rows[held_out]))


def _digest(links: Links) -> str:
    return sha256(links.rows().tobytes()).hexdigest()[:16]
