"""Linear maps between modalities, fitted on the known pairs: the feature transfer inside relation transfer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Int64

from graphs.neighbours import unit_rows
from kgx.items import LinkedItems
from kgx.progress import track
from kgx.transfer.affine import AffineMap
from kgx.transfer.reference import ReferenceGraph
from kgx.transfer.ridge import fit_ridge

__all__ = ["cross_fitted", "fit_maps"]

_LEAST_PAIRS = 20  # with fewer, a map between two modalities would be noise

Direction = tuple[str, str]


def fit_maps(
    reference: ReferenceGraph, alpha: float, *, repeats: Mapping[str, Int64[np.ndarray, " n"]] | None = None
) -> dict[Direction, AffineMap]:
    """Fit a ridge map for every ordered pair of texts and another modality that has enough known pairs.

    Args:
        reference: the graph.
        alpha: the penalty.
        repeats: modality -> how often each of its items counts; once where left out.

    Returns:
        (modality, space) -> map between unit features.
    """
    maps: dict[Direction, AffineMap] = {}
    for modality in sorted(set(reference.items) - {"text"}):
        for direction, (rows, source, target) in _examples(reference, modality).items():
            if len(rows) < _LEAST_PAIRS:
                continue
            if repeats is not None:
                often = np.repeat(np.arange(len(rows)), repeats[modality][rows])
                source, target = source[often], target[often]
            maps[direction] = fit_ridge(source, target, alpha)
    return maps


def cross_fitted(
    reference: ReferenceGraph, modality: str, alpha: float, folds: int, *, items: LinkedItems | None = None
) -> dict[str, Float[np.ndarray, "n dimension"]]:
    """Map every item of a modality by maps that were fitted without its own group.

    A map that was fitted on an item knows its answer; a network that is trained on such vectors trusts them too much.

    Args:
        reference: the graph.
        modality: of the items.
        alpha: the penalty.
        folds: parts of the groups, each of which is mapped by what the others show.
        items: further items of the first collection that are to be mapped, by the fold that their group lies in; the
            reference items themselves where left out.

    Returns:
        space -> mapped vectors of the items.
    """
    others = sorted(set(reference.items) - {"text"}) if modality == "text" else [modality]
    if items is None:
        features, groups = reference.features[modality], reference.groups[modality]
    else:
        features = reference.own_features(items, reference.centres[modality])
        groups = reference.group_codes(items)
    own_folds: np.ndarray = np.remainder(groups, folds)
    mapped: dict[str, np.ndarray] = {}
    for other in others:
        for (start, space), (rows, source, target) in _examples(reference, other).items():
            if start != modality or len(rows) < _LEAST_PAIRS:
                continue
            folds_of_rows: np.ndarray = np.remainder(reference.groups[other][rows], folds)
            mapped[space] = np.zeros((len(features), target.shape[1]), dtype=np.float32)
            for fold in track(range(folds), f"cross-fit {start} to {space}"):
                kept = np.flatnonzero(folds_of_rows != fold)
                asked = np.flatnonzero(own_folds == fold)
                if len(kept) and len(asked):
                    fitted = fit_ridge(source[kept], target[kept], alpha)
                    mapped[space][asked] = fitted.transform(features[asked])
    return mapped


def _examples(
    reference: ReferenceGraph, modality: str
) -> dict[Direction, tuple[Int64[np.ndarray, " p"], np.ndarray, np.ndarray]]:
    """Return for both directions the items with known texts, and the unit features of both ends.

    An item with several texts is paired with their mean.
    """
    texts, rows = reference.pairs(modality)
    encoded = {name: np.flatnonzero(reference.features[name].any(axis=1)) for name in ("text", modality)}
    usable = np.flatnonzero(np.isin(rows, encoded[modality]) & np.isin(texts, encoded["text"]))
    items, of_item = np.unique(rows[usable], return_inverse=True)
    means = np.zeros((len(items), reference.features["text"].shape[1]), dtype=np.float32)
    np.add.at(means, of_item, reference.features["text"][texts[usable]])
    described, shown = unit_rows(means), reference.features[modality][items]
    return {(modality, "text"): (items, shown, described), ("text", modality): (items, described, shown)}
