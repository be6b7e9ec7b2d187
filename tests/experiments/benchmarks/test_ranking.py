"""The ranking benchmark on the tiny world: who takes part, and that its figures are those of searching."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.benchmarks.ranking import WAYS, main, measure
from kgx.errors import ConfigError
from kgx.ranking.words import documents_of
from kgx.search import Searcher

POOL = "series!=series 0"


def test_the_figures_are_those_of_searching(searcher: Searcher) -> None:
    found = measure(searcher, ["vectors", "vectors and concepts (--rerank)"], pool=POOL)
    for way, metrics in found.items():
        ranks = []
        for row, (modality, caption) in enumerate(
            zip(searcher.run.items.modality, searcher.run.items.caption, strict=True)
        ):
            if modality == "text" and searcher.run.items.told(row)["series"] != "series 0":
                hits = searcher.search(caption, to="image", k=99, filters=POOL, **WAYS[way])
                ranks.append(next(hit.rank for hit in hits if hit.caption == caption))
        assert len(ranks) == 32
        np.testing.assert_allclose(metrics["MRR"], 1 / np.array(ranks))
        np.testing.assert_array_equal(metrics["R@10"], np.array(ranks) <= 10)


def test_words_do_not_read_captions(searcher: Searcher) -> None:
    found = measure(searcher, ["vectors and words (--hybrid)"], pool=POOL)
    assert len(found["vectors and words (--hybrid)"]["MRR"]) == 32
    assert not (searcher.run.folder / "cache").exists()  # where the index that reads them is kept
    documents = documents_of(searcher.run.items, searcher.run.concepts, captions=False)
    assert not any(
        caption in text for caption, text in zip(searcher.run.items.caption, documents, strict=True)
    )


def test_a_run_without_a_pool(searcher: Searcher, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match="split=pool have a caption in common"):
        measure(searcher)
    assert main([str(tmp_path / "none")]) == 1
    assert "expected a run" in capsys.readouterr().err
