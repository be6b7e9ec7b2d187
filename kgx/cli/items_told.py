"""What is printed of items that went into a run or a model: how many, linked or skipped, and pairs among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kgx.collection import Skipped

__all__ = ["item_lines", "pair_line"]

_LISTED = 20  # skipped items that are printed one by one


def item_lines(
    items: Mapping[str, int], linked: Mapping[str, int], skipped: Sequence[Skipped], listed: str
) -> list[str]:
    """Return a line for each modality, and what was skipped.

    Args:
        items, linked: modality -> number of items, and of those with a link to a concept.
        skipped: what could not be used, and why.
        listed: where all of that is listed, where it is too much to be printed.

    >>> item_lines({"text": 1200}, {"text": 900}, (), "in run.json")
    ['  text: 1,200 items, 900 of them linked to concepts', 'skipped: 0']
    """
    lines = [
        f"{modality:>6}: {count:,} items, {linked[modality]:,} of them linked to concepts"
        for modality, count in items.items()
    ]
    lines.append(f"skipped: {len(skipped):,}")
    for entry in skipped[:_LISTED]:
        row = "" if entry.row is None else f"row {entry.row}: "
        lines.append(f"  {row}{entry.id}: {entry.reason}" if entry.id else f"  {row}{entry.reason}")
    if len(skipped) > _LISTED:
        lines.append(f"  … all of them are listed {listed}")
    return lines


def pair_line(pairs: Mapping[str, int]) -> str:
    """Say in a line how many pairs there are of texts and other modalities.

    >>> pair_line({"image": 1200, "audio": 1})
    '1,200 pairs of text and image, 1 pair of text and audio'
    """
    told = (
        f"{count:,} {'pair' if count == 1 else 'pairs'} of text and {modality}"
        for modality, count in pairs.items()
    )
    return ", ".join(told)
