"""From a query's parts, encoded and linked, to the one vector that items are compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float32

from kgx.errors import ConfigError
from kgx.fusion.vectors import weighted_sum
from kgx.items import LinkedItems
from kgx.ranking.request import QueryPart
from kgx.run_folder import OpenedRun
from kgx.transfer.centres import Centres
from kgx.transfer.live import LiveRefiner
from kgx.transfer.model_folder import OpenedModel

__all__ = ["QueryRefiner"]

Moved = Callable[[Float32[np.ndarray, " dimension"], str], Float32[np.ndarray, " dimension"]]
"""Moves a vector of a modality to where it is compared."""


class QueryRefiner:
    """Refines queries against a run's means.

    Args:
        run: the run.
        model: its model.
    """

    def __init__(self, run: OpenedRun, model: OpenedModel) -> None:
        self._run = run
        self._model = model
        self._live: dict[str, LiveRefiner] = {}

    def refine(self, query: LinkedItems) -> Float32[np.ndarray, " dimension"]:
        """Return the refined vector of one query, of length 1; zeros where it has none."""
        transfer, modality = self._model.transfer, query.modality
        if not LiveRefiner.serves(transfer):  # depends on the query throughout: there is no shorter way
            return np.asarray(transfer.refine(query, self.centres(modality), query=True)[0])
        if modality not in self._live:
            self._live[modality] = LiveRefiner(transfer, self.centres(modality), modality, self._model.tables)
        return np.asarray(self._live[modality].refine(query)[0])

    def together(
        self, parts: Sequence[QueryPart], queries: Sequence[LinkedItems], moved: Moved | None = None
    ) -> Float32[np.ndarray, " dimension"]:
        """Return the vector of all parts of a query: their refined vectors added up, each with its weight.

        Args:
            parts: what was asked; the weight of a single one changes nothing.
            queries: the same, encoded and linked.
            moved: moves the vector of each part before they are added up; they stay where they are where left out.

        Raises:
            ConfigError: a part has no vector, or they cancel each other out.
        """
        if len(queries) == 1:
            vector = self.refine(queries[0])
            if not vector.any():
                raise ConfigError("the query has no vector: nothing can be compared with it")
            return vector if moved is None else moved(vector, queries[0].modality)
        vectors: dict[str, np.ndarray] = {}
        for place, query in enumerate(queries):
            vectors[str(place)] = self.refine(query)[None]
            if not vectors[str(place)].any():
                raise ConfigError(
                    f"the query's {query.modality} has no vector: nothing can be compared with it"
                )
            if moved is not None:
                vectors[str(place)] = moved(vectors[str(place)][0], query.modality)[None]
        weights = {str(place): part.weight for place, part in enumerate(parts)}
        mixed: np.ndarray = weighted_sum(vectors, weights)[0].astype(np.float32, copy=False)
        if not mixed.any():
            raise ConfigError("the query's parts cancel each other out: give them other weights")
        return mixed

    def centres(self, modality: str) -> Centres:
        """Return the run's means; what neither the run nor the model's source had items of has none."""
        centres = self._run.centres
        if modality in centres.vectors:
            return centres
        nothing = np.zeros(self._model.transfer.refiner.spaces[modality], dtype=np.float32)
        return Centres({**centres.vectors, modality: nothing}, centres.paths)
