"""``kgx pretrain``: a collection with pairs and a knowledge graph in, a pretrained model out."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgx.cli.items_told import item_lines, pair_line
from kgx.cli.options import KG, MOST_SEED, AsJson, Changes, Debug, Strict, Threads
from kgx.threads import configure

if TYPE_CHECKING:
    from kgx.model_pipeline import ModelSummary
    from kgx.transfer.options import RelationOptions

__all__ = ["PRETRAIN_EXAMPLES", "pretrain"]

PRETRAIN_EXAMPLES = """
Examples:

kgx pretrain --items source.csv --kg concepts.ttl --out my-model

kgx pretrain --items source.csv --kg concepts.ttl --out my-model --set training.epochs=20 --set hops=1

kgx pretrain --items source.csv --kg concepts.ttl --out my-model --options options.yaml --seed 1 --force

kgx pretrain --items source.csv --kg concepts.ttl --out my-model --image hf:facebook/dinov2-small --audio none
"""
_NONE = "none"


def pretrain(
    items: Annotated[
        Path,
        typer.Option(
            "--items",
            help="Manifest of the source: CSV, TSV, JSONL, Parquet, or a folder with metadata.jsonl. Texts and "
            "pictures or sounds of the same entity are its pairs.",
        ),
    ],
    kg: Annotated[Path, KG],
    out: Annotated[Path, typer.Option("--out", help="Folder of the model; it appears when all is done.")],
    text: Annotated[str, typer.Option("--text", help="Encoder of texts.")] = "bundled:text",
    image: Annotated[str, typer.Option("--image", help="Encoder of pictures, or none.")] = "bundled:image",
    audio: Annotated[str, typer.Option("--audio", help="Encoder of sounds, or none.")] = "bundled:audio",
    options: Annotated[
        Path | None,
        typer.Option(
            "--options", help="YAML file of options (kgx.RelationOptions); the others keep their defaults."
        ),
    ] = None,
    changes: Changes = None,
    strict: Strict = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a model that stands there already.")
    ] = False,
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=MOST_SEED, help="Of weights, batches and dropout.")
    ] = 0,
    threads: Threads = 2,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Pretrain a model on a collection of your own, for other collections to be refined with.

    The items are encoded and linked to the concepts of the knowledge graph; the network learns what tells that a text
    and a picture belong together, without looking at their own folder (the column category). Whole folders are held
    out, and say by recall@10 when to stop. An encoder of a modality that the source has no items of makes the model
    ready for collections that have; hf:NAME-OR-FOLDER names one of Hugging Face.
    """
    configure(threads)
    chosen = _options(options, changes or ())
    from graphs import read_graph
    from kgx.collection import Collection
    from kgx.model_pipeline import build_model

    encoders = {"text": text, "image": image, "audio": audio}
    summary = build_model(
        Collection.read(items, strict=strict),
        read_graph(kg),
        out,
        encoders={modality: name for modality, name in encoders.items() if name != _NONE},
        options=chosen,
        seed=seed,
        strict=strict,
        force=force,
        threads=threads,
    )
    if as_json:
        typer.echo(json.dumps(summary.to_dict(), ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(_lines(summary, chosen)))


def _options(path: Path | None, changes: Sequence[str]) -> RelationOptions:
    """Return the options of a file and of ``NAME=VALUE``, over the defaults.

    Raises:
        ConfigError: one is unknown (the nearest known one is named) or has an impossible value.
    """
    from pydantic_core import to_jsonable_python

    from kgx.checked_options import checked
    from kgx.option_trees import laid_over, named_values, read_options, with_changes
    from kgx.transfer.options import RelationOptions

    tree = to_jsonable_python({name: field.default for name, field in RelationOptions.model_fields.items()})
    if path is not None:
        tree = laid_over(tree, read_options(path))
        checked(RelationOptions, tree, str(path))
    return checked(RelationOptions, with_changes(tree, named_values(changes)), "--set")


def _lines(summary: ModelSummary, options: RelationOptions) -> list[str]:
    lines = item_lines(summary.items, summary.linked, summary.skipped, "by --json")
    lines += [pair_line(summary.pairs), *_training_lines(summary, options)]
    name = shlex.quote(str(summary.folder))
    return [*lines, f"use it: kgx run --items your-items.csv --model {name} --out my-run"]


def _training_lines(summary: ModelSummary, options: RelationOptions) -> list[str]:
    """Say epoch by epoch how training went, and what was held out."""
    if not summary.epochs:
        return ["nothing was trained"]
    scores = summary.curve.score
    lines = [
        f"epoch {epoch + 1}: loss {loss:.4f}"
        + (f", held-out recall@10 {scores[epoch]:.3f}" if epoch < len(scores) else "")
        for epoch, loss in enumerate(summary.curve.loss)
    ]
    trained = f"trained {summary.epochs} of {options.training.epochs} epochs on text and {summary.trained_on}"
    held_out = summary.held_out[summary.trained_on]
    if not held_out:
        return [
            *lines,
            f"{trained}; nothing was held out, since no folder (column category) is small enough: with more and "
            "smaller ones, training stops when it is best",
        ]
    if summary.recall is None:
        return [*lines, f"{trained}; {held_out:,} pairs were held out, but training.patience=0 looks at none"]
    best = summary.curve.best_epoch + 1
    return [
        *lines,
        f"{trained}; {held_out:,} pairs held out by whole folders: recall@10 {summary.recall:.3f} after epoch {best}, "
        "the best",
    ]
