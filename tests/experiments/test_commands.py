"""An experiment that is run with changes: it is checked as a whole, and expects nothing of what they leave out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import experiments
from experiments import commands
from experiments.experiment import ExperimentBase
from kgx.errors import ConfigError

MAIN = Path(experiments.__file__).parent / "configs" / "openclipart_to_tuxpaint.yaml"


class Computed(Exception):  # noqa: N818 (no error: what would be computed)
    """Carries the options that would be computed."""


@pytest.fixture(autouse=True)
def _nothing_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    def compute(options: ExperimentBase, out: Path) -> None:
        raise Computed(options)

    monkeypatch.setattr(commands, "compute", compute)


def options(changes: Sequence[str]) -> Any:
    with pytest.raises(Computed) as caught:
        commands.run(MAIN, changes=changes)
    return caught.value.args[0]


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ((), [0, 50, 200]),
        (("seeds=[0]",), [0, 50, 200]),
        (("shots=[0, 50]",), [0, 50]),
        (("methods=[ridge]",), []),
        (("shots=[7]", "expected=[]"), []),
    ],
)
def test_ranges_of_what_changes_leave_out_are_left_out(changes: tuple[str, ...], left: list[int]) -> None:
    assert [entry.shots for entry in options(changes).expected] == left


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("target=tuxpant", "did you mean 'tuxpaint'?"),
        (
            "expected=[{direction: text-image, method: ridge, shots: 7, metric: mrr, low: 0, high: 1}]",
            "got 7",
        ),
    ],
)
def test_what_is_wrong_after_changes_is_refused_before_anything_runs(change: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        commands.run(MAIN, changes=[change])
    assert message in str(caught.value)


def test_changes_hide_no_wrong_range_of_the_file(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(MAIN.read_text(encoding="utf-8").replace("recall@10", "recal@10"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"expected\.0\.metric: .*did you mean 'recall@10'\?"):
        commands.run(wrong, changes=["seeds=[0]"])
