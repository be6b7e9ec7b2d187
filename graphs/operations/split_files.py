"""Splits on disk: for every part a stored graph and a table of triples, and ``split.json`` with the report."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from graphs.errors import GraphStoreError
from graphs.operations.split import Split
from graphs.store import Store

__all__ = ["REPORT", "write_split"]

REPORT: Final = "split.json"
_ROWS: Final = 1 << 20
_BREAKS: Final = ("\t", "\n", "\r")


def write_split(split: Split, folder: str | Path) -> None:
    """Write every part as a stored graph ``NAME`` and as ``NAME.tsv``; all or nothing.

    A row of the tables has a triple's head, relation and tail between tabs, without a header, as PyKEEN and GraIL read
    them; literals are in the stored graphs only. A split that stands in the folder already is replaced.

    Raises:
        GraphStoreError: the folder holds something else than a split, or a name cannot stand in such a table.
    """
    folder = Path(folder)
    if folder.exists() and not (
        folder.is_dir() and (not any(folder.iterdir()) or (folder / REPORT).is_file())
    ):
        raise GraphStoreError(f"{folder} exists and is not a split; name another folder or remove it")
    folder.parent.mkdir(parents=True, exist_ok=True)
    workplace = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        fresh = workplace / "new"
        fresh.mkdir()
        for name, columns in split.parts.items():
            columns.write(fresh / name)
            _write_triples(Store(columns), fresh / f"{name}.tsv")
        report = json.dumps(split.to_dict(), ensure_ascii=False, indent=1)
        (fresh / REPORT).write_text(report + "\n", encoding="utf-8")
        if folder.exists():
            os.replace(folder, workplace / "old")
        os.replace(fresh, folder)
    except OSError:
        if (workplace / "old").exists() and not folder.exists():
            os.replace(workplace / "old", folder)
        raise
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def _write_triples(part: Store, path: Path) -> None:
    entities = part.columns.entities.column("iri")
    relations = part.columns.relations.column("iri")
    for names in (entities, relations):
        for character in _BREAKS:
            broken = names.filter(pc.match_substring(names, character)).to_pylist()
            if broken:
                raise GraphStoreError(
                    f"{broken[0]!r} cannot stand in a table of triples: it has {character!r} in it"
                )
    with path.open("wb") as sink:
        for start in range(0, part.num_triples, _ROWS):
            rows = slice(start, start + _ROWS)
            columns = (
                names.take(pa.array(numbers[rows]))
                for names, numbers in (
                    (entities, part.heads),
                    (relations, part.relation_ids),
                    (entities, part.tails),
                )
            )
            lines = pc.binary_join_element_wise(*columns, pa.scalar("\t", pa.large_string()))
            sink.write(("\n".join(lines.to_pylist()) + "\n").encode())
