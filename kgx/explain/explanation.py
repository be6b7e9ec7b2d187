"""Explanation: why a hit was found, as data, in words, and as a drawing."""

from __future__ import annotations

from dataclasses import dataclass

from kgx.explain.parts import Explained
from kgx.explain.picture import as_svg
from kgx.explain.text import as_text, short_lines

__all__ = ["Explanation"]


@dataclass(frozen=True)
class Explanation(Explained):
    """Why an item was found; what it holds is described in :class:`kgx.explain.parts.Explained`."""

    def to_text(self, *, paths: int | None = None) -> str:
        """Return it in words, for a terminal; all paths where no number is given."""
        return as_text(self, paths=paths)

    def short_lines(self, *, paths: int = 3) -> list[str]:
        """Return what belongs below a hit: the best paths and the relations that add most, in a line each."""
        return short_lines(self, paths=paths)

    def to_svg(self, *, paths: int | None = None) -> str:
        """Return the paths as a drawing, one self-contained SVG document; all where no number is given."""
        return as_svg(self, paths=paths)
