"""The model against Bellman-Ford in loops on a graph of six nodes, and what may not change its scores."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import layer_norm

from graphs.gnn.ultra import Edges, Ultra, UltraGraph
from graphs.gnn.ultra.relation_graph import relation_graph

LINKS = np.array([[0, 0, 1], [1, 1, 2], [2, 0, 3], [3, 2, 4], [0, 2, 4], [4, 1, 0], [5, 0, 5]])
ENTITIES, RELATIONS = 6, 3
Weights = dict[str, Tensor]


def small_model(text_dim: int = 0) -> Ultra:
    torch.manual_seed(3)
    model = Ultra(dim=8, relation_layers=3, entity_layers=4, text_dim=text_dim).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.5)
    return model


def graph_of(links: np.ndarray) -> UltraGraph:
    heads, relations, tails = links.T
    return UltraGraph.of(
        Edges.both_ways(heads, relations, tails, num_nodes=ENTITIES, num_relations=RELATIONS)
    )


def step(
    weights: Weights,
    name: str,
    states: list[Tensor],
    boundary: list[Tensor],
    triples: list[tuple[int, int, int]],
    vectors: list[Tensor],
) -> list[Tensor]:
    """One step for one query: the head of every triple hears from its tail."""
    arrived = [told.clone() for told in boundary]
    for head, relation, tail in triples:
        arrived[head] += states[tail] * vectors[relation]
    new = []
    for state, heard in zip(states, arrived, strict=True):
        mixed = weights[f"{name}.linear.weight"] @ torch.cat([state, heard]) + weights[f"{name}.linear.bias"]
        scale, shift = weights[f"{name}.layer_norm.weight"], weights[f"{name}.layer_norm.bias"]
        new.append(layer_norm(mixed, (len(mixed),), scale, shift).clamp(min=0) + state)
    return new


def by_loops(model: Ultra, links: np.ndarray, head: int, asked: int) -> Tensor:
    weights, dim = dict(model.state_dict()), model.sizes[0]
    triples = [(h, r, t) for h, r, t in links.tolist()] + [
        (t, r + RELATIONS, h) for h, r, t in links.tolist()
    ]
    meetings = relation_graph(graph_of(links).edges)
    columns = (meetings.targets.tolist(), meetings.relations.tolist(), meetings.sources.tolist())
    meeting_triples = list(zip(*columns, strict=True))
    zero, one = torch.zeros(dim, dtype=torch.float64), torch.ones(dim, dtype=torch.float64)
    boundary = [one if relation == asked else zero for relation in range(2 * RELATIONS)]
    relations = boundary
    for layer in range(model.sizes[1]):
        name = f"relation_model.layers.{layer}"
        vectors = list(weights[f"{name}.relation.weight"])
        relations = step(weights, name, relations, boundary, meeting_triples, vectors)
    boundary = [relations[asked] if entity == head else zero for entity in range(ENTITIES)]
    states = boundary
    for layer in range(model.sizes[2]):
        name = f"entity_model.layers.{layer}"
        first, second = f"{name}.relation_projection.0", f"{name}.relation_projection.2"
        vectors = []
        for vector in relations:
            hidden = (weights[f"{first}.weight"] @ vector + weights[f"{first}.bias"]).clamp(min=0)
            vectors.append(weights[f"{second}.weight"] @ hidden + weights[f"{second}.bias"])
        states = step(weights, name, states, boundary, triples, vectors)
    scores = []
    for state in states:
        seen = torch.cat([state, relations[asked]])
        hidden = (weights["entity_model.mlp.0.weight"] @ seen + weights["entity_model.mlp.0.bias"]).clamp(
            min=0
        )
        scores.append(weights["entity_model.mlp.2.weight"] @ hidden + weights["entity_model.mlp.2.bias"])
    return torch.cat(scores)


def scores_of(model: Ultra, links: np.ndarray, queries: list[tuple[int, int]]) -> Tensor:
    heads, relations = torch.tensor(queries).T
    with torch.no_grad():
        scores: Tensor = model(graph_of(links), heads, relations)
    return scores


QUERIES = [(0, 0), (4, 5), (2, 1), (0, 0), (5, 3)]


def test_scores_are_those_of_bellman_ford_in_loops() -> None:
    model = small_model()
    slow = torch.stack([by_loops(model, LINKS, head, relation) for head, relation in QUERIES])
    torch.testing.assert_close(scores_of(model, LINKS, QUERIES), slow)


def test_candidates_are_scored_as_among_all() -> None:
    model = small_model().float()
    heads, relations = torch.tensor(QUERIES).T
    candidates = torch.tensor([[5, 0], [1, 1], [2, 3], [0, 4], [3, 2]])
    with torch.no_grad():
        everyone = model(graph_of(LINKS), heads, relations)
        some = model(graph_of(LINKS), heads, relations, candidates)
    torch.testing.assert_close(some, everyone.gather(1, candidates))


@pytest.mark.parametrize("seed", range(3))
def test_numbers_of_entities_do_not_count(seed: int) -> None:
    renamed = np.random.default_rng(seed).permutation(ENTITIES)
    links = np.stack([renamed[LINKS[:, 0]], LINKS[:, 1], renamed[LINKS[:, 2]]], axis=1)
    model = small_model()
    before = scores_of(model, LINKS, QUERIES)
    after = scores_of(model, links, [(int(renamed[head]), relation) for head, relation in QUERIES])
    torch.testing.assert_close(after[:, torch.from_numpy(renamed)], before)


@pytest.mark.parametrize("seed", range(3))
def test_numbers_of_relations_do_not_count(seed: int) -> None:
    renamed = np.random.default_rng(seed).permutation(RELATIONS)
    links = np.stack([LINKS[:, 0], renamed[LINKS[:, 1]], LINKS[:, 2]], axis=1)
    both = np.concatenate([renamed, renamed + RELATIONS])
    model = small_model()
    before = scores_of(model, LINKS, QUERIES)
    after = scores_of(model, links, [(head, int(both[relation])) for head, relation in QUERIES])
    torch.testing.assert_close(after, before)


def test_links_in_another_order_or_asked_together_score_the_same() -> None:
    model = small_model()
    one_by_one = torch.cat([scores_of(model, LINKS[::-1].copy(), [query]) for query in QUERIES])
    torch.testing.assert_close(one_by_one, scores_of(model, LINKS, QUERIES))


def test_texts_change_nothing_until_they_are_trained() -> None:
    plain = small_model().float()
    widened = plain.with_texts(5)
    graph, (heads, relations) = graph_of(LINKS), torch.tensor(QUERIES).T
    told = UltraGraph(
        graph.edges, graph.relation_edges, torch.randn(ENTITIES, 5), torch.randn(2 * RELATIONS, 5)
    )
    with torch.no_grad():
        assert torch.equal(widened(told, heads, relations), plain(graph, heads, relations))
    widened(told, heads, relations).sum().backward()
    for network in (widened.relation_model, widened.entity_model):
        assert network.text is not None
        assert network.text.weight.grad is not None
        assert bool(network.text.weight.grad.any())


def test_it_has_as_many_parameters_as_published() -> None:
    assert sum(parameter.numel() for parameter in Ultra().parameters()) == 168_705
