"""An index whose writer is killed holds what was acknowledged; the benchmark kills more of them."""

from __future__ import annotations

from pathlib import Path

from experiments.benchmarks.index_kills import survival


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    result = survival(tmp_path / "index", kills=5, seed=1)
    assert (result.kills, result.opened, result.lost) == (5, 5, [])
