"""The gate: joined vectors give the weighed scores, and its share is the one that harms few at the best recall."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kgx.evaluate import best_ranks, harm
from kgx.transfer.gate import SHARES, Gate, choose_share


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_joined_vectors_have_length_one_and_the_weighed_scores(share: float) -> None:
    rng = np.random.default_rng(0)
    refined, unrefined = unit(rng.standard_normal((6, 5))), unit(rng.standard_normal((6, 3)))
    gate = Gate(share)
    joined = gate.join(refined, unrefined)
    np.testing.assert_allclose(np.linalg.norm(joined, axis=1), 1.0)
    expected = (1 - share) * refined @ refined.T + share * unrefined @ unrefined.T
    np.testing.assert_allclose(joined @ joined.T, expected)
    np.testing.assert_allclose(gate.scores(refined @ refined.T, unrefined @ unrefined.T), expected)


def world(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Refined scores that are better on the whole, and far worse for some queries that the unrefined ones serve."""
    rng = np.random.default_rng(seed)
    relevant = np.eye(120, dtype=bool)
    refined, unrefined = rng.random((120, 120)) + 0.8 * relevant, rng.random((120, 120)) + 0.5 * relevant
    refined[:20] -= 1.2 * relevant[:20]
    return refined, unrefined, relevant


def outcome(share: float, seed: int) -> tuple[float, float]:
    refined, unrefined, relevant = world(seed)
    ranks = best_ranks(Gate(share).scores(refined, unrefined), relevant)
    harmed = harm(best_ranks(unrefined, relevant), ranks)["worse_by_more_than_10"]
    return float((ranks <= 10).mean()), harmed


def harmless(seed: int, limit: float, error: float) -> dict[float, float]:
    """Return, by hand, the shares that a fixed sequence from the largest keeps, with their recall."""
    kept: dict[float, float] = {}
    for share in reversed(SHARES):
        recall, harmed = outcome(share, seed)
        count = round(harmed * 120)
        chance = sum(math.comb(120, k) * limit**k * (1 - limit) ** (120 - k) for k in range(count + 1))
        if chance > error:
            break
        kept[share] = recall
    return kept


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("limit", [0.22, 0.25, 0.28])
def test_the_share_is_the_best_of_those_that_surely_harm_few(limit: float, seed: int) -> None:
    kept = harmless(seed, limit, 0.1)
    if not kept:
        pytest.fail("the case shows nothing: no share is sure")
    share = choose_share(*world(seed), most_harmed=limit, error=0.1)
    assert share == min(tried for tried, recall in kept.items() if recall == max(kept.values()))


def test_the_fewer_the_queries_the_more_careful_the_share() -> None:
    refined, unrefined, relevant = world(1)
    few = choose_share(refined[::3], unrefined[::3], relevant[::3], most_harmed=0.25, shares=(0.0, 0.2, 1.0))
    many = choose_share(
        *(np.tile(part, (5, 1)) for part in (refined, unrefined, relevant)),
        most_harmed=0.25,
        shares=(0.0, 0.2, 1.0),
    )
    assert few >= many


def test_where_all_harm_too_many_recall_is_not_given_away() -> None:
    share = choose_share(*world(0), shares=(0.0, 0.1, 0.5), most_harmed=0.0, most_lost=0.0)
    recalls = {tried: outcome(tried, 0)[0] for tried in (0.0, 0.1, 0.5)}
    assert recalls[share] == max(recalls.values())


def test_impossible_shares_are_refused() -> None:
    with pytest.raises(ValueError, match=r"from 0 to 1, got 1\.5"):
        Gate(1.5)
    with pytest.raises(ValueError, match="at least one share"):
        choose_share(*world(0), shares=())
