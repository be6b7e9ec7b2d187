"""What all fusions of vectors have in common, and what the learned ones learn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kgx.errors import ConfigError, ModelError
from kgx.fusion import (
    FUSIONS,
    Concatenation,
    CrossAttentionFusion,
    Fusion,
    GatedFusion,
    LearnedWeights,
    WeightedSum,
    new_fusion,
    weighted_sum,
)
from kgx.train import TrainingOptions

QUICK = TrainingOptions(epochs=2)
OPTIONS: dict[str, dict[str, Any]] = {
    "concat": {"weights": {"text": 2.0, "image": 1.0}},
    "weighted": {"weights": {"text": 2.0, "image": 1.0}},
    "learned-weights": {"part_dropout": 0.2},
    "gated": {"batch_size": 30},
    "cross-attention": {"width": 8, "heads": 2},
}

every_fusion = pytest.mark.parametrize("name", FUSIONS)


def items(rows: int = 60, seed: int = 0) -> tuple[dict[str, np.ndarray], np.ndarray]:
    rng = np.random.default_rng(seed)
    target = rng.standard_normal((rows, 6)).astype(np.float32)
    noise = rng.standard_normal((2, rows, 6)).astype(np.float32)
    return {"text": target + 0.5 * noise[0], "image": target + 2.0 * noise[1]}, target


def fitted(name: str) -> Fusion:
    parts, target = items()
    return FUSIONS[name](**OPTIONS[name]).fit(parts, target, options=QUICK)


@every_fusion
def test_rows_of_length_one_each_on_its_own(name: str) -> None:
    parts, _ = items()
    fusion = fitted(name)
    fused = fusion.fuse(parts)
    np.testing.assert_allclose(np.linalg.norm(fused, axis=1), 1.0, atol=1e-5)
    single = fusion.fuse({part: rows[7:8] for part, rows in parts.items()})
    np.testing.assert_allclose(single[0], fused[7], atol=1e-5)
    swapped = fusion.fuse({"image": parts["image"], "text": 3 * parts["text"]})
    np.testing.assert_allclose(swapped, fused, atol=1e-5)
    assert fusion.fuse({part: rows[:0] for part, rows in parts.items()}).shape == (0, fused.shape[1])


@every_fusion
def test_a_part_that_is_not_given_is_one_of_zeros(name: str) -> None:
    parts, _ = items()
    fusion = fitted(name)
    alone = fusion.fuse({"text": parts["text"]})
    np.testing.assert_allclose(
        alone, fusion.fuse({"text": parts["text"], "image": 0 * parts["image"]}), atol=1e-6
    )
    assert not fusion.fuse({"text": 0 * parts["text"]}).any()


@every_fusion
def test_weights_of_a_query_say_more_less_and_not(name: str) -> None:
    parts, _ = items()
    fusion = fitted(name)
    alone = fusion.fuse({"text": parts["text"]})
    plain = fusion.fuse(parts)
    np.testing.assert_allclose(fusion.fuse(parts, {"text": 2.0, "image": 2.0}), plain, atol=1e-5)
    turned = fusion.fuse(parts, {"text": -1.0, "image": -1.0})
    np.testing.assert_allclose(turned, -plain, atol=1e-5)
    if name != "cross-attention":  # where a part is seen by the others even where its own share is taken off
        more = fusion.fuse(parts, {"text": 1000.0, "image": 1.0})
        assert (np.sum(more * alone, axis=1) > np.sum(plain * alone, axis=1) - 1e-6).mean() > 0.9


@every_fusion
def test_a_file_holds_all_of_it(name: str, tmp_path: Path) -> None:
    parts, _ = items()
    fusion = fitted(name)
    fusion.save(tmp_path / "fusion")
    loaded = FUSIONS[name].load(tmp_path / "fusion")
    np.testing.assert_array_equal(loaded.fuse(parts), fusion.fuse(parts))
    assert loaded.widths_ == {"text": 6, "image": 6}
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "fusion").read_bytes()


@every_fusion
def test_unusable_files_are_named(name: str, tmp_path: Path) -> None:
    path, kind = tmp_path / "fusion", FUSIONS[name]
    with pytest.raises(ModelError, match="fusion is missing"):
        kind.load(path)
    fitted(name).save(path)
    tensors, note = kind.file_format.open(path)
    for some, told in (
        (tensors, {}),
        (tensors, {**note, "options": {"unheard_of": 1}}),
        (tensors, {**note, "parts": [["text"]]}),
        *([({}, note)] if tensors else []),
    ):
        kind.file_format.save(path, some, told)
        with pytest.raises(ModelError, match=r"is damaged .*; fit the fusion again"):
            kind.load(path)
    other = FUSIONS["concat" if name != "concat" else "weighted"]
    with pytest.raises(ModelError, match="fit the fusion again"):
        other.load(path)


@every_fusion
def test_what_cannot_be_fused(name: str, tmp_path: Path) -> None:
    parts, _ = items()
    for use in (lambda: FUSIONS[name]().fuse(parts), lambda: FUSIONS[name]().save(tmp_path / "never")):
        with pytest.raises(ModelError, match="has not been fitted"):
            use()
    fusion = fitted(name)
    with pytest.raises(ValueError, match="unknown part 'sound'; it was fitted on text, image"):
        fusion.fuse({"sound": parts["text"]})
    with pytest.raises(ValueError, match=r"text rows of 6 features, got \(60, 5\)"):
        fusion.fuse({"text": parts["text"][:, :5]})
    with pytest.raises(ValueError, match="expected weights of text, got text, image"):
        fusion.fuse({"text": parts["text"]}, {"text": 1.0, "image": 1.0})
    with pytest.raises(ValueError, match="as many rows"):
        fusion.fuse({"text": parts["text"], "image": parts["image"][:3]})


@pytest.mark.parametrize("kind", [LearnedWeights, GatedFusion, CrossAttentionFusion])
def test_learned_fusions_beat_the_plain_sum(kind: type[Fusion]) -> None:
    parts, target = items(600)
    new, answers = items(200, seed=1)
    options = TrainingOptions(epochs=80, learning_rate=2e-2, weight_decay=0.0)
    fused = kind(part_dropout=0.0).fit(parts, target, options=options).fuse(new)  # type: ignore[call-arg]

    def found(vectors: np.ndarray) -> float:
        units = answers / np.linalg.norm(answers, axis=1, keepdims=True)
        return float((np.argmax(vectors @ units.T, axis=1) == np.arange(200)).mean())

    assert found(fused) > found(weighted_sum(new)) + 0.05


def test_same_seed_same_fusion_and_the_callers_draws_are_left_alone() -> None:
    parts, target = items()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one = GatedFusion().fit(parts, target, options=QUICK)
    assert torch.equal(torch.rand(3), expected)
    np.testing.assert_array_equal(
        one.fuse(parts), GatedFusion().fit(parts, target, options=QUICK).fuse(parts)
    )


def test_entities_that_agree_are_no_negatives() -> None:
    parts, target = items(4)
    first = TrainingOptions(epochs=1, learning_rate=1e-12)
    apart = GatedFusion(part_dropout=0.0).fit(parts, target, options=first)
    together = GatedFusion(part_dropout=0.0).fit(parts, target, entities=np.zeros(4, int), options=first)
    assert apart.curve_ is not None
    assert together.curve_ is not None
    assert apart.curve_.loss != together.curve_.loss


def test_names_that_there_are_not() -> None:
    with pytest.raises(ConfigError, match="unknown fusion 'sum'; choose concat, weighted, "):
        new_fusion("sum")


def test_options_that_are_refused() -> None:
    parts, _ = items()
    for kind, options in (
        (GatedFusion, {"part_dropout": 1.0}),
        (GatedFusion, {"batch_size": 0}),
        (CrossAttentionFusion, {"width": 6, "heads": 4}),
        (CrossAttentionFusion, {"heads": 0}),
    ):
        with pytest.raises(ValueError, match="expected"):
            kind(**options)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="expected targets to learn the gated fusion from"):
        GatedFusion().fit(parts)
    with pytest.raises(ValueError, match="expected weights of text, image, got text"):
        WeightedSum({"text": 1.0}).fit(parts)
    assert Concatenation().fit(parts).fuse(parts).shape == (60, 12)
