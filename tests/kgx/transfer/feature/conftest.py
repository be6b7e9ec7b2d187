"""Features on which a decomposition may stumble."""

from __future__ import annotations

import numpy as np
import pytest

CASES = [
    "plain",
    "constant column",
    "repeated columns",
    "repeated rows",
    "fewer rows than features",
    "wide and of low rank",
    "scales far apart",
]


@pytest.fixture(params=CASES)
def features(request: pytest.FixtureRequest) -> np.ndarray:
    rng = np.random.default_rng(0)
    plain = rng.standard_normal((30, 6))
    return {
        "plain": plain,
        "constant column": np.hstack([plain, np.full((30, 1), 7.0)]),
        "repeated columns": np.hstack([plain, plain]),
        "repeated rows": np.repeat(plain[:6], 5, axis=0),
        "fewer rows than features": rng.standard_normal((8, 20)),
        "wide and of low rank": plain[:, :2] @ rng.standard_normal((2, 40)),
        "scales far apart": plain * np.array([1e-4, 1e-2, 1, 1, 1e2, 1e4]),
    }[str(request.param)]


@pytest.fixture
def targets(features: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((len(features), 4))
    return features / (features.std(axis=0) + 1e-9) @ rng.standard_normal((features.shape[1], 4)) + noise
