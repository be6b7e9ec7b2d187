"""TREC files: round trips of any id, strictly falling scores, and the same figures from pytrec_eval."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kgx.evaluate import TrecFormatError, per_query, read_qrels, read_run, write_qrels, write_run
from kgx.evaluate.trec import strictly_decreasing

IDS = st.text(st.characters(), min_size=1, max_size=8)  # lone surrogates, controls and separators included


@st.composite
def runs(draw: st.DrawFn) -> tuple[list[str], list[str], np.ndarray, np.ndarray]:
    queries = draw(st.lists(IDS, min_size=1, max_size=3, unique=True))
    documents = draw(st.lists(IDS, min_size=1, max_size=6, unique=True))
    shape = (len(queries), len(documents))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    width = 32 if dtype == np.float32 else 64
    scores = draw(hnp.arrays(dtype, shape, elements=st.floats(width=width, allow_nan=False)))
    relevant = draw(hnp.arrays(np.bool_, shape))
    relevant[:, 0] = True
    return queries, documents, scores, relevant


@given(runs())
@settings(max_examples=100, deadline=None)
def test_round_trip(case: tuple[list[str], list[str], np.ndarray, np.ndarray]) -> None:
    queries, documents, scores, relevant = case
    with tempfile.TemporaryDirectory() as folder:
        qrels, run = Path(folder) / "x" / "a.qrels", Path(folder) / "x" / "a.run"
        write_qrels(qrels, relevant, queries, documents)
        write_run(run, scores, relevant, queries, documents, tag="the tag")
        assert [len(line.split(" ")) for line in run.read_text("utf-8").splitlines()] == [6] * scores.size
        assert sorted(path.name for path in qrels.parent.iterdir()) == ["a.qrels", "a.run"]
        judged, retrieved = read_qrels(qrels), read_run(run)
    assert list(judged) == list(retrieved) == queries
    for query, row, good in zip(queries, scores, relevant, strict=True):
        assert judged[query] == {documents[i]: 1 for i in np.flatnonzero(good)}
        expected = sorted(range(len(row)), key=lambda i: (-row[i], good[i]))
        assert list(retrieved[query]) == [documents[i] for i in expected]
        for read_as in (np.float64, np.float32):  # whatever precision the reader has, the order survives
            written = np.array(list(retrieved[query].values()), dtype=read_as)
            assert (np.diff(written) < 0).all()


@given(st.integers(0, 2**31))
@settings(max_examples=25, deadline=None)
def test_pytrec_eval_finds_the_same_figures(seed: int) -> None:
    rng = np.random.default_rng(seed)
    queries, documents = [f"text:{i}" for i in range(12)], [f"image:a b/{i}" for i in range(70)]
    levels = rng.integers(2, 2000)  # few levels: many ties
    scores = (rng.integers(0, levels, (12, 70)) / levels - 0.5).astype(rng.choice([np.float32, np.float64]))
    relevant = rng.random((12, 70)) < 0.05
    relevant[np.arange(12), rng.integers(0, 70, 12)] = True
    with tempfile.TemporaryDirectory() as folder:
        qrels, run = Path(folder) / "a.qrels", Path(folder) / "a.run"
        write_qrels(qrels, relevant, queries, documents)
        write_run(run, scores, relevant, queries, documents, tag="t")
        for read_q, read_r in (
            (read_qrels, read_run),
            (lambda p: pytrec_eval.parse_qrel(p.open()), lambda p: pytrec_eval.parse_run(p.open())),
        ):
            measures = {"recip_rank", "ndcg_cut.10", "success.1,5,10,50"}
            theirs = pytrec_eval.RelevanceEvaluator(read_q(qrels), measures).evaluate(read_r(run))
            ours = per_query(scores, relevant)
            names = {"mrr": "recip_rank", "ndcg@10": "ndcg_cut_10"}
            names |= {f"recall@{k}": f"success_{k}" for k in (1, 5, 10, 50)}
            for name, theirs_name in names.items():
                np.testing.assert_allclose(
                    [theirs[query][theirs_name] for query in queries], ours[name], atol=1e-9, err_msg=name
                )


ANY_SCORE = st.floats(allow_nan=False) | st.sampled_from([0.0, -0.0, 1.0])


@given(hnp.arrays(np.float64, st.integers(0, 40), elements=ANY_SCORE))
@settings(deadline=None)
def test_falling_scores_fall_strictly_and_stay_where_they_can(scores: np.ndarray) -> None:
    scores = np.sort(scores)[::-1]
    got = strictly_decreasing(scores)
    expected: list[np.float32] = []
    for score in np.clip(scores, -1e38, 1e38).astype(np.float32):
        limit = np.nextafter(expected[-1], np.float32(-np.inf)) if expected else np.float32(np.inf)
        expected.append(min(score, limit))
    np.testing.assert_array_equal(got, np.array(expected, dtype=np.float32))
    assert np.isfinite(got).all()


def test_depth_cuts_the_ranking(tmp_path: Path) -> None:
    write_run(tmp_path / "a.run", np.array([[1, 3, 2]]), [[0]], ["q"], ["a", "b", "c"], tag="t", depth=2)
    assert read_run(tmp_path / "a.run") == {"q": {"b": 3.0, "c": 2.0}}


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    run = tmp_path / "a.run"
    write_run(run, np.ones((1, 1)), [[0]], ["q"], ["d"], tag="t")
    before = run.read_bytes()
    with pytest.raises(ValueError, match="NaN"):
        write_run(run, np.full((1, 1), np.nan), [[0]], ["q"], ["d"], tag="t")
    assert run.read_bytes() == before
    assert list(tmp_path.iterdir()) == [run]


@pytest.mark.parametrize(
    ("queries", "documents", "tag", "message"),
    [
        (["q"], ["d", "d"], "t", "document id once, got 'd' twice"),
        ([""], ["d", "e"], "t", "query id to be non-empty"),
        (["q"], ["d", "e"], "", "tag id to be non-empty"),
        (["q", "r"], ["d", "e"], "t", "shape"),
    ],
)
def test_refuses_ids(
    tmp_path: Path, queries: list[str], documents: list[str], tag: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        write_run(tmp_path / "a.run", np.zeros((1, 2)), [[0]], queries, documents, tag=tag)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "reader", "message"),
    [
        (b"q 0 d 1\nq 0 d\n", read_qrels, "a.txt:2: expected 4 fields, got 3"),
        (b"q 0 d yes\n", read_qrels, "a.txt:1: expected a whole number, got 'yes'"),
        (b"q 0 d 1\n\nq 0 d 1\n", read_qrels, "a.txt:3: document 'd' stands twice under query 'q'"),
        (b"q 0 d 1\n", read_run, "a.txt:1: expected 6 fields, got 4"),
        (b"q Q0 d 1 high t\n", read_run, "a.txt:1: expected a score, got 'high'"),
        (b"q Q0 d 1 nan t\n", read_run, "a.txt:1: expected a score, got NaN"),
        (b"q Q0 \xff 1 1 t\n", read_run, "expected UTF-8"),
    ],
)
def test_malformed_lines_are_named(tmp_path: Path, content: bytes, reader, message: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(TrecFormatError, match=message):
        reader(path)
