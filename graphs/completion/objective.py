r"""What the model is pretrained with: links against sampled ones that are not known to be right.

.. math:: L = - \frac{\log \sigma(s_+) + \sum_i w_i \log\sigma(-s_i)}{1 + \sum_i w_i}, \qquad
          w = \operatorname{softmax}(s / T)

(Galkin et al., arXiv 2310.04562, appendix C; the weights are RotatE's, Sun et al., arXiv 1902.10197). The links of the
batch are taken out of the graph, so that no link can be read off itself.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn.functional import logsigmoid

from graphs.completion.known import KnownAnswers
from graphs.completion.links import Links
from graphs.gnn.ultra.edges import Edges

__all__ = ["draw_negatives", "self_adversarial_loss", "without"]


def self_adversarial_loss(
    scores: Float[Tensor, "queries candidates"], temperature: float = 1.0
) -> Float[Tensor, ""]:
    """Return the loss of queries whose first candidate is right and whose others are not.

    Args:
        scores: logits.
        temperature: of the softmax that weighs wrong candidates by how likely they look; 0 weighs all the same.

    >>> bool(self_adversarial_loss(torch.tensor([[5.0, -5.0]])) < self_adversarial_loss(torch.tensor([[0.0, 0.0]])))
    True
    """
    right, wrong = scores[:, 0], scores[:, 1:]
    with torch.no_grad():
        weights = torch.softmax(wrong / temperature, dim=1) if temperature > 0 else torch.ones_like(wrong)
        weights = weights / weights.sum(dim=1, keepdim=True)
    return -0.5 * (logsigmoid(right) + (weights * logsigmoid(-wrong)).sum(dim=1)).mean()


def draw_negatives(
    heads: Int64[np.ndarray, " queries"],
    relations: Int64[np.ndarray, " queries"],
    known: KnownAnswers,
    num_entities: int,
    count: int,
    generator: np.random.Generator,
) -> Int64[np.ndarray, "queries count"]:
    """Draw wrong answers to queries, with replacement, all entities but the known answers alike.

    Where every entity is a right answer, they are drawn from all.

    >>> known = KnownAnswers(Links.of(np.array([[0, 0, 1], [0, 0, 2]])), num_relations=1)
    >>> drawn = draw_negatives(np.array([0]), np.array([0]), known, 4, 100, np.random.default_rng(0))
    >>> np.unique(drawn).tolist()
    [0, 3]
    """
    queries, right = known.pairs(heads, relations)
    bounds = np.searchsorted(queries, np.arange(len(heads) + 1))
    drawn = np.empty((len(heads), count), np.int64)
    for query in range(len(heads)):
        answers = right[bounds[query] : bounds[query + 1]]
        wrong = num_entities - len(answers)
        places = generator.integers(wrong or num_entities, size=count)
        # of the numbers that are no answers, the p-th is p plus how many answers come before it
        shift = np.searchsorted(answers - np.arange(len(answers)), places, side="right") if wrong else 0
        drawn[query] = places + shift
    return drawn


def without(edges: Edges, links: Links) -> Edges:
    """Return the edges but those of some links, and of their inverses.

    >>> links = Links.of(np.array([[0, 0, 1], [1, 0, 2]]))
    >>> len(without(links.edges(3, 1), Links.of(np.array([[0, 0, 1]]))))
    2
    """
    removed = links.edges(edges.num_nodes, edges.num_relations // 2).to(edges.targets.device)
    kept: Bool[Tensor, " edges"] = ~torch.isin(_keys(edges), _keys(removed))
    return edges.only(kept)


def _keys(edges: Edges) -> Tensor:
    return (edges.targets * edges.num_relations + edges.relations) * edges.num_nodes + edges.sources
