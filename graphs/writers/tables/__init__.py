"""Writers of tables: triples, Biolink's KGX, Neo4j, ConceptNet and Parquet. One format a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from graphs.store import Store
from graphs.writers.tables.conceptnet import write_conceptnet
from graphs.writers.tables.kgx import write_kgx_jsonl, write_kgx_tsv
from graphs.writers.tables.neo4j import write_neo4j
from graphs.writers.tables.openke import write_openke
from graphs.writers.tables.parquet import write_parquet
from graphs.writers.tables.triples import write_csv, write_tsv
from graphs.writers.written import Written

__all__ = ["TABLE_WRITERS"]

TABLE_WRITERS: Final[dict[str, Callable[[Store, Path], Written]]] = {
    "tsv": write_tsv,
    "csv": write_csv,
    "openke": write_openke,
    "kgx-tsv": write_kgx_tsv,
    "kgx-jsonl": write_kgx_jsonl,
    "neo4j-csv": write_neo4j,
    "conceptnet": write_conceptnet,
    "parquet": write_parquet,
}
"""Every writer of tables, by the name of its format, which is that of the reader."""
