"""The results as Markdown tables, and the place in a document that they are kept up to date in."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from experiments.report_tables import markdown_table
from experiments.results import Cell, RunResults
from experiments.shown_metrics import shown_metric
from kgx.errors import KgxError
from kgx.folders import atomic_path

__all__ = [
    "BEGIN",
    "END",
    "direction_label",
    "interval",
    "method_label",
    "most_seeds",
    "results_markdown",
    "seeds_label",
    "seeds_note",
    "shots_label",
    "update_markdown",
]

BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"

_WITH_INTERVAL = ("recall@10", "mrr", "accuracy", "f1")

_METHOD_LABELS = {
    "random": "random order",
    "label-text": "class-label text",
    "ridge": "ridge map",
    "mlp": "MLP, no graph",
    "least-squares": "least squares",
    "procrustes": "Procrustes",
    "cca": "CCA",
    "pls": "PLS",
    "coral": "CORAL, then ridge",
    "mlp-regression": "MLP, regression",
    "vae": "cross-modal VAE",
    "fused-weighted": "ridge + labels, weighted",
    "fused-concat": "ridge + labels, concatenated",
    "fused-learned-weights": "ridge + labels, learned weights",
    "fused-gated": "ridge + labels, gated",
    "fused-cross-attention": "ridge + labels, cross-attention",
    "fused-rrf": "ridge + labels, ranks fused",
    "relation-transfer-gated": "ours, gated",
    "relation-transfer-untrained": "ours, not pretrained",
    "similarity": "similarity propagation",
    "relation-transfer": "relation transfer (ours)",
    "relation-transfer-unfiled": "ours, without folders",
    "relation-transfer-completed": "ours, links completed",
}


def method_label(method: str) -> str:
    """Return what a method is called in tables.

    >>> method_label("mlp"), method_label("something-new")
    ('MLP, no graph', 'something-new')
    """
    return _METHOD_LABELS.get(method, method)


def direction_label(direction: str) -> str:
    """Return a direction in words.

    >>> direction_label("text-image")
    'text → image'
    """
    return " → ".join(direction.split("-"))


def shots_label(shots: int, unit: str = "pairs") -> str:
    """Return a number of target pairs, or of labels, in words.

    >>> shots_label(0), shots_label(50), shots_label(600, "labels")
    ('zero-shot', '50 pairs', '600 labels')
    """
    return f"{shots} {unit}" if shots else "zero-shot"


def interval(cell: Cell, metric: str) -> str:
    """Return the ends of a figure's interval, or nothing where they are not known.

    >>> interval(Cell(0.5, 0.452, 0.549, seeds=5, best=True), "recall@10")
    '0.45–0.55'
    """
    if cell.low is None or cell.high is None:
        return ""
    shown = shown_metric(metric)
    return f"{shown.end(cell.low)}–{shown.end(cell.high)}"


def results_markdown(run_folder: str | Path) -> str:
    """Return one Markdown table a direction: a row for each number of pairs and method, best figures bold.

    R@10 and MRR, or accuracy and F1, stand with their intervals; where none of them was measured, the first metric.

    Raises:
        KgxError: the run folder is unusable.
    """
    run = RunResults.read(run_folder)
    blocks = []
    for direction in run.directions:
        metrics = run.metrics(direction)
        ends = [name for name in _WITH_INTERVAL if name in metrics] or metrics[:1]
        rows = [
            [
                shots_label(shots, run.unit),
                method_label(method),
                *(
                    _markdown_cell(run.cell(direction, method, shots, name), name, name in ends)
                    for name in metrics
                ),
            ]
            for shots in run.shots(direction)
            for method in run.methods(direction, shots)
        ]
        heads = [run.unit, "method", *(shown_metric(name).label for name in metrics)]
        blocks += [f"**{direction_label(direction)}**", markdown_table(heads, rows, words=(0, 1))]
        blocks += filter(None, [seeds_note(run, direction)])
    return "\n\n".join(blocks) + "\n"


def seeds_label(count: int) -> str:
    """Return a number of seeds in words.

    >>> seeds_label(1), seeds_label(5)
    ('1 seed', '5 seeds')
    """
    return f"{count} seed" if count == 1 else f"{count} seeds"


def most_seeds(run: RunResults, direction: str) -> int:
    """Return the largest number of seeds that a row of a direction is a mean over."""
    return max(_seeds(run, direction).values())


def seeds_note(run: RunResults, direction: str) -> str:
    """Say how many seeds the rows of a direction are means over; nothing where it is the same number for all."""
    seeds = _seeds(run, direction)
    rows = Counter(seeds.values())
    usual = max(rows, key=lambda count: (rows[count], count))
    parts = [f"Means over {seeds_label(usual)}"]
    for count in sorted(set(rows) - {usual}):
        methods: dict[tuple[int, ...], list[str]] = {}
        for method in run.methods(direction):
            shots = tuple(n for n in run.shots(direction, method) if seeds[method, n] == count)
            all_of_it = len(shots) == len(run.shots(direction, method))
            if shots:
                methods.setdefault(() if all_of_it else shots, []).append(method_label(method))
        told = [
            (f"{' and '.join(shots_label(n, run.unit) for n in shots)} of " if shots else "") + _listed(names)
            for shots, names in methods.items()
        ]
        parts.append(f"over {seeds_label(count)}: {'; '.join(told)}")
    return f"{'; '.join(parts)}." if len(parts) > 1 else ""


def update_markdown(path: str | Path, run_folder: str | Path) -> bool:
    """Put the tables between the markers of a Markdown file; return whether that changed the file.

    Raises:
        KgxError: the file does not hold each marker once, in order, or the run folder is unusable.
    """
    path = Path(path)
    old = path.read_text(encoding="utf-8")
    if old.count(BEGIN) != 1 or old.count(END) != 1 or old.index(BEGIN) > old.index(END):
        raise KgxError(f"{path}: expected one line {BEGIN} and after it one line {END}")
    before, rest = old.split(BEGIN)
    _, after = rest.split(END)
    new = f"{before}{BEGIN}\n\n{results_markdown(run_folder)}\n{END}{after}"
    if new == old:
        return False
    with atomic_path(path) as temporary:
        temporary.write_text(new, encoding="utf-8")
    return True


def _markdown_cell(cell: Cell | None, metric: str, with_interval: bool) -> str:
    if cell is None:
        return "–"
    shown = shown_metric(metric).figure(cell.mean)
    shown = f"**{shown}**" if cell.best else shown
    ends = interval(cell, metric) if with_interval else ""
    return f"{shown} ({ends})" if ends else shown


def _seeds(run: RunResults, direction: str) -> Counter[tuple[str, int]]:
    """Return by method and number of pairs how many seeds a direction's rows are of."""
    return Counter((record.method, record.shots) for record in run.results if record.direction == direction)


def _listed(names: list[str]) -> str:
    return ", ".join(f"“{name}”" if "," in name else name for name in names)
