"""The walks that a model's queries go, prepared and kept with the model, so that a query waits for no graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from graphs.gather import WalkTable
from graphs.propagate import EdgeType
from kgx.errors import ModelError
from kgx.tensor_file import open_tensors, save_tensors
from kgx.transfer.tokens import TokenMaker, TokenPath

__all__ = ["WalkTables"]

_COLUMNS = ("offsets", "walk", "end", "weight", "means")


@dataclass(frozen=True)
class WalkTables:
    """Walks behind the first step of every path that a query has.

    Attributes:
        tables: (node type that they begin at, space that they end in) -> table.
    """

    tables: Mapping[tuple[str, str], WalkTable]

    @classmethod
    def build(cls, maker: TokenMaker) -> WalkTables:
        """Prepare a model's walks; those along edges that its graph has none of are left out."""
        wanted: dict[tuple[str, str], dict[tuple[EdgeType, ...], None]] = {}
        for path in cls.walked(path for paths in maker.paths.values() for path in paths):
            wanted.setdefault(cls.key(path), {})[path.path.steps[1:]] = None
        data = maker.reference.data
        known = set(data.edge_types)
        return cls(
            {
                key: WalkTable.build(data, key[0], [steps for steps in walks if known.issuperset(steps)])
                for key, walks in sorted(wanted.items())
                if key[0] in data.node_types
            }
        )

    @staticmethod
    def walked(paths: Iterable[TokenPath]) -> list[TokenPath]:
        """Return the paths that a query walks: not itself, its translation, or what is filed of it."""
        return [path for path in paths if path.path.steps and not path.filed]

    @staticmethod
    def key(path: TokenPath) -> tuple[str, str]:
        """Return which table a path's walk is in."""
        return path.path.steps[0][2], path.space

    def save(self, folder: Path) -> None:
        """Write the tables into a folder."""
        for (start, space), table in self.tables.items():
            walks = [[list(step) for step in steps] for steps in table.walks]
            note = {
                "start": start,
                "space": space,
                "walks": walks,
                "ends_of": list(table.ends_of.items()),
                "first_mean": table.first_mean,
            }
            tensors = {name: getattr(table, name) for name in _COLUMNS}
            save_tensors(folder / f"{start}-{space}.safetensors", tensors, note)

    @classmethod
    def open(cls, folder: Path) -> WalkTables:
        """Open what :meth:`save` wrote.

        Raises:
            ModelError: a table is damaged.
        """
        tables = {}
        for path in sorted(folder.glob("*.safetensors")):
            tensors, note = open_tensors(path)
            try:
                walks = tuple(tuple((a, b, c) for a, b, c in steps) for steps in note["walks"])
                ends_of = {str(kind): int(row) for kind, row in note["ends_of"]}
                columns = [tensors[name] for name in _COLUMNS]
                first_mean = int(note["first_mean"])
                tables[note["start"], note["space"]] = WalkTable(
                    note["start"], walks, ends_of, first_mean, *columns
                )
            except (KeyError, TypeError, ValueError) as error:
                raise ModelError(f"{path} is damaged ({error})") from error
        return cls(tables)
