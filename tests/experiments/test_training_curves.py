"""Plots of trainings: seeds and methods that stop at different epochs, and what has no figures."""

from __future__ import annotations

from experiments.artefacts import Curve
from experiments.training_curves import training_figures


def test_a_training_that_stopped_goes_on_level_with_what_it_kept() -> None:
    lines = {
        "long": [{"loss": [5.0, 4.0, 3.0, 2.0], "score": [0.1, 0.2, 0.3, 0.4], "best_epoch": 3}],
        "short": [
            {"loss": [5.0, 4.0, 3.0], "score": [0.2, 0.6, 0.4], "best_epoch": 1},
            {"loss": [7.0], "score": [0.2], "best_epoch": 0},
        ],
    }
    score, loss = [
        Curve.model_validate(one) for one in training_figures("heads", lines, score="validation F1")
    ]
    assert (score.name, score.y_label, score.x) == ("heads: held-out score", "validation F1", [1, 2, 3, 4])
    assert score.x_label == "epoch; level where training had stopped"
    assert score.series[0].y == [0.1, 0.2, 0.3, 0.4]
    assert score.series[1].low == [0.2, 0.2, 0.2, 0.2]
    assert score.series[1].high == [0.2, 0.6, 0.4, 0.6]
    assert loss.series[1].y == [6.0, 5.5, 5.0, 5.5]


def test_what_was_not_scored_or_trained_has_no_plot() -> None:
    blank = {"loss": [], "score": [], "best_epoch": -1}
    assert training_figures("pairs", {"untrained": [blank], "nobody": []}, score="recall") == []
    (only,) = training_figures("pairs", {"untrained": [blank], "plain": [{"loss": [1.0]}]}, score="recall")
    assert only["x_label"] == "epoch"
    assert [line["name"] for line in only["series"]] == ["plain"]
