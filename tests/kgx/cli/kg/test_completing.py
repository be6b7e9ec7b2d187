"""``kgx kg evaluate``, ``complete``, ``pretrain`` and ``checkpoint convert`` on a small graph and a small model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from graphs import read_graph
from graphs.gnn.ultra import Ultra
from graphs.gnn.ultra.checkpoint import load_checkpoint, save_checkpoint

Command = Callable[..., Any]
OWLS = """\
barn_owl\tisA\towl
tawny_owl\tisA\towl
owl\tisA\tbird
hen\tisA\tbird
barn_owl\teats\tmouse
tawny_owl\teats\tvole
owl\teats\tmouse
"""


@pytest.fixture
def owls(tmp_path: Path) -> Path:
    path = tmp_path / "owls.tsv"
    path.write_text(OWLS, encoding="utf-8")
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    save_checkpoint(Ultra(dim=8, relation_layers=2, entity_layers=3), tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


@pytest.fixture
def tests(tmp_path: Path) -> list[Path]:
    rows = ("barn_owl\teats\tvole\n", "hen\teats\tworm\nhen\thatches\tegg\n")
    paths = [tmp_path / "valid.tsv", tmp_path / "test.tsv"]
    for path, text in zip(paths, rows, strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def test_evaluate_tells_scores_and_their_floor(
    kg: Command, owls: Path, model: Path, tests: list[Path]
) -> None:
    outcome = kg("evaluate", owls, "--checkpoint", model, "--test", *tests, "--by-relation", "--json")
    assert outcome.code == 0, outcome.err
    report = json.loads(outcome.out)
    assert (report["links"], report["queries"], report["entities"], report["relations"]) == (3, 6, 9, 3)
    assert 0 < report["mrr"] <= 1
    assert 0 <= report["hits@1"] <= report["hits@3"] <= report["hits@10"] == 1
    assert set(report["floor"]) == {"mrr", "hits@1", "hits@3", "hits@10"}
    assert {name: own["queries"] for name, own in report["by_relation"].items()} == {"eats": 4, "hatches": 2}


@pytest.mark.parametrize("order", ["graph first", "graph last", "repeated"])
def test_files_can_be_given_in_any_way(
    kg: Command, owls: Path, model: Path, tests: list[Path], order: str
) -> None:
    files = {
        "graph first": [owls, "--checkpoint", model, "--test", *tests],
        "graph last": ["--checkpoint", model, "--test", *tests, owls],
        "repeated": ["--test", tests[0], "--test", tests[1], owls, f"--checkpoint={model}"],
    }
    outcome = kg("evaluate", *files[order], "--json", "--no-floor")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["links"] == 3
    assert json.loads(outcome.out)["floor"] is None


def test_ties_order_the_scores(kg: Command, owls: Path, model: Path, tests: list[Path]) -> None:
    found = {}
    for ties in ("pessimistic", "realistic", "optimistic"):
        outcome = kg("evaluate", owls, "--checkpoint", model, "--test", *tests, "--ties", ties, "--json")
        found[ties] = json.loads(outcome.out)["mrr"]
    assert found["pessimistic"] <= found["realistic"] <= found["optimistic"]
    assert found["pessimistic"] < found["optimistic"]  # the worm and the egg have no links: they tie


def test_further_right_answers_do_not_count_against(
    kg: Command, owls: Path, model: Path, tests: list[Path]
) -> None:
    alone = kg("evaluate", owls, "--checkpoint", model, "--test", tests[0], "--json")
    filtered = kg("evaluate", owls, "--checkpoint", model, "--test", tests[0], "--filter", tests[1], "--json")
    assert json.loads(filtered.out)["entities"] == json.loads(alone.out)["entities"] + 2


def test_a_table_is_printed_for_people(kg: Command, owls: Path, model: Path, tests: list[Path]) -> None:
    outcome = kg("evaluate", owls, "--checkpoint", model, "--test", tests[0], owls)
    assert "PageRank" in outcome.out
    assert "7 of the links stand in the graph already" in outcome.out


def test_complete_answers_a_question_with_names_and_paths(kg: Command, owls: Path, model: Path) -> None:
    outcome = kg("complete", owls, "--checkpoint", model, "--query", "barn_owl eats ?", "--top", 2, "--json")
    assert outcome.code == 0, outcome.err
    first, second = json.loads(outcome.out)["predictions"]
    assert (first["head"], first["relation"], first["head_label"]) == ("barn_owl", "eats", "barn_owl")
    assert first["score"] >= second["score"]
    assert first["tail"] not in ("mouse", "barn_owl")
    assert first["paths"][0]["steps"][0]["start"] == "barn_owl"
    assert first["paths"][0]["steps"][-1]["end"] == first["tail"]


def test_what_is_predicted_can_be_written_and_forgotten(
    kg: Command, owls: Path, model: Path, tmp_path: Path
) -> None:
    arguments = ["--checkpoint", model, "--relation", "eats", "--threshold", 0.01, "--out", tmp_path / "more"]
    outcome = kg("complete", owls, *arguments, "--json")
    assert outcome.code == 0, outcome.err
    report = json.loads(outcome.out)
    graph = read_graph(tmp_path / "more")
    assert graph.sources() == {"owls.tsv": 7, "predicted": report["links"]}
    assert report["links"] > 0
    heads, tails, weights = graph.edges("eats")
    sure = {
        (head, tail): weight
        for head, tail, weight in zip(
            graph.entity_iris(heads), graph.entity_iris(tails), weights.tolist(), strict=True
        )
    }
    for link in report["predictions"]:
        assert sure[link["head"], link["tail"]] == pytest.approx(link["confidence"], rel=1e-6)
    assert kg("forget", tmp_path / "more", "--source", "predicted").code == 0
    assert read_graph(tmp_path / "more").columns.equals(read_graph(owls).columns)


def test_people_are_told_what_carried_a_prediction(kg: Command, owls: Path, model: Path) -> None:
    outcome = kg("complete", owls, "--checkpoint", model, "--top", 3)
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith("   1  0.")
    assert "←eats— tawny_owl" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--query", "barn_owl eats"], "expected a question"),
        (["--query", "barn_owl likes ?"], "no link of the graph has the relation 'likes'"),
        (["--query", "dodo eats ?"], "'dodo'"),
        (["--relation", "likes"], "'likes'"),
        (["--relation", "eats", "--query", "barn_owl eats ?"], "leave --relation out"),
        (["--device", "abacus"], "no device 'abacus'"),
    ],
)
def test_complete_refuses_in_a_line(
    kg: Command, owls: Path, model: Path, arguments: list[str], message: str
) -> None:
    outcome = kg("complete", owls, "--checkpoint", model, *arguments)
    assert outcome.code == 1
    assert message in outcome.err
    assert "Traceback" not in outcome.err


def test_a_checkpoint_is_needed_that_is_one(kg: Command, owls: Path, tests: list[Path]) -> None:
    outcome = kg("evaluate", owls, "--checkpoint", owls, "--test", *tests)
    assert outcome.code == 1
    assert "owls.tsv: " in outcome.err


def test_pretrain_and_convert(kg: Command, owls: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "tuned.safetensors"
    outcome = kg("pretrain", owls, "--out", out, "--from", model, "--epochs", 1, "--json")
    assert outcome.code == 0, outcome.err
    report = json.loads(outcome.out)
    assert report["links"] == [7]
    assert len(report["curve"]["loss"]) == 1
    torch.save({"model": load_checkpoint(out).model.state_dict()}, tmp_path / "old.pth")
    assert kg("checkpoint", "convert", tmp_path / "old.pth").code == 0
    converted = load_checkpoint(tmp_path / "old.safetensors").model.state_dict()
    for name, value in load_checkpoint(out).model.state_dict().items():
        assert torch.equal(value, converted[name])


def test_patience_needs_something_to_score_by(kg: Command, owls: Path, tmp_path: Path) -> None:
    outcome = kg("pretrain", owls, "--out", tmp_path / "out", "--patience", 1)
    assert outcome.code == 1
    assert "--validation-share" in outcome.err
