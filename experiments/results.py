"""What a run recorded: its figures, intervals, harm and samples, read and checked.

A run folder holds ``results.json`` and, where they were made, ``intervals.json``, ``harm.json``,
``samples.json``, ``environment.json``, the configuration as ``config.yaml``, and what :mod:`experiments.artefacts` has.
Each of the first four is a list of the records below; fields that are not named here are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, FiniteFloat, NonNegativeInt

from experiments.artefacts import (
    ClassRecord,
    Confusion,
    Curve,
    DataSet,
    RelationRecord,
    SignificanceRecord,
    read_records,
)
from experiments.method_names import METHODS
from experiments.shown_metrics import shown_metric
from kgx.errors import KgxError
from kgx.evaluate.ranking import METRICS as METRICS_OF_RANKINGS

__all__ = ["Cell", "HarmRecord", "Hit", "IntervalRecord", "Query", "ResultRecord", "RunResults", "Sample"]

_DIRECTIONS = ("text-image", "image-text", "text-audio", "audio-image")
_OF_LABELS = ("classification", "layers")


class ResultRecord(BaseModel):
    """One row of ``results.json``: the metrics of one method, number of pairs, seed and direction."""

    method: str
    shots: NonNegativeInt
    seed: int
    direction: str
    metrics: dict[str, FiniteFloat]


class IntervalRecord(BaseModel):
    """One row of ``intervals.json``: a metric's mean over queries and seeds with its interval."""

    method: str
    shots: NonNegativeInt
    direction: str
    metric: str
    mean: FiniteFloat
    low: FiniteFloat
    high: FiniteFloat


class HarmRecord(BaseModel):
    """One row of ``harm.json``: shares of queries that a method made worse or better than ``baseline``."""

    method: str
    shots: NonNegativeInt
    direction: str
    seed: int = 0
    baseline: str = ""
    worse: FiniteFloat
    worse_by_more_than_10: FiniteFloat
    improved: FiniteFloat


class Query(BaseModel):
    """What was asked: a text, or the file of a picture or a sound, absolute or relative to the run folder."""

    id: str
    text: str | None = None
    media: Path | None = None
    caption: str = ""


class Hit(BaseModel):
    """One item that was found."""

    id: str
    rank: int
    score: FiniteFloat
    caption: str = ""
    media: Path | None = None
    modality: str
    relevant: bool
    concepts: list[str] = []


class Sample(BaseModel):
    """One row of ``samples.json``: a query with its first hits."""

    query: Query
    direction: str
    hits: list[Hit]


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of the table: the mean over seeds, the ends of its interval, and whether it is the best."""

    mean: float
    low: float | None
    high: float | None
    seeds: int
    best: bool


@dataclass(frozen=True)
class RunResults:
    """Everything that a run folder records, in the order in which it is shown."""

    folder: Path
    results: tuple[ResultRecord, ...]
    intervals: tuple[IntervalRecord, ...]
    harm: tuple[HarmRecord, ...]
    samples: tuple[Sample, ...]
    significance: tuple[SignificanceRecord, ...]
    confusion: tuple[Confusion, ...]
    classes: tuple[ClassRecord, ...]
    curves: tuple[Curve, ...]
    relations: tuple[RelationRecord, ...]
    data_sets: tuple[DataSet, ...]
    test_evaluations: dict[str, Any]
    environment: dict[str, Any]
    config_text: str

    @classmethod
    def read(cls, folder: str | Path) -> RunResults:
        """Read a run folder.

        Raises:
            KgxError: ``results.json`` is missing or empty, or a file does not hold what it should; the
                message names the file and the record.
        """
        folder = Path(folder)
        results = read_records(folder / "results.json", ResultRecord)
        if not results:
            raise KgxError(f"{folder / 'results.json'}: expected the results of a finished run, found none")
        seen: set[tuple[str, int, int, str]] = set()
        for record in results:
            key = (record.method, record.shots, record.seed, record.direction)
            if key in seen:
                raise KgxError(f"{folder / 'results.json'}: expected {key} once, got it twice")
            seen.add(key)
        return cls(
            folder=folder,
            results=results,
            intervals=read_records(folder / "intervals.json", IntervalRecord),
            harm=read_records(folder / "harm.json", HarmRecord),
            samples=read_records(folder / "samples.json", Sample),
            significance=read_records(folder / "significance.json", SignificanceRecord),
            confusion=read_records(folder / "confusion.json", Confusion),
            classes=read_records(folder / "classes.json", ClassRecord),
            curves=read_records(folder / "curves.json", Curve),
            relations=read_records(folder / "relations.json", RelationRecord),
            data_sets=read_records(folder / "data_sets.json", DataSet),
            test_evaluations=_mapping(folder / "test_evaluations.json"),
            environment=_mapping(folder / "environment.json"),
            config_text=_text(folder / "config.yaml"),
        )

    @cached_property
    def config(self) -> dict[str, Any]:
        """The configuration, empty where none was recorded."""
        return _mapping(self.folder / "config.yaml")

    @cached_property
    def directions(self) -> list[str]:
        """The directions, those of the protocol first."""
        return _ordered({record.direction: None for record in self.results}, _DIRECTIONS)

    def methods(self, direction: str, shots: int | None = None) -> list[str]:
        """The methods that were run in a direction (with so many pairs), the simplest first."""
        found = {
            record.method: None
            for record in self.results
            if record.direction == direction and shots in (None, record.shots)
        }
        return _ordered(found, METHODS)

    def metrics(self, direction: str) -> list[str]:
        """The metrics that a direction's table shows: all those of rankings where it has any, and its others."""
        found = {
            metric: None
            for record in self.results
            if record.direction == direction
            for metric in record.metrics
        }
        ranked = METRICS_OF_RANKINGS if any(metric in found for metric in METRICS_OF_RANKINGS) else ()
        return [*ranked, *(metric for metric in found if metric not in ranked)]

    @property
    def unit(self) -> str:
        """What numbers of known answers count: pairs of the target, or labels where classes are learned."""
        return "pairs" if self.config.get("kind", "retrieval") not in _OF_LABELS else "labels"

    def shots(self, direction: str, method: str | None = None) -> list[int]:
        """The numbers of pairs that were tried in a direction (by a method), rising."""
        found = {
            record.shots
            for record in self.results
            if record.direction == direction and method in (None, record.method)
        }
        return sorted(found)

    def cell(self, direction: str, method: str, shots: int, metric: str) -> Cell | None:
        """The mean over seeds with its interval, or None where it was not measured."""
        values = self._values.get((direction, method, shots), {}).get(metric)
        if not values:
            return None
        mean = sum(values) / len(values)
        rivals = [
            sum(other[metric]) / len(other[metric])
            for rival in self.methods(direction, shots)
            if metric in (other := self._values[direction, rival, shots])
        ]
        better = shown_metric(metric).better
        best = None if better is None else max(rivals) if better == "higher" else min(rivals)
        low, high = self._ends.get((direction, method, shots, metric), (None, None))
        return Cell(mean, low, high, len(values), best=mean == best)

    @cached_property
    def _values(self) -> dict[tuple[str, str, int], dict[str, list[float]]]:
        table: dict[tuple[str, str, int], dict[str, list[float]]] = {}
        for record in self.results:
            row = table.setdefault((record.direction, record.method, record.shots), {})
            for metric, value in record.metrics.items():
                row.setdefault(metric, []).append(value)
        return table

    @cached_property
    def _ends(self) -> dict[tuple[str, str, int, str], tuple[float, float]]:
        return {(r.direction, r.method, r.shots, r.metric): (r.low, r.high) for r in self.intervals}


def _ordered(found: dict[str, None], first: tuple[str, ...]) -> list[str]:
    """Return the names in ``first`` in their order, then the others as they came."""
    return [name for name in first if name in found] + [name for name in found if name not in first]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _mapping(path: Path) -> dict[str, Any]:
    """Read a YAML or JSON file that holds a mapping; a file that is not there is an empty one."""
    try:
        content = yaml.safe_load(_text(path)) or {}
    except yaml.YAMLError as error:
        raise KgxError(f"{path}: expected YAML or JSON, {error}") from error
    if not isinstance(content, dict):
        raise KgxError(f"{path}: expected a mapping, got {type(content).__name__}")
    return content
