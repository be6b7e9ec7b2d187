"""Graph conditions in SPARQL, asked of the run's graph with its items in it.

Items are ``item:ID`` (percent-encoded), with ``kgx:depicts``, ``kgx:mentions``, ``kgx:in_category`` and so on to
concepts, ``kgx:modality``, and their caption as ``rdfs:label``. The index of it all is made when it is first needed,
and kept.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import threading
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Int64

from graphs.builder import GraphBuilder
from graphs.graph import KnowledgeGraph
from graphs.query import Index
from graphs.query.confined import values_of
from graphs.query.index import fingerprint
from graphs.vocabulary import RDFS_LABEL
from kgx.filters.item_graph import LINK, ItemGraph, item_iri, link_iri
from kgx.filters.patterns import ITEM_VARIABLE
from kgx.run_cache import cache_folder
from kgx.run_folder import OpenedRun

__all__ = ["SparqlFilter", "is_sparql"]

_WHOLE: Final = re.compile(
    r"(?:\s|#[^\n\r]*[\n\r])*(?:PREFIX|BASE|VERSION|SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.IGNORECASE
)
_BEYOND: Final = re.compile(r"[{}]|\b(?:FILTER|BIND|VALUES|OPTIONAL|UNION|MINUS)\b\s*[({?]", re.IGNORECASE)
_QUOTED: Final = re.compile(r'"[^"]*"|<[^<>\s]*>')
_INDEX: Final = "sparql"
_KNOWLEDGE: Final = "knowledge"
_KEPT: Final = 3  # indexes: queries of a searcher from before an edit may still be asked of an older one
_MAKING: Final = threading.Lock()
_USUAL_VARIABLE: Final = f"SELECT DISTINCT ?{ITEM_VARIABLE} WHERE {{ %s }}"


def is_sparql(text: str) -> bool:
    """Tell whether a graph condition needs SPARQL: a whole query, or a pattern of more than statements.

    >>> is_sparql("?item depicts/hypernym* wn:bird"), is_sparql("SELECT ?item { ?item kgx:depicts ?x }")
    (False, True)
    >>> is_sparql("?item kgx:depicts ?x FILTER (?x != wn:01503061-n)"), is_sparql('?item mentions "{x}"')
    (True, False)
    """
    return bool(_WHOLE.match(text) or _BEYOND.search(_QUOTED.sub("", text)))


class SparqlFilter:
    """Answers conditions in SPARQL.

    Args:
        run: the run.
        graph: its graph with its items.
    """

    def __init__(self, run: OpenedRun, graph: ItemGraph) -> None:
        self._run = run
        self._graph = graph

    def items(self, text: str, *, seconds: float) -> Int64[np.ndarray, " n"]:
        """Return the rows of the items that ``?item`` may be.

        Args:
            text: a SELECT query, or what stands between its braces.
            seconds: time for the answer; making the index, the first time, is not counted.

        Raises:
            GraphError: the query is wrong, or takes too long or too much.
        """
        query = text if _WHOLE.match(text) else _USUAL_VARIABLE % text
        found = values_of(self._engine, query, ITEM_VARIABLE, prefixes=self._graph.prefixes, seconds=seconds)
        rows = [self._rows[iri] for iri in found if iri in self._rows]
        return np.array(sorted(rows), dtype=np.int64)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {item_iri(name): row for name, row in self._run.items.row_of.items()}

    @cached_property
    def _engine(self) -> Path:
        """The folder of the Oxigraph store, made where it is missing or of another state of the run.

        The knowledge has an index of its own, which that of the run begins with: items come and go more often.
        """
        known = fingerprint(self._graph.graph.columns)
        digest = hashlib.sha256(known.encode())
        items = self._run.items
        links = {name: [rows.tolist(), tails.tolist()] for name, (rows, tails) in self._graph.links.items()}
        digest.update(json.dumps([items.id, items.modality, items.caption, links], sort_keys=True).encode())
        cache = cache_folder(self._run.folder)
        base, place = cache / f"{_KNOWLEDGE}-{known[:16]}", cache / f"{_INDEX}-{digest.hexdigest()[:16]}"
        with _MAKING:
            if not place.is_dir():
                Index.kept(self._graph.graph, base)
                Index.grown(base, self._items(), place)
                kept = sorted(cache.glob(f"{_INDEX}-*"), key=lambda folder: folder.stat().st_mtime)
                for old in (*kept[:-_KEPT], *(set(cache.glob(f"{_KNOWLEDGE}-*")) - {base})):
                    shutil.rmtree(old, ignore_errors=True)
        return place / "store"

    def _items(self) -> KnowledgeGraph:
        items, graph = self._run.items, self._graph.graph
        builder = GraphBuilder()
        for name, modality, caption in zip(items.id, items.modality, items.caption, strict=True):
            builder.add_literal(item_iri(name), LINK + "modality", modality)
            builder.add_literal(item_iri(name), RDFS_LABEL, caption)
        for relation, (rows, tails) in self._graph.links.items():
            iris = graph.entity_iris(tails)
            for row, tail in zip(rows.tolist(), iris, strict=True):
                builder.add(item_iri(items.id[row]), link_iri(relation), tail)
        return builder.build()
