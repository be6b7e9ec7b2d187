"""Where an experiment's rows are kept while it runs, so that it may be stopped and started at any moment."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from experiments.experiment import Expected
from experiments.protocol import Direction
from experiments.row_key import RowKey
from experiments.significance import Pair, compare
from kgx.evaluate.intervals import bootstrap_interval
from kgx.evaluate.ranking import aggregate, best_ranks, harm, per_query
from kgx.evaluate.trec import write_qrels, write_run
from kgx.folders import atomic_path

__all__ = ["SUMMARIES", "ResultsStore", "RowKey", "read_counts", "unexpected", "write_json"]

SUMMARIES = (
    "results.json",
    "intervals.json",
    "harm.json",
    "significance.json",
    "metrics.json",
    "confusion.json",
    "classes.json",
    "curves.json",
    "relations.json",
    "recovery.json",
    "mapping.json",
    "task_weights.json",
    "data_sets.json",
)
"""Files of a run folder that sum up what was computed and from what; those of another state are removed."""


@dataclass(frozen=True)
class ResultsStore:
    """Rows of one state of data, code and configuration, below a run folder.

    A row is one JSON file, written after its TREC run. The first row of another state removes the rows and the TREC
    files of the one before, so that all files of a folder are of one state.
    """

    folder: Path
    fingerprint: str
    depth: int = 1000

    def has(self, key: RowKey) -> bool:
        """Say whether a row is there, with its TREC files."""
        return all(path.is_file() for path in (self._row(key), self._qrels(key), self._run(key)))

    def put(self, key: RowKey, direction: Direction, scores: Float[np.ndarray, "queries gallery"]) -> None:
        """Evaluate the scores of one row and keep metrics, ranks and the TREC run."""
        values = per_query(scores, direction.relevant)
        self._begin()
        self._count()
        if not self._qrels(key).is_file():
            write_qrels(self._qrels(key), direction.relevant, direction.queries.ids, direction.gallery.ids)
        write_run(
            self._run(key),
            scores,
            direction.relevant,
            direction.queries.ids,
            direction.gallery.ids,
            tag=key.method,
            depth=min(self.depth, len(direction.gallery)),
        )
        write_json(
            self._row(key),
            {
                "metrics": aggregate(values),
                "per_query": {metric: value.tolist() for metric, value in values.items()},
                "ranks": best_ranks(scores, direction.relevant).tolist(),
            },
        )

    def put_training(self, name: str, seed: int, record: Mapping[str, Any]) -> None:
        """Keep how one training went, before the rows that come of it: they go and stay together."""
        self._begin()
        write_json(self._training(name, seed), record)

    def training(self, name: str, seed: int) -> dict[str, Any] | None:
        """Return how one training went, nothing where that was not kept."""
        path = self._training(name, seed)
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    def trainings(self, names: Iterable[str], seeds: Sequence[int]) -> dict[str, list[dict[str, Any]]]:
        """Return how trainings went: name -> a record for each seed that has one; names without any are left out."""
        kept = {name: [self.training(name, seed) for seed in seeds] for name in names}
        known = {name: [one for one in records if one is not None] for name, records in kept.items()}
        return {name: records for name, records in known.items() if records}

    def summarise(
        self, keys: Sequence[RowKey], baseline: Mapping[str, str], compared: Iterable[Pair] = ()
    ) -> None:
        """Write ``results.json``, ``intervals.json``, ``harm.json`` and ``significance.json`` from the rows.

        Args:
            keys: the rows, in their order.
            baseline: method -> the method whose vectors it refines; what it does to their queries is counted as harm.
            compared: pairs of methods between which differences are tested.
        """
        rows = {key: json.loads(self._row(key).read_text(encoding="utf-8")) for key in keys}
        write_json(
            self.folder / "results.json",
            [
                {
                    "method": k.method,
                    "shots": k.shots,
                    "seed": k.seed,
                    "direction": k.direction,
                    "metrics": row["metrics"],
                }
                for k, row in rows.items()
            ],
        )
        write_json(self.folder / "intervals.json", _intervals(rows))
        write_json(self.folder / "harm.json", _harm(rows, baseline))
        tables = {key: row["per_query"] for key, row in rows.items()}
        write_json(self.folder / "significance.json", compare(tables, compared))

    def _count(self) -> None:
        """Count one more look at what is tested on; the count outlives the states of code and configuration."""
        path = self.folder / "test_evaluations.json"
        known = read_counts(self.folder)
        states = {**known["by_state"], self.fingerprint: known["by_state"].get(self.fingerprint, 0) + 1}
        write_json(path, {"total": known["total"] + 1, "by_state": states})

    def _begin(self) -> None:
        """Remove what another state has left: its rankings are not those of this state's figures."""
        own = self.folder / "rows" / self.fingerprint
        if not own.is_dir():
            for name in ("rows", "trec"):
                shutil.rmtree(self.folder / name, ignore_errors=True)
            own.mkdir(parents=True)

    def _row(self, key: RowKey) -> Path:
        return self.folder / "rows" / self.fingerprint / f"{key}.json"

    def _training(self, name: str, seed: int) -> Path:
        return self.folder / "rows" / self.fingerprint / "training" / f"{name}__{seed}.json"

    def _qrels(self, key: RowKey) -> Path:
        return self.folder / "trec" / f"{key.direction}.qrels"

    def _run(self, key: RowKey) -> Path:
        return self.folder / "trec" / f"{key}.run"


def read_counts(folder: Path) -> dict[str, Any]:
    """Return how often the test half was scored into a run folder, in all and by state of code and configuration."""
    path = folder / "test_evaluations.json"
    if not path.is_file():
        return {"total": 0, "by_state": {}}
    counts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return counts


def write_json(path: Path, content: Any) -> None:
    """Write JSON whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def unexpected(expected: Sequence[Expected], folder: Path) -> list[str]:
    """Return what a run's means over seeds do not agree with, in words; nothing where all is as expected."""
    path = folder / "intervals.json"
    records = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    problems = []
    for entry in expected:
        wanted = (entry.direction, entry.method, entry.shots, entry.metric)
        found = [
            r["mean"] for r in records if (r["direction"], r["method"], r["shots"], r["metric"]) == wanted
        ]
        name = f"{entry.metric} of {entry.method}, {entry.direction}, {entry.shots} pairs"
        if not found:
            problems.append(f"{name}: expected {entry.low} to {entry.high}, not computed")
        elif not entry.low <= found[0] <= entry.high:
            problems.append(f"{name}: expected {entry.low} to {entry.high}, got {found[0]:.3f}")
    return problems


def _intervals(rows: dict[RowKey, dict[str, Any]]) -> list[dict[str, Any]]:
    seeds: dict[tuple[str, str, int], list[dict[str, Any]]] = defaultdict(list)
    for key, row in rows.items():
        seeds[key.direction, key.method, key.shots].append(row)
    records = []
    for (direction, method, shots), some in seeds.items():
        for metric in some[0]["per_query"]:
            table = np.array([row["per_query"][metric] for row in some])  # (seeds, queries)
            statistic: Literal["mean", "median"] = "median" if metric == "median_rank" else "mean"
            interval = bootstrap_interval(table, statistic=statistic)
            records.append(
                {
                    "method": method,
                    "shots": shots,
                    "direction": direction,
                    "metric": metric,
                    "mean": interval.mean,
                    "low": interval.low,
                    "high": interval.high,
                }
            )
    return records


def _harm(rows: dict[RowKey, dict[str, Any]], baseline: Mapping[str, str]) -> list[dict[str, Any]]:
    records = []
    for key, row in rows.items():
        unrefined = baseline.get(key.method)
        if unrefined is None:
            continue
        candidates = [RowKey(key.direction, unrefined, key.shots, seed) for seed in (key.seed, 0)]
        before = next((rows[candidate] for candidate in candidates if candidate in rows), None)
        if before is None:
            continue
        shares = harm(np.array(before["ranks"]), np.array(row["ranks"]))
        records.append(
            {
                "method": key.method,
                "shots": key.shots,
                "direction": key.direction,
                "seed": key.seed,
                "baseline": unrefined,
                **shares,
            }
        )
    return records
