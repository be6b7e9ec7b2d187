"""Draw what words find among drawings of the source that training never saw: a picture of a result, free to share.

python -m experiments.picture experiments/configs/openclipart_to_tuxpaint.yaml docs/images/result.png
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from experiments.config import ExperimentConfig, load_retrieval_config
from experiments.world import World
from graphs.errors import GraphError
from kgx.errors import KgxError
from kgx.folders import atomic_path
from kgx.media import load_image

__all__ = ["draw", "found"]

_HITS, _QUERIES = 6, 5
_SIDE, _GAP, _TEXT = 110, 14, 200  # pixels
_INK, _RIGHT = "#1d2733", "#1a7f37"

Row = tuple[str, list[tuple[Path, bool]]]


def found(config: ExperimentConfig, seed: int = 1) -> list[Row]:
    """Return queries drawn at random from the source's validation folders, with the first pictures found for each.

    Nothing of an item's own folder is walked through, and its pair is not known: the figures of
    :mod:`experiments.sweep` are of the same searches.
    """
    world = World.build(config)
    pretraining = world.pretraining(config.relation)
    transfer = pretraining.train(config.seeds[0])
    pairs = pretraining.pairs["image"]
    texts, images = pairs.text_rows[pairs.validation], np.unique(pairs.other_rows[pairs.validation])
    queries = np.sort(np.random.default_rng(seed).choice(np.unique(texts), _QUERIES, replace=False))
    asked = {
        space: block.rows(torch.from_numpy(queries)).only(pairs.text_asked[space])
        for space, block in pairs.texts.items()
    }
    shown = {space: block.rows(torch.from_numpy(images)) for space, block in pairs.others.items()}
    with torch.no_grad():
        scores = (transfer.refiner(asked) @ transfer.refiner(shown).T).numpy()
    collection = world.domains[config.source].collection
    rows: list[Row] = []
    for query, own in zip(queries.tolist(), scores, strict=True):
        hits = []
        for column in np.argsort(-own, kind="stable")[:_HITS].tolist():
            item = collection.get(world.source["image"].ids[int(images[column])])
            right = pairs.text_entities[query] == pairs.other_entities[images[column]]
            hits.append((collection.file(item), bool(right)))
        rows.append((world.source["text"].captions[query], hits))
    return rows


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draw a sheet: one row a query, the right answers framed; an unreadable picture leaves its place empty."""
    size = (_TEXT + _HITS * (_SIDE + _GAP) + _GAP, len(rows) * (_SIDE + _GAP) + _GAP)
    sheet = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for place, (query, hits) in enumerate(rows):
        top = _GAP + place * (_SIDE + _GAP)
        pen.multiline_text((_GAP, top + _SIDE // 3), _wrapped(f"“{query}”", 24), fill=_INK, font=font)
        for column, (file, right) in enumerate(hits):
            left = _TEXT + column * (_SIDE + _GAP)
            picture = load_image(file, size=_SIDE)
            sheet.paste(picture, (left + (_SIDE - picture.width) // 2, top + (_SIDE - picture.height) // 2))
            if right:
                pen.rectangle((left - 4, top - 4, left + _SIDE + 3, top + _SIDE + 3), outline=_RIGHT, width=3)
    with atomic_path(path) as temporary:
        sheet.save(temporary, format="PNG", optimize=True)


def _wrapped(text: str, width: int) -> str:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines[:3])


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the sheet from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("picture", type=Path)
    options = parser.parse_args(arguments)
    try:
        draw(found(load_retrieval_config(options.config)), options.picture)
    except (KgxError, GraphError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
