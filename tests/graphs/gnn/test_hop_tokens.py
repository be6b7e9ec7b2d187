"""The hop-token refiner against loops over nodes and paths, and what has to hold whatever its weights are."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.errors import GraphError
from graphs.gnn.hop_tokens import HopTokenRefiner, TokenBlock

SPACES = {"text": 5, "image": 3}
SIZE = 4  # of a descriptor


def unit(rows: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(rows, dim=-1)


def block(
    nodes: int, paths: int, dimension: int, *, seed: int = 0, missing: float = 0.3, positions: int = 3
) -> TokenBlock:
    generator = torch.Generator().manual_seed(seed)
    tokens = unit(torch.randn(nodes, paths, dimension, generator=generator))
    tokens[torch.rand(nodes, paths, generator=generator) < missing] = 0.0
    agreement = torch.rand(nodes, paths, generator=generator) * tokens.abs().sum(-1).gt(0)
    return TokenBlock(tokens, agreement, torch.randn(paths, positions, SIZE, generator=generator))


def blocks(nodes: int = 7, text: int = 4, image: int = 2, *, missing: float = 0.3) -> dict[str, TokenBlock]:
    return {
        "text": block(nodes, text, 5, seed=1, missing=missing),
        "image": block(nodes, image, 3, seed=2, missing=missing),
    }


def refiner(*, residual: int = 0, seed: int = 0, hops: int = 2) -> HopTokenRefiner:
    """Return a refiner whose weights are anything but what they start as."""
    torch.manual_seed(seed)
    model = HopTokenRefiner(SPACES, SIZE, hops=hops, width=6, residual=residual, dropout=0.0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter))
    return model.eval()


def gelu(value: float) -> float:
    return value * 0.5 * (1 + math.erf(value / math.sqrt(2)))


def by_hand(model: HopTokenRefiner, given_blocks: Mapping[str, TokenBlock]) -> np.ndarray:
    """The formula at the top of the module, one node and one path at a time."""
    state = {name: value.double().numpy() for name, value in model.state_dict().items()}
    balance = np.array([state[f"balance.{space}"] for space in SPACES])
    shares = np.exp(balance) / np.exp(balance).sum()
    refined = []
    for node in range(len(next(iter(given_blocks.values())).tokens)):
        parts = []
        for share, (space, dimension) in zip(shares, SPACES.items(), strict=True):
            found = given_blocks.get(space)
            fused = np.zeros(dimension)
            if found is not None:
                tokens = found.tokens[node].double().numpy()
                there = [path for path, token in enumerate(tokens) if token.any()]
                mean = sum((tokens[path] for path in there), np.zeros(dimension))
                weights = {}
                for path in there:
                    described = sum(
                        state[f"positions.{position}.weight"] @ relation.double().numpy()
                        for position, relation in enumerate(found.descriptors[path])
                    )
                    read = np.array([gelu(value) for value in described])
                    own = state[f"attention.{space}.path.weight"][0] @ read
                    trust = state[f"attention.{space}.trust.weight"] @ read
                    trust = trust + state[f"attention.{space}.trust.bias"]
                    with_others = tokens[path] @ mean / np.linalg.norm(mean)
                    weights[path] = math.exp(
                        own
                        + state[f"attention.{space}.path.bias"][0]
                        + trust[0] * float(found.agreement[node, path])
                        + trust[1] * with_others
                    )
                for path, weight in weights.items():
                    fused += weight / sum(weights.values()) * tokens[path]
                if there:
                    fused /= np.linalg.norm(fused)
            parts.append(math.sqrt(share) * fused)
        whole = np.concatenate(parts)
        refined.append(whole / np.linalg.norm(whole) if whole.any() else whole)
    return np.array(refined)


@given(nodes=st.integers(1, 5), text=st.integers(1, 6), image=st.integers(1, 6), missing=st.floats(0.0, 0.8))
@settings(max_examples=40, deadline=None)
def test_the_fusion_formula(nodes: int, text: int, image: int, missing: float) -> None:
    given_blocks = blocks(nodes, text, image, missing=missing)
    model = refiner()
    with torch.no_grad():
        refined = model(given_blocks).numpy()
    np.testing.assert_allclose(refined, by_hand(model, given_blocks), atol=2e-5)


def test_a_space_that_nobody_has_tokens_in_stays_empty() -> None:
    model, only_text = refiner(), {"text": blocks()["text"]}
    with torch.no_grad():
        refined = model(only_text).numpy()
    np.testing.assert_allclose(refined, by_hand(model, only_text), atol=1e-5)
    assert refined.shape == (7, 8)
    assert not refined[:, 5:].any()


@pytest.mark.parametrize("residual", [0, 8])
def test_rows_have_length_one(residual: int) -> None:
    with torch.no_grad():
        refined = refiner(residual=residual)(blocks(missing=0.0))
    torch.testing.assert_close(refined.norm(dim=1), torch.ones(7))


def test_a_single_token_is_returned_as_it_is() -> None:
    single = {"text": block(4, 1, 5, missing=0.0)}
    with torch.no_grad():
        refined = refiner()(single)
    torch.testing.assert_close(refined[:, :5], single["text"].tokens[:, 0])


def test_among_several_paths_the_only_token_is_returned() -> None:
    many = block(4, 6, 5, missing=0.0)
    one = many.only(torch.tensor([False, False, True, False, False, False]))
    with torch.no_grad():
        refined = refiner()({"text": one})
    torch.testing.assert_close(refined[:, :5], many.tokens[:, 2])


@pytest.mark.parametrize("residual", [0, 8])
def test_nodes_are_independent_rows(residual: int) -> None:
    model, order = refiner(residual=residual), torch.tensor([3, 0, 6, 1, 5, 2, 4])
    given_blocks = blocks()
    with torch.no_grad():
        refined = model(given_blocks)
        permuted = model({space: some.rows(order) for space, some in given_blocks.items()})
        alone = model({space: some.rows(torch.tensor([5])) for space, some in given_blocks.items()})
    torch.testing.assert_close(permuted, refined[order])
    torch.testing.assert_close(alone, refined[5:6])


@pytest.mark.parametrize("residual", [0, 8])
def test_the_order_of_the_paths_says_nothing(residual: int) -> None:
    model, order = refiner(residual=residual), torch.tensor([2, 0, 3, 1])
    given_blocks = blocks()
    text = given_blocks["text"]
    turned = TokenBlock(text.tokens[:, order], text.agreement[:, order], text.descriptors[order])
    with torch.no_grad():
        torch.testing.assert_close(model({**given_blocks, "text": turned}), model(given_blocks))


@pytest.mark.parametrize("residual", [0, 8])
def test_one_model_runs_on_graphs_with_other_numbers_of_relations(residual: int) -> None:
    model = refiner(residual=residual)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with torch.no_grad():
        for paths in (1, 4, 37):
            assert model({"text": block(3, paths, 5)}).shape == (3, 8)
    assert before.keys() == model.state_dict().keys()
    shapes = {size for value in before.values() for size in value.shape}
    assert 37 not in shapes
    assert 4 in shapes  # a descriptor's size, not the number of paths


def test_shorter_paths_than_the_longest_are_read_by_position() -> None:
    model, short = refiner(), block(3, 4, 5, positions=1)
    padded = TokenBlock(
        short.tokens,
        short.agreement,
        torch.cat([short.descriptors, torch.zeros(4, 2, SIZE)], dim=1),
    )
    with torch.no_grad():
        torch.testing.assert_close(model({"text": short}), model({"text": padded}))


def test_what_a_relation_is_called_decides_what_it_weighs() -> None:
    model, text = refiner(), block(3, 4, 5, missing=0.0)
    other = TokenBlock(text.tokens, text.agreement, text.descriptors.flip(0))
    with torch.no_grad():
        assert not torch.allclose(
            model.attention_weights("text", text), model.attention_weights("text", other)
        )


@given(seed=st.integers(0, 1000), missing=st.floats(0.0, 1.0))
@settings(max_examples=30, deadline=None)
def test_attention_is_shared_out_among_the_tokens_that_are_there(seed: int, missing: float) -> None:
    text = block(6, 5, 5, seed=seed, missing=missing)
    with torch.no_grad():
        weights = refiner(seed=seed).attention_weights("text", text)
    assert not weights[~text.present].any()
    assert (weights[text.present] > 0).all()
    torch.testing.assert_close(weights.sum(dim=1), text.present.any(dim=1).float())


def test_at_first_all_tokens_weigh_the_same() -> None:
    with torch.no_grad():
        weights = HopTokenRefiner(SPACES, SIZE).attention_weights("text", block(3, 4, 5, missing=0.0))
    torch.testing.assert_close(weights, torch.full((3, 4), 0.25))


@pytest.mark.parametrize("residual", [0, 8])
def test_a_node_without_tokens_gets_zeros_and_harms_no_gradient(residual: int) -> None:
    model = refiner(residual=residual).train()
    given_blocks = blocks()
    for some in given_blocks.values():
        some.tokens[2] = 0.0
        some.agreement[2] = 0.0
    refined = model(given_blocks)
    assert not refined[2].any()
    others = {space: some.rows(torch.tensor([0, 1, 3, 4, 5, 6])) for space, some in given_blocks.items()}
    targets = unit(torch.randn(7, 8, generator=torch.Generator().manual_seed(9)))
    (refined * targets).sum().backward()
    gradients = {name: value.grad.clone() for name, value in model.named_parameters()}
    assert all(torch.isfinite(gradient).all() for gradient in gradients.values())
    model.zero_grad()
    (model(others) * targets[[0, 1, 3, 4, 5, 6]]).sum().backward()
    for name, value in model.named_parameters():
        torch.testing.assert_close(value.grad, gradients[name], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("residual", [0, 8])
def test_a_space_without_tokens_brings_nothing_into_the_similarity(residual: int) -> None:
    given_blocks = blocks(missing=0.0)
    given_blocks["image"].tokens[4] = 0.0
    with torch.no_grad():
        refined = refiner(residual=residual)(given_blocks)
    assert not refined[4, 5:].any()
    torch.testing.assert_close(refined[4, :5].norm(), torch.tensor(1.0))


def test_similarity_is_the_weighted_sum_of_the_spaces_cosines() -> None:
    model = refiner()
    given_blocks = blocks(missing=0.0)
    with torch.no_grad():
        refined = model(given_blocks)
        shares = model.shares()
        cosines = {}
        for space, some in given_blocks.items():
            fused = unit(torch.einsum("np,npd->nd", model.attention_weights(space, some), some.tokens))
            cosines[space] = fused @ fused.T
    assert sum(shares.values()) == pytest.approx(1.0)
    expected = sum(shares[space] * cosines[space] for space in SPACES)
    torch.testing.assert_close(refined @ refined.T, expected)


def test_blocks_kept_in_half_precision_are_refined_alike() -> None:
    model, whole = refiner(), blocks()
    halved = {
        space: TokenBlock(some.tokens.half(), some.agreement, some.descriptors)
        for space, some in whole.items()
    }
    rows = torch.arange(7)
    with torch.no_grad():
        refined = model({space: some.rows(rows) for space, some in halved.items()})
        assert refined.dtype == torch.float32
        torch.testing.assert_close(refined, model(whole), atol=5e-3, rtol=0)
    assert torch.equal(halved["text"].present, whole["text"].present)


def test_dropped_tokens_are_gone_and_the_others_as_they_were() -> None:
    text = block(200, 5, 5, missing=0.0)
    torch.manual_seed(3)
    dropped = text.drop(0.4)
    kept = dropped.present
    assert 0.5 < kept.float().mean() < 0.7
    assert torch.equal(dropped.tokens[kept], text.tokens[kept])
    assert torch.equal(dropped.agreement > 0, kept)


def test_an_unknown_space_is_refused() -> None:
    with pytest.raises(GraphError, match="knows the spaces text, image, got audio"):
        refiner()({"audio": block(2, 2, 5)})


def test_no_space_at_all_is_refused() -> None:
    with pytest.raises(GraphError, match="expected tokens of some of the spaces text, image"):
        refiner()({})
