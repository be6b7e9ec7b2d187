"""How sure a figure is: bootstrap intervals over queries, and a paired test between two methods.

Queries are what was sampled, so queries are what is resampled. Where a method was run with several seeds
(other draws of few-shot pairs, other initial weights), every seed answered the same queries: a resample takes
the same queries for every seed, and the statistic is averaged over seeds. For a mean that equals averaging
each query over the seeds first. The interval therefore speaks of the method's *average over seeds*; it does
not widen with the spread between seeds, which a table of the single runs shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

__all__ = ["Interval", "bootstrap_interval", "paired_randomisation_test"]

_BLOCK = 1 << 21  # numbers drawn at a time: bounds memory


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with the ends of its interval, in the unit of the metric."""

    mean: float
    low: float
    high: float


def bootstrap_interval(
    values: Float[np.ndarray, " queries"] | Float[np.ndarray, "seeds queries"],
    *,
    statistic: Literal["mean", "median"] = "mean",
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """Return the statistic over queries with its percentile bootstrap interval.

    Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 13; for retrieval, Sakai,
    *Evaluating evaluation metrics based on the bootstrap*, SIGIR 2006.

    Args:
        values: a metric for each query, or for each seed and query (see the top of this module).
        statistic: what the table shows: ``mean``, or ``median`` for ranks.
        confidence: share of the resampled statistics inside the interval.
        resamples: how many times the queries are drawn with replacement.
        seed: of the draws.

    Raises:
        ValueError: no query, NaN, or an impossible confidence or number of resamples.

    >>> interval = bootstrap_interval(np.array([0.0, 1.0, 1.0, 1.0] * 25))
    >>> interval.mean, round(interval.low, 2), round(interval.high, 2)
    (0.75, 0.66, 0.83)
    >>> bootstrap_interval(np.array([[1.0, 1.0], [3.0, 3.0]]))
    Interval(mean=2.0, low=2.0, high=2.0)
    """
    table = np.atleast_2d(np.asarray(values, dtype=np.float64))
    _check(table, resamples)
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"expected a confidence between 0 and 1, got {confidence}")
    if statistic == "mean":
        table = table.mean(axis=0, keepdims=True)
    rng = np.random.default_rng(seed)
    drawn = np.empty(resamples)
    for block in _blocks(resamples, table.size):
        queries = rng.integers(0, table.shape[1], size=(block.stop - block.start, table.shape[1]))
        drawn[block] = _statistic(table[:, queries], statistic)
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(drawn, [tail, 1.0 - tail])
    return Interval(float(_statistic(table, statistic)), float(low), float(high))


def paired_randomisation_test(
    first: Float[np.ndarray, " queries"] | Float[np.ndarray, "seeds queries"],
    second: Float[np.ndarray, " queries"] | Float[np.ndarray, "seeds queries"],
    *,
    resamples: int = 10_000,
    seed: int = 0,
) -> float:
    """Return the two-sided p-value for "the two methods are interchangeable on each query".

    Under that hypothesis the sign of each query's difference is a coin's. The value is the share of random
    signs whose mean difference is at least as far from zero as the one seen, with the one seen counted too:
    it is never 0. Smucker, Allan and Carterette, *A comparison of statistical significance tests for
    information retrieval evaluation*, CIKM 2007.

    Args:
        first: a metric for each query; with several seeds, each query's mean over them is tested.
        second: the same queries under the other method (the number of seeds may differ).
        resamples: how many random signs are drawn.
        seed: of the draws.

    Raises:
        ValueError: other queries on either side, no query, or NaN.

    >>> better = np.linspace(0.2, 0.9, 20)
    >>> paired_randomisation_test(better, better - 0.1) < 0.001
    True
    >>> paired_randomisation_test(better, better)
    1.0
    """
    left = np.atleast_2d(np.asarray(first, dtype=np.float64))
    right = np.atleast_2d(np.asarray(second, dtype=np.float64))
    if left.shape[1] != right.shape[1]:
        raise ValueError(f"expected the same queries twice, got {left.shape[1]} and {right.shape[1]}")
    _check(left, resamples)
    _check(right, resamples)
    difference = left.mean(axis=0) - right.mean(axis=0)
    seen = abs(difference.mean())
    # Sums of the same numbers in another order differ in the last bits: those count as equally far.
    threshold = seen - 1e-12 * max(1.0, float(np.abs(difference).max()))
    rng = np.random.default_rng(seed)
    as_far = 0
    for block in _blocks(resamples, difference.size):
        signs = _signs(rng, block.stop - block.start, difference.size)
        as_far += int(np.count_nonzero(np.abs(signs @ difference) / difference.size >= threshold))
    return (as_far + 1) / (resamples + 1)


def _statistic(table: np.ndarray, statistic: str) -> np.ndarray:
    """Return the statistic over the last axis, averaged over the first (seeds)."""
    if statistic == "mean":
        return np.asarray(table.mean(axis=-1).mean(axis=0))
    if statistic == "median":
        return np.asarray(np.median(table, axis=-1).mean(axis=0))
    raise ValueError(f"expected the statistic mean or median, got {statistic!r}")


def _signs(rng: np.random.Generator, rows: int, columns: int) -> Int[np.ndarray, "rows columns"]:
    return rng.integers(0, 2, size=(rows, columns), dtype=np.int8) * np.int8(2) - np.int8(1)


def _blocks(total: int, width: int) -> Iterator[slice]:
    """Yield slices of ``range(total)`` so that one slice times ``width`` stays bounded."""
    step = max(1, _BLOCK // max(1, width))
    for start in range(0, total, step):
        yield slice(start, min(total, start + step))


def _check(table: np.ndarray, resamples: int) -> None:
    if table.ndim != 2 or table.size == 0:
        raise ValueError(f"expected values of shape [queries] or [seeds, queries], got {table.shape}")
    if np.isnan(table).any():
        raise ValueError("expected a value for every query, got NaN")
    if resamples < 1:
        raise ValueError(f"expected at least one resample, got {resamples}")
