"""Text for terminals: aligned columns, and nothing in it that a terminal would obey."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Final

__all__ = ["aligned", "one_line"]

_OBEYED: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, those that turn the direction of writing, and halves of characters."""
_LOOKED_AT: Final = 1000
"""Rows that the widths of columns are taken from; later ones are printed as they come."""


def one_line(text: str) -> str:
    """Return a text in one line, with nothing in it that would move the cursor or change colours.

    >>> one_line("a\\tb\\n"), one_line("\\x1b[31mred")
    ('a b', '\ufffd[31mred')
    """
    return _OBEYED.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.split()))


def aligned(
    rows: Iterator[Sequence[str]] | Sequence[Sequence[str]], right: Sequence[int] = ()
) -> Iterator[str]:
    """Yield rows as lines, their cells one below the other, however long they are.

    Args:
        rows: cells, as many in each row.
        right: the columns that are flush right, by number.

    >>> print(*aligned([("owl", "1"), ("barn owl", "12")], right=[1]), sep="\\n")
    owl        1
    barn owl  12
    """
    from rich.cells import cell_len

    rest = iter(rows)
    first = [[one_line(cell) for cell in row] for row in islice(rest, _LOOKED_AT)]
    widths = [max(map(cell_len, column)) for column in zip(*first, strict=True)]
    for row in chain(first, ([one_line(cell) for cell in row] for row in rest)):
        cells = []
        for column, cell in enumerate(row):
            space = " " * (widths[column] - cell_len(cell))
            cells.append(space + cell if column in right else cell + space)
        yield "  ".join(cells).rstrip()
