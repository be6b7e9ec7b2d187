"""Readers of tables: triples, Biolink's KGX, Neo4j, ConceptNet and Parquet. One format a file."""

from __future__ import annotations

from typing import Final

from graphs.readers.reading import Reader
from graphs.readers.tables.conceptnet import read_conceptnet
from graphs.readers.tables.kgx import read_kgx_jsonl, read_kgx_tsv
from graphs.readers.tables.neo4j import read_neo4j
from graphs.readers.tables.openke import read_openke
from graphs.readers.tables.parquet import read_parquet
from graphs.readers.tables.triples import read_triple_table

__all__ = ["TABLES"]

TABLES: Final[dict[str, Reader]] = {
    "tsv": read_triple_table,
    "csv": read_triple_table,
    "openke": read_openke,
    "kgx-tsv": read_kgx_tsv,
    "kgx-jsonl": read_kgx_jsonl,
    "neo4j-csv": read_neo4j,
    "conceptnet": read_conceptnet,
    "parquet": read_parquet,
}
"""Every reader of tables, by the name of its format."""
