"""What experiments of some kinds record besides their table: confusion matrices, curves, relations, data sets.

Each file of a run folder is a list of the records below; fields that are not named here are ignored.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, FiniteFloat, NonNegativeInt, TypeAdapter, ValidationError, model_validator

from kgx.errors import KgxError

__all__ = [
    "Confusion",
    "Curve",
    "CurveSeries",
    "DataSet",
    "RelationRecord",
    "SignificanceRecord",
    "read_records",
]

Record = TypeVar("Record", bound=BaseModel)


class SignificanceRecord(BaseModel):
    """One row of ``significance.json``: a method against another; see :mod:`experiments.significance`."""

    direction: str
    shots: NonNegativeInt
    metric: str
    method: str
    other: str
    difference: FiniteFloat
    p: FiniteFloat
    p_holm: FiniteFloat


class Confusion(BaseModel):
    """One row of ``confusion.json``: how often each class (rows) was taken for each (columns)."""

    method: str
    direction: str
    labels: list[str]
    matrix: list[list[FiniteFloat]]

    @model_validator(mode="after")
    def _square(self) -> Confusion:
        if len(self.matrix) != len(self.labels) or any(len(row) != len(self.labels) for row in self.matrix):
            raise ValueError(f"expected a row and a column for each of {len(self.labels)} labels")
        return self


class ClassRecord(BaseModel):
    """One row of ``classes.json``: how well a method tells one class, and how many items are of it."""

    method: str
    direction: str
    shots: NonNegativeInt
    label: str
    precision: FiniteFloat
    recall: FiniteFloat
    f1: FiniteFloat
    support: NonNegativeInt


class CurveSeries(BaseModel):
    """One line of a plot, with the ends of its interval where they are known."""

    name: str
    y: list[FiniteFloat]
    low: list[FiniteFloat] | None = None
    high: list[FiniteFloat] | None = None


class Curve(BaseModel):
    """One row of ``curves.json``: a plot of several lines over the same places."""

    name: str
    x_label: str
    y_label: str
    x: list[FiniteFloat]
    series: list[CurveSeries]

    @model_validator(mode="after")
    def _as_long_as_x(self) -> Curve:
        for line in self.series:
            if any(len(ys) != len(self.x) for ys in (line.y, line.low, line.high) if ys is not None):
                raise ValueError(f"expected {len(self.x)} figures in {line.name!r}, one for each x")
        return self


class RelationRecord(BaseModel):
    """One row of ``relations.json``: how much attention a relation gets at a hop, and what leaving it out costs.

    :func:`kgx.transfer.application.relation_report` makes them.
    """

    relation: str
    modality: str
    hops: NonNegativeInt
    attention: FiniteFloat
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None
    drop: FiniteFloat | None = None


class DataSet(BaseModel):
    """One row of ``data_sets.json``: where a collection comes from and what was taken of it."""

    name: str
    role: str
    about: str
    packages: list[str] = []
    licence: str
    preprocessing: str = ""
    counts: dict[str, int] = {}
    used: dict[str, int] = {}


def read_records(path: Path, kind: type[Record]) -> tuple[Record, ...]:
    """Read a list of records; a file that is not there is an empty one.

    Raises:
        KgxError: the file does not hold what it should; the message names the file and the record.
    """
    if not path.is_file():
        return ()
    try:
        return TypeAdapter(tuple[kind, ...]).validate_json(path.read_bytes())  # type: ignore[valid-type]
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise KgxError(f"{path}: {place}: {first['msg']}") from error
