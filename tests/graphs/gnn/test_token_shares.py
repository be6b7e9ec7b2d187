"""Refined vectors, taken apart into their tokens and put together again."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import normalize

from graphs.gnn.hop_tokens import HopTokenRefiner, TokenBlock
from graphs.gnn.token_shares import token_shares


def _block(nodes: int, paths: int, dimension: int, missing: float) -> TokenBlock:
    tokens = normalize(torch.randn(nodes, paths, dimension), dim=2)
    kept = torch.rand(nodes, paths) >= missing
    return TokenBlock(tokens * kept[..., None], torch.rand(nodes, paths) * kept, torch.randn(paths, 3, 6))


def _refiner(residual: int) -> HopTokenRefiner:
    refiner = HopTokenRefiner({"words": 5, "looks": 7}, 6, residual=residual, width=4).eval()
    with torch.no_grad():
        for parameter in refiner.parameters():
            parameter.add_(torch.randn_like(parameter))
    return refiner


@pytest.mark.parametrize("residual", [0, 3])
@pytest.mark.parametrize("spaces", [("words",), ("words", "looks")])
def test_the_parts_are_the_whole(residual: int, spaces: tuple[str, ...]) -> None:
    torch.manual_seed(0)
    refiner = _refiner(residual)
    blocks = {space: _block(30, 6, refiner.spaces[space], 0.4) for space in spaces}
    shares = token_shares(refiner, blocks)
    found = torch.zeros(30, 12)
    for space, start in (("words", 0), ("looks", 5)):
        if space in spaces:
            part = (shares[space].scales[..., None] * blocks[space].tokens).sum(dim=1) + shares[
                space
            ].correction
            found[:, start : start + part.shape[1]] = part
    with torch.no_grad():
        assert torch.allclose(found, refiner(blocks), atol=1e-5)
    assert any(share.correction.any() for share in shares.values()) == bool(residual)


def test_two_tokens_by_hand() -> None:
    block = TokenBlock(torch.tensor([[[1.0, 0.0], [0.0, 1.0]]]), torch.ones(1, 2), torch.zeros(2, 1, 3))
    shares = token_shares(HopTokenRefiner({"words": 2}, 3, hops=0).eval(), {"words": block})["words"]
    assert shares.attention.tolist() == [[0.5, 0.5]]
    assert shares.scales[0].tolist() == pytest.approx([0.5**0.5] * 2)


def test_a_node_without_tokens_has_no_shares() -> None:
    block = TokenBlock(torch.zeros(1, 2, 2), torch.zeros(1, 2), torch.zeros(2, 1, 3))
    shares = token_shares(HopTokenRefiner({"words": 2}, 3, hops=0).eval(), {"words": block})["words"]
    assert not shares.scales.any()
    assert not shares.correction.any()
