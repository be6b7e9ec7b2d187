"""VisualLinker: the concepts that a picture depicts, as an image classifier sees it.

The classes of an ImageNet classifier are WordNet 3.0 synsets (Russakovsky et al., "ImageNet Large Scale
Visual Recognition Challenge", IJCV 2015, arXiv 1409.0575): class "n02124075" is the noun synset at offset
02124075.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

import numpy as np
from jaxtyping import Float

from graphs.errors import UnknownTermError
from graphs.graph import KnowledgeGraph
from graphs.vocabulary import WN30
from kgx.errors import ConfigError
from kgx.linking.base import DEPICTS, Links

__all__ = ["VisualLinker", "class_iri", "imagenet_synsets"]

_OFFSET_DIGITS = 8
_BATCH = 4_096  # rows of scores that are sorted at a time


def imagenet_synsets() -> tuple[str, ...]:
    """Return the WordNet ids of the 1,000 ImageNet classes, in the order of the classifiers' outputs.

    >>> synsets = imagenet_synsets()
    >>> len(synsets), synsets[0]
    (1000, 'n01440764')
    """
    text = files("kgx.linking").joinpath("imagenet1k_synsets.txt").read_text(encoding="ascii")
    return tuple(text.split())


def class_iri(name: str) -> str:
    """Return the IRI of a class: that of the synset for a WordNet id, the name itself where it is an IRI.

    Raises:
        ConfigError: it is neither.

    >>> class_iri("n02124075")
    'http://wordnet-rdf.princeton.edu/wn30/02124075-n'
    """
    letter, offset = name[:1], name[1:]
    if letter in "nvar" and len(offset) == _OFFSET_DIGITS and offset.isascii() and offset.isdigit():
        return f"{WN30}{offset}-{letter}"
    if ":" in name:
        return name
    raise ConfigError(f"class {name!r} is neither a WordNet id such as 'n02124075' nor an IRI")


class VisualLinker:
    """Links pictures to the concepts of a classifier's likeliest classes.

    Args:
        kg: the graph to link to.
        class_synsets: concept of each class, as a WordNet id or an IRI; ImageNet's 1,000 where left out.
            Classes that the graph does not hold are left out; `missing` counts them.
        top_k: classes that count for a picture.
        temperature: probabilities are raised to ``1 / temperature``; above 1 the weaker classes gain.
        min_weight: lighter links are dropped, unless they are a picture's best.
        relation, provenance: of the links.

    Raises:
        UnknownTermError: the graph holds none of the classes.
        ConfigError: an option has an impossible value.

    >>> kg = KnowledgeGraph.from_triples([("ex:cat", "ex:isA", "ex:pet"), ("ex:dog", "ex:isA", "ex:pet")])
    >>> linker = VisualLinker(kg, ["ex:dog", "ex:yeti", "ex:cat"], top_k=2)
    >>> links = linker.link(np.array([[.6, .2, .2]]))
    >>> kg.entity_iris(links.concepts), links.weights.round(2).tolist(), linker.missing
    (['ex:cat', 'ex:dog'], [0.25, 0.75], 1)
    """

    def __init__(
        self,
        kg: KnowledgeGraph,
        class_synsets: Sequence[str] | None = None,
        *,
        top_k: int = 10,
        temperature: float = 1.0,
        min_weight: float = 0.01,
        relation: str = DEPICTS,
        provenance: str = "classifier",
    ) -> None:
        if top_k < 1:
            raise ConfigError(f"top_k must be at least 1, got {top_k}")
        if not 0 < temperature < np.inf:
            raise ConfigError(f"temperature must be above 0 and finite, got {temperature}")
        if not 0 <= min_weight < 1:
            raise ConfigError(f"min_weight must be at least 0 and below 1, got {min_weight}")
        classes = imagenet_synsets() if class_synsets is None else class_synsets
        self._concepts = kg.entity_ids([class_iri(name) for name in classes])
        self._known = np.flatnonzero(self._concepts >= 0)
        self.missing = len(classes) - len(self._known)
        """Number of classes that the graph does not hold."""
        if not len(self._known):
            first = ", ".join(classes[:3]) or "no class at all"
            raise UnknownTermError(
                f"the graph holds none of the classifier's {len(classes)} classes ({first}, …); "
                "read a graph with their synsets into it (WordNet 3.0 for ImageNet)"
            )
        self._top_k = top_k
        self._temperature = temperature
        self._min_weight = min_weight
        self._relation = relation
        self._provenance = provenance

    def link(self, probabilities: Float[np.ndarray, "n classes"]) -> Links:
        """Link every picture to the concepts of its likeliest classes.

        Args:
            probabilities: of each class for each picture, at least 0. A row of zeros (a picture that could
                not be read) gets no link.

        Returns:
            Links sorted by picture and concept; the weights of a picture sum to 1.

        Raises:
            ConfigError: the columns are not the classes, or a value is negative or not finite.
        """
        if probabilities.ndim != 2 or probabilities.shape[1] != len(self._concepts):
            raise ConfigError(
                f"class probabilities: expected {len(self._concepts)} columns, got {probabilities.shape}"
            )
        if not (np.isfinite(probabilities).all() and (probabilities >= 0).all()):
            raise ConfigError(
                "class probabilities: expected finite values of at least 0; apply the softmax first"
            )
        top_k = min(self._top_k, len(self._known))
        items, concepts, weights = [], [], []
        for start in range(0, len(probabilities), _BATCH):
            known = probabilities[start : start + _BATCH, self._known].astype(np.float64)
            best = np.argsort(-known, axis=1, kind="stable")[:, :top_k]  # (batch, top_k)
            chosen = np.take_along_axis(known, best, axis=1)
            powers = (chosen / np.maximum(chosen[:, :1], np.finfo(np.float64).tiny)) ** (
                1 / self._temperature
            )
            shares = powers / np.maximum(powers.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
            shares[:, 1:][shares[:, 1:] < self._min_weight] = 0
            rows = np.arange(start, start + len(known), dtype=np.int64)
            items.append(np.repeat(rows, top_k))
            concepts.append(self._concepts[self._known[best]].ravel())
            weights.append(shares.ravel())
        if not items:
            nothing = np.zeros(0, dtype=np.int64)
            return Links(self._relation, nothing, nothing, nothing.astype(np.float32), self._provenance)
        return Links.collect(
            self._relation,
            np.concatenate(items),
            np.concatenate(concepts),
            np.concatenate(weights),
            provenance=self._provenance,
        )
