"""Try options on held-out folders of the source; the target is not looked at.

python -m experiments.sweep experiments/configs/openclipart_to_tuxpaint.yaml relation.residual=0,128 --seeds 2
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rich.console import Console
from rich.table import Table

from experiments.config import ExperimentConfig, load_retrieval_config, with_changes
from experiments.experiment import checked
from experiments.methods import KnownPairs
from experiments.tuning import tune_maps
from experiments.world import World
from graphs.errors import GraphError
from kgx.errors import ConfigError, KgxError
from kgx.items import LinkedItems, paired_rows
from kgx.train import Curve
from kgx.transfer.centres import Centres
from kgx.transfer.feature import choose_alpha
from kgx.transfer.pretrain import Pretraining

__all__ = ["as_table", "main", "sweep", "tried"]

Row = tuple[dict[str, Any], list[float]]

_ALPHAS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


def sweep(config: ExperimentConfig, options: dict[str, list[Any]], seeds: int) -> list[Row]:
    """Return, for every combination of options, the validation score of each seed.

    Args:
        config: the experiment that the options change.
        options: dotted name below ``relation`` -> values to try.
        seeds: how often each combination is trained.

    Raises:
        ConfigError: an option is unknown or has an impossible value, or there is nothing to validate on.
    """
    combinations = [
        dict(zip(options, values, strict=True)) for values in itertools.product(*options.values())
    ]
    tried = [checked(ExperimentConfig, _relation(config, chosen), "options") for chosen in combinations]
    world = World.build(config)
    prepared: dict[str, Pretraining] = {}
    rows: list[Row] = []
    for chosen, relation in zip(combinations, (one.relation for one in tried), strict=True):
        key = repr(relation.model_copy(update=dict.fromkeys(_ONLY_TRAINING)))
        if key not in prepared:
            prepared.clear()
            prepared[key] = world.pretraining(relation)
        pretraining = prepared[key].with_options(relation)
        scores = [_best(pretraining.train(seed).curve) for seed in range(seeds)]
        rows.append((chosen, scores))
        print(f"{chosen}: {np.mean(scores):.4f}", file=sys.stderr)
    return rows


def _relation(config: ExperimentConfig, chosen: Mapping[str, Any]) -> dict[str, Any]:
    return with_changes(config.model_dump(), {f"relation.{name}": value for name, value in chosen.items()})


def _ridge(source: Mapping[str, LinkedItems]) -> dict[float, float]:
    """Return the held-out recall@10 of the ridge map from pictures to texts, for every penalty."""
    texts, images = source["text"], source["image"]
    means = {modality: items.vectors.mean(axis=0) for modality, items in source.items()}
    pairs = KnownPairs.of(texts, images, Centres(means, {}), target=False)
    folders = np.unique(np.array(images.groups), return_inverse=True)[1][paired_rows(texts, images)[1]]
    return choose_alpha(
        pairs.features, pairs.texts, _ALPHAS, groups=folders, entities=pairs.kinds[:, 1]
    ).scores


_ONLY_TRAINING = (
    "training",
    "adaptation",
    "residual",
    "width",
    "dropout",
    "token_dropout",
    "batch_size",
    "pair_weight",
    "negatives",
)
"""Options that the prepared tokens do not depend on."""


def _best(curve: Curve) -> float:
    if not curve.score:
        raise ConfigError(
            "nothing was validated: expected relation.training.patience above 0, and folders small enough that "
            "whole ones can be held out"
        )
    return max(curve.score)


def _parse(words: Sequence[str]) -> dict[str, list[Any]]:
    options = {}
    for word in words:
        name, _, values = word.partition("=")
        if not values:
            raise ConfigError(f"expected NAME=VALUE[,VALUE…], got {word!r}")
        try:
            options[name.removeprefix("relation.")] = [yaml.safe_load(value) for value in values.split(",")]
        except yaml.YAMLError as error:
            raise ConfigError(f"expected NAME=VALUE[,VALUE…], got {word!r}") from error
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table of validation scores, the best first."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument(
        "options",
        nargs="*",
        help="NAME=VALUE,VALUE… of the relation options; or ridge, for its penalty; or maps [NAME…], for feature maps'",
    )
    parser.add_argument("--seeds", type=int, default=2)
    chosen = parser.parse_args(arguments)
    try:
        rows = tried(load_retrieval_config(chosen.config), chosen.options, chosen.seeds)
    except (KgxError, GraphError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    Console().print(as_table(rows))
    return 0


def tried(config: ExperimentConfig, words: Sequence[str], seeds: int) -> list[Row]:
    """Return what was tried with its validation scores, the best first.

    Args:
        config: the experiment.
        words: ``NAME=VALUE,VALUE…`` of the relation options; or ``ridge``; or ``maps`` and names of feature maps.
        seeds: how often each combination of relation options is trained.

    Raises:
        ConfigError: as :func:`sweep`, or an unknown feature map.
    """
    if list(words) == ["ridge"]:
        found = [
            ({"ridge_alpha": alpha}, [score]) for alpha, score in _ridge(World.build(config).source).items()
        ]
    elif words[:1] == ["maps"]:
        found = [(options, [score]) for options, score in tune_maps(config, tuple(words[1:]))]
    else:
        found = sweep(config, _parse(words), seeds)
    return sorted(found, key=lambda row: -float(np.mean(row[1])))


def as_table(rows: Sequence[Row]) -> Table:
    """Return scores as a table for the terminal."""
    table = Table("options", "validation recall@10", "spread over seeds")
    for options, scores in rows:
        table.add_row(str(options), f"{np.mean(scores):.4f}", f"{np.ptp(scores):.4f}")
    return table


if __name__ == "__main__":
    sys.exit(main())
