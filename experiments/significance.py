"""Whether methods differ from the one they are held against: paired randomisation tests, corrected for their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from experiments.row_key import RowKey
from kgx.evaluate.intervals import paired_randomisation_test

__all__ = ["TESTED", "Pair", "against", "compare", "holm"]

TESTED = ("recall@10", "mrr", "accuracy")
"""Metrics that are tested: of rankings, and of labels."""

Pair = tuple[str, str]
"""A method and another that it is compared with."""


def against(first: str, methods: Iterable[str]) -> list[Pair]:
    """Pair a method with every other one.

    >>> against("plain", ["plain", "mixup", "balanced", "mixup"])
    [('plain', 'mixup'), ('plain', 'balanced')]
    """
    return [(first, other) for other in dict.fromkeys(methods) if other != first]


def compare(
    values: Mapping[RowKey, Mapping[str, Sequence[float]]], pairs: Iterable[Pair]
) -> list[dict[str, Any]]:
    """Test pairs of methods, for each direction, number of known pairs or labels, and metric.

    Queries, or items that are labelled, are what is paired: each counts with its mean over seeds. The p-values of one
    direction, number and metric are one family, and are corrected after Holm. A pair of which one has no rows there is
    left out.

    Args:
        values: row -> metric -> a value for each query or item.
        pairs: what is compared.

    Returns:
        Records of ``direction``, ``shots``, ``metric``, ``method``, ``other``, ``difference`` (mean of ``method`` less
        that of ``other``), ``p`` and ``p_holm``.
    """
    seeds: dict[tuple[str, int], dict[str, list[Mapping[str, Sequence[float]]]]] = defaultdict(dict)
    for key, row in values.items():
        seeds[key.direction, key.shots].setdefault(key.method, []).append(row)
    wanted = tuple(dict.fromkeys(pairs))
    records: list[dict[str, Any]] = []
    for (direction, shots), methods in seeds.items():
        for metric in TESTED:
            tables = {method: _table(rows, metric) for method, rows in methods.items()}
            family = []
            for first, other in wanted:
                own, theirs = tables.get(first), tables.get(other)
                if own is None or theirs is None or own.shape[1] != theirs.shape[1]:
                    continue
                difference = float(own.mean() - theirs.mean())
                family.append((first, other, difference, paired_randomisation_test(own, theirs)))
            corrected = holm([p for *_, p in family])
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
                for (first, other, difference, p), p_holm in zip(family, corrected, strict=True)
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
