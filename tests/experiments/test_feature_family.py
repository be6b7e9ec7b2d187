"""Maps and fusions as methods: fitted on known pairs, and compared with texts where they lead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from experiments import tuning
from experiments.config import ExperimentConfig
from experiments.feature_family import fit_feature_map, held_out_recall
from experiments.fused_methods import fit_fusion, fused_rankings, fused_texts
from experiments.known_pairs import KnownPairs
from experiments.methods import Baselines
from experiments.world import World
from kgx.errors import ConfigError
from kgx.fusion import reciprocal_rank_fusion
from kgx.transfer.feature import CoralMap
from kgx.transfer.pretrain import Pretraining


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def known(count: int, seed: int) -> KnownPairs:
    """Pairs of which the texts are a linear map of the pictures."""
    features = unit(np.random.default_rng(seed).standard_normal((count, 12)))
    mixing = np.random.default_rng(99).standard_normal((12, 6))
    kinds = np.stack([np.arange(count)] * 2, axis=1)
    return KnownPairs(features, unit(features @ mixing), kinds, np.zeros(count, dtype=bool))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("least-squares", {}),
        ("ridge", {"alpha": 0.01}),
        ("cca", {"n_components": 6}),
        ("pls", {"n_components": 6}),
    ],
)
def test_maps_find_what_is_linear(name: str, options: dict[str, Any]) -> None:
    fitted = fit_feature_map(name, known(300, 0), options, alpha=0.1)
    assert held_out_recall(fitted, known(100, 1)) > 0.9


def test_pictures_of_another_domain_are_aligned_without_labels() -> None:
    source, target = known(400, 0), known(200, 1)
    scale = np.linspace(0.2, 3.0, 12).astype(np.float32)
    shifted = KnownPairs(target.features * scale + 0.5, target.texts, target.kinds, target.target)
    plain = fit_feature_map("ridge", source, {"alpha": 0.1}, alpha=0.1)
    align = CoralMap(shrinkage=0.0).fit(shifted.features, source.features)
    aligned = fit_feature_map("coral", source, {}, alpha=0.1, align=align)
    assert held_out_recall(aligned, shifted) > held_out_recall(plain, shifted) + 0.2


def test_a_target_pair_counts_as_often_as_it_is_said_to() -> None:
    pairs = known(4, 0)
    mixed = KnownPairs(pairs.features, pairs.texts, pairs.kinds, np.array([False, True, False, True]))
    np.testing.assert_array_equal(mixed.repeated(3).kinds[:, 0], [0, 1, 1, 1, 2, 3, 3, 3])


def test_weights_decide_what_a_fusion_without_learning_takes() -> None:
    pairs = known(20, 0)
    other = unit(np.random.default_rng(5).standard_normal((20, 6)))
    parts = {"ridge": pairs.texts, "label-text": other}
    only = fit_fusion("weighted", parts, pairs, {"ridge": 1.0, "label-text": 0.0}, seed=0)
    np.testing.assert_allclose(only.fuse(parts), pairs.texts, atol=1e-6)
    assert fused_texts(only, pairs.texts) is pairs.texts


def test_weights_that_are_not_given_are_those_that_find_the_pairs_best() -> None:
    pairs = known(60, 0)
    noise = unit(np.random.default_rng(5).standard_normal((60, 6)))
    chosen = fit_fusion("weighted", {"ridge": noise, "label-text": pairs.texts}, pairs, {}, seed=0)
    assert chosen.weights == pytest.approx({"ridge": 0.2, "label-text": 0.8})  # type: ignore[attr-defined]


def test_a_concatenation_is_the_mean_of_the_cosines() -> None:
    pairs, other = known(20, 0), unit(np.random.default_rng(5).standard_normal((20, 6)))
    parts = {"ridge": pairs.texts, "label-text": other}
    fusion = fit_fusion("concat", parts, pairs, {"ridge": 1.0, "label-text": 1.0}, seed=0)
    scores = fused_texts(fusion, pairs.texts) @ fusion.fuse(parts).T
    np.testing.assert_allclose(scores, (pairs.texts @ pairs.texts.T + pairs.texts @ other.T) / 2, atol=1e-6)


def test_rankings_are_fused_query_by_query() -> None:
    rng = np.random.default_rng(0)
    one, other = (rng.random((5, 7)).astype(np.float32) for _ in range(2))
    fused = fused_rankings(reciprocal_rank_fusion, {"one": one, "other": other})
    for row in range(5):
        ranks = [(-scores[row]).argsort().argsort() + 1 for scores in (one, other)]
        np.testing.assert_allclose(fused[row], sum(1 / (60 + rank) for rank in ranks), rtol=1e-6)


def test_ranks_fused_are_scored_as_a_method(
    tiny_config: ExperimentConfig, tiny_pretraining: Pretraining, tiny_world: World
) -> None:
    centres = tiny_pretraining.centres
    baselines = Baselines(tiny_config, tiny_pretraining, centres, tiny_world.target.items)
    direction = tiny_world.target.direction("text", "image")
    scorers = {name: baselines.scorer(name, {}, 0) for name in ("ridge", "label-text", "fused-rrf")}
    scores = {name: scorer(direction) for name, scorer in scorers.items() if scorer is not None}
    fused = scores.pop("fused-rrf")
    np.testing.assert_allclose(fused, fused_rankings(reciprocal_rank_fusion, scores))
    assert baselines.scorer("label-text", tiny_world.target.draw(4, 0), 0) is None


@pytest.fixture
def quick_grid(monkeypatch: pytest.MonkeyPatch, tiny_world: World) -> None:
    monkeypatch.setattr(World, "build", lambda config: tiny_world)
    monkeypatch.setitem(tuning.GRIDS, "ridge", {"alpha": [0.1, 1000.0]})


@pytest.mark.usefixtures("quick_grid")
def test_every_option_of_a_map_is_tried_on_the_source(tiny_config: ExperimentConfig) -> None:
    rows = list(tuning.tune_maps(tiny_config, ("ridge", "least-squares")))
    assert [options for options, _ in rows] == [
        {"map": "ridge", "alpha": 0.1},
        {"map": "ridge", "alpha": 1000.0},
        {"map": "least-squares"},
    ]
    assert all(0 < score <= 1 for _, score in rows)


def test_a_map_without_a_grid_is_refused(tiny_config: ExperimentConfig) -> None:
    with pytest.raises(ConfigError, match="unknown feature map 'rigde'; choose least-squares"):
        list(tuning.tune_maps(tiny_config, ("rigde",)))
