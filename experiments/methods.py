"""The methods that are compared: each turns items into vectors of one space.

Graph-free baselines get what the graph method gets: the same encoders, the same source pairs, vectors centred by the
same means, and the same few target pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float32

from experiments.config import ExperimentConfig
from graphs.gnn.similarity import propagate_similarity
from graphs.neighbours import unit_rows
from kgx.items import LinkedItems, paired_rows
from kgx.transfer.centres import Centres
from kgx.transfer.feature import RidgeMap
from kgx.transfer.feature.mlp import ContrastiveMLP
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.reference import centred_rows

__all__ = ["BASELINES", "Baselines", "Embed", "KnownPairs"]

Embed = Callable[[LinkedItems], Float32[np.ndarray, "n dimension"]]
"""Turns items of any modality into comparable vectors; zeros for items that the method can say nothing of."""

BASELINES = ("random", "label-text", "ridge", "mlp", "similarity")

_LEAST_PAIRS = 5  # with fewer pairs of a modality no map to it is fitted


@dataclass(frozen=True)
class Baselines:
    """The methods without relations.

    Attributes:
        config: their options.
        pretraining: the source's items, tokens and validation split.
        centres: means of the target, from its unlabelled items.
    """

    config: ExperimentConfig
    pretraining: Pretraining
    centres: Centres

    def embed(self, method: str, pairs: Mapping[str, LinkedItems], seed: int) -> Embed | None:
        """Return a method, fitted on the source and on some target pairs; None where it has no use for pairs.

        Args:
            method: one of :data:`BASELINES`.
            pairs: the target's known pairs, by modality; empty for zero-shot.
            seed: of whatever is random.
        """
        if method == "random":
            return None if pairs else self._random(seed)
        if method == "label-text":
            return None if pairs else self._labels
        known = self._known(pairs)
        maps = {"ridge": self._ridge, "mlp": self._mlp, "similarity": self._similarity}[method](known, seed)

        def embed(items: LinkedItems) -> Float32[np.ndarray, "n dimension"]:
            if items.modality == "text":
                return self._texts(items)
            if items.modality not in maps:
                return np.zeros((len(items), self._width), dtype=np.float32)
            features = centred_rows(items.vectors, self.centres.vectors[items.modality])
            return unit_rows(np.asarray(maps[items.modality](features), dtype=np.float32))

        return embed

    @property
    def _source(self) -> Mapping[str, LinkedItems]:
        return self.pretraining.maker.reference.items

    @property
    def _width(self) -> int:
        return int(self._source["text"].vectors.shape[1])

    def _texts(self, items: LinkedItems) -> Float32[np.ndarray, "n dimension"]:
        return centred_rows(items.vectors, self.centres.vectors["text"])

    def _random(self, seed: int) -> Embed:
        def embed(items: LinkedItems) -> Float32[np.ndarray, "n dimension"]:
            rng = np.random.default_rng([seed, len(items), ord(items.modality[0])])
            return unit_rows(rng.standard_normal((len(items), 64)).astype(np.float32))

        return embed

    def _labels(self, items: LinkedItems) -> Float32[np.ndarray, "n dimension"]:
        """Return a picture's class labels, or a sound's transcript's concepts, as text vectors."""
        if items.modality == "text":
            return self._texts(items)
        reference = self.pretraining.maker.reference
        links = reference.link_matrices(items)
        relation = "depicts" if items.modality == "image" else "says"
        if relation not in links:
            return np.zeros((len(items), self._width), dtype=np.float32)
        labelled = links[relation] @ reference.knowledge.features
        return centred_rows(labelled, self._label_centre)

    @cached_property
    def _label_centre(self) -> Float32[np.ndarray, " dimension"]:
        images = self._source["image"]
        links = self.pretraining.maker.reference.link_matrices(images)["depicts"]
        means: np.ndarray = (links @ self.pretraining.maker.reference.knowledge.features).mean(0)
        return means.astype(np.float32)

    def _known(self, pairs: Mapping[str, LinkedItems]) -> dict[str, KnownPairs]:
        """Return the known pairs of texts and every other modality, the source's and then the target's."""
        known: dict[str, KnownPairs] = {}
        for modality in ("image", "audio"):
            parts = []
            for texts_by, centres, target in (
                (self._source, self.pretraining.centres, False),
                (pairs, self.centres, True),
            ):
                if "text" in texts_by and modality in texts_by:
                    parts.append(KnownPairs.of(texts_by["text"], texts_by[modality], centres, target=target))
            if parts and sum(len(part.features) for part in parts) >= _LEAST_PAIRS:
                known[modality] = KnownPairs.join(parts)
        return known

    def _ridge(
        self, known: Mapping[str, KnownPairs], seed: int
    ) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
        options = self.config.relation
        maps: dict[str, Callable[[np.ndarray], np.ndarray]] = {}
        for modality, pairs in known.items():
            often = np.where(pairs.target, options.pair_weight, 1)
            rows = np.repeat(np.arange(len(often)), often)
            maps[modality] = (
                RidgeMap(options.ridge_alpha).fit(pairs.features[rows], pairs.texts[rows]).transform
            )
        return maps

    def _mlp(
        self, known: Mapping[str, KnownPairs], seed: int
    ) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
        maps: dict[str, Callable[[np.ndarray], np.ndarray]] = {}
        for modality, pairs in known.items():
            own = ~pairs.target
            options = self.config.mlp
            if own.any():
                network = self._pretrained(modality, seed)
                if pairs.target.any():
                    network = network.adapt(
                        pairs.features[pairs.target],
                        pairs.texts[pairs.target],
                        pairs.kinds[pairs.target],
                        replace(options.adaptation, seed=seed),
                    )
            else:
                network = ContrastiveMLP(options.hidden, options.dropout).fit(
                    pairs.features,
                    pairs.texts,
                    entities=pairs.kinds,
                    options=replace(options.adaptation, seed=seed),
                )
            maps[modality] = network.transform
        return maps

    @cached_property
    def _networks(self) -> dict[tuple[str, int], ContrastiveMLP]:
        return {}

    def _pretrained(self, modality: str, seed: int) -> ContrastiveMLP:
        """Return the network trained on the source alone; the same validation part decides when to stop."""
        if (modality, seed) not in self._networks:
            pairs = KnownPairs.of(
                self._source["text"], self._source[modality], self.pretraining.centres, target=False
            )
            held_out = self.pretraining.pairs[modality].validation
            options = self.config.mlp
            validation = (pairs.features[held_out], pairs.texts[held_out], pairs.kinds[held_out])
            self._networks[modality, seed] = ContrastiveMLP(options.hidden, options.dropout).fit(
                pairs.features[~held_out],
                pairs.texts[~held_out],
                entities=pairs.kinds[~held_out],
                validation=validation if held_out.any() else None,
                options=replace(options.training, seed=seed),
            )
        return self._networks[modality, seed]

    def _similarity(
        self, known: Mapping[str, KnownPairs], seed: int
    ) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
        options = self.config.similarity

        def propagate(pairs: KnownPairs) -> Callable[[np.ndarray], np.ndarray]:
            return lambda features: propagate_similarity(
                features,
                pairs.features,
                pairs.texts,
                neighbours=options.neighbours,
                temperature=options.temperature,
            )

        return {modality: propagate(pairs) for modality, pairs in known.items()}


@dataclass(frozen=True)
class KnownPairs:
    """Known pairs of one modality and its texts, centred and at length 1."""

    features: Float32[np.ndarray, "p dimension"]
    texts: Float32[np.ndarray, "p width"]
    kinds: np.ndarray  # (p, 2): number of the thing and of the wording
    target: np.ndarray  # (p,): whether the pair is the target's

    @classmethod
    def of(cls, texts: LinkedItems, others: LinkedItems, centres: Centres, *, target: bool) -> KnownPairs:
        """Pair texts with the items that share their entity."""
        text_rows, other_rows = paired_rows(texts, others)
        entities = np.unique(np.array(texts.entities), return_inverse=True)[1]
        wordings = np.unique(np.array([text.casefold() for text in texts.captions]), return_inverse=True)[1]
        return cls(
            centred_rows(others.vectors, centres.vectors[others.modality])[other_rows],
            centred_rows(texts.vectors, centres.vectors["text"])[text_rows],
            np.stack([entities[text_rows], wordings[text_rows]], axis=1),
            np.full(len(text_rows), target),
        )

    @classmethod
    def join(cls, parts: list[KnownPairs]) -> KnownPairs:
        """Put pairs one behind the other."""
        return cls(
            np.concatenate([part.features for part in parts]),
            np.concatenate([part.texts for part in parts]),
            np.concatenate([part.kinds for part in parts]),
            np.concatenate([part.target for part in parts]),
        )
