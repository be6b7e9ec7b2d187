"""The benchmark of indexes on few vectors: every part answers, and the numbers hang together."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from experiments.benchmarks.clustered import clustered
from experiments.benchmarks.index_search import main


def test_clustered_vectors_have_near_neighbours_and_many_directions() -> None:
    vectors = clustered(3000, 0)
    assert np.array_equal(vectors, clustered(3000, 0))
    cosines = np.sort(vectors[:50] @ vectors.T, axis=1)[:, ::-1]
    assert 0.5 < np.median(cosines[:, 1]) < 0.9
    assert abs(np.median(cosines)) < 0.1
    spectrum = np.linalg.svd(vectors, compute_uv=False) ** 2
    assert 30 < spectrum.sum() ** 2 / (spectrum**2).sum() < 384


def test_the_parts_are_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--items", "2000", "--kinds", "int8", "--threads", "1", "--kills", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (speed,) = told["speed"]
    assert speed["recall"] >= 0.95
    assert speed["speed_up"] == pytest.approx(speed["flat"] / speed["ours"])
    assert speed["layer"] == pytest.approx(speed["ours"] / speed["direct"])
    assert (told["survival"]["kills"], told["survival"]["lost"], told["quality"]) == (1, [], [])


def test_quality_leaves_the_test_half_out(tmp_path: Path) -> None:
    from experiments.benchmarks.index_quality import measure_quality
    from experiments.domains.halves import split_of
    from kgx.index import VectorIndex
    from kgx.item_table import ItemTable

    entities = [f"bird {number}" for number in range(900)]
    rng = np.random.default_rng(0)
    meaning = rng.standard_normal((900, 16))
    pictures = np.where(
        np.array([split_of(entities[row]) == "test" for row in range(900)])[:, None],
        rng.standard_normal((900, 16)),  # whoever looked at these would find nothing
        meaning,
    )
    index = VectorIndex.build(
        np.vstack([pictures, meaning + 0.01]),
        [f"image:{row}" for row in range(900)] + [f"text:{row}" for row in range(900)],
        ["image"] * 900 + ["text"] * 900,
        model="m",
    )
    index.save(tmp_path / "index")
    table = ItemTable(
        tuple(index.ids.tolist()),
        tuple(index.modalities.tolist()),
        tuple(f"bird {name.split(':')[1]}" for name in index.ids),
        ("",) * 1800,
        tuple(f"bird {name.split(':')[1]}" for name in index.ids),
    )
    table.save(tmp_path / "items.arrow")
    rows = {row.name: row for row in measure_quality(tmp_path, 0)}
    assert rows["flat"].recall == 1
    assert rows["int8"].recall == 1
    assert sum(rows["flat"].shares.values()) == pytest.approx(1)
