"""Finding the nearest vectors: indexes with ids and modalities, on disk and in memory."""

from __future__ import annotations

from kgx.index.allowed import Among
from kgx.index.base import Hits, SearchIndex, unit_rows
from kgx.index.choosing import Recall
from kgx.index.coded import CodedVectors
from kgx.index.faiss_index import VectorIndex
from kgx.index.hubness import HUBNESS_CORRECTIONS, HubnessCorrection
from kgx.index.kinds import AUTO, KINDS
from kgx.index.live import LiveIndex
from kgx.index.modality_gap import ModalityAlignment
from kgx.index.segment_writer import SegmentWriter
from kgx.index.segments import Segment, Snapshot, read_segments, read_steadily
from kgx.index.wanted import Trial, Wanted

__all__ = [
    "AUTO",
    "HUBNESS_CORRECTIONS",
    "KINDS",
    "Among",
    "CodedVectors",
    "Hits",
    "HubnessCorrection",
    "LiveIndex",
    "ModalityAlignment",
    "Recall",
    "SearchIndex",
    "Segment",
    "SegmentWriter",
    "Snapshot",
    "Trial",
    "VectorIndex",
    "Wanted",
    "read_segments",
    "read_steadily",
    "unit_rows",
]
