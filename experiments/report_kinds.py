"""What single kinds of experiment record besides their table: what was recovered, read as what, and weighed how much.

``recovery.json`` is of :mod:`experiments.kinds.scarcity`, ``mapping.json`` of :mod:`experiments.kinds.renaming`,
``task_weights.json`` of :mod:`experiments.kinds.multitask`; a run that has none of them has no tables here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from experiments.artefacts import read_records
from experiments.markup import Html, join
from experiments.report_tables import Table
from experiments.results import RunResults
from experiments.results_table import direction_label, method_label
from experiments.shown_metrics import shown_metric

__all__ = [
    "MappingRecord",
    "RecoveryRecord",
    "TaskWeights",
    "kind_tables",
    "mapping_section",
    "recovered_section",
    "weights_section",
]


class RecoveryRecord(BaseModel):
    """One row of ``recovery.json``: what share of what scarcity took from R@10 a method gives back."""

    direction: str
    method: str
    score: FiniteFloat = Field(alias="recall@10")
    recovered: FiniteFloat


class MappingRecord(BaseModel):
    """One row of ``mapping.json``: what a relation of a renamed target was, and which of the source's it is read as."""

    variant: str
    ends: tuple[str, str]
    was: str
    read_as: str | None = Field(alias="read as")
    right: bool


class TaskWeights(BaseModel):
    """One row of ``task_weights.json``: beside method and seed, what each task's loss counted in the end."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, FiniteFloat]

    method: str
    seed: int


def recovered_section(run: RunResults) -> Html:
    """Return a table a direction: what each method gives back."""
    return join([table.html() for table in _recovered(run)])


def mapping_section(run: RunResults) -> Html:
    """Return a table of relations by what they are read as, and another of how many are read right."""
    return join([table.html() for table in _mapping(run)])


def weights_section(run: RunResults) -> Html:
    """Return a table of what each task's loss counts where there are several."""
    return join([table.html() for table in _weights(run)])


def kind_tables(run: RunResults) -> list[Table]:
    """Return all tables of a run that only its kind has."""
    return [*_recovered(run), *_mapping(run), *_weights(run)]


def _recovered(run: RunResults) -> list[Table]:
    records = read_records(run.folder / "recovery.json", RecoveryRecord)
    directions = list(dict.fromkeys(record.direction for record in records))
    note = (
        "The share of what scarcity takes from R@10 that a method gives back: 0 % is plain training on what is left, "
        "100 % training with nothing scarce; below 0 % it does worse than plain training."
    )
    tables = []
    for direction in directions:
        rows = [
            [
                method_label(record.method),
                shown_metric("recall@10").figure(record.score),
                f"{round(100 * record.recovered)} %",
            ]
            for record in records
            if record.direction == direction
        ]
        caption = f"Recovered, {direction_label(direction)}"
        told = note if direction == directions[-1] else ""
        tables.append(Table(caption, ["method", "R@10", "recovered"], rows, note=told))
    return tables


def _mapping(run: RunResults) -> list[Table]:
    records = read_records(run.folder / "mapping.json", MappingRecord)
    if not records:
        return []
    variants = list(dict.fromkeys(record.variant for record in records))
    relations = dict.fromkeys((record.ends, record.was) for record in records)
    rows = [
        [was, ends[0], *(_read_as(records, variant, ends, was) for variant in variants)]
        for ends, was in relations
    ]
    shares = []
    for variant in variants:
        right = [record.right for record in records if record.variant == variant]
        shares.append([variant, f"{sum(right)} of {len(right)}", f"{100 * sum(right) / len(right):.0f} %"])
    right = [record.right for record in records]
    shares.append(["all", f"{sum(right)} of {len(right)}", f"{100 * sum(right) / len(right):.0f} %"])
    note = (
        "✓: read as the relation that it was; ✗: as another one, which is named. A relation that was split has an "
        "answer for each of its parts; –: not met."
    )
    heads = ["relation", "from", *variants]
    words = range(1, len(heads))
    return [
        Table("Relations read right", ["target", "right", "share"], shares),
        Table("What each relation is read as", heads, rows, words=words, note=note),
    ]


def _read_as(records: Sequence[MappingRecord], variant: str, ends: tuple[str, str], was: str) -> str:
    """Return the answers for one relation, each once with how often it was given."""
    answers = Counter(
        "✓" if record.right else f"✗\N{NO-BREAK SPACE}{record.read_as or 'nothing'}"
        for record in records
        if (record.variant, record.ends, record.was) == (variant, ends, was)
    )
    return ", ".join(f"{told} ({count})" if count > 1 else told for told, count in answers.items()) or "–"


def _weights(run: RunResults) -> list[Table]:
    records = read_records(run.folder / "task_weights.json", TaskWeights)
    several = [record for record in records if len(record.__pydantic_extra__) > 1]
    tasks = list(dict.fromkeys(name for record in several for name in record.__pydantic_extra__))
    rows = [
        [
            method_label(method),
            *(
                _weight([one.__pydantic_extra__ for one in several if one.method == method], task)
                for task in tasks
            ),
        ]
        for method in dict.fromkeys(record.method for record in several)
    ]
    note = "What each task's loss counts when training ends: the mean over seeds, and their range where they differ."
    return [Table("Weights of tasks", ["method", *tasks], rows, note=note)] if rows else []


def _weight(seeds: Sequence[dict[str, float]], task: str) -> str:
    values = [weights[task] for weights in seeds if task in weights]
    if not values:
        return "–"
    low, high = f"{min(values):.3f}", f"{max(values):.3f}"
    return f"{sum(values) / len(values):.3f}" + (f" ({low}–{high})" if low != high else "")
