"""The results as Markdown tables, and the place in a document that they are kept up to date in."""

from __future__ import annotations

from pathlib import Path

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
    "results_markdown",
    "shots_label",
    "update_markdown",
]

BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"

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


def results_markdown(run_folder: str | Path, *, with_interval: str = "recall@10") -> str:
    """Return one Markdown table a direction: a row for each number of pairs and method, best figures bold.

    Args:
        run_folder: where ``results.json`` lies.
        with_interval: the metric that is shown with its interval; the first one where it was not measured.

    Raises:
        KgxError: the run folder is unusable.
    """
    run = RunResults.read(run_folder)
    blocks = []
    for direction in run.directions:
        lines = [f"**{direction_label(direction)}**", ""]
        metrics = run.metrics(direction)
        shown = with_interval if with_interval in metrics else metrics[0]
        lines.append(
            f"| {run.unit} | method | {' | '.join(shown_metric(metric).label for metric in metrics)} |"
        )
        lines.append("|---|---|" + "---:|" * len(metrics))
        for shots in run.shots(direction):
            for method in run.methods(direction, shots):
                cells = [
                    _markdown_cell(run.cell(direction, method, shots, metric), metric, shown)
                    for metric in metrics
                ]
                name = method_label(method).replace("|", "\\|")
                lines.append(f"| {shots_label(shots, run.unit)} | {name} | {' | '.join(cells)} |")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


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


def _markdown_cell(cell: Cell | None, metric: str, with_interval: str) -> str:
    if cell is None:
        return "–"
    shown = shown_metric(metric).figure(cell.mean)
    shown = f"**{shown}**" if cell.best else shown
    ends = interval(cell, metric) if metric == with_interval else ""
    return f"{shown} ({ends})" if ends else shown
