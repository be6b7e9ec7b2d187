"""Triples out to a folder in OpenKE's format, as :mod:`graphs.readers.tables.openke` reads it."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.errors import GraphError
from graphs.readers.tables.openke import ENTITIES, PARTS, RELATIONS
from graphs.store import Store
from graphs.writers.packing import created
from graphs.writers.tables.names import NameTexts
from graphs.writers.tables.statements import LiteralRows, TripleRows, count_lost, details
from graphs.writers.terms import joined
from graphs.writers.written import Written

__all__ = ["write_openke"]

Numbers = npt.NDArray[Any]


def write_openke(store: Store, path: Path) -> Written:
    """Write the triples of a graph to a folder: names and their numbers, and ``train2id.txt``.

    Literals, weights and named graphs have no place there.

    Raises:
        GraphError: a file cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     written = write_openke(Store.from_triples([("owl", "eats", "mouse")]), Path(folder))
    ...     Path(folder, "train2id.txt").read_text().split(), written.statements
    (['1', '1', '0', '0'], 1)
    """
    left_out: Counter[str] = Counter()
    if path.exists() and not path.is_dir():
        raise GraphError(f"{path} is a file: name a folder for the files of OpenKE")
    literals = len(LiteralRows.of(store).plain(left_out))
    if literals:
        left_out["literals"] = literals
    rows = TripleRows.of(store).plain(left_out)
    nodes, relations = (
        NameTexts.of(names, {}, literals=False)
        for names in (store.columns.entities.column("iri"), store.columns.relations.column("iri"))
    )
    good = nodes.heads[rows.head] & nodes.tails[rows.tail] & relations.relations[rows.relation]
    count_lost(good, "statements with names that tables cannot hold", left_out)
    rows = rows.where(good)
    entities, (head, tail) = _numbered(nodes.written, [rows.head, rows.tail])
    names, (relation,) = _numbered(relations.written, [rows.relation])
    triples = joined(*(part for column in (head, tail, relation) for part in (_digits(column), " ")))
    with ExitStack() as stack:
        for name, lines in (
            (ENTITIES, joined(entities, "\t", _digits(np.arange(len(entities))))),
            (RELATIONS, joined(names, "\t", _digits(np.arange(len(names))))),
            (PARTS[0], triples),
        ):
            stream = stack.enter_context(created(path / name))
            stream.write(f"{len(lines)}\n".encode())
            stream.write("".join(f"{line.rstrip(' ')}\n" for line in lines.to_pylist()).encode())
    return Written(len(rows), {**details(store), **left_out})


def _numbered(
    texts: pa.LargeStringArray, columns: list[Numbers]
) -> tuple[pa.LargeStringArray, list[Numbers]]:
    """Return the texts that some columns point to, and the columns as numbers of these."""
    used, codes = np.unique(np.concatenate(columns), return_inverse=True)
    return texts.take(pa.array(used)), np.split(codes, len(columns))


def _digits(numbers: Numbers) -> pa.LargeStringArray:
    return pa.array(numbers).cast(pa.large_string())
