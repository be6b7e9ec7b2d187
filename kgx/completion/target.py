"""A graph under a checkpoint: all that evaluation and completion need of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from graphs import read_graph
from graphs.completion.links import Links, Numbering
from graphs.completion.scorers import UltraScorer
from graphs.errors import EmptyGraphError
from graphs.gnn.ultra.checkpoint import Checkpoint, load_checkpoint
from graphs.gnn.ultra.model import Ultra, UltraGraph
from graphs.store import Store
from kgx.completion.texts import entity_texts, relation_texts
from kgx.encoders import Encoder, load_encoder
from kgx.errors import ConfigError, EncoderError

__all__ = ["Target", "chosen_device", "seen_graph", "text_encoder"]

TEXT_ENCODER, TEXT_ENCODER_ID = "text_encoder", "text_encoder_id"


@dataclass(frozen=True)
class Target:
    """A graph, further files of links that are numbered with it, and the model that answers.

    Attributes:
        store: the graph.
        numbering: of the graph and all files.
        links: what the graph says.
        files: what each file says.
        model: the networks.
        graph: the graph as the model sees it.
        scorer: answers queries.
    """

    store: Store
    numbering: Numbering
    links: Links
    files: tuple[Links, ...]
    model: Ultra
    graph: UltraGraph
    scorer: UltraScorer

    @classmethod
    def read(
        cls,
        graph: Path,
        checkpoint: Path,
        files: Sequence[Path] = (),
        *,
        device: str = "auto",
        threads: int = 2,
    ) -> Target:
        """Read a graph of any format, a checkpoint, and files of links.

        Entities that only a file names are candidates too, without anything known of them.

        Raises:
            GraphError: a file cannot be read; the graph has no link; the checkpoint is not one.
            KgxError: the device is not there, or the checkpoint's text encoder cannot be loaded.
        """
        place = chosen_device(device)
        loaded = load_checkpoint(checkpoint)
        store = read_graph(graph)
        if not store.num_triples:
            raise EmptyGraphError(
                f"{graph} holds no link between entities, and nothing can be learned from it"
            )
        numbering = Numbering()
        links = numbering.links(store)
        further = tuple(numbering.links(read_graph(file)) for file in files)
        encoder = text_encoder(loaded, threads)
        seen = seen_graph(store, numbering, links, encoder)
        scorer = UltraScorer(loaded.model, seen, place)
        return cls(store, numbering, links, further, loaded.model, scorer.graph, scorer)


def seen_graph(store: Store, numbering: Numbering, links: Links, encoder: Encoder | None) -> UltraGraph:
    """Return a graph as the model sees it, with vectors of names where there is an encoder for them."""
    edges = links.edges(numbering.num_entities, numbering.num_relations)
    if encoder is None:
        return UltraGraph.of(edges)
    texts = entity_texts(store, numbering, encoder), relation_texts(store, numbering, encoder)
    return UltraGraph.of(edges, *texts)


def text_encoder(checkpoint: Checkpoint, threads: int) -> Encoder | None:
    """Return the encoder whose vectors a checkpoint was trained with, or None where it was trained without.

    Raises:
        EncoderError: it cannot be loaded, or is not the one that it was.
    """
    if not checkpoint.model.text_dim:
        return None
    name, known = checkpoint.note.get(TEXT_ENCODER), checkpoint.note.get(TEXT_ENCODER_ID)
    if not isinstance(name, str):
        raise EncoderError("the checkpoint reads vectors of names, but does not say of which text encoder")
    encoder = load_encoder(name, threads=threads)
    if encoder.id != known:
        raise EncoderError(
            f"the checkpoint was trained with the text encoder {known}, but {name} is now {encoder.id}: "
            "install the version it was, or pretrain again"
        )
    return encoder


def chosen_device(name: str) -> torch.device:
    """Return a device by its name; ``auto`` is the GPU where there is one.

    Raises:
        ConfigError: there is no such device here.

    >>> chosen_device("cpu")
    device(type='cpu')
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f"no device {name!r} here: expected cpu, cuda, cuda:1, … or auto") from error
    return torch.device(name)
