"""Finding the nearest vectors: indexes with ids and modalities, on disk and in memory."""

from __future__ import annotations

from kgx.index.base import Hits, SearchIndex, unit_rows
from kgx.index.coded import CodedVectors
from kgx.index.faiss_index import VectorIndex

__all__ = ["CodedVectors", "Hits", "SearchIndex", "VectorIndex", "unit_rows"]
