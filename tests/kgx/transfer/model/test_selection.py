"""Choosing an encoder: LogME against its own definition, probes by hand, and a ranking of encoders that differ."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

from kgx.collection import Collection, Item
from kgx.encoders.base import Encoding, Value
from kgx.errors import CollectionError, ConfigError
from kgx.transfer.model.selection import (
    LabelledTarget,
    agreement,
    linear_probe,
    logme,
    nearest_neighbours,
    ranking,
    select,
)


def slow_logme(features: np.ndarray, labels: Sequence[str]) -> float:
    """The definition: the density of the labels under their Gaussian marginal, made as large as it can be."""
    total, (rows, _) = 0.0, features.shape
    for name in sorted(set(labels)):
        column = np.array([label == name for label in labels], dtype=float)

        def cost(logs: np.ndarray, column: np.ndarray = column) -> float:
            alpha, beta = np.exp(np.clip(logs, -30, 30))
            covariance = features @ features.T / alpha + np.eye(rows) / beta
            _, determinant = np.linalg.slogdet(covariance)
            return 0.5 * float(
                rows * np.log(2 * np.pi) + determinant + column @ np.linalg.solve(covariance, column)
            )

        starts = [np.array([a, b], dtype=float) for a in (-2, 2) for b in (0, 3)]
        total += -min(
            minimize(cost, start, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10}).fun
            for start in starts
        )
    return total / len(set(labels)) / rows


@pytest.mark.parametrize(
    ("rows", "width", "scale", "classes"), [(40, 5, 1.0, 2), (30, 12, 10.0, 3), (20, 35, 0.3, 3)]
)
def test_logme_is_its_definition(rows: int, width: int, scale: float, classes: int) -> None:
    rng = np.random.default_rng(width)
    numbers = np.arange(rows) % classes
    features = scale * (rng.standard_normal((rows, width)) + 0.8 * np.eye(classes, width)[numbers])
    labels = [str(number) for number in numbers]
    assert logme(features, labels) == pytest.approx(slow_logme(features, labels), abs=1e-4)


def test_logme_of_features_without_rank() -> None:
    rng = np.random.default_rng(0)
    thin = rng.standard_normal((30, 2)) @ rng.standard_normal((2, 6))
    labels = ["a", "b", "c"] * 10
    assert logme(thin, labels) == pytest.approx(slow_logme(thin, labels), abs=1e-3)
    assert np.isfinite(logme(np.zeros((30, 4)), labels))
    assert np.isfinite(logme(np.eye(3)[[0, 1, 2] * 10], labels))  # told without any error


def test_logme_likes_what_tells_the_labels() -> None:
    rng = np.random.default_rng(0)
    numbers = np.arange(60) % 3
    labels = [str(number) for number in numbers]
    noise = rng.standard_normal((60, 10))
    scores = [logme(noise + strength * np.eye(3, 10)[numbers], labels) for strength in (0.0, 1.0, 3.0)]
    assert scores == sorted(scores)


@pytest.mark.parametrize(
    ("features", "labels"),
    [
        (np.eye(3), ["a", "b"]),
        (np.eye(2), ["a", "a"]),
        (np.array([[np.nan], [1.0]]), ["a", "b"]),
        (np.zeros(2), ["a", "b"]),
    ],
)
def test_logme_refuses(features: np.ndarray, labels: list[str]) -> None:
    with pytest.raises(ValueError, match="expected"):
        logme(features, labels)


def test_neighbours_by_hand() -> None:
    angles = np.deg2rad([0, 5, 10, 180, 185, 190, 90])
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    # Five nearest of six others: each of a trio meets two of its own and three others, of which two agree.
    assert nearest_neighbours(rows[:6], list("aaabbb")) == 0.0
    assert nearest_neighbours(np.repeat(np.eye(2), 6, axis=0), ["a"] * 6 + ["b"] * 6) == 1.0


def test_the_probe_is_judged_on_what_it_has_not_seen() -> None:
    rng = np.random.default_rng(0)
    assert linear_probe(rng.standard_normal((60, 50)), ["a", "b"] * 30) < 0.75
    assert linear_probe(np.eye(2)[[0, 1] * 10], ["a", "b"] * 10) == 1.0
    assert 0.0 <= linear_probe(rng.standard_normal((9, 4)), list("aaaaaaabc")) <= 1.0  # classes of one
    assert linear_probe(np.eye(3), list("aab")) in (0.0, 1 / 3, 2 / 3)  # a fold with one class alone
    with pytest.raises(ValueError, match="two items"):
        linear_probe(np.eye(3), list("abc"))


def test_agreement() -> None:
    found = agreement([3.0, 2.0, 1.0], [0.5, 0.9, 0.1])
    assert found.weighted_tau is not None
    assert -1 < found.weighted_tau < 1
    assert found.regret == pytest.approx(0.4)
    assert agreement([1.0, 2.0], [0.2, 0.1]).weighted_tau == pytest.approx(-1.0)
    assert agreement([1.0], [0.2]) == agreement([5.0], [0.2])
    with pytest.raises(ValueError, match="an accuracy for each"):
        agreement([1.0], [])


def target(column: str = "kind", *, split: bool = False) -> Collection:
    items = [
        Item(
            f"text:{number}",
            "text",
            f"{('owl', 'rake', 'pear')[number % 3]} {number}",
            entity=str(number),
            split=("test" if number % 4 == 0 else "train") if split else "",
            metadata={column: ("bird", "tool", "fruit")[number % 3]},
        )
        for number in range(60)
    ]
    return Collection("target", Path(), (*items, Item("text:x", "text", "of nothing", entity="x")))


def test_few_labels_are_drawn_class_by_class() -> None:
    few = LabelledTarget.of(target(), "kind", count=9)
    counts = {name: [few.labels[row] for row in few.few].count(name) for name in ("bird", "tool", "fruit")}
    assert counts == {"bird": 3, "tool": 3, "fruit": 3}
    assert few.few == LabelledTarget.of(target(), "kind", count=9).few
    assert few.few != LabelledTarget.of(target(), "kind", count=9, seed=1).few
    assert set(few.few) <= set(few.training)
    assert not set(few.training) & set(few.test)
    assert len(few.training) + len(few.test) == 60


def test_a_split_that_is_given_is_kept() -> None:
    told = LabelledTarget.of(target(split=True), "kind", count=9)
    assert told.test == tuple(range(0, 60, 4))


def test_targets_that_cannot_be_used() -> None:
    with pytest.raises(CollectionError, match="other columns: kind"):
        LabelledTarget.of(target(), "colour", count=9)
    with pytest.raises(CollectionError, match="image items of two labels"):
        LabelledTarget.of(target(), "kind", count=9, modality="image")
    mixed = Collection(
        "m", Path(), (*target().items, Item("i", "image", "a.png", "i", metadata={"kind": "bird"}))
    )
    with pytest.raises(CollectionError, match="say which"):
        LabelledTarget.of(mixed, "kind", count=9)


class Words:
    """An encoder that knows the first word of a text to a degree, and else hears noise."""

    modalities = frozenset({"text"})
    dimension = 8

    def __init__(self, skill: float) -> None:
        self.id = f"words-{skill}"
        self.skill = skill

    def encode(self, values: Sequence[Value], modality: str) -> Encoding:
        rows = [self._vector(str(value)) for value in values]
        failures = {row: "too hard" for row, value in enumerate(values) if value == "owl 3"}
        return Encoding(np.array(rows, dtype=np.float32).reshape(-1, 8), failures=failures)

    def _vector(self, text: str) -> np.ndarray:
        def drawn(key: str) -> np.ndarray:
            seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "little")
            return np.random.default_rng(seed).standard_normal(8)

        return self.skill * drawn(text.split()[0]) + drawn(text)


def test_candidates_are_ranked_and_the_ranking_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    skills = {"deaf": 0.0, "fair": 0.8, "keen": 3.0}
    monkeypatch.setattr(ranking, "load_encoder", lambda name, threads: Words(skills[name]))
    told = LabelledTarget.of(target(), "kind", count=30)
    plain = select(list(skills), told)
    assert [one.name for one in plain.candidates] == ["keen", "fair", "deaf"]
    assert (plain.agreements, plain.candidates[0].accuracy) == ({}, None)
    verified = select(list(skills), told, final="probe")
    assert [one.accuracy for one in verified.candidates] == sorted(
        (one.accuracy or 0.0 for one in verified.candidates), reverse=True
    )
    assert verified.agreements["logme"].weighted_tau == pytest.approx(1.0)
    assert verified.agreements["logme"].regret == 0.0
    assert all("too hard" in why for why in verified.skipped.values())
    for names, final, message in (
        ([], None, "each once"),
        (["deaf", "deaf"], None, "each once"),
        (["deaf"], "guess", "probe or fine-tune"),
    ):
        with pytest.raises(ConfigError, match=message):
            select(names, told, final=final)
    with pytest.raises(ConfigError, match="use more labels"):
        select(["keen"], LabelledTarget.of(target(), "kind", count=3))
