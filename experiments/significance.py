"""Whether ours differs from every other method: paired randomisation tests, corrected for how many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.method_names import OURS
from experiments.row_key import RowKey
from kgx.evaluate.intervals import paired_randomisation_test

__all__ = ["TESTED", "compare", "holm"]

TESTED = ("recall@10", "mrr")
"""Metrics that are tested."""


def compare(
    values: Mapping[RowKey, Mapping[str, Sequence[float]]], first: str = OURS
) -> list[dict[str, Any]]:
    """Test a method against every other, for each direction, number of pairs and metric.

    Queries are what is paired: each counts with its mean over seeds. The p-values of one direction, number of pairs and
    metric are one family, and are corrected after Holm. Rows without ``first`` are not tested.

    Args:
        values: row -> metric -> a value for each query.
        first: the method that is compared with the others.

    Returns:
        Records of ``direction``, ``shots``, ``metric``, ``method``, ``other``, ``difference`` (mean of ``method`` less
        that of ``other``), ``p`` and ``p_holm``.
    """
    seeds: dict[tuple[str, int], dict[str, list[Mapping[str, Sequence[float]]]]] = defaultdict(dict)
    for key, row in values.items():
        seeds[key.direction, key.shots].setdefault(key.method, []).append(row)
    records: list[dict[str, Any]] = []
    for (direction, shots), methods in seeds.items():
        if first not in methods:
            continue
        for metric in TESTED:
            own = _table(methods[first], metric)
            family = []
            for other, rows in methods.items():
                if other == first or metric not in rows[0]:
                    continue
                theirs = _table(rows, metric)
                if own is None or theirs is None or own.shape[1] != theirs.shape[1]:
                    continue
                family.append(
                    (other, float(own.mean() - theirs.mean()), paired_randomisation_test(own, theirs))
                )
            corrected = holm([p for _, _, p in family])
            records += [
                {
                    "direction": direction,
                    "shots": shots,
                    "metric": metric,
                    "method": first,
                    "other": other,
                    "difference": difference,
                    "p": p,
                    "p_holm": p_holm,
                }
                for (other, difference, p), p_holm in zip(family, corrected, strict=True)
            ]
    return records


def holm(values: Sequence[float]) -> list[float]:
    """Return p-values corrected for how many there are: each is at most ``alpha`` where Holm rejects at ``alpha``.

    Holm, *A simple sequentially rejective multiple test procedure*, Scandinavian Journal of Statistics 6(2), 1979.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    corrected = [0.0] * len(values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(values)), key=lambda i: values[i])):
        highest = max(highest, min(1.0, (len(values) - rank) * values[place]))
        corrected[place] = highest
    return corrected


def _table(rows: Sequence[Mapping[str, Sequence[float]]], metric: str) -> np.ndarray | None:
    """Return the values of all seeds, [seeds, queries], or None where the metric was not measured."""
    return np.array([row[metric] for row in rows]) if all(metric in row for row in rows) else None
