r"""Networks that say what each part contributes to the fused vector.

All take the parts at length 1 and return contributions :math:`c_m`; the fused vector is
:math:`\operatorname{normalise}(\sum_m w_m c_m)` with the weights :math:`w_m` of the query, 1 where it has none. A part
that is missing (a row of zeros) contributes nothing, and the shares of the others add up to 1.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

__all__ = ["CrossAttention", "FusionNetwork", "Gates", "PartWeights"]

Rows = Mapping[str, Float[Tensor, "n d"]]


class FusionNetwork(nn.Module, ABC):
    """From parts to their contributions.

    Args:
        widths: part -> number of its features.
        out: number of features of the fused vector.
    """

    def __init__(self, widths: Mapping[str, int], out: int) -> None:
        super().__init__()
        self.names = tuple(widths)
        self.out = out
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))  # of the loss, as in CLIP

    @abstractmethod
    def forward(self, parts: Rows) -> Float[Tensor, "n parts out"]:
        """Return what each part contributes, in the order of ``names``."""

    def present(self, parts: Rows) -> Bool[Tensor, "n parts"]:
        """Tell which parts are there."""
        return torch.stack([parts[name].any(dim=1) for name in self.names], dim=1)


class PartWeights(FusionNetwork):
    r"""One learned weight a part: :math:`c_m = \operatorname{softmax}_m(a_m)\, x_m`; parts and target are of one space.

    Raises:
        ValueError: a part is of another width than the fused vector.

    >>> PartWeights({"text": 2, "image": 2}, 2)({"text": torch.ones(1, 2), "image": torch.zeros(1, 2)}).tolist()
    [[[1.0, 1.0], [0.0, 0.0]]]
    """

    def __init__(self, widths: Mapping[str, int], out: int) -> None:
        super().__init__(widths, out)
        if set(widths.values()) != {out}:
            raise ValueError(f"expected parts of {out} features, as the target has, got {dict(widths)}")
        self.scores = nn.Parameter(torch.zeros(len(widths)))

    def forward(self, parts: Rows) -> Float[Tensor, "n parts out"]:
        """Return what each part contributes."""
        there = self.present(parts)
        shares = _shares(self.scores.expand(len(there), -1), there)
        return shares[:, :, None] * torch.stack([parts[name] for name in self.names], dim=1)


class Gates(FusionNetwork):
    r"""Gated multimodal units (Arevalo et al., arXiv 1702.01992), for any number of parts.

    .. math:: h_m = \tanh(W_m x_m + b_m), \qquad
              g = \operatorname{softmax}_m\bigl((V [x_1; \dots; x_M])_m\bigr), \qquad c_m = g_m \odot h_m,

    one gate a part and feature. For two parts the softmax is the paper's :math:`\sigma` and :math:`1 - \sigma`.

    >>> Gates({"text": 3, "image": 5}, 2)({"text": torch.ones(4, 3), "image": torch.ones(4, 5)}).shape
    torch.Size([4, 2, 2])
    """

    def __init__(self, widths: Mapping[str, int], out: int) -> None:
        super().__init__(widths, out)
        self.projections = nn.ModuleList([nn.Linear(width, out) for width in widths.values()])
        self.gates = nn.Linear(sum(widths.values()), len(widths) * out)

    def forward(self, parts: Rows) -> Float[Tensor, "n parts out"]:
        """Return what each part contributes."""
        there = self.present(parts)
        rows = [parts[name] for name in self.names]
        hidden = torch.stack(
            [torch.tanh(project(row)) for project, row in zip(self.projections, rows, strict=True)], dim=1
        )
        scores = self.gates(torch.cat(rows, dim=1)).view(len(there), len(rows), self.out)
        return _shares(scores, there[:, :, None]) * hidden


class CrossAttention(FusionNetwork):
    r"""Every part attends to all parts (Vaswani et al., arXiv 1706.03762), and a learned query to what came of it.

    .. math:: p_m = W_m x_m + e_m, \qquad o_m = \operatorname{LayerNorm}\bigl(p_m + \operatorname{MHA}(p_m, p, p)\bigr),
              \qquad c_m = \operatorname{softmax}_m(q \cdot o_m / \sqrt{d})\; B\, o_m.

    It is the co-attention of ViLBERT (arXiv 1908.02265) with one vector a modality in place of tokens.

    Args:
        widths: part -> number of its features.
        out: number of features of the fused vector.
        width: of the attention.
        heads: of the attention; ``width`` is a multiple.

    >>> CrossAttention({"text": 3, "image": 5}, 2, width=4, heads=2)(
    ...     {"text": torch.ones(4, 3), "image": torch.zeros(4, 5)}
    ... ).shape
    torch.Size([4, 2, 2])
    """

    def __init__(self, widths: Mapping[str, int], out: int, *, width: int = 128, heads: int = 4) -> None:
        super().__init__(widths, out)
        self.projections = nn.ModuleList([nn.Linear(features, width) for features in widths.values()])
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.query = nn.Parameter(torch.zeros(width))
        self.back = nn.Linear(width, out, bias=False)

    def forward(self, parts: Rows) -> Float[Tensor, "n parts out"]:
        """Return what each part contributes."""
        there = self.present(parts)
        projected = torch.stack(
            [
                project(parts[name])  # its bias is the part's own embedding
                for project, name in zip(self.projections, self.names, strict=True)
            ],
            dim=1,
        )
        hidden = ~there & there.any(dim=1, keepdim=True)  # with nothing to attend to, attention would be NaN
        met, _ = self.attention(projected, projected, projected, key_padding_mask=hidden, need_weights=False)
        seen = self.norm(projected + met)
        shares = _shares(seen @ self.query / math.sqrt(len(self.query)), there)
        contributed: Tensor = shares[:, :, None] * self.back(seen)
        return contributed


def _shares(scores: Tensor, there: Tensor) -> Tensor:
    """Return the softmax over the parts that are there (dimension 1); zeros where none is."""
    masked = scores.masked_fill(~there, -torch.inf)
    return torch.softmax(masked, dim=1).nan_to_num(0.0)
