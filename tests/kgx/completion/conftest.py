"""A small graph with a rule in it: what eats what somebody likes, and so on around a circle."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def families(tmp_path: Path) -> Path:
    """Links of grandparents that follow from those of parents, as tab-separated values."""
    rows = []
    for family in range(8):
        old, middle, young = (f"f{family}{generation}" for generation in "abc")
        rows += [(old, "parent", middle), (middle, "parent", young), (old, "grandparent", young)]
    path = tmp_path / "families.tsv"
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    return path
