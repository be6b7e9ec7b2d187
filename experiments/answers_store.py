"""Rows of experiments whose items are answered with a label: figures of classification, and confusion matrices."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from experiments.results_store import ResultsStore, RowKey, write_json
from experiments.significance import Pair, compare
from kgx.evaluate.classification import classification_scores

__all__ = ["AnswersStore"]


class AnswersStore(ResultsStore):
    """A store whose rows are answers: what each item of the test part is, and what it is called."""

    def has(self, key: RowKey) -> bool:
        """Say whether a row is there."""
        return self._row(key).is_file()

    def put_answers(
        self, key: RowKey, truth: Sequence[str], told: Sequence[str], notes: dict[str, float]
    ) -> None:
        """Keep one row: the test part was looked at.

        Args:
            key: names the row.
            truth: what each item is.
            told: what each is called.
            notes: further figures of the training, shown beside the metrics.
        """
        self._begin()
        self._count()
        write_json(self._row(key), {"truth": list(truth), "told": list(told), "notes": notes})

    def answers(self, key: RowKey) -> tuple[list[str], list[str], dict[str, float]]:
        """Return what a row holds."""
        row = json.loads(self._row(key).read_text(encoding="utf-8"))
        return row["truth"], row["told"], row["notes"]

    def summarise_answers(self, keys: Sequence[RowKey], compared: Iterable[Pair] = ()) -> None:
        """Write ``results.json``, ``intervals.json``, ``confusion.json``, ``classes.json`` and ``significance.json``.

        Args:
            keys: the rows, in their order.
            compared: pairs of methods between which differences of accuracy are tested, item by item.
        """
        grouped: dict[tuple[str, str, int], list[RowKey]] = {}
        for key in keys:
            grouped.setdefault((key.direction, key.method, key.shots), []).append(key)
        results: list[dict[str, Any]] = []
        intervals, confusions, classes = [], [], []
        right: dict[RowKey, dict[str, list[float]]] = {}
        for (direction, method, shots), seeds in grouped.items():
            rows = [self.answers(key) for key in seeds]
            scores = classification_scores(rows[0][0], [told for _, told, _ in rows])
            place = {"method": method, "direction": direction}
            for key, (truth, called, notes), metrics in zip(seeds, rows, scores.seeds, strict=True):
                right[key] = {"accuracy": [float(a == b) for a, b in zip(truth, called, strict=True)]}
                row = {**place, "shots": shots, "seed": key.seed, "metrics": {**metrics, **notes}}
                results.append(row)
            told = scores.to_dict()
            intervals += [
                {**place, "shots": shots, "metric": metric, **told[metric]} for metric in scores.seeds[0]
            ]
            confusions.append({**place, "labels": told["labels"], "matrix": told["confusion"]})
            classes += [{**place, "shots": shots, **one} for one in told["classes"]]
        write_json(self.folder / "results.json", results)
        write_json(self.folder / "intervals.json", intervals)
        write_json(self.folder / "confusion.json", confusions)
        write_json(self.folder / "classes.json", classes)
        write_json(self.folder / "significance.json", compare(right, compared))
