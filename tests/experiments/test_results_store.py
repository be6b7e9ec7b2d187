"""Rows of results: what stands in their files, that anyone can score it again, and that a run may be resumed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytrec_eval

from experiments.protocol import Direction
from experiments.results_store import ResultsStore, RowKey, write_json
from kgx.evaluate import METRICS, RECALL_DEPTHS, read_qrels, read_run
from kgx.items import LinkedItems

KEYS = [
    RowKey("text-image", "ridge", 0, 0),
    RowKey("text-image", "relation-transfer", 0, 0),
    RowKey("text-image", "relation-transfer", 0, 1),
    RowKey("image-text", "relation-transfer", 50, 0),
]


def items(modality: str, count: int) -> LinkedItems:
    names = tuple(f"{modality}:stamps/no {number}" for number in range(count))
    blank = ("",) * count
    return LinkedItems(modality, names, names, blank, blank, np.ones((count, 2), np.float32))


def direction(name: str) -> Direction:
    """Return 70 queries and 80 gallery items, some of which are right for several queries."""
    rng = np.random.default_rng(len(name))
    relevant = rng.random((70, 80)) < 0.03
    relevant[np.arange(70), rng.integers(0, 80, 70)] = True
    asked, sought = name.split("-")
    return Direction(items(asked, 70), items(sought, 80), relevant)


def scores(key: RowKey) -> np.ndarray:
    """Return scores with many ties, a little better than chance."""
    rng = np.random.default_rng([key.seed, key.shots, len(key.method)])
    return np.round(rng.random((70, 80)) + 0.3 * direction(key.direction).relevant, 1)


def fill(store: ResultsStore, keys: list[RowKey] = KEYS) -> None:
    for key in keys:
        store.put(key, direction(key.direction), scores(key))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    store = ResultsStore(folder, "state")
    fill(store)
    store.summarise(KEYS, {"relation-transfer": "ridge"}, [("relation-transfer", "ridge")])
    return folder


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_results_have_the_promised_form(folder: Path) -> None:
    results = read(folder / "results.json")
    assert [RowKey(row["direction"], row["method"], row["shots"], row["seed"]) for row in results] == KEYS
    for row in results:
        assert list(row) == ["method", "shots", "seed", "direction", "metrics"]
        assert list(row["metrics"]) == list(METRICS)
        assert all(isinstance(value, float) for value in row["metrics"].values())


def test_trec_files_are_named_by_direction_method_shots_and_seed(folder: Path) -> None:
    assert sorted(path.name for path in (folder / "trec").iterdir()) == [
        "image-text.qrels",
        "image-text__relation-transfer__50__0.run",
        "text-image.qrels",
        "text-image__relation-transfer__0__0.run",
        "text-image__relation-transfer__0__1.run",
        "text-image__ridge__0__0.run",
    ]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_another_evaluator_finds_the_same_figures(key: RowKey, folder: Path) -> None:
    run = read_run(folder / "trec" / f"{key}.run")
    qrels = read_qrels(folder / "trec" / f"{key.direction}.qrels")
    assert len(run) == len(qrels) == 70
    assert all(len(documents) == 80 for documents in run.values())
    depths = ",".join(str(depth) for depth in RECALL_DEPTHS)
    evaluator = pytrec_eval.RelevanceEvaluator(qrels, {f"success.{depths}", "recip_rank", "ndcg_cut.10"})
    found = list(evaluator.evaluate(run).values())
    names = {f"recall@{depth}": f"success_{depth}" for depth in RECALL_DEPTHS}
    names |= {"mrr": "recip_rank", "ndcg@10": "ndcg_cut_10"}
    (row,) = [
        row
        for row in read(folder / "results.json")
        if RowKey(row["direction"], row["method"], row["shots"], row["seed"]) == key
    ]
    for ours, theirs in names.items():
        assert row["metrics"][ours] == pytest.approx(np.mean([query[theirs] for query in found]), abs=1e-6)


def test_ids_are_those_of_the_items(folder: Path) -> None:
    run = read_run(folder / "trec" / "text-image__ridge__0__0.run")
    assert "text:stamps/no 3" in run
    assert set(run["text:stamps/no 3"]) == set(direction("text-image").gallery.ids)


def test_intervals_are_about_the_mean_over_queries_and_seeds(folder: Path) -> None:
    records = read(folder / "intervals.json")
    ours = [row for row in records if row["method"] == "relation-transfer" and row["shots"] == 0]
    assert [row["metric"] for row in ours] == list(METRICS)
    results = [row for row in read(folder / "results.json") if row["method"] == "relation-transfer"]
    means = [row["metrics"]["mrr"] for row in results if not row["shots"]]
    (mrr,) = [row for row in ours if row["metric"] == "mrr"]
    assert mrr["mean"] == pytest.approx(np.mean(means))
    assert mrr["low"] < mrr["mean"] < mrr["high"]


def test_harm_counts_the_queries_that_fell_behind_the_baseline(folder: Path) -> None:
    records = read(folder / "harm.json")
    assert [(row["direction"], row["seed"]) for row in records] == [("text-image", 0), ("text-image", 1)]
    ranks = {}
    for key in KEYS[:3]:
        run, right = (
            read_run(folder / "trec" / f"{key}.run"),
            read_qrels(folder / "trec" / "text-image.qrels"),
        )
        ranks[key] = [
            next(rank for rank, document in enumerate(documents, start=1) if document in right[query])
            for query, documents in run.items()
        ]
    for key, record in zip(KEYS[1:3], records, strict=True):
        pairs = list(zip(ranks[KEYS[0]], ranks[key], strict=True))
        assert record["baseline"] == "ridge"
        assert record["worse"] == pytest.approx(np.mean([after > before for before, after in pairs]))
        assert record["improved"] == pytest.approx(np.mean([after < before for before, after in pairs]))


def test_what_is_compared_is_tested_where_both_have_rows(folder: Path) -> None:
    records = read(folder / "significance.json")
    told = [(row["direction"], row["metric"], row["method"], row["other"]) for row in records]
    assert told == [("text-image", metric, "relation-transfer", "ridge") for metric in ("recall@10", "mrr")]


def test_trainings_go_and_stay_with_the_rows_of_their_state(tmp_path: Path) -> None:
    before, after = ResultsStore(tmp_path, "before"), ResultsStore(tmp_path, "after")
    fill(before, KEYS[:1])
    curve = {"loss": [2.0, 1.0], "score": [], "best_epoch": 1}
    after.put_training("ours", 1, curve)
    assert not before.has(KEYS[0])
    fill(after, KEYS[:1])
    assert after.trainings(["ours", "ridge"], [0, 1]) == {"ours": [curve]}
    assert after.training("ours", 0) is None


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    fill(ResultsStore(tmp_path, "state"), KEYS[:2])
    again = ResultsStore(tmp_path, "state")
    assert [again.has(key) for key in KEYS] == [True, True, False, False]
    fill(again, KEYS[2:])
    again.summarise(KEYS, {})
    straight = ResultsStore(tmp_path / "straight", "state")
    fill(straight)
    straight.summarise(KEYS, {})
    for name in ("results.json", "intervals.json", "harm.json"):
        assert (tmp_path / name).read_bytes() == (tmp_path / "straight" / name).read_bytes()


def test_a_row_without_its_trec_files_is_not_there(tmp_path: Path) -> None:
    store = ResultsStore(tmp_path, "state")
    fill(store, KEYS[:2])
    (tmp_path / "trec" / f"{KEYS[0]}.run").unlink()
    assert [store.has(key) for key in KEYS[:2]] == [False, True]
    (tmp_path / "trec" / "text-image.qrels").unlink()
    assert not store.has(KEYS[1])


def test_rows_and_rankings_of_another_state_go(tmp_path: Path) -> None:
    before, after = ResultsStore(tmp_path, "before"), ResultsStore(tmp_path, "after")
    fill(before)
    assert not any(after.has(key) for key in KEYS)
    small = direction("text-image")
    small = Direction(small.queries.select([0]), small.gallery, small.relevant[:1])
    after.put(KEYS[0], small, scores(KEYS[0])[:1])
    assert [path.name for path in sorted((tmp_path / "trec").iterdir())] == [
        "text-image.qrels",
        "text-image__ridge__0__0.run",
    ]
    assert len(read_qrels(tmp_path / "trec" / "text-image.qrels")) == 1
    assert not any(before.has(key) for key in KEYS)


def test_json_is_written_whole_and_readable(tmp_path: Path) -> None:
    write_json(tmp_path / "new" / "a.json", {"Eule": "é"})
    assert (tmp_path / "new" / "a.json").read_text(encoding="utf-8") == '{\n "Eule": "é"\n}\n'
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.json"]
