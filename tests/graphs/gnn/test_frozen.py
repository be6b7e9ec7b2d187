"""A frozen refiner gives what the network gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from graphs.errors import GraphError
from graphs.gnn.frozen import FrozenRefiner
from graphs.gnn.hop_tokens import HopTokenRefiner, TokenBlock

SPACES = {"text": 6, "image": 4}


def network(seed: int, residual: int = 0) -> HopTokenRefiner:
    torch.manual_seed(seed)
    refiner = HopTokenRefiner(SPACES, descriptor_size=5, hops=1, width=8, residual=residual)
    for parameter in refiner.parameters():
        torch.nn.init.normal_(parameter)
    return refiner.eval()


def block(rng: np.random.Generator, dimension: int, paths: int) -> TokenBlock:
    tokens = rng.standard_normal((3, paths, dimension))
    tokens /= np.linalg.norm(tokens, axis=2, keepdims=True)
    tokens[rng.random((3, paths)) < 0.4] = 0.0
    agreement = rng.random((3, paths)) * tokens.any(axis=2)
    descriptors = rng.standard_normal((paths, 2, 5))
    return TokenBlock(
        *(torch.tensor(array, dtype=torch.float32) for array in (tokens, agreement, descriptors))
    )


@pytest.mark.parametrize("seed", range(6))
def test_it_gives_what_the_network_gives(seed: int) -> None:
    rng = np.random.default_rng(seed)
    refiner = network(seed)
    blocks = {space: block(rng, dimension, 3 + seed) for space, dimension in SPACES.items()}
    with torch.no_grad():
        expected = refiner(blocks).numpy()
    frozen = FrozenRefiner.of(refiner, {space: some.descriptors.numpy() for space, some in blocks.items()})
    for row in range(3):
        found = frozen(
            {space: some.tokens[row].numpy() for space, some in blocks.items()},
            {space: some.agreement[row].numpy() for space, some in blocks.items()},
        )
        np.testing.assert_allclose(found, expected[row], atol=1e-5)


def test_a_node_without_tokens_gets_a_zero_vector() -> None:
    refiner = network(0)
    described = {space: np.ones((2, 2, 5), np.float32) for space in SPACES}
    found = FrozenRefiner.of(refiner, described)(
        {"text": np.zeros((2, 6), np.float32)}, {"text": np.zeros(2)}
    )
    assert not found.any()
    assert found.shape == (10,)


def test_a_learned_correction_cannot_be_frozen() -> None:
    with pytest.raises(GraphError, match="cannot be frozen"):
        FrozenRefiner.of(network(0, residual=4), {})
