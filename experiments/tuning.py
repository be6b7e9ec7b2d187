"""Options of the methods without relations, tried on held-out folders of the source; the target is not looked at."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from experiments.config import ExperimentConfig
from experiments.feature_family import fit_feature_map, held_out_recall
from experiments.known_pairs import KnownPairs
from experiments.world import World
from kgx.errors import ConfigError

__all__ = ["GRIDS", "tune_maps"]

GRIDS: dict[str, dict[str, list[Any]]] = {
    "least-squares": {},
    "ridge": {"alpha": [0.1, 0.3, 1.0, 3.0]},
    "procrustes": {"scaling": [False, True]},
    "cca": {"n_components": [128, 384], "shrinkage": [0.003, 0.01, 0.03, 0.1], "power": [0.5, 1.0]},
    "pls": {"n_components": [128, 256, 384]},
    "vae": {"latent": [64, 128], "kl_weight": [0.03, 0.1, 1.0], "hidden": [256], "batch_size": [1024]},
}
"""Name of a feature map -> option -> values that are tried."""


def tune_maps(
    config: ExperimentConfig, names: tuple[str, ...] = ()
) -> Iterator[tuple[dict[str, Any], float]]:
    """Yield every combination of options with its recall@10 on the source's held-out pairs of texts and pictures.

    Args:
        config: the experiment.
        names: of the feature maps; all of :data:`GRIDS` where left out.

    Raises:
        ConfigError: there is no grid of that name.
    """
    for name in names:
        if name not in GRIDS:
            raise ConfigError(f"unknown feature map {name!r}; choose {', '.join(GRIDS)}")
    pairs, held_out = _source_pairs(config)
    for name in names or GRIDS:
        grid = GRIDS[name]
        for values in itertools.product(*grid.values()):
            options = dict(zip(grid, values, strict=True))
            fitted = fit_feature_map(
                name,
                pairs,
                options,
                alpha=config.relation.ridge_alpha,
                training=config.vae,
            )
            yield {"map": name, **options}, held_out_recall(fitted, held_out)


def _source_pairs(config: ExperimentConfig) -> tuple[KnownPairs, KnownPairs]:
    """Return the source's pairs to fit on, and those of the folders that pretraining holds out."""
    world = World.build(config)
    pretraining = world.pretraining(config.relation)
    pairs = KnownPairs.of(world.source["text"], world.source["image"], pretraining.centres, target=False)
    held_out = pretraining.pairs["image"].validation
    return pairs.select(~held_out), pairs.select(held_out)
