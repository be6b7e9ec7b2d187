"""Propagation rules against slow references, node by node and edge by edge."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from graphs.errors import GraphError
from graphs.gnn.attached import AttachedBlock, HeardGraph, Neighbourhood, strongest
from graphs.gnn.message_passing import PROPAGATIONS, Propagation, new_propagation
from graphs.gnn.message_passing.compgcn import CompGCNLayer
from graphs.gnn.message_passing.hgt import HGT
from graphs.gnn.message_passing.one_type import OneType
from graphs.gnn.message_passing.refiner import MessagePassingRefiner
from graphs.gnn.message_passing.rgcn import RGCN
from graphs.gnn.message_passing.similarity import propagate_along_edges

WIDTH = 4
DEPICTS, HYPERNYM, INVERSE = (
    ("image", "depicts", "concept"),
    ("concept", "hypernym", "concept"),
    ("concept", "inverse of depicts", "image"),
)
RELATIONS = (DEPICTS, HYPERNYM, INVERSE)


def _block(parts=(-1, -1), reference_parts=(0, 1, 0)) -> AttachedBlock:
    """Two new images, three images of the graph, four concepts in a chain."""
    rng = np.random.default_rng(0)
    depicts = sp.csr_matrix(np.array([[1.0, 0, 0, 0], [0.5, 0.5, 0, 0], [0, 0, 0, 1.0]]))
    chain = sp.csr_matrix(np.array([[0, 1.0, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 1.0], [0, 0, 0, 0]]))
    back = sp.csr_matrix(depicts.toarray().T)
    graph = HeardGraph(
        {
            "image": torch.from_numpy(rng.standard_normal((3, WIDTH)).astype(np.float32)),
            "concept": torch.from_numpy(rng.standard_normal((4, WIDTH)).astype(np.float32)),
        },
        {DEPICTS: depicts, HYPERNYM: chain, INVERSE: back},
        {"image": np.array(reference_parts)},
    )
    links = {DEPICTS: sp.csr_matrix(np.array([[1.0, 0, 0, 0], [0, 0.25, 0, 0.75]]))}
    own = torch.from_numpy(rng.standard_normal((2, WIDTH)).astype(np.float32))
    return AttachedBlock(graph, "image", own, links, np.array(parts))


def _edges(block: AttachedBlock, part: int = -1):
    """All edges as (head, relation, tail, weight); ("image", -1 - n) is the n-th attached node."""
    found = []
    for edge_type, matrix in block.links.items():
        some = matrix.tocoo()
        found += [
            (("image", -1 - r), edge_type, (edge_type[2], c), w)
            for r, c, w in zip(some.row, some.col, some.data, strict=True)
        ]
    for edge_type, matrix in block.graph.edges.items():
        some = matrix.tocoo()
        found += [
            ((edge_type[0], r), edge_type, (edge_type[2], c), w)
            for r, c, w in zip(some.row, some.col, some.data, strict=True)
        ]
    own = block.graph.parts["image"]
    return [edge for edge in found if part < 0 or edge[2][0] != "image" or own[edge[2][1]] != part]


def _features(block: AttachedBlock):
    said = {("image", -1 - n): row for n, row in enumerate(block.own)}
    return said | {
        (kind, n): row for kind, rows in block.graph.features.items() for n, row in enumerate(rows)
    }


def _rgcn_reference(block: AttachedBlock, network: RGCN) -> torch.Tensor:
    said = _features(block)
    for number, layer in enumerate(network.layers):
        matrices = torch.einsum("rb,bio->rio", layer.comp, layer.weight)
        following = {}
        for node, own in said.items():
            total = own @ layer.root + layer.bias
            for kind, edge_type in enumerate(RELATIONS):
                heard = [
                    said[tail]
                    for head, relation, tail, _ in _edges(block)
                    if head == node and relation == edge_type
                ]
                if heard:
                    total = total + torch.stack(heard).mean(dim=0) @ matrices[kind]
            following[node] = total if number else total.relu()
        said = following
    return torch.stack([said["image", -1], said["image", -2]])


def test_r_gcn_is_its_formula_over_the_whole_graph() -> None:
    torch.manual_seed(0)
    block = _block()
    network = RGCN(WIDTH, ("image", "concept"), RELATIONS, layers=2, bases=2)
    neighbourhood = block.neighbourhood(2)
    found = network(neighbourhood.features, neighbourhood)["image"]
    torch.testing.assert_close(found, _rgcn_reference(block, network), atol=1e-5, rtol=1e-5)


def test_a_compgcn_layer_is_its_formula() -> None:
    torch.manual_seed(0)
    layer = CompGCNLayer(2, [False, True])
    layer.own.data = torch.tensor([1.0, -1.0])
    relations = torch.tensor([[1.0, 2.0], [3.0, -1.0]])
    sources = torch.tensor([[1.0, 1.0], [2.0, 0.0], [0.5, 4.0]])
    one = OneType(sources, sources[:1], torch.tensor([[1, 2], [0, 0]]), torch.tensor([0, 1]), {"node": 1})
    said, following = layer(one, relations)
    itself = layer.itself(torch.tensor([1.0, -1.0]))
    along, against = layer.along(torch.tensor([2.0, 0.0])), layer.against(torch.tensor([1.5, -4.0]))
    torch.testing.assert_close(said[0], (itself + along + against) / 3)
    torch.testing.assert_close(following, relations @ layer.of_relations.weight.T)


def test_an_hgt_layer_is_that_of_torch_geometric() -> None:
    from torch_geometric.nn import HGTConv

    counts = {"image": 6, "concept": 5}
    layer = HGT(8, tuple(counts), RELATIONS, layers=1, heads=2).layers[0]
    assert isinstance(layer, HGTConv)
    generator = torch.Generator().manual_seed(0)
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter, generator=generator)
    nodes = {kind: torch.randn(count, 8, generator=generator) for kind, count in counts.items()}
    edges = {
        (tail, relation, head): torch.stack(
            [torch.randint(0, counts[kind], (9,), generator=generator) for kind in (tail, head)]
        )
        for head, relation, tail in RELATIONS
    }
    expected = HGTConv.forward(layer, nodes, edges)
    found = layer(nodes, dict(reversed(edges.items())))
    assert set(found) == set(expected)
    for kind, rows in found.items():
        torch.testing.assert_close(rows, expected[kind])


@pytest.mark.parametrize("part", [-1, 0, 1])
def test_propagation_without_parameters_is_the_weighted_mean_of_the_known(part: int) -> None:
    block = _block((part, part))
    said = _features(block)
    for _ in range(2):
        following = {}
        for node, own in said.items():
            heard = [(w, said[tail]) for head, _, tail, w in _edges(block, part) if head == node]
            heard = [(1.0, own), *heard]
            following[node] = sum(w * v for w, v in heard) / sum(w for w, _ in heard)
        said = following
    neighbourhood = block.neighbourhood(2)
    found = propagate_along_edges(neighbourhood.features, neighbourhood)["image"]
    torch.testing.assert_close(
        found, torch.stack([said["image", -1], said["image", -2]]).float(), atol=1e-5, rtol=1e-5
    )


@pytest.mark.parametrize("name", PROPAGATIONS)
def test_what_is_not_heard_changes_nothing(name: str) -> None:
    torch.manual_seed(0)
    network = new_propagation(name, WIDTH, ("image", "concept"), RELATIONS, layers=2).eval()

    def said(block: AttachedBlock) -> torch.Tensor:
        neighbourhood: Neighbourhood = block.neighbourhood(2)
        return network(neighbourhood.features, neighbourhood)["image"]

    block = _block((0, 0))
    before = said(block)
    block.graph.features["image"][0] += 100.0  # of the part that is not to be heard
    block.graph.features["image"][2] += 100.0
    torch.testing.assert_close(said(block), before)
    block.graph.features["image"][1] += 100.0
    assert not torch.allclose(said(block), before)


@pytest.mark.parametrize("name", PROPAGATIONS)
def test_relations_without_parameters_are_not_heard(name: str) -> None:
    torch.manual_seed(0)
    network = new_propagation(
        name, WIDTH, ("image", "concept"), (("image", "else", "concept"),), layers=1
    ).eval()
    block = _block()
    neighbourhood = block.neighbourhood(1)
    before = network(neighbourhood.features, neighbourhood)["image"]
    block.graph.features["concept"][:] += 1.0
    neighbourhood = block.neighbourhood(1)
    torch.testing.assert_close(network(neighbourhood.features, neighbourhood)["image"], before)


@pytest.mark.parametrize("name", PROPAGATIONS)
def test_a_node_is_the_same_whoever_is_beside_it(name: str) -> None:
    torch.manual_seed(0)
    network = new_propagation(name, WIDTH, ("image", "concept"), RELATIONS, layers=2).eval()
    block = _block()
    both, alone = block.neighbourhood(2), block.rows(torch.tensor([1])).neighbourhood(2)
    found, single = network(both.features, both)["image"][1], network(alone.features, alone)["image"][0]
    torch.testing.assert_close(found, single, atol=1e-5, rtol=1e-5)


def test_an_unknown_rule_is_named() -> None:
    with pytest.raises(GraphError, match="unknown network 'gat'; choose rgcn, compgcn, hgt"):
        new_propagation("gat", 4, (), (), layers=1)


def test_links_are_chosen_by_edge_type_and_dropped_by_chance() -> None:
    block = _block()
    assert not block.only(torch.tensor([False])).links
    assert block.drop(1.0).links[DEPICTS].nnz == 0
    assert block.drop(0.0).links[DEPICTS].nnz == 3


def test_the_strongest_edges_are_kept() -> None:
    matrix = sp.csr_matrix(np.array([[0.1, 0.6, 0.3], [0.5, 0.5, 0.0]]))
    assert strongest(matrix, 1).toarray()[0].tolist() == [0.0, 0.6, 0.0]
    assert strongest(matrix, 1).nnz == 2
    assert strongest(matrix, 5) is matrix


def test_what_all_share_is_nothing_by_itself() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Propagation(("image",), RELATIONS)
    with pytest.raises(TypeError, match="abstract"):
        MessagePassingRefiner({"text": WIDTH}, layers=2)
