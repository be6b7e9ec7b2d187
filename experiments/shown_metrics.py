"""How a metric is shown: what it is called, in which digits, and whether more of it is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ShownMetric", "shown_metric"]


@dataclass(frozen=True, slots=True)
class ShownMetric:
    """How one metric is shown.

    Attributes:
        label: what tables call it.
        better: which end is the good one; None of what only describes a method, and has no best.
        style: a share with three decimals, a rank or count with one at most, or any number in its leading digits.
    """

    label: str
    better: Literal["higher", "lower"] | None = "higher"
    style: Literal["share", "rank", "number"] = "share"

    def figure(self, value: float) -> str:
        """Return a figure as tables show it.

        >>> [shown_metric(name).figure(0.0005) for name in ("f1", "learning_rate")]
        ['0.001', '0.0005']
        >>> shown_metric("median_rank").figure(9.0)
        '9'
        """
        match self.style:
            case "share":
                return f"{value:.3f}"
            case "rank":
                return f"{value:.1f}".removesuffix(".0")
            case "number":
                return f"{value:.2g}"

    def end(self, value: float) -> str:
        """Return an end of a figure's interval, less exactly than the figure where that is a share.

        >>> shown_metric("recall@10").end(0.452), shown_metric("median_rank").end(2.5)
        ('0.45', '2.5')
        """
        return f"{value:.2f}" if self.style == "share" else self.figure(value)


_KNOWN = {
    "mrr": ShownMetric("MRR"),
    "ndcg@10": ShownMetric("nDCG@10"),
    "median_rank": ShownMetric("median rank", "lower", "rank"),
    "precision": ShownMetric("macro precision"),
    "recall": ShownMetric("macro recall"),
    "f1": ShownMetric("macro F1"),
    "validation_f1": ShownMetric("validation F1", None),
    "trained_share": ShownMetric("share trained", None),
    "epochs": ShownMetric("epochs", None, "rank"),
    "learning_rate": ShownMetric("learning rate", None, "number"),
}


def shown_metric(metric: str) -> ShownMetric:
    """Return how a metric is shown; one that is not known is a share that is better higher.

    >>> shown_metric("recall@10").label, shown_metric("mrr").label
    ('R@10', 'MRR')
    """
    return _KNOWN.get(metric) or ShownMetric(metric.replace("recall@", "R@"))
