"""What the encoders alone would have said: no graph, no refiner, at most a linear map between two spaces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from graphs.neighbours import unit_rows
from kgx.explain.parts import Plain
from kgx.items import LinkedItems
from kgx.run_folder import OpenedRun
from kgx.transfer.reference import centred_rows
from kgx.transfer.relation import RelationTransfer

__all__ = ["PlainComparison"]

_TEXT = "text"


class PlainComparison:
    """Compares queries and a run's items by their encoders' vectors.

    A query and an item of one modality are compared as they were encoded. Others are compared in the space of texts,
    where pictures and sounds are brought by the model's ridge map, each less its collection's mean (the baseline
    ``ridge``); where there is no such map, not at all.

    Args:
        run: the run.
        transfer: its model.
    """

    def __init__(self, run: OpenedRun, transfer: RelationTransfer) -> None:
        self._run, self._transfer = run, transfer
        self._galleries: dict[tuple[str, bool], np.ndarray] = {}

    def compare(self, queries: Sequence[tuple[LinkedItems, float]], modality: str, row: int) -> Plain:
        """Return the cosine of a query and an item, and the item's rank by it.

        Args:
            queries: the query, or the parts of a mixed one, each alone and with its weight.
            modality: the item's.
            row: the item's row among the kept items of its modality.
        """
        own = {query.modality for query, _ in queries} == {modality}
        maps = self._transfer.maker.maps
        lost = sorted({query.modality for query, _ in queries} | {modality})
        lost = [] if own else [name for name in lost if name != _TEXT and (name, _TEXT) not in maps]
        if lost:
            return Plain(f"nothing: no map leads from {' or '.join(lost)} to {_TEXT}", None, None)
        asked = sum(weight * self._placed(query, own=own)[0] for query, weight in queries)
        if not np.any(asked):
            return Plain("nothing: the query has no vector of its own", None, None)
        if (modality, own) not in self._galleries:
            self._galleries[modality, own] = self._placed(self._run.kept_items[modality].items, own=own)
        scores = self._galleries[modality, own] @ unit_rows(np.asarray(asked, dtype=np.float32)[None])[0]
        how = (
            f"vectors of {modality}" if own else f"vectors of {_TEXT}, other vectors mapped into their space"
        )
        return Plain(how, float(scores[row]), 1 + int((scores > scores[row]).sum()))

    def _placed(self, items: LinkedItems, *, own: bool) -> Float32[np.ndarray, "n dimension"]:
        """Return items' unit vectors in their own space, or in that of texts."""
        if own:
            return unit_rows(items.vectors)
        centres = self._run.centres.vectors
        if items.modality == _TEXT:
            return centred_rows(items.vectors, centres[_TEXT])
        own_rows = centred_rows(items.vectors, centres[items.modality])
        mapped = self._transfer.maker.maps[items.modality, _TEXT].transform(own_rows)
        return centred_rows(np.asarray(mapped, dtype=np.float32), centres[_TEXT])
