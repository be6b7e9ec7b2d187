"""Paths against trying all walks."""

from __future__ import annotations

import numpy as np
import torch

from graphs.completion.links import Links
from graphs.completion.paths import paths_to
from graphs.gnn.ultra import Ultra, UltraGraph

LINKS = Links.of(np.array([[0, 0, 1], [1, 1, 2], [2, 0, 3], [3, 1, 4], [0, 1, 4], [4, 0, 2], [1, 0, 4]]))
ENTITIES, RELATIONS, LAYERS = 6, 2, 3


def some_model() -> Ultra:
    torch.manual_seed(1)
    model = Ultra(dim=8, relation_layers=2, entity_layers=LAYERS).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.5)
    return model


def some_graph() -> UltraGraph:
    return UltraGraph.of(LINKS.edges(ENTITIES, RELATIONS))


def by_trying(
    model: Ultra, graph: UltraGraph, head: int, relation: int, answer: int
) -> dict[tuple[int, ...], float]:
    query = model.queries(graph, torch.tensor([head]), torch.tensor([relation]))
    _, layers = model.entity_model.importances(graph.edges, query, answer)
    sources, targets = graph.edges.sources.tolist(), graph.edges.targets.tolist()
    walks: dict[tuple[int, ...], float] = {(): 0.0}
    found = {}
    for length, importance in enumerate(layers.double().tolist(), 1):
        longer = {}
        for walk, total in walks.items():
            visited = [head, *(targets[edge] for edge in walk)]
            for edge, source in enumerate(sources):
                if source == visited[-1] and targets[edge] not in visited and source != answer:
                    longer[(*walk, edge)] = total + importance[edge]
        walks = longer
        found.update({walk: total / length for walk, total in walks.items() if targets[walk[-1]] == answer})
    return found


def test_the_best_paths_are_those_of_trying_all() -> None:
    model, graph = some_model(), some_graph()
    tried = by_trying(model, graph, 0, 1, 2)
    found = paths_to(model, graph, 0, 1, 2, count=5, beam=200)
    wanted = sorted(tried.values(), reverse=True)[:5]
    np.testing.assert_allclose([path.weight for path in found], wanted, rtol=1e-6)


def test_steps_are_links_of_the_graph_one_after_the_other() -> None:
    said = {tuple(row) for row in LINKS.rows().tolist()}
    for path in paths_to(some_model(), some_graph(), 3, 2, 1, count=10):
        assert (path.steps[0].start, path.steps[-1].end) == (3, 1)
        for one, other in zip(path.steps, path.steps[1:], strict=False):
            assert one.end == other.start
        for step in path.steps:
            head, tail = (step.end, step.start) if step.inverse else (step.start, step.end)
            assert (head, step.relation, tail) in said


def test_the_score_is_the_model_s_and_the_importance_its_gradient() -> None:
    model, graph = some_model(), some_graph()
    head, relation = torch.tensor([0]), torch.tensor([1])
    score, importances = model.entity_model.importances(graph.edges, model.queries(graph, head, relation), 2)
    with torch.no_grad():
        np.testing.assert_allclose(score, model(graph, head, relation)[0, 2].item(), rtol=1e-5)
    assert importances.shape == (LAYERS, len(graph.edges))


def test_what_cannot_be_reached_has_no_path() -> None:
    assert paths_to(some_model(), some_graph(), 0, 0, 5) == []
