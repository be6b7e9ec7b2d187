"""``kgx select``: which pretrained encoder suits a labelled target, told from few labels and without fine-tuning."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgx.cli.options import AsJson, Debug, Threads
from kgx.threads import configure

if TYPE_CHECKING:
    from kgx.transfer.model.selection import Selection

__all__ = ["SELECT_EXAMPLES", "Final", "Labelled", "select"]

SELECT_EXAMPLES = """
Examples:

kgx select birds.csv --label family --candidate bundled:image --candidate hf:/models/resnet

kgx select birds.csv --label family --modality text --candidate bundled:text
--candidate bundled:multilingual-text --labels 60 --verify

kgx select birds.csv --label family --candidate bundled:image --candidate hf:/models/vit --verify --by fine-tune --json
"""


class Labelled(StrEnum):
    """What may be classified."""

    text = "text"
    image = "image"
    audio = "audio"


class Final(StrEnum):
    """What the final accuracy is that of."""

    probe = "probe"
    fine_tune = "fine-tune"


def select(
    manifest: Annotated[Path, typer.Argument(help="Manifest of the target.", show_default=False)],
    label: Annotated[str, typer.Option("--label", help="Column that holds the labels.", show_default=False)],
    candidate: Annotated[
        list[str],
        typer.Option(
            "--candidate",
            help="Encoder to judge: bundled:text, hf:NAME-OR-FOLDER …; give several.",
            show_default=False,
        ),
    ],
    modality: Annotated[
        Labelled | None,
        typer.Option("--modality", help="Items to classify, where several kinds have labels."),
    ] = None,
    labels: Annotated[int, typer.Option("--labels", min=4, help="Labels that the scores may use.")] = 200,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Train on the whole training part, and say how well each score foretold the accuracy.",
        ),
    ] = False,
    by: Annotated[Final, typer.Option("--by", help="How --verify trains.")] = Final.probe,
    cache: Annotated[
        Path | None, typer.Option("--cache", help="Where vectors are kept.", show_default="the data cache")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the draw, the folds and the training.")] = 0,
    threads: Threads = 2,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Rank candidate encoders for a labelled target: by LogME, a linear probe and the nearest neighbours.

    The scores use few labels and no fine-tuning; more is better. --verify compares them with the accuracy on the items
    whose split is "test", or on a quarter of the entities where no item has that.
    """
    configure(threads)
    from kgx.collection import Collection
    from kgx.folders import data_folder
    from kgx.transfer.model.selection import LabelledTarget
    from kgx.transfer.model.selection import select as ranked

    collection = Collection.read(manifest)
    for skipped in collection.skipped:
        print(f"left out: row {skipped.row}: {skipped.reason}", file=sys.stderr)
    target = LabelledTarget.of(
        collection, label, count=labels, modality=None if modality is None else modality.value, seed=seed
    )
    selection = ranked(
        candidate,
        target,
        final=by.value if verify else None,
        cache=cache if cache is not None else data_folder() / "vectors",
        threads=threads,
        seed=seed,
    )
    for row, why in selection.skipped.items():
        print(f"left out: {target.values[row]}: {why}", file=sys.stderr)
    if as_json:
        typer.echo(json.dumps(_told(selection, target.modality, seed), ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(_lines(selection)))


def _told(selection: Selection, modality: str, seed: int) -> dict[str, Any]:
    return {
        "modality": modality,
        "labels": selection.items,
        "seed": seed,
        "candidates": [
            {"rank": rank, **asdict(one), "seconds": round(one.seconds, 3)}
            for rank, one in enumerate(selection.candidates, start=1)
        ],
        "agreement": {name: asdict(one) for name, one in selection.agreements.items()},
    }


def _lines(selection: Selection) -> list[str]:
    from kgx.transfer.model.selection.ranking import SCORES

    widest = max(len("candidate"), *(len(one.name) for one in selection.candidates))
    verified = bool(selection.agreements)
    head = f"{'':>3}  {'candidate':<{widest}}  {'LogME':>8}  {'probe':>6}  {'kNN':>6}"
    lines = [head + ("  accuracy" if verified else "")]
    for rank, one in enumerate(selection.candidates, start=1):
        logme, probe, knn = (one.scores[name] for name in SCORES)
        line = f"{rank:>3}  {one.name:<{widest}}  {logme:8.4f}  {probe:6.3f}  {knn:6.3f}"
        lines.append(line + (f"  {one.accuracy:8.3f}" if one.accuracy is not None else ""))
    lines.append(f"{selection.items} labels; ranked by LogME, more is better in every column")
    for name, how in selection.agreements.items():
        tau, pearson = (
            "undefined" if value is None else f"{value:.2f}" for value in (how.weighted_tau, how.pearson)
        )
        told = f"weighted tau {tau}, Pearson {pearson}; the accuracy lost by its first choice is {how.regret:.3f}"
        lines.append(f"{name} against the accuracy: {told}")
    return lines
