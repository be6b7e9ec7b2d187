"""Graph conditions: ``?item depicts/hypernym* wn:bird``, and several of them joined by shared variables.

A pattern is statements of subject, property path and object, with full stops between them, each end a name or a
variable. It is answered by sets: from the ends of the pattern to ``?item``, every variable keeps the nodes that fit
what hangs on it. That is all there is to know as long as no two ways lead to the same variable; other patterns, and
whatever else SPARQL has, are :mod:`kgx.filters.sparql`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np
from jaxtyping import Int64

from graphs.errors import GraphError
from graphs.query.property_path import Inverse, PropertyPath, Token, path_between, tokens_of
from graphs.query.reachability import Deadline, Reachability
from kgx.errors import ConfigError
from kgx.filters.item_graph import ItemGraph

__all__ = ["ITEM_VARIABLE", "Pattern", "Statement", "Variable"]

ITEM_VARIABLE: Final = "item"
_MOST: Final = 16  # statements of a pattern
_EXAMPLE: Final = "?item depicts/hypernym* wn:bird"


@dataclass(frozen=True, slots=True)
class Variable:
    """What is sought."""

    name: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A path that leads from one end to another; a text is the name of an entity or an item."""

    start: Variable | str
    path: PropertyPath
    end: Variable | str


@dataclass(frozen=True, slots=True)
class Pattern:
    """Statements that all have to hold.

    >>> Pattern.parse("?item depicts wn:bird").statements
    (Statement(start=Variable(name='item'), path=Relation(name='depicts'), end='wn:bird'),)
    """

    statements: tuple[Statement, ...]

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Read a pattern.

        Raises:
            ConfigError: ``?item`` is missing, there are too many statements, or two ways lead to one variable.
            GraphError: something in it is no path.
        """
        statements = tuple(_statement(tokens) for tokens in _parted(tokens_of(text)))
        if len(statements) > _MOST:
            raise ConfigError(f"expected at most {_MOST} statements in a pattern, got {len(statements)}")
        pattern = cls(statements)
        reached, waiting = {ITEM_VARIABLE}, list(statements)
        while following := [one for one in waiting if reached & _variables(one)]:
            one = following[0]
            waiting.remove(one)
            fresh = _variables(one) - reached
            if len(fresh) < _ends(one) - 1:
                raise ConfigError(
                    f"two ways lead to ?{min(_variables(one))}: write the pattern as SPARQL, "
                    "SELECT ?item WHERE { … }, with whole IRIs or CURIEs"
                )
            reached |= fresh
        if waiting or not statements:
            raise ConfigError(
                f"expected a pattern that begins at ?item, such as {_EXAMPLE!r}, got {text.strip()[:80]!r}"
            )
        return pattern

    def items(self, graph: ItemGraph, deadline: Deadline) -> Int64[np.ndarray, " n"]:
        """Return the nodes that ``?item`` may be.

        Raises:
            ConfigError: there is no relation of a name.
            GraphError: there is no entity of a name, or it took too long.
        """
        reach = Reachability(graph.edges, graph.nodes, deadline)
        return self._values(ITEM_VARIABLE, self.statements, graph, reach)

    def _values(
        self, variable: str, statements: Sequence[Statement], graph: ItemGraph, reach: Reachability
    ) -> Int64[np.ndarray, " n"]:
        """Return the nodes that a variable may be by statements that lead away from it, and those behind them."""
        found = []
        for one in statements:
            if variable not in _variables(one):
                continue
            forward = one.start == Variable(variable)
            other, path = (one.end, one.path) if forward else (one.start, Inverse(one.path))
            others = [further for further in statements if further is not one]
            ends = (
                self._values(other.name, others, graph, reach)
                if isinstance(other, Variable)
                else graph.entities(other)
            )
            found.append(reach.origins(path, ends))
        return reduce(np.intersect1d, found) if found else np.arange(graph.nodes)


def _variables(statement: Statement) -> set[str]:
    return {end.name for end in (statement.start, statement.end) if isinstance(end, Variable)}


def _ends(statement: Statement) -> int:
    return sum(isinstance(end, Variable) for end in (statement.start, statement.end))


def _parted(tokens: Sequence[Token]) -> list[list[Token]]:
    """Part the statements by the full stops between them."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind == "sign" and token.text == ".":
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _statement(tokens: list[Token]) -> Statement:
    if len(tokens) < 3:
        got = " ".join(token.text for token in tokens)
        raise GraphError(f"expected subject, path and object, such as {_EXAMPLE!r}, got {got[:80]!r}")
    return Statement(_end(tokens[0]), path_between(tokens[1:-1]), _end(tokens[-1]))


def _end(token: Token) -> Variable | str:
    if token.kind == "sign":
        raise GraphError(
            f"expected a name or a variable in column {token.start + 1}, got {token.text!r}: a condition is a subject, "
            f"a path and what it leads to, such as {_EXAMPLE!r}"
        )
    if token.kind == "variable":
        return Variable(token.text)
    return f"<{token.text}>" if token.kind == "iri" else token.text
