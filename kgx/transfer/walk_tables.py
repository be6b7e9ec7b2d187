"""The walks that a model's queries go, prepared and kept with the model, so that a query waits for no graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath

from graphs.gather import WalkTable
from graphs.propagate import Path
from kgx.errors import ModelError
from kgx.tensor_file import open_tensors, save_tensors
from kgx.transfer.tokens import TokenMaker, TokenPath

__all__ = ["WalkTables"]

_COLUMNS = ("offsets", "walk", "end", "weight", "means")


@dataclass(frozen=True)
class WalkTables:
    """Walks behind the first step of every path that a query has.

    Attributes:
        tables: space that they end in -> table.
    """

    tables: Mapping[str, WalkTable]

    @classmethod
    def build(cls, maker: TokenMaker) -> WalkTables:
        """Prepare a model's walks; those along edges that its graph has none of are left out."""
        data = maker.reference.data
        kinds, edges = set(data.node_types), set(data.edge_types)
        wanted: dict[str, dict[Path, None]] = {}
        for path in cls.walked(path for paths in maker.paths.values() for path in paths):
            onward = cls.onward(path)
            if onward.start in kinds and edges.issuperset(onward.steps):
                wanted.setdefault(path.space, {})[onward] = None
        return cls({space: WalkTable.build(data, list(walks)) for space, walks in sorted(wanted.items())})

    @staticmethod
    def walked(paths: Iterable[TokenPath]) -> list[TokenPath]:
        """Return the paths that a query walks: not itself, its translation, or what is filed of it."""
        return [path for path in paths if path.path.steps and not path.filed]

    @staticmethod
    def onward(path: TokenPath) -> Path:
        """Return a path without its first step."""
        first, *rest = path.path.steps
        return Path(first[2], tuple(rest))

    def save(self, folder: FilePath) -> None:
        """Write the tables into a folder."""
        for space, table in self.tables.items():
            note = {
                "space": space,
                "walks": [[walk.start, [list(step) for step in walk.steps]] for walk in table.walks],
                "starts_of": list(table.starts_of.items()),
                "ends_of": list(table.ends_of.items()),
                "first_mean": table.first_mean,
            }
            tensors = {name: getattr(table, name) for name in _COLUMNS}
            save_tensors(folder / f"{space}.safetensors", tensors, note)

    @classmethod
    def open(cls, folder: FilePath) -> WalkTables:
        """Open what :meth:`save` wrote.

        Raises:
            ModelError: a table is damaged.
        """
        tables = {}
        for path in sorted(folder.glob("*.safetensors")):
            tensors, note = open_tensors(path)
            try:
                tables[note["space"]] = WalkTable(
                    tuple(
                        Path(start, tuple((a, b, c) for a, b, c in steps)) for start, steps in note["walks"]
                    ),
                    {str(kind): int(node) for kind, node in note["starts_of"]},
                    {str(kind): int(row) for kind, row in note["ends_of"]},
                    int(note["first_mean"]),
                    *(tensors[name] for name in _COLUMNS),
                )
            except (KeyError, TypeError, ValueError) as error:
                raise ModelError(f"{path} is damaged ({error})") from error
        return cls(tables)
