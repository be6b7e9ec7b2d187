"""Alignment of modalities: centres meet, directions are evened out, and nothing unknown is touched."""

from __future__ import annotations

import numpy as np
import pytest

from kgx.errors import ConfigError
from kgx.index import ModalityAlignment, unit_rows


def two_cones(count: int = 400) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return pairs that mean the same, each side shifted by its own offset, and their modalities."""
    rng = np.random.default_rng(0)
    meaning = rng.standard_normal((count, 10))
    offsets = 4 * rng.standard_normal((2, 10))
    sides = [meaning + offset + 0.1 * rng.standard_normal((count, 10)) for offset in offsets]
    return np.vstack(sides), meaning, ["text"] * count + ["image"] * count


def test_pairs_meet_once_the_gap_is_closed() -> None:
    vectors, _, modalities = two_cones()
    rows = unit_rows(vectors)
    before = (rows[:400] @ rows[400:].T).argmax(axis=1) == np.arange(400)
    aligned = ModalityAlignment.fit(vectors, modalities).apply(vectors, modalities)
    after = (aligned[:400] @ aligned[400:].T).argmax(axis=1) == np.arange(400)
    assert after.mean() > before.mean() + 0.2
    # a text's neighbours of any modality are no longer texts alone
    nearest = np.argsort(-(aligned[:400] @ aligned.T), axis=1)[:, 1:11]
    share = (nearest >= 400).mean()
    assert 0.3 < share < 0.7
    plain = np.argsort(-(rows[:400] @ rows.T), axis=1)[:, 1:11]
    assert (plain >= 400).mean() < share


def test_whitening_is_the_inverse_root_of_the_shrunk_covariance() -> None:
    rng = np.random.default_rng(1)
    vectors = unit_rows(rng.standard_normal((500, 4)) * [4, 2, 1, 0.5] + [1, 1, 0, 0])
    alignment = ModalityAlignment.fit(vectors, ["text"] * 500, whiten=0.5)
    centred = vectors - vectors.mean(axis=0)
    covariance = centred.T @ centred / 500
    shrunk = 0.5 * covariance / np.trace(covariance) * 4 + 0.5 * np.eye(4)
    matrix = alignment.whitening["text"].applied(np.eye(4, dtype=np.float32)).astype(np.float64)
    np.testing.assert_allclose(matrix @ shrunk @ matrix, np.eye(4), atol=1e-4)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-5)


def test_whitening_with_fewer_items_than_components_is_finite() -> None:
    vectors = np.random.default_rng(2).standard_normal((5, 30))
    for whiten in (0.3, 1.0):
        alignment = ModalityAlignment.fit(vectors, ["text"] * 5, whiten=whiten)
        aligned = alignment.apply(np.vstack([vectors, np.ones((1, 30))]), ["text"] * 6)
        np.testing.assert_allclose(np.linalg.norm(aligned, axis=1), 1, atol=1e-5)


def test_unknown_modalities_and_means_themselves_stay() -> None:
    vectors, _, modalities = two_cones(20)
    alignment = ModalityAlignment.fit(vectors, modalities)
    sound = np.random.default_rng(3).standard_normal((2, 10))
    np.testing.assert_allclose(alignment.apply(sound, ["audio"] * 2), unit_rows(sound), atol=1e-6)
    alone = ModalityAlignment.fit(sound[:1], ["audio"])
    np.testing.assert_allclose(alone.apply(sound[:1], ["audio"]), unit_rows(sound[:1]), atol=1e-6)


def test_impossible_alignments_are_refused() -> None:
    with pytest.raises(ConfigError, match="between 0 and 1, got 2"):
        ModalityAlignment.fit(np.eye(2), ["text"] * 2, whiten=2)
    with pytest.raises(ValueError, match="as many modalities as vectors, got 1 and 2"):
        ModalityAlignment.fit(np.eye(2), ["text"])
    with pytest.raises(ValueError, match="zero or not finite"):
        ModalityAlignment.fit(np.zeros((2, 2)), ["text"] * 2)
