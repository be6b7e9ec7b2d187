"""Search a run by words, a picture, a sound or several of them together, and explain what was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from kgx.attach import Attacher
from kgx.collection import MODALITIES
from kgx.concept_table import HitConcept
from kgx.encoders.base import Encoder
from kgx.errors import ConfigError
from kgx.fusion.vectors import checked_weights, weighted_sum
from kgx.index.coded import CodedVectors
from kgx.items import LinkedItems
from kgx.model_encoders import ModelEncoders
from kgx.run_folder import OpenedRun, open_run
from kgx.threads import single_threaded
from kgx.transfer.centres import Centres
from kgx.transfer.live import LiveRefiner
from kgx.transfer.model_folder import OpenedModel, open_model

__all__ = ["ANY", "Hit", "HitConcept", "Searcher"]

ANY = "any"
"""Stands for items of all modalities."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One item that was found.

    Attributes:
        rank: from 1.
        score: cosine with the query.
        id, modality: the item's.
        caption: what is shown of it.
        file: path of its file; empty for a text.
        concepts: what it is linked to; those that it shares with the query come first.
    """

    rank: int
    score: float
    id: str
    modality: str
    caption: str
    file: str
    concepts: tuple[HitConcept, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON would have it."""
        return {**asdict(self), "concepts": [concept._asdict() for concept in self.concepts]}


@dataclass(frozen=True)
class Searcher:
    """An opened run with its model: takes queries.

    Attributes:
        run: the run.
        model: its model.
        encoders: modality -> encoder; loaded when first needed.
    """

    run: OpenedRun
    model: OpenedModel
    encoders: Mapping[str, Encoder]
    _galleries: dict[str, CodedVectors] = field(default_factory=dict, init=False, repr=False)
    _refiners: dict[str, LiveRefiner] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def open(cls, run: str | Path, *, model: str | Path | None = None, threads: int = 2) -> Searcher:
        """Open a run for searching.

        Args:
            run: the run's folder.
            model: folder of its model, where that is no longer where it was.
            threads: threads for the encoders.

        Raises:
            IndexFolderError: the run is missing, damaged, of another version, or does not fit its model.
            ModelError: its model is missing, damaged, or of another version.
        """
        opened = open_run(run, model=model)
        found = open_model(opened.model)
        return cls(opened, found, ModelEncoders(found.encoders, found.encoder_ids, threads=threads))

    def search(
        self,
        text: str | None = None,
        *,
        image: str | Path | None = None,
        audio: str | Path | None = None,
        weights: Mapping[str, float] | None = None,
        to: str = ANY,
        k: int = 10,
    ) -> list[Hit]:
        """Return the items nearest to a query, best first.

        The query is encoded, linked to concepts and attached to the model's graph as it stands; nothing is rebuilt.
        Several queries are one mixed query: their refined vectors are added, each with its weight.

        Args:
            text: words.
            image: a picture file.
            audio: a sound file.
            weights: modality -> weight of that part of a mixed query, negative for "not"; all alike where left out.
            to: modality of what is sought, or ``any``.
            k: number of hits, at most.

        Raises:
            ConfigError: no query, weights that do not fit it, or an impossible ``to`` or ``k``.
            EncoderError: the query cannot be encoded; says why.
            KgxError: the run has no items of that modality.
        """
        given = {"text": text, "image": image, "audio": audio}
        asked = {modality: value for modality, value in given.items() if value is not None}
        if not asked:
            raise ConfigError("expected one query (a text, a picture or a sound), got 0")
        if to not in (*MODALITIES, ANY):
            raise ConfigError(
                f"unknown modality {to!r} to search for; choose {', '.join(MODALITIES)} or {ANY}"
            )
        if k < 1:
            raise ConfigError(f"expected k of at least 1, got {k}")
        weighed = _query_weights(asked, weights)
        queries = {
            modality: self.attacher.query(str(value) if modality == "text" else Path(value), modality)
            for modality, value in asked.items()
        }
        if len(queries) == 1:
            return self.find(next(iter(queries.values())), to=to, k=k)
        return self._find_mixed(queries, weighed, to=to, k=k)

    def find(self, query: LinkedItems, *, to: str = ANY, k: int = 10) -> list[Hit]:
        """Return the items nearest to a query that is encoded and linked already; see :meth:`search`."""
        with single_threaded():
            vector = self._refined(query)
            if not vector.any():
                raise ConfigError("the query has no vector: nothing can be compared with it")
            return self._nearest(vector, _concepts([query]), to, k)

    def _find_mixed(
        self, queries: Mapping[str, LinkedItems], weights: Mapping[str, float], *, to: str, k: int
    ) -> list[Hit]:
        """Return the items nearest to several queries together; what they share with a "not" explains nothing."""
        with single_threaded():
            parts = {modality: self._refined(query)[None] for modality, query in queries.items()}
            for modality, part in parts.items():
                if not part.any():
                    raise ConfigError(
                        f"the query's {modality} has no vector: nothing can be compared with it"
                    )
            vector = weighted_sum(parts, weights)[0].astype(np.float32, copy=False)
            if not vector.any():
                raise ConfigError("the query's parts cancel each other out: give them other weights")
            wanted = [query for modality, query in queries.items() if weights[modality] > 0]
            return self._nearest(vector, _concepts(wanted), to, k)

    def _nearest(
        self, vector: Float32[np.ndarray, " dimension"], meant: AbstractSet[int], to: str, k: int
    ) -> list[Hit]:
        first, _ = self.run.index.range_of(None if to == ANY else to)
        rows, scores = self._gallery(to).nearest(vector, k)
        return [
            self._hit(rank, first + row, score, meant)
            for rank, (row, score) in enumerate(zip(rows.tolist(), scores.tolist(), strict=True), start=1)
        ]

    def _gallery(self, to: str) -> CodedVectors:
        """Return the vectors of what is sought, coded when they are first asked for."""
        if to not in self._galleries:
            first, last = self.run.index.range_of(None if to == ANY else to)
            self._galleries[to] = CodedVectors(self.run.index.vectors[first:last])
        return self._galleries[to]

    @cached_property
    def attacher(self) -> Attacher:
        """Encodes and links queries."""
        return Attacher(self.model.transfer.maker.reference.knowledge, self.encoders)

    def _refined(self, query: LinkedItems) -> Float32[np.ndarray, " dimension"]:
        transfer, modality = self.model.transfer, query.modality
        if transfer.refiner.residual:  # depends on the query throughout: there is no shorter way
            return np.asarray(transfer.refine(query, self._centres(modality), query=True)[0])
        if modality not in self._refiners:
            self._refiners[modality] = LiveRefiner(
                transfer, self._centres(modality), modality, self.model.tables
            )
        return np.asarray(self._refiners[modality].refine(query)[0])

    def _centres(self, modality: str) -> Centres:
        """Return the run's means; what neither the run nor the model's source had items of has none."""
        centres = self.run.centres
        if modality in centres.vectors:
            return centres
        nothing = np.zeros(self.model.transfer.refiner.spaces[modality], dtype=np.float32)
        return Centres({**centres.vectors, modality: nothing}, centres.paths)

    @cached_property
    def _root(self) -> str:
        return str(self.run.root)

    def _hit(self, rank: int, row: int, score: float, meant: AbstractSet[int]) -> Hit:
        items = self.run.items
        media = items.media[row]
        return Hit(
            rank,
            score,
            items.id[row],
            items.modality[row],
            items.caption[row],
            f"{self._root}/{media}" if media else "",
            self.run.concepts.rows[row].explain(
                meant, self.model.transfer.maker.reference.knowledge.graph.label
            ),
        )


def _concepts(queries: Iterable[LinkedItems]) -> set[int]:
    return {concept for query in queries for link in query.links for concept in link.concepts.tolist()}


def _query_weights(asked: Mapping[str, object], weights: Mapping[str, float] | None) -> dict[str, float]:
    """Return the weight of every part of a query.

    Raises:
        ConfigError: weights of other parts, one that is not finite, or none above 0.
    """
    try:
        weighed = checked_weights(asked, weights)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    if not max(weighed.values()) > 0:
        raise ConfigError(f"expected a weight above 0: something has to be looked for, got {weighed}")
    return weighed
