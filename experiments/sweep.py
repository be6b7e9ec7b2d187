"""Try options on held-out folders of the source, or on pairs of the pool of a target; its test half is not looked at.

python -m experiments.sweep experiments/configs/openclipart_to_tuxpaint.yaml relation.residual=0,128 --seeds 2
python -m experiments.sweep experiments/configs/openclipart_to_tuxpaint.yaml adaptation.epochs=10,20,30 --pairs 200
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rich.console import Console
from rich.table import Table

from experiments.config import ExperimentConfig, load_retrieval_config
from experiments.known_pairs import KnownPairs
from experiments.rehearsal import Rehearsal
from experiments.tuning import tune_maps
from experiments.world import World
from graphs.errors import GraphError
from kgx.checked_options import checked
from kgx.errors import ConfigError, KgxError
from kgx.items import LinkedItems, paired_rows
from kgx.option_trees import with_changes
from kgx.train import Curve
from kgx.transfer.centres import Centres
from kgx.transfer.feature import choose_alpha
from kgx.transfer.options import RelationOptions
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.relation import RelationTransfer

__all__ = ["as_table", "main", "sweep", "tried"]

Row = tuple[dict[str, Any], list[float]]

_ALPHAS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


def sweep(config: ExperimentConfig, options: dict[str, list[Any]], seeds: int, pairs: int = 0) -> list[Row]:
    """Return, for every combination of options, the score of each seed.

    Args:
        config: the experiment that the options change.
        options: dotted name below ``relation`` -> values to try. Where one begins with ``from_scratch``, what is
            adapted was not pretrained.
        seeds: how often each combination is trained.
        pairs: of the target's pool, that are adapted to while others of the pool are asked for; with none, the score is
            that of the source's validation part.

    Raises:
        ConfigError: an option is unknown or has an impossible value, there is nothing to validate on, or the pool has
            not as many pairs.
    """
    combinations = [
        dict(zip(options, values, strict=True)) for values in itertools.product(*options.values())
    ]
    tried = [checked(ExperimentConfig, _relation(config, chosen), "options") for chosen in combinations]
    world = World.build(config)
    blank = any(name.startswith("from_scratch") for name in options)
    rehearsals = [Rehearsal.draw(world.target, seed) for seed in range(seeds)] if pairs else []
    if blank and not pairs:
        raise ConfigError(
            "from_scratch is about adaptation: expected --pairs, the number of pairs to adapt to"
        )
    if rehearsals and not 0 <= pairs <= len(rehearsals[0].stage.pool):
        raise ConfigError(f"--pairs: expected 0 to {len(rehearsals[0].stage.pool)}, got {pairs}")
    prepared: dict[str, Pretraining] = {}
    trained: dict[str, list[RelationTransfer]] = {}
    rows: list[Row] = []
    for chosen, relation in zip(combinations, (one.relation for one in tried), strict=True):
        tokens, network = (_without(relation, names) for names in (_ONLY_TRAINING, _ONLY_ADAPTATION))
        if tokens not in prepared:
            prepared.clear()
            prepared[tokens] = world.pretraining(relation)
        pretraining = prepared[tokens].with_options(relation)
        if blank or network not in trained:
            trained.clear()
            make = pretraining.untrained if blank else pretraining.train
            trained[network] = [make(seed) for seed in range(seeds)]
        if pairs:
            scores = [
                rehearsal.score(transfer if blank else replace(transfer, options=relation), pairs)
                for rehearsal, transfer in zip(rehearsals, trained[network], strict=True)
            ]
        else:
            scores = [_best(transfer.curve) for transfer in trained[network]]
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


_ONLY_ADAPTATION = ("adaptation", "from_scratch", "pair_weight", "prior_pairs")
"""Options that matter once there are pairs of a target."""

_ONLY_TRAINING = (
    *_ONLY_ADAPTATION,
    "training",
    "residual",
    "width",
    "dropout",
    "token_dropout",
    "batch_size",
    "negatives",
)
"""Options that the prepared tokens do not depend on."""


def _without(relation: RelationOptions, names: Sequence[str]) -> str:
    """Return options as a key, but for some."""
    default = RelationOptions()
    return repr(relation.model_copy(update={name: getattr(default, name) for name in names}))


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
    parser.add_argument("--pairs", type=int, default=0, help="of the target's pool, to adapt to (0: none)")
    chosen = parser.parse_args(arguments)
    try:
        rows = tried(load_retrieval_config(chosen.config), chosen.options, chosen.seeds, chosen.pairs)
    except (KgxError, GraphError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    Console().print(as_table(rows))
    return 0


def tried(config: ExperimentConfig, words: Sequence[str], seeds: int, pairs: int = 0) -> list[Row]:
    """Return what was tried with its scores, the best first.

    Args:
        config: the experiment.
        words: ``NAME=VALUE,VALUE…`` of the relation options; or ``ridge``; or ``maps`` and names of feature maps.
        seeds: how often each combination of relation options is trained.
        pairs: of the target's pool, to adapt to; see :func:`sweep`.

    Raises:
        ConfigError: as :func:`sweep`, an unknown feature map, or pairs for what is chosen on the source alone.
    """
    if pairs and words[:1] in (["ridge"], ["maps"]):
        raise ConfigError(f"--pairs: expected relation options, got {words[0]}, chosen on the source alone")
    if list(words) == ["ridge"]:
        found = [
            ({"ridge_alpha": alpha}, [score]) for alpha, score in _ridge(World.build(config).source).items()
        ]
    elif words[:1] == ["maps"]:
        found = [(options, [score]) for options, score in tune_maps(config, tuple(words[1:]))]
    else:
        found = sweep(config, _parse(words), seeds, pairs)
    return sorted(found, key=lambda row: -float(np.mean(row[1])))


def as_table(rows: Sequence[Row]) -> Table:
    """Return scores as a table for the terminal."""
    table = Table("options", "recall@10", "spread over seeds")
    for options, scores in rows:
        table.add_row(str(options), f"{np.mean(scores):.4f}", f"{np.ptp(scores):.4f}")
    return table


if __name__ == "__main__":
    sys.exit(main())
