"""What each part contributes, against the formulas written out."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from kgx.fusion.networks import CrossAttention, FusionNetwork, Gates, PartWeights

WIDTHS = {"text": 3, "image": 3}


def networks() -> list[FusionNetwork]:
    torch.manual_seed(0)
    made: list[FusionNetwork] = [
        PartWeights(WIDTHS, 3),
        Gates(WIDTHS, 3),
        CrossAttention(WIDTHS, 3, width=4, heads=2),
    ]
    for network in made:
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter)
    return made


def rows(*missing: str) -> dict[str, Tensor]:
    torch.manual_seed(1)
    drawn = {
        name: torch.nn.functional.normalize(torch.randn(2, width), dim=1) for name, width in WIDTHS.items()
    }
    return {name: torch.zeros_like(part) if name in missing else part for name, part in drawn.items()}


@pytest.mark.parametrize("number", range(3))
def test_a_missing_part_contributes_nothing_and_changes_nothing(number: int) -> None:
    network = networks()[number]
    contributed = network(rows("image"))
    assert not contributed[:, 1].any()
    assert contributed[:, 0].any()
    nothing = network(rows("text", "image"))
    assert not nothing.any()
    nothing.sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters() if p.grad is not None)


def test_weights_share_out_what_there_is() -> None:
    network = networks()[0]
    scores = network.scores.detach().numpy()
    shares = np.exp(scores) / np.exp(scores).sum()
    parts = rows()
    expected = np.stack([shares[0] * parts["text"].numpy(), shares[1] * parts["image"].numpy()], axis=1)
    np.testing.assert_allclose(network(parts).detach().numpy(), expected, atol=1e-6)
    np.testing.assert_allclose(
        network(rows("image"))[:, 0].detach().numpy(), parts["text"].numpy(), atol=1e-6
    )
    with pytest.raises(ValueError, match="parts of 3 features"):
        PartWeights({"text": 3, "image": 4}, 3)


def test_two_gates_are_the_papers_unit() -> None:
    network = networks()[1]
    assert isinstance(network, Gates)
    parts = rows()
    both = torch.cat(list(parts.values()), dim=1)
    hidden = [
        torch.tanh(project(part)) for project, part in zip(network.projections, parts.values(), strict=True)
    ]
    weight, bias = network.gates.weight, network.gates.bias
    gate = torch.sigmoid(both @ (weight[:3] - weight[3:]).T + bias[:3] - bias[3:])
    fused = network(parts).sum(dim=1)
    torch.testing.assert_close(fused, gate * hidden[0] + (1 - gate) * hidden[1])


def test_attention_equals_a_slow_reference() -> None:
    network = networks()[2]
    assert isinstance(network, CrossAttention)
    parts, width, heads = rows(), 4, 2
    attention = network.attention
    for row in range(2):
        tokens = [
            project(parts[name][row])
            for project, name in zip(network.projections, network.names, strict=True)
        ]
        query, key, value = (
            [attention.in_proj_weight[i * width : (i + 1) * width] @ token
             + attention.in_proj_bias[i * width : (i + 1) * width] for token in tokens]
            for i in range(3)
        )  # fmt: skip
        seen = []
        for m, token in enumerate(tokens):
            met = []
            for head in range(heads):
                part = slice(head * width // heads, (head + 1) * width // heads)
                scores = torch.stack(
                    [query[m][part] @ other[part] / math.sqrt(width / heads) for other in key]
                )
                shares = torch.softmax(scores, 0)
                met.append(sum(share * other[part] for share, other in zip(shares, value, strict=True)))
            seen.append(network.norm(token + attention.out_proj(torch.cat(met))))
        shares = torch.softmax(torch.stack([one @ network.query / 2 for one in seen]), 0)
        expected = torch.stack([share * network.back(one) for share, one in zip(shares, seen, strict=True)])
        torch.testing.assert_close(network(parts)[row], expected)
