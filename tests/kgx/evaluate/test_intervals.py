"""Bootstrap intervals and the paired test against slow loops, exact enumeration and known coverage."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from kgx.evaluate import Interval, bootstrap_interval, paired_randomisation_test


def test_agrees_with_resampling_in_a_loop() -> None:
    values = np.random.default_rng(3).random((3, 40))
    rng = np.random.default_rng(11)
    for statistic, of in (("mean", np.mean), ("median", np.median)):
        drawn = []
        for _ in range(4000):
            queries = rng.integers(0, 40, 40)
            drawn.append(np.mean([of(run[queries]) for run in values]))
        got = bootstrap_interval(values, statistic=statistic, resamples=4000, seed=5)
        assert got.mean == pytest.approx(np.mean([of(run) for run in values]))
        assert got.low == pytest.approx(np.quantile(drawn, 0.025), abs=0.015)
        assert got.high == pytest.approx(np.quantile(drawn, 0.975), abs=0.015)


def test_several_seeds_equal_the_mean_over_seeds_of_each_query() -> None:
    values = np.random.default_rng(4).random((5, 60))
    assert bootstrap_interval(values, seed=2) == bootstrap_interval(values.mean(axis=0), seed=2)


def test_the_same_seed_gives_the_same_interval_whatever_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(6).random((2, 30))
    assert bootstrap_interval(values, seed=1) == bootstrap_interval(values, seed=1)
    assert bootstrap_interval(values, seed=1) != bootstrap_interval(values, seed=2)
    monkeypatch.setattr("kgx.evaluate.intervals._BLOCK", 50)
    blocked = bootstrap_interval(values, seed=1)
    monkeypatch.undo()
    whole = bootstrap_interval(values, seed=1)
    assert blocked.low == pytest.approx(whole.low, abs=0.02)


def test_covers_the_true_mean_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(9)
    held = 0
    for _ in range(200):
        interval = bootstrap_interval(rng.random(100) < 0.5, resamples=400)
        held += interval.low <= 0.5 <= interval.high
    assert held / 200 == pytest.approx(0.95, abs=0.04)


def test_a_wider_confidence_is_a_wider_interval() -> None:
    values = np.random.default_rng(2).random(50)
    narrow, wide = (bootstrap_interval(values, confidence=c) for c in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high
    assert bootstrap_interval(np.ones(4)) == Interval(1.0, 1.0, 1.0)


def test_paired_test_agrees_with_every_assignment_of_signs() -> None:
    rng = np.random.default_rng(8)
    first, second = rng.random(9) + 0.15, rng.random(9)
    difference = first - second
    exact = np.mean(
        [
            abs(np.dot(signs, difference)) >= abs(difference.sum()) - 1e-12
            for signs in itertools.product([-1, 1], repeat=9)
        ]
    )
    got = paired_randomisation_test(first, second, resamples=40_000)
    assert got == pytest.approx(exact, abs=0.01)
    assert paired_randomisation_test(second, first, resamples=40_000) == pytest.approx(got)


def test_paired_test_is_fair_between_equals_and_never_zero() -> None:
    rng = np.random.default_rng(10)
    values = [paired_randomisation_test(*rng.random((2, 40)), resamples=300) for _ in range(150)]
    assert np.mean(np.array(values) < 0.1) == pytest.approx(0.1, abs=0.07)
    assert paired_randomisation_test(np.ones(50), np.zeros(50), resamples=99) == pytest.approx(0.01)


def test_paired_test_averages_seeds_first() -> None:
    rng = np.random.default_rng(12)
    first, second = rng.random((5, 30)), rng.random((2, 30))
    expected = paired_randomisation_test(first.mean(axis=0), second.mean(axis=0))
    assert paired_randomisation_test(first, second) == expected


def test_refuses_what_cannot_be_resampled() -> None:
    with pytest.raises(ValueError, match="shape"):
        bootstrap_interval(np.empty(0))
    with pytest.raises(ValueError, match="NaN"):
        bootstrap_interval(np.array([1.0, np.nan]))
    with pytest.raises(ValueError, match="confidence"):
        bootstrap_interval(np.ones(3), confidence=1.0)
    with pytest.raises(ValueError, match="resample"):
        bootstrap_interval(np.ones(3), resamples=0)
    with pytest.raises(ValueError, match="mean or median"):
        bootstrap_interval(np.ones(3), statistic="mode")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="same queries"):
        paired_randomisation_test(np.ones(3), np.ones(4))
