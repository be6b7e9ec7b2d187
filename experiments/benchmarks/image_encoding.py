"""How fast pictures become vectors: onnxruntime against the same network in eager torch, in one run.

Both sides get the same decoded pictures in batches of 32, average the same two flips, and use the same number of
threads; they take turns, so that a busy machine slows both. The rate from files, decoding included, is printed beside.

Run: ``python -m experiments.benchmarks.image_encoding``
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import count, cycle, takewhile
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from experiments.benchmarks.bar import Bar
from experiments.benchmarks.by_turns import by_turns
from experiments.domains.packages import PACKAGES, fetch
from kgx.encoders.bundled_image import BATCH, EfficientNetLite, build_network, load_pixels
from kgx.encoders.prefetch import decode_batches
from kgx.threads import configure

__all__ = ["Result", "main", "measure"]

_PACKAGE = "openclipart-png"
_RATIO = Bar(6)
_DIFFERENCE = Bar(1e-4, below=True)
_ENDINGS = {".png", ".jpg", ".jpeg", ".svg", ".gif", ".webp"}

Encode = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, slots=True)
class Result:
    """What one run measured. Rates are in pictures a second, medians over the turns."""

    pictures: int
    turns: int
    threads: int
    ours: float
    torch_eager: float
    ratio: float
    ratio_lowest: float
    ratio_highest: float
    largest_difference: float
    decoding: float
    ours_with_decoding: float
    peak_memory_mb: float


def measure(paths: list[Path], *, seconds: float, threads: int) -> Result:
    """Encode the pictures by turns for ``seconds``, then once from their files.

    Args:
        paths: pictures; those that cannot be decoded are left out, and at least 32 must remain.
        seconds: how long the turns go on; there are three at least.
        threads: threads of either side.
    """
    start = time.perf_counter()
    batches = [
        np.stack(pixels)
        for _, pixels in decode_batches(paths, load_pixels, batch=BATCH, workers=threads, failures={})
        if len(pixels) == BATCH
    ]
    decoding = len(paths) / (time.perf_counter() - start)
    if not batches:
        raise typer.BadParameter(f"needs at least {BATCH} pictures that can be decoded")
    encoder = EfficientNetLite(threads=threads)
    eager = _eager(threads)
    largest = max(
        float(np.abs(ours - theirs).max())
        for ours, theirs in zip(encoder.encode_pixels(batches[0]), eager(batches[0]), strict=True)
    )
    mine, its = cycle(batches), cycle(batches)  # both sides get the same ones
    deadline = time.perf_counter() + seconds
    turns = takewhile(lambda turn: turn < 3 or time.perf_counter() < deadline, count())
    ours, theirs = by_turns([lambda: encoder.encode_pixels(next(mine)), lambda: eager(next(its))], turns)
    ratios = np.array(theirs) / np.array(ours)
    start = time.perf_counter()
    encoder.encode(paths, "image")
    with_decoding = len(paths) / (time.perf_counter() - start)
    return Result(
        pictures=len(paths),
        turns=len(ours),
        threads=threads,
        ours=BATCH / float(np.median(ours)),
        torch_eager=BATCH / float(np.median(theirs)),
        ratio=float(np.median(ratios)),
        ratio_lowest=float(ratios.min()),
        ratio_highest=float(ratios.max()),
        largest_difference=largest,
        decoding=decoding,
        ours_with_decoding=with_decoding,
        peak_memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _eager(threads: int) -> Encode:
    """The network as torch runs it when nothing is done about it, with the same two flips."""
    import torch

    torch.set_num_threads(threads)
    network = build_network()

    def encode(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with torch.inference_mode():
            given = torch.from_numpy(pixels)
            features, scores = network(given)
            mirrored_features, mirrored_scores = network(given.flip(2))
        return (
            ((features + mirrored_features) / 2).numpy(),
            ((scores + mirrored_scores) / 2).numpy(),
        )

    return encode


def _report(result: Result) -> str:
    return "\n".join(
        [
            f"pictures decoded already, batches of {BATCH}, two flips each, {result.threads} threads, "
            f"{result.turns} turns:",
            f"  onnxruntime   {result.ours:7.1f} pictures/s",
            f"  eager torch   {result.torch_eager:7.1f} pictures/s",
            f"  ratio         {result.ratio:7.1f} × (from {result.ratio_lowest:.1f} to {result.ratio_highest:.1f}; "
            f"{_RATIO.told(result.ratio)})",
            f"  difference    {result.largest_difference:7.1e} at most ({_DIFFERENCE.told(result.largest_difference)})",
            f"from {result.pictures} files:",
            f"  decoding alone     {result.decoding:7.1f} pictures/s",
            f"  decoding, encoding {result.ours_with_decoding:7.1f} pictures/s",
            f"peak memory of all this, torch included: {result.peak_memory_mb:.0f} MB",
        ]
    )


def main(
    folder: Annotated[
        Path | None,
        typer.Option(help="Folder of pictures; left out: Open Clip Art, fetched if needed."),
    ] = None,
    pictures: Annotated[int, typer.Option(min=BATCH, help="How many pictures of it are used.")] = 128,
    seconds: Annotated[float, typer.Option(min=0.0, help="How long the two sides take turns.")] = 30.0,
    threads: Annotated[int, typer.Option(min=1, help="Threads of either side.")] = 2,
    seed: Annotated[int, typer.Option(help="Chooses the pictures.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure picture encoding against eager torch."""
    configure(threads)
    root = folder if folder is not None else fetch(_PACKAGE) / PACKAGES[_PACKAGE]
    found = sorted(path for path in root.rglob("*") if path.suffix.lower() in _ENDINGS and path.is_file())
    if len(found) < BATCH:
        raise typer.BadParameter(f"{root}: needs at least {BATCH} pictures, has {len(found)}")
    chosen = np.random.default_rng(seed).permutation(len(found))[:pictures]
    result = measure([found[row] for row in chosen], seconds=seconds, threads=threads)
    typer.echo(json.dumps(asdict(result), indent=2) if as_json else _report(result))


if __name__ == "__main__":
    typer.run(main)
