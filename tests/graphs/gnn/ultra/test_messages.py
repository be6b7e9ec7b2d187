"""The sum of messages, forward and backward, against loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from graphs.gnn.ultra import messages
from graphs.gnn.ultra.edges import Edges
from graphs.gnn.ultra.messages import aggregate, edge_products

NODES, RELATIONS, QUERIES, DIM = 7, 3, 2, 4


def some_edges(count: int = 40) -> Edges:
    random = np.random.default_rng(0)
    heads, tails = random.integers(NODES, size=(2, count))
    return Edges.of(
        heads, random.integers(RELATIONS, size=count), tails, num_nodes=NODES, num_relations=RELATIONS
    )


def some_tensors() -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    shapes = ((NODES, QUERIES, DIM), (RELATIONS, QUERIES, DIM), (NODES, QUERIES, DIM))
    states, relations, boundary = (
        torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True) for shape in shapes
    )
    return states, relations, boundary


def by_loops(states: Tensor, relations: Tensor, boundary: Tensor, edges: Edges) -> Tensor:
    rows = list(boundary)
    columns = (edges.targets.tolist(), edges.relations.tolist(), edges.sources.tolist())
    for target, relation, source in zip(*columns, strict=True):
        rows[target] = rows[target] + states[source] * relations[relation]
    return torch.stack(rows)


@pytest.mark.parametrize("cached", [1, 24, 1 << 20])
def test_sums_and_gradients_are_those_of_loops_however_many_edges_are_taken_at_once(
    cached: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "_CACHED", cached)
    edges, tensors = some_edges(), some_tensors()
    fast, slow = aggregate(*tensors, edges), by_loops(*tensors, edges)
    torch.testing.assert_close(fast, slow)
    weights = torch.randn_like(slow)
    gradients = [torch.autograd.grad((found * weights).sum(), tensors) for found in (fast, slow)]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other)


def test_without_edges_what_comes_out_is_the_boundary() -> None:
    states, relations, boundary = some_tensors()
    torch.testing.assert_close(aggregate(states, relations, boundary, some_edges(0)), boundary)


def test_edge_products_are_the_gradients_of_weights() -> None:
    edges = some_edges()
    states, relations, boundary = (tensor.detach() for tensor in some_tensors())
    weights = torch.ones(len(edges), dtype=torch.float64, requires_grad=True)
    sent = (states[edges.sources] * relations[edges.relations]) * weights[:, None, None]
    arrived = boundary.index_add(0, edges.targets, sent)
    gradients = torch.randn_like(arrived)
    (wanted,) = torch.autograd.grad((arrived * gradients).sum(), weights)
    found = sum(
        edge_products(states[:, query], relations[:, query], gradients[:, query], edges)
        for query in range(QUERIES)
    )
    torch.testing.assert_close(found, wanted)
