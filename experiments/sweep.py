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

from experiments.config import ExperimentConfig, check_config, load_config
from experiments.methods import KnownPairs
from experiments.world import World
from graphs.errors import GraphError
from kgx.errors import ConfigError, KgxError
from kgx.items import LinkedItems, paired_rows
from kgx.train import Curve
from kgx.transfer.centres import Centres
from kgx.transfer.feature import choose_alpha
from kgx.transfer.pretrain import Pretraining

__all__ = ["main", "sweep"]

_ALPHAS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


def sweep(
    config: ExperimentConfig, options: dict[str, list[Any]], seeds: int
) -> list[tuple[dict[str, Any], list[float]]]:
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
    tried = [check_config(_changed(config.model_dump(), chosen), "options") for chosen in combinations]
    world = World.build(config)
    prepared: dict[str, Pretraining] = {}
    rows = []
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
)
"""Options that the prepared tokens do not depend on."""


def _best(curve: Curve) -> float:
    if not curve.score:
        raise ConfigError(
            "nothing was validated: expected relation.training.patience above 0, and folders small enough that "
            "whole ones can be held out"
        )
    return max(curve.score)


def _changed(tree: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in changes.items():
        *path, last = ("relation", *name.split("."))
        place = tree
        for part in path:
            if not isinstance(place.get(part), dict):
                place[part] = {}
            place = place[part]
        place[last] = value
    return tree


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
        "options", nargs="*", help="NAME=VALUE,VALUE… of the relation options; or ridge, for its penalty"
    )
    parser.add_argument("--seeds", type=int, default=2)
    chosen = parser.parse_args(arguments)
    try:
        config = load_config(chosen.config)
        if chosen.options == ["ridge"]:
            rows = [
                ({"ridge_alpha": alpha}, [score])
                for alpha, score in _ridge(World.build(config).source).items()
            ]
        else:
            rows = sweep(config, _parse(chosen.options), chosen.seeds)
    except (KgxError, GraphError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    table = Table("options", "validation recall@10", "spread over seeds")
    for options, scores in sorted(rows, key=lambda row: -float(np.mean(row[1]))):
        table.add_row(str(options), f"{np.mean(scores):.4f}", f"{np.ptp(scores):.4f}")
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
