"""The bars that a run is held against, each computed from what the run recorded.

Ranges come from the configuration (``expected``); the rest are comparisons within the run. A bar that a run has no
figures for is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from experiments.config import ExperimentBase
from experiments.method_names import GATED, GRAPH_FREE, OURS, UNCHANGED, UNTRAINED
from experiments.results import RunResults
from experiments.results_table import direction_label, method_label, shots_label
from experiments.shown_metrics import shown_metric
from kgx.transfer.options import HOP_TOKENS

__all__ = ["Bar", "Note", "bars", "bars_json", "notes"]

_METRIC, _ASKED, _BACK = "recall@10", "text-image", "image-text"
_SURE = 0.01
_PRETRAINED_SURE = 0.05
_MOST_HARMED = 0.05
_KEPT = 0.95
_LABELS_SAVED = 200  # pairs that none is to be as good as; 50 are to be as good as all


@dataclass(frozen=True)
class Bar:
    """One bar: what is wanted, what the run found, and whether that is enough."""

    name: str
    wanted: str
    found: str
    reached: bool


@dataclass(frozen=True)
class Note:
    """What a run found beside its bars, for information: nothing is wanted of it."""

    name: str
    about: str
    found: str


def bars(run: RunResults, options: ExperimentBase) -> list[Bar]:
    """Return the bars of a run, those of its configuration first."""
    return [
        *_expected(run, options),
        *_significant(run),
        *_labels_saved(run),
        *_pretraining(run),
        *_harm(run),
        *_renamed(run),
    ]


def notes(run: RunResults) -> list[Note]:
    """Return what stands beside a run's bars for information: harm in the other direction."""
    return [
        Note(name, "for information: queries that lose more than 10 ranks", f"{100 * share:.1f} %")
        for name, share in _harmed(run, _BACK)
    ]


def bars_json(some: list[Bar]) -> list[dict[str, Any]]:
    """Return bars as JSON has them."""
    return [asdict(bar) for bar in some]


def _expected(run: RunResults, options: ExperimentBase) -> Iterator[Bar]:
    for entry in options.expected:
        name = f"{method_label(entry.method)}, {direction_label(entry.direction)}, {shots_label(entry.shots, run.unit)}"
        cell = run.cell(entry.direction, entry.method, entry.shots, entry.metric)
        wanted = f"{shown_metric(entry.metric).label} from {entry.low:g} to {entry.high:g}"
        if cell is not None:
            yield Bar(name, wanted, f"{cell.mean:.3f}", entry.low <= cell.mean <= entry.high)


def _significant(run: RunResults) -> Iterator[Bar]:
    tests = [
        test
        for test in run.significance
        if (test.direction, test.shots, test.metric, test.method) == (_ASKED, 0, _METRIC, OURS)
        and test.other in GRAPH_FREE
    ]
    if tests:
        worst = max(tests, key=lambda test: (test.difference <= 0, test.p_holm))
        yield Bar(
            "zero-shot, above every graph-free method",
            f"p < {_SURE:g} after Holm, {shown_metric(_METRIC).label}",
            f"least sure: {method_label(worst.other)}, {worst.difference:+.3f}, p = {worst.p_holm:.4f}",
            all(test.difference > 0 and test.p_holm < _SURE for test in tests),
        )


def _labels_saved(run: RunResults) -> Iterator[Bar]:
    compared = [(0, _LABELS_SAVED)]
    most = max(run.shots(_ASKED), default=0)
    if most > _LABELS_SAVED:
        compared.append((50, most))
    for few, many in compared:
        own = run.cell(_ASKED, OURS, few, _METRIC)
        rivals = [(name, run.cell(_ASKED, name, many, _METRIC)) for name in GRAPH_FREE]
        known = [(name, cell.mean) for name, cell in rivals if cell is not None]
        if own is not None and known:
            name, best = max(known, key=lambda entry: entry[1])
            yield Bar(
                f"labels saved: ours with {few} pairs against graph-free with {many}",
                f"at least the best, {method_label(name)}: {best:.3f}",
                f"{own.mean:.3f}",
                own.mean >= best,
            )


def _pretraining(run: RunResults) -> Iterator[Bar]:
    for shots in run.shots(_ASKED, UNTRAINED):
        own, other = (run.cell(_ASKED, name, shots, _METRIC) for name in (OURS, UNTRAINED))
        if own is None or other is None:
            continue
        p = next(
            (
                test.p_holm
                for test in run.significance
                if (test.direction, test.shots, test.metric, test.other)
                == (_ASKED, shots, _METRIC, UNTRAINED)
            ),
            1.0,
        )
        sure = shots <= 50
        yield Bar(
            f"pretraining matters, {shots_label(shots)}",
            f"at least {other.mean:.3f}" + (f", p < {_PRETRAINED_SURE:g} after Holm" if sure else ""),
            f"{own.mean:.3f}, p = {p:.4f}",
            own.mean >= other.mean and (p < _PRETRAINED_SURE or not sure),
        )


def _harm(run: RunResults) -> Iterator[Bar]:
    for name, share in _harmed(run, _ASKED):
        yield Bar(
            name,
            f"at most {100 * _MOST_HARMED:g} % of queries lose more than 10 ranks against the unrefined vector",
            f"{100 * share:.1f} %",
            share <= _MOST_HARMED,
        )


def _harmed(run: RunResults, direction: str) -> Iterator[tuple[str, float]]:
    """Yield for each number of pairs the share of queries that ours, gated where it was, throws far back."""
    method = GATED if run.shots(direction, GATED) else OURS
    for shots in run.shots(direction, method):
        shares = [
            record.worse_by_more_than_10
            for record in run.harm
            if (record.direction, record.method, record.shots) == (direction, method, shots)
        ]
        if shares:
            gated = ", gated" if method == GATED else ""
            name = f"harm, {direction_label(direction)}, {shots_label(shots)}{gated}"
            yield name, sum(shares) / len(shares)


def _renamed(run: RunResults) -> Iterator[Bar]:
    """Hold hop tokens on a target whose relations have other names against themselves on the target as it is."""
    prefix = f"{HOP_TOKENS}, "
    for direction in (_ASKED, _BACK):
        whole = run.cell(direction, prefix + UNCHANGED, 0, _METRIC)
        if whole is None or not whole.mean:
            continue
        cells = {
            method.removeprefix(prefix): run.cell(direction, method, 0, _METRIC)
            for method in run.methods(direction, 0)
            if method.startswith(prefix) and method != prefix + UNCHANGED
        }
        kept = {name: cell.mean / whole.mean for name, cell in cells.items() if cell is not None}
        if kept:
            yield Bar(
                f"unseen relation names, {direction_label(direction)}",
                f"at least {100 * _KEPT:g} % of {shown_metric(_METRIC).label} {UNCHANGED} ({whole.mean:.3f}), "
                "however relations are renamed",
                ", ".join(f"{name} {100 * share:.1f} %" for name, share in kept.items()),
                min(kept.values()) >= _KEPT,
            )
