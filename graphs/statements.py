"""Statements on their way into a graph, collected one by one."""

from __future__ import annotations

import math
from array import array

import numpy as np
import pyarrow as pa

from graphs.block import Block, LiteralCodes, Pools, TripleCodes
from graphs.errors import GraphError

__all__ = ["Statements"]


class _Terms(dict[str, int]):
    """Numbers for strings, in the order in which they are first asked for."""

    def __missing__(self, term: str) -> int:
        code = self[term] = len(self)
        return code

    def pool(self) -> pa.LargeStringArray:
        return pa.array(list(self), pa.large_string())


class Statements:
    """Collects triples and literals; keeps integers, and each string once.

    >>> statements = Statements()
    >>> statements.add("ex:owl", "ex:eats", "ex:mouse")
    >>> len(statements), statements.block().pools.nodes.to_pylist()
    (1, ['ex:owl', 'ex:mouse'])
    """

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._nodes, self._relations = _Terms(), _Terms()
        self._predicates, self._values = _Terms(), _Terms()
        self._languages, self._datatypes = _Terms(), _Terms()
        self._sources, self._graphs = _Terms(), _Terms()
        self._triples = [array("i") for _ in range(5)]
        self._triple_weights = array("f")
        self._literals = [array("i") for _ in range(7)]
        self._literal_weights = array("f")

    def __len__(self) -> int:
        return len(self._triple_weights) + len(self._literal_weights)

    def add(
        self,
        head: str,
        relation: str,
        tail: str,
        *,
        source: str = "",
        graph: str = "",
        weight: float = 1.0,
    ) -> None:
        """Add the statement that ``relation`` leads from ``head`` to ``tail``.

        Args:
            head: IRI, or blank node ``_:name`` whose name the caller keeps apart from other files' names.
            relation: IRI.
            tail: IRI or blank node.
            source: who says so: a data set's or a file's name.
            graph: IRI of the named graph that the statement stands in, or empty.
            weight: how sure the statement is; finite, not negative.

        Raises:
            GraphError: an empty term, or an impossible weight.
        """
        if not (head and relation and tail):
            raise GraphError(f"a triple needs three terms, got {(head, relation, tail)!r}")
        if not 0.0 <= weight < math.inf:
            raise GraphError(
                f"a weight is a finite number from 0 up, got {weight!r} for {(head, relation, tail)!r}"
            )
        nodes = self._nodes
        heads, relations, tails, sources, graphs = self._triples
        heads.append(nodes[head])
        relations.append(self._relations[relation])
        tails.append(nodes[tail])
        sources.append(self._sources[source])
        graphs.append(self._graphs[graph])
        self._triple_weights.append(weight)

    def add_literal(
        self,
        subject: str,
        predicate: str,
        value: str,
        *,
        language: str = "",
        datatype: str = "",
        source: str = "",
        graph: str = "",
        weight: float = 1.0,
    ) -> None:
        """Add a text or another plain value that is said of ``subject``.

        Args:
            subject: IRI or blank node of an entity, or the IRI of a relation that the statement describes.
            predicate: IRI.
            value: the text, or a number or date in its lexical form.
            language: BCP 47 tag, or empty.
            datatype: IRI; empty for plain text.
            source: who says so.
            graph: IRI of the named graph that the statement stands in, or empty.
            weight: for a label, how often it is used for this entity; otherwise how sure the statement is.

        Raises:
            GraphError: an empty subject or predicate, or an impossible weight.
        """
        if not (subject and predicate):
            raise GraphError(
                f"a literal needs a subject and a predicate, got {(subject, predicate, value)!r}"
            )
        if not 0.0 <= weight < math.inf:
            raise GraphError(
                f"a weight is a finite number from 0 up, got {weight!r} for {(subject, predicate, value)!r}"
            )
        subjects, predicates, values, languages, datatypes, sources, graphs = self._literals
        subjects.append(self._nodes[subject])
        predicates.append(self._predicates[predicate])
        values.append(self._values[value])
        languages.append(self._languages[language])
        datatypes.append(self._datatypes[datatype])
        sources.append(self._sources[source])
        graphs.append(self._graphs[graph])
        self._literal_weights.append(weight)

    def take(self) -> Block:
        """Return what has been added since the last call, and let go of it."""
        block = self.block()
        self._start()
        return block

    def block(self) -> Block:
        """Return all that has been added; adding may go on."""
        pools = Pools(
            nodes=self._nodes.pool(),
            relations=self._relations.pool(),
            predicates=self._predicates.pool(),
            values=self._values.pool(),
            languages=self._languages.pool(),
            datatypes=self._datatypes.pool(),
            sources=self._sources.pool(),
            graphs=self._graphs.pool(),
        )
        heads, relations, tails, sources, graphs = (np.array(column, np.int32) for column in self._triples)
        weights = np.array(self._triple_weights, np.float32)
        triples = TripleCodes(heads, relations, tails, sources, graphs, weights)
        subjects, predicates, values, languages, datatypes, sources, graphs = (
            np.array(column, np.int32) for column in self._literals
        )
        weights = np.array(self._literal_weights, np.float32)
        literals = LiteralCodes(subjects, predicates, values, languages, datatypes, sources, graphs, weights)
        return Block(pools, triples, literals)
