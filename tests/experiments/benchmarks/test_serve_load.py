"""The load benchmark."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.benchmarks.serve_load import main


def test_a_run_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 1
    assert "expected a run" in capsys.readouterr().err
