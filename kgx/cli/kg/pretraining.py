"""``kgx kg pretrain``: a relation model of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from kgx.cli.kg.evaluating import Device
from kgx.cli.options import AsJson, Debug, Threads
from kgx.threads import configure

__all__ = ["PRETRAIN_EXAMPLES", "pretrain"]

PRETRAIN_EXAMPLES = """
Examples:

kgx kg pretrain fb237/train.txt WN18RR/train.txt --out mine.safetensors

kgx kg pretrain my-graph --from ultra_4g.pth --epochs 1 --learning-rate 0.0005 --out tuned.safetensors

torchrun --nproc-per-node 4 -m kgx kg pretrain a.nt b.nt --batch-size 64 --negatives 512 --out mine.safetensors
"""


def pretrain(
    graphs: Annotated[
        list[Path], typer.Argument(metavar="GRAPH…", help="Stored graphs, or files of any format.")
    ],
    out: Annotated[Path, typer.Option("--out", help="The checkpoint to write, as safetensors.")],
    start: Annotated[
        Path | None, typer.Option("--from", help="A checkpoint to start from; left out, random weights.")
    ] = None,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Passes over the links.")] = 2,
    steps: Annotated[
        int, typer.Option("--steps", min=0, help="Steps an epoch; 0 goes through all links.")
    ] = 0,
    batch_size: Annotated[int, typer.Option("--batch-size", min=1, help="Links a step.")] = 16,
    negatives: Annotated[int, typer.Option("--negatives", min=1, help="Wrong answers drawn a link.")] = 128,
    temperature: Annotated[
        float, typer.Option("--temperature", min=0.0, help="Of the weights of wrong answers; 0: all alike.")
    ] = 1.0,
    learning_rate: Annotated[
        float, typer.Option("--learning-rate", min=0.0, help="The highest of the one-cycle schedule.")
    ] = 2e-3,
    validation_share: Annotated[
        float,
        typer.Option(
            "--validation-share", min=0.0, max=0.5, help="Share of the links kept back to score by."
        ),
    ] = 0.0,
    patience: Annotated[
        int,
        typer.Option(
            "--patience", min=0, help="Epochs without a better validation score to stop after; 0: none."
        ),
    ] = 0,
    text_encoder: Annotated[
        str | None,
        typer.Option(
            "--text-encoder", help="Let the model read names too, as vectors of this encoder: bundled:text, …"
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the random numbers.")] = 0,
    device: Device = "auto",
    threads: Threads = 2,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Train a relation model on graphs: every link is hidden, asked for, and told from drawn wrong answers.

    Interrupted, the same command goes on where it was. The paper's own values are a batch of 64, 512 negatives, a
    learning rate of 0.0005 and hundreds of thousands of steps; the defaults are for small graphs and minutes.
    """
    configure(threads)
    from kgx.completion.pretraining import PretrainOptions
    from kgx.completion.pretraining import pretrain as trained
    from kgx.completion.task import CompletionOptions
    from kgx.errors import ConfigError
    from kgx.train import TrainingOptions
    from kgx.train.parallel import is_first

    if patience and not validation_share:
        raise ConfigError("--patience needs links to score by: give a --validation-share too")
    options = PretrainOptions(
        training=TrainingOptions(epochs=epochs, learning_rate=learning_rate, patience=patience, seed=seed),
        completion=CompletionOptions(
            batch_size=batch_size, negatives=negatives, temperature=temperature, steps=steps
        ),
        validation_share=validation_share,
        text_encoder=text_encoder,
    )
    done = trained(graphs, out, options, start=start, device=device, threads=threads)
    if not is_first():
        return
    if as_json:
        typer.echo(json.dumps(done.to_dict(), ensure_ascii=False, indent=1))
        return
    for epoch, loss in enumerate(done.curve.loss):
        score = f", validation MRR {done.curve.score[epoch]:.3f}" if epoch < len(done.curve.score) else ""
        typer.echo(f"epoch {epoch + 1}: loss {loss:.4f}{score}")
    typer.echo(f"{done.parameters:,} parameters, learned from {sum(done.links):,} links, in {done.out}")
