"""What an import rejects, on disk as it goes: one list in the order of sources, whatever the order of files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from graphs.readers.reading import Rejection

__all__ = ["REJECTS", "Rejects"]

REJECTS: Final = "rejects.jsonl"
"""Name of the file, in the folder of a stored graph, that lists what was rejected."""


class Rejects:
    """Collects rejections, those of a source in a file of its own.

    Args:
        folder: where to keep them meanwhile.

    Attributes:
        counts: how many statements each source has lost.
        first: the first rejection, as it is told.
    """

    def __init__(self, folder: Path) -> None:
        self.counts: Counter[str] = Counter()
        self.first = ""
        self._folder = folder
        self._files: dict[str, Path] = {}

    def take_over(self, path: Path) -> None:
        """Take over the list of an earlier import, whose rejections do not count again."""
        with path.open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                self._append(str(json.loads(line)["source"]), [line])

    def add(self, source: str, rejections: Iterable[Rejection]) -> None:
        """Write down what was rejected of a source."""
        lines = []
        for rejection in rejections:
            self.counts[source] += rejection.count
            self.first = self.first or str(rejection)
            lines.append(json.dumps({"source": source, **asdict(rejection)}, ensure_ascii=False) + "\n")
        if lines:
            self._append(source, lines)

    def written(self) -> Path | None:
        """Return a file of all rejections, by source; nothing where there is none."""
        if not self._files:
            return None
        whole = self._folder / REJECTS
        with whole.open("wb") as sink:
            for source in sorted(self._files):
                with self._files[source].open("rb") as part:
                    while piece := part.read(1 << 20):
                        sink.write(piece)
        return whole

    def _append(self, source: str, lines: Iterable[str]) -> None:
        place = self._files.setdefault(source, self._folder / f"{len(self._files)}.jsonl")
        with place.open("a", encoding="utf-8", newline="\n") as sink:
            sink.writelines(lines)
