"""The cross-modal VAE: imputing either side, and the bound that it is trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from kgx.errors import ModelError
from kgx.train import TrainingOptions
from kgx.train.pairs import PairRows
from kgx.transfer.feature import CrossModalVAE
from kgx.transfer.feature.vae_network import ImputationTask, PairedVAE


def two_views(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what two sides show of three causes."""
    shape = np.random.default_rng(9)
    maps = shape.standard_normal((3, 12)), shape.standard_normal((3, 8))
    rng = np.random.default_rng(seed)
    causes = rng.standard_normal((rows, 3))
    source, target = (
        np.tanh(causes @ view) + 0.05 * rng.standard_normal((rows, view.shape[1])) for view in maps
    )
    return (10 * source + 3).astype(np.float32), target.astype(np.float32)


@pytest.fixture(scope="module")
def fitted() -> CrossModalVAE:
    vae = CrossModalVAE(latent=6, hidden=48, batch_size=100)
    return vae.fit(
        *two_views(600, 0), options=TrainingOptions(epochs=60, learning_rate=1e-2, weight_decay=0.0)
    )


def explained(imputed: np.ndarray, truth: np.ndarray) -> float:
    return 1 - float(np.square(imputed - truth).sum() / np.square(truth - truth.mean(0)).sum())


def test_either_side_is_imputed_from_the_other(fitted: CrossModalVAE) -> None:
    source, target = two_views(200, 1)
    assert explained(fitted.transform(source), target) > 0.85
    assert explained(fitted.inverse_transform(target), source) > 0.85


def test_only_what_is_missing_is_filled_in(fitted: CrossModalVAE) -> None:
    source, target = two_views(30, 2)
    gaps, holes = source.copy(), target.copy()
    gaps[:10], holes[10:20] = np.nan, np.nan
    full, whole = fitted.impute(gaps, holes)
    np.testing.assert_array_equal(full[10:], source[10:])
    np.testing.assert_array_equal(whole[:10], target[:10])
    np.testing.assert_allclose(full[:10], fitted.inverse_transform(target[:10]), atol=1e-4)
    np.testing.assert_allclose(whole[10:20], fitted.transform(source[10:20]), atol=1e-4)
    assert np.isnan(gaps[:10]).all()
    nothing = fitted.impute(np.full((1, 12), np.nan), np.full((1, 8), np.nan))
    assert all(np.isfinite(side).all() for side in nothing)


def test_the_posterior_is_the_product_of_what_the_sides_say() -> None:
    torch.manual_seed(0)
    network = PairedVAE((3, 2), 4, 2)
    rows = {"source": torch.randn(1, 3), "target": torch.randn(1, 2)}
    mean, log_variance = network.posterior(rows)
    grid = torch.linspace(-12, 12, 20001, dtype=torch.float64)
    for axis in range(2):
        density = Normal(0.0, 1.0).log_prob(grid)
        for side, row in rows.items():
            own_mean, own_log = network.encoders[side](row).detach().double().chunk(2, dim=1)
            density = density + Normal(own_mean[0, axis], (0.5 * own_log[0, axis]).exp()).log_prob(grid)
        weight = torch.softmax(density, 0)
        expected = (weight * grid).sum()
        spread = (weight * (grid - expected) ** 2).sum()
        assert mean[0, axis].item() == pytest.approx(expected.item(), abs=1e-4)
        assert log_variance[0, axis].exp().item() == pytest.approx(spread.item(), abs=1e-4)


def test_the_loss_is_the_bound() -> None:
    """A slow reference by torch's own distributions, with the same draws."""
    rows = PairRows(*two_views(7, 3), None)
    torch.manual_seed(0)
    network = PairedVAE(rows.widths, 5, 2)
    task = ImputationTask(network, rows, None, 7, kl_weight=0.5)
    torch.manual_seed(1)
    loss = task.loss(torch.arange(7))
    torch.manual_seed(1)
    sides = {"source": rows.source, "target": rows.target}
    total = torch.zeros(())
    for seen in (["source"], ["target"], ["source", "target"]):
        mean, log_variance = network.posterior({side: sides[side] for side in seen})
        posterior = Normal(mean, (0.5 * log_variance).exp())
        latent = mean + posterior.stddev * torch.randn_like(mean)
        total = total + 0.5 * kl_divergence(posterior, Normal(0.0, 1.0)).sum()
        for side, truth in sides.items():
            likelihood = Normal(network.decode(latent, side), 1.0).log_prob(truth) + 0.5 * np.log(2 * np.pi)
            total = total - likelihood.sum()
    assert loss.item() == pytest.approx(total.item() / 7 / (3 * sum(rows.widths)), rel=1e-5)


def test_held_out_pairs_choose_the_weights() -> None:
    new, answers = two_views(50, 5)
    vae = CrossModalVAE(4, 24, batch_size=50).fit(
        *two_views(200, 4),
        validation=(new, answers, np.arange(50)),
        options=TrainingOptions(epochs=12, learning_rate=1e-2, patience=12),
    )
    assert vae.curve_ is not None
    assert vae.curve_.best_epoch == int(np.argmax(vae.curve_.score))


def test_same_seed_same_map(fitted: CrossModalVAE) -> None:
    source, target = two_views(40, 6)
    options = TrainingOptions(epochs=2)
    one, other = (CrossModalVAE(2, 8).fit(source, target, options=options) for _ in range(2))
    np.testing.assert_array_equal(one.transform(source), other.transform(source))


def test_refuses(fitted: CrossModalVAE, tmp_path: Path) -> None:
    source, target = two_views(5, 7)
    for options in (
        {"latent": 0},
        {"hidden": 0},
        {"kl_weight": -1.0},
        {"kl_weight": np.inf},
        {"batch_size": 0},
    ):
        with pytest.raises(ValueError, match="at least"):
            CrossModalVAE(**options).fit(source, target)  # type: ignore[arg-type]
    broken = source.copy()
    broken[3, 2] = np.nan
    with pytest.raises(ValueError, match="a part of source row 3"):
        fitted.impute(broken, target)
    with pytest.raises(ValueError, match=r"widths \(12, 8\), got \(5, 12\) and \(4, 8\)"):
        fitted.impute(source, target[:4])
    fitted.save(tmp_path / "vae")
    tensors, note = CrossModalVAE.file_format.open(tmp_path / "vae")
    CrossModalVAE.file_format.save(
        tmp_path / "vae", tensors, {"options": {**note["options"], "hidden": 10**12}}
    )
    with pytest.raises(ModelError, match="damaged"):
        CrossModalVAE.load(tmp_path / "vae")
