"""The methods that are compared: each turns items into vectors of one space.

Graph-free baselines get what the graph method gets: the same encoders, the same source pairs, vectors centred by the
same means, and the same few target pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float32

from experiments.config import ExperimentConfig
from experiments.feature_family import AlignedRidge, fit_feature_map
from experiments.fused_methods import fit_fusion, fused_rankings, fused_texts
from experiments.known_pairs import KnownPairs
from experiments.method_names import BASELINES, FAMILY, FUSED, FUSED_PARTS, UNPAIRED
from experiments.pair_networks import Maps, PairNetworks
from experiments.protocol import Direction
from graphs.gnn.similarity import propagate_similarity
from graphs.neighbours import unit_rows
from kgx.fusion import RANKING_FUSIONS, Fusion
from kgx.items import LinkedItems
from kgx.linking.base import DEPICTS, SAYS
from kgx.transfer.centres import Centres
from kgx.transfer.feature import ContrastiveMLP, CoralMap, FeatureMap, RegressionMLP, RidgeMap
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.reference import centred_rows

__all__ = ["BASELINES", "Baselines", "Embed", "KnownPairs", "Scorer"]

Embed = Callable[[LinkedItems], Float32[np.ndarray, "n dimension"]]
"""Turns items of any modality into comparable vectors; zeros for items that the method can say nothing of."""

Scorer = Callable[[Direction], Float32[np.ndarray, "queries gallery"]]
"""Scores the gallery of a direction for each of its queries."""

_LEAST_PAIRS = 5  # with fewer pairs of a modality no map to it is fitted


@dataclass(frozen=True)
class Baselines:
    """The methods without relations.

    Attributes:
        config: their options.
        pretraining: the source's items, tokens and validation split.
        centres: means of the target, from its unlabelled items.
        unlabelled: modality -> these items.
    """

    config: ExperimentConfig
    pretraining: Pretraining
    centres: Centres
    unlabelled: Mapping[str, LinkedItems] = field(default_factory=dict)

    def scorer(self, method: str, pairs: Mapping[str, LinkedItems], seed: int) -> Scorer | None:
        """Return what scores the gallery of a direction for each of its queries; None as for :meth:`embed`."""
        if method.removeprefix("fused-") in RANKING_FUSIONS:
            parts = [self.scorer(part, pairs if part not in UNPAIRED else {}, seed) for part in FUSED_PARTS]
            fuse = RANKING_FUSIONS[method.removeprefix("fused-")]
            named = {name: part for name, part in zip(FUSED_PARTS, parts, strict=True) if part is not None}
            return lambda direction: fused_rankings(
                fuse, {name: part(direction) for name, part in named.items()}
            )
        embed = self.embed(method, pairs, seed)
        if embed is None:
            return None
        return lambda direction: embed(direction.queries) @ embed(direction.gallery).T

    def embed(self, method: str, pairs: Mapping[str, LinkedItems], seed: int) -> Embed | None:
        """Return a method, fitted on the source and on some target pairs; None where it has no use for pairs.

        Args:
            method: one of :data:`experiments.method_names.GRAPH_FREE` that makes vectors.
            pairs: the target's known pairs, by modality; empty for zero-shot.
            seed: of whatever is random.
        """
        if method == "random":
            return None if pairs else self._random(seed)
        if method == "label-text":
            return None if pairs else self._labels
        known = self._known(pairs)
        if method in FUSED:
            return self._fused(method, known, seed)
        if method in FAMILY and method != "mlp-regression":
            return self._mapped(method, known["image"], seed)
        makers = {
            "ridge": self._ridge,
            "mlp": self._mlp,
            "mlp-regression": self._mlp_regression,
            "similarity": self._similarity,
        }
        maps = makers[method](known, seed)

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
        relation = DEPICTS if items.modality == "image" else SAYS
        if relation not in links:
            return np.zeros((len(items), self._width), dtype=np.float32)
        labelled = links[relation] @ reference.knowledge.features
        return centred_rows(labelled, self._label_centre)

    @cached_property
    def _label_centre(self) -> Float32[np.ndarray, " dimension"]:
        images = self._source["image"]
        links = self.pretraining.maker.reference.link_matrices(images)[DEPICTS]
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

    def _ridge(self, known: Mapping[str, KnownPairs], seed: int) -> Maps:
        options = self.config.relation
        maps: Maps = {}
        for modality, pairs in known.items():
            often = pairs.repeated(options.pair_weight)
            maps[modality] = RidgeMap(options.ridge_alpha).fit(often.features, often.texts).transform
        return maps

    def _mapped(self, method: str, known: KnownPairs, seed: int) -> Embed:
        """Return one of the family, between texts and pictures."""
        fitted = self._family_map(method, known, seed)

        def embed(items: LinkedItems) -> Float32[np.ndarray, "n dimension"]:
            if items.modality == "text":
                mapped = fitted.transform_target(self._texts(items))
            else:
                mapped = fitted.transform(centred_rows(items.vectors, self.centres.vectors[items.modality]))
            return unit_rows(np.asarray(mapped, dtype=np.float32))

        return embed

    def _family_map(self, method: str, known: KnownPairs, seed: int) -> FeatureMap | AlignedRidge:
        return fit_feature_map(
            method,
            known.repeated(self.config.relation.pair_weight),
            self.config.feature_maps.get(method, {}),
            alpha=self.config.relation.ridge_alpha,
            align=self._alignment if method == "coral" else None,
            training=replace(self.config.vae, seed=seed),
        )

    @cached_property
    def _alignment(self) -> CoralMap | None:
        """Return what brings the target's pictures to the source's, by no label; None where none is known."""
        if "image" not in self.unlabelled:
            return None
        pictures = centred_rows(self.unlabelled["image"].vectors, self.centres.vectors["image"])
        return CoralMap(**self.config.feature_maps.get("coral", {})).fit(
            pictures, self._source_pairs("image")[0].features
        )

    def _fused(self, method: str, known: Mapping[str, KnownPairs], seed: int) -> Embed:
        """Return a fusion of the ridge map's vector of a picture with its class labels'."""
        fusion = self._fusion(method, seed)
        mapped = self._ridge({"image": known["image"]}, seed)["image"]

        def embed(items: LinkedItems) -> Float32[np.ndarray, "n dimension"]:
            if items.modality == "text":
                return fused_texts(fusion, self._texts(items))
            features = centred_rows(items.vectors, self.centres.vectors["image"])
            return fusion.fuse({"ridge": mapped(features), "label-text": self._labels(items)})

        return embed

    @cached_property
    def _fusions(self) -> dict[tuple[str, int], Fusion]:
        return {}

    def _fusion(self, method: str, seed: int) -> Fusion:
        """Return a fusion that was learned on the source's held-out pairs, which its ridge map does not know."""
        if (method, seed) not in self._fusions:
            pairs, held_out = self._source_pairs("image")
            mapped = self._ridge({"image": pairs.select(~held_out)}, seed)["image"]
            labels = self._labels(self._source["image"])[self.pretraining.pairs["image"].other_rows[held_out]]
            parts = {"ridge": mapped(pairs.features[held_out]), "label-text": labels}
            self._fusions[method, seed] = fit_fusion(
                method.removeprefix("fused-"),
                parts,
                pairs.select(held_out),
                self.config.fusion_weights,
                seed,
            )
        return self._fusions[method, seed]

    def _mlp(self, known: Mapping[str, KnownPairs], seed: int) -> Maps:
        return self._contrastive.fitted(known, seed)

    def _mlp_regression(self, known: Mapping[str, KnownPairs], seed: int) -> Maps:
        return self._regression.fitted(known, seed)

    @cached_property
    def _contrastive(self) -> PairNetworks:
        return PairNetworks(ContrastiveMLP, self.config.mlp, self._source_pairs)

    @cached_property
    def _regression(self) -> PairNetworks:
        return PairNetworks(RegressionMLP, self.config.mlp, self._source_pairs)

    def _source_pairs(self, modality: str) -> tuple[KnownPairs, Bool[np.ndarray, " p"]]:
        """Return the source's pairs, and which of them are kept from training."""
        pairs = KnownPairs.of(
            self._source["text"], self._source[modality], self.pretraining.centres, target=False
        )
        return pairs, self.pretraining.pairs[modality].validation

    def _similarity(self, known: Mapping[str, KnownPairs], seed: int) -> Maps:
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
