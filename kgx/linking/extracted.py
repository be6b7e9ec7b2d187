"""Links of items made of relations that were read off data (:mod:`graphs.relation_extraction`).

Pairs of concepts, such as those that occur together, take an item's links one step on; pairs of an item and a concept,
such as a classifier accepts, are links themselves. Either kind stands beside the linkers' own, under the relation by
which a model walks already, and tells by its provenance what made it::

    seen = occurrences(items.links, len(items), knowledge.graph.num_entities)
    further = carried_on(items.links, from_cooccurrence(seen))
    items = dataclasses.replace(items, links=(*items.links, *further))
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import scipy.sparse as sp
from jaxtyping import Int64

from graphs.propagate import normalise_rows
from graphs.relation_extraction import ExtractedLinks
from kgx.errors import KgxError
from kgx.linking.base import Links

__all__ = ["carried_on", "item_links", "occurrences"]


def occurrences(links: Iterable[Links], items: int, entities: int, *, least: float = 0.1) -> sp.csr_matrix:
    """Return which items have which concepts, for :func:`graphs.relation_extraction.from_cooccurrence`.

    Args:
        links: of the items, of any relations.
        items: how many there are.
        entities: of the knowledge graph.
        least: weight below which a link is a passing thought of its linker.

    Returns:
        csr (items, entities) of ones.

    >>> tags = Links("in category", np.array([0, 0]), np.array([2, 1]), np.array([0.95, 0.05]), "metadata")
    >>> occurrences([tags], 2, 3).toarray().tolist()
    [[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    """
    found = sp.csr_matrix((items, entities))
    for link in links:
        sure = link.weights >= least
        ends = (link.items[sure], link.concepts[sure])
        found = found + sp.csr_matrix((np.ones(len(ends[0])), ends), shape=(items, entities))
    found.data[:] = 1.0
    return found


def carried_on(
    links: Iterable[Links], extracted: ExtractedLinks, *, weight: float = 0.5
) -> tuple[Links, ...]:
    """Link items also to what their concepts are tied to.

    An item weighs a concept ``weight · Σ_a w(item, a) e(a, concept)``, with the ties of a concept scaled to sum 1.
    Concepts that it is linked to already, by any relation, are left out.

    Args:
        links: of the items, of any relations; entity numbers of the knowledge graph.
        extracted: ties of its entities; :meth:`~graphs.relation_extraction.ExtractedLinks.renumbered` gives rows of
            ``Knowledge.vectors`` their numbers.
        weight: what an item's further links of a relation weigh together, at most; its own of that relation weigh 1.

    Returns:
        Further links, of each relation that brings any, with the provenance of the ties.

    Raises:
        KgxError: the weight is not above 0.

    >>> ties = ExtractedLinks("occurs with", np.array([5]), np.array([7]), np.ones(1, np.float32), "co-occurrence")
    >>> tags = Links("mentions", np.array([0, 1]), np.array([5, 6]), np.ones(2, np.float32), "lexical")
    >>> (further,) = carried_on([tags], ties)
    >>> further.relation, further.items.tolist(), further.concepts.tolist(), further.weights.tolist()
    ('mentions', [0], [7], [0.5])
    """
    if not weight > 0:
        raise KgxError(f"expected a weight above 0, got {weight}")
    known = [link for link in links if len(link)]
    if not known or not len(extracted):
        return ()
    items = 1 + max(int(link.items.max()) for link in known)
    ends = [*(link.concepts for link in known), extracted.heads, extracted.tails]
    entities = 1 + max(int(column.max()) for column in ends)
    ties = normalise_rows(
        sp.csr_matrix((extracted.weights, (extracted.heads, extracted.tails)), shape=(entities, entities))
    )
    own: dict[str, sp.csr_matrix] = {}
    for link in known:
        matrix = sp.csr_matrix((link.weights, (link.items, link.concepts)), shape=(items, entities))
        own[link.relation] = own[link.relation] + matrix if link.relation in own else matrix
    any_relation = sum(own.values()) > 0
    found = []
    for relation, matrix in own.items():
        walked = (normalise_rows(matrix) @ ties).tocsr()
        further = (walked - walked.multiply(any_relation)).tocoo()
        kept = further.data * weight > np.finfo(np.float32).tiny
        if kept.any():
            found.append(
                Links(
                    relation,
                    further.row[kept].astype(np.int64),
                    further.col[kept].astype(np.int64),
                    (further.data[kept] * weight).astype(np.float32),
                    extracted.provenance,
                )
            )
    return tuple(found)


def item_links(
    extracted: ExtractedLinks, concepts: Int64[np.ndarray, " c"], *, relation: str | None = None
) -> Links:
    """Return pairs of items and concepts as links; what else was extracted is left out.

    The pairs were read off rows in which concepts come first and items behind them, as in
    ``np.concatenate([knowledge.vectors, items.vectors])``.

    Args:
        extracted: numbers of such rows; items are the heads.
        concepts: entity number of each concept (``Knowledge.concepts``).
        relation: of the links; that of what was extracted where left out.

    Returns:
        Links sorted by item and concept; the weights of an item sum to 1.

    >>> pairs = ExtractedLinks("mentions", np.array([2, 3]), np.array([1, 2]), np.ones(2, np.float32), "classifier")
    >>> links = item_links(pairs, np.array([40, 50]))
    >>> links.items.tolist(), links.concepts.tolist()
    ([0], [50])
    """
    first = len(concepts)
    pairs = (extracted.heads >= first) & (extracted.tails < first)
    return Links.collect(
        extracted.relation if relation is None else relation,
        extracted.heads[pairs] - first,
        concepts[extracted.tails[pairs]],
        extracted.weights[pairs],
        provenance=extracted.provenance,
    )
