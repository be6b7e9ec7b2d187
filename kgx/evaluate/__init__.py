"""Judging rankings: metrics, how sure they are, and files that anyone can score again.

* :mod:`~kgx.evaluate.ranking`: Recall@k, MRR, nDCG, median rank, tie rules, harm;
* :mod:`~kgx.evaluate.intervals`: bootstrap intervals, paired randomisation test;
* :mod:`~kgx.evaluate.trec`: qrels and run files.
"""

from __future__ import annotations

from kgx.evaluate.intervals import Interval, bootstrap_interval, paired_randomisation_test
from kgx.evaluate.ranking import (
    METRICS,
    RECALL_DEPTHS,
    aggregate,
    best_ranks,
    evaluate,
    harm,
    ndcg,
    per_query,
    relevance_matrix,
)
from kgx.evaluate.trec import TrecFormatError, read_qrels, read_run, write_qrels, write_run

__all__ = [
    "METRICS",
    "RECALL_DEPTHS",
    "Interval",
    "TrecFormatError",
    "aggregate",
    "best_ranks",
    "bootstrap_interval",
    "evaluate",
    "harm",
    "ndcg",
    "paired_randomisation_test",
    "per_query",
    "read_qrels",
    "read_run",
    "relevance_matrix",
    "write_qrels",
    "write_run",
]
