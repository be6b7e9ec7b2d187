r"""What each token has in a refined vector: the vector taken apart into a sum over its tokens.

A refined vector is its tokens' weighted sum, brought to length 1 space by space and as a whole. With the lengths that
it was divided by at hand, it is a plain sum again,

.. math:: z(v) = \Bigl[\, \sum_p c_p(v)\, \hat x_p(v) + r_s(v) \,\Bigr]_s, \qquad
          c_p = \frac{\sqrt{\lambda_s}\, \alpha_p}{\lVert \sum_q \alpha_q \hat x_q \rVert\, m_s\, N},

where :math:`m_s` is the length that the learned correction leads to (1 without one), :math:`N` the length of all
spaces side by side, and :math:`r_s` what the correction itself adds. So any dot product with a refined vector is a sum
over its tokens too, exactly: nothing is approximated, and no baseline is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from graphs.gnn.hop_tokens import HopTokenRefiner, TokenBlock

__all__ = ["TokenShares", "token_shares"]


@dataclass(frozen=True, slots=True)
class TokenShares:
    """How the part of one space comes about: the sum of scales times tokens, and the correction.

    Attributes:
        attention: (nodes, paths), how the tokens are weighed; rows sum to 1.
        scales: (nodes, paths), what each token is multiplied by in the refined vector.
        correction: (nodes, dim), what the learned correction adds; zeros where the refiner has none.
    """

    attention: Float[Tensor, "nodes paths"]
    scales: Float[Tensor, "nodes paths"]
    correction: Float[Tensor, "nodes dim"]


def token_shares(refiner: HopTokenRefiner, blocks: Mapping[str, TokenBlock]) -> dict[str, TokenShares]:
    """Take refined vectors apart.

    Args:
        refiner: the network that refined them.
        blocks: space -> tokens of the nodes, as the network gets them.

    >>> block = TokenBlock(torch.tensor([[[0.6, 0.8], [1.0, 0.0]]]), torch.ones(1, 2), torch.zeros(2, 1, 3))
    >>> refiner = HopTokenRefiner({"words": 2}, 3, hops=0).eval()
    >>> shares = token_shares(refiner, {"words": block})["words"]
    >>> again = (shares.scales[..., None] * block.tokens).sum(dim=1) + shares.correction
    >>> torch.allclose(again, refiner({"words": block}), atol=1e-6)
    True
    """
    roots = {space: share**0.5 for space, share in refiner.shares().items()}
    found: dict[str, TokenShares] = {}
    squares: list[Tensor] = []
    with torch.no_grad():
        for space, block in blocks.items():
            attention = refiner.attention_weights(space, block)
            fused = torch.einsum("np,npd->nd", attention, block.tokens)
            length = fused.norm(dim=1, keepdim=True).clamp(min=1e-12)
            correction = torch.zeros_like(fused)
            if space in refiner.residual:
                paths = refiner._compose(block.descriptors)
                added = refiner.residual[space](block, paths, attention)
                stretched = (fused / length + added).norm(dim=1, keepdim=True).clamp(min=1e-12)
                length, correction = length * stretched, added / stretched
            scales = roots[space] * attention / length
            part = torch.einsum("np,npd->nd", scales, block.tokens) + roots[space] * correction
            squares.append(part.square().sum(dim=1, keepdim=True))
            found[space] = TokenShares(attention, scales, roots[space] * correction)
        whole = torch.stack(squares).sum(dim=0).sqrt().clamp(min=1e-12)
        return {
            space: TokenShares(share.attention, share.scales / whole, share.correction / whole)
            for space, share in found.items()
        }
