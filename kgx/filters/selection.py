"""Which items of a run may be found at all: every condition met, before anything is ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
from jaxtyping import Bool

from graphs.graph import KnowledgeGraph
from graphs.query.confined import LONGEST
from graphs.query.reachability import Deadline
from kgx.errors import ConfigError
from kgx.filters.item_graph import ItemGraph
from kgx.filters.metadata import Condition, fulfilled
from kgx.filters.patterns import Pattern
from kgx.filters.sparql import SparqlFilter, is_sparql
from kgx.run_folder import OpenedRun

__all__ = ["ItemFilter", "Selection"]

_MOST: Final = 16  # conditions of one query
_KEPT: Final = 64  # answers that are kept
_PATH_SECONDS: Final = 2.0
_SPARQL_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Selection:
    """What items have to fulfil, all of it.

    Attributes:
        filters: conditions on metadata.
        where: conditions on the graph.

    >>> Selection.of("year>=1900", ["?item depicts wn:bird"]).filters
    (Condition(column='year', operation='>=', value='1900'),)
    """

    filters: tuple[Condition, ...] = ()
    where: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, filters: str | Condition | Sequence[str | Condition] = (), where: str | Sequence[str] = ()
    ) -> Selection:
        """Read conditions.

        Args:
            filters: on metadata, such as ``category=animals`` (:class:`~kgx.filters.metadata.Condition`).
            where: on the graph: a pattern (:mod:`kgx.filters.patterns`), or SPARQL (:mod:`kgx.filters.sparql`).

        Raises:
            ConfigError: there are too many, or one is none.
        """
        told = [filters] if isinstance(filters, (str, Condition)) else list(filters)
        asked = [where] if isinstance(where, str) else list(where)
        if len(told) + len(asked) > _MOST:
            raise ConfigError(f"expected at most {_MOST} conditions, got {len(told) + len(asked)}")
        if too_long := [one for one in asked if len(one) > LONGEST]:
            raise ConfigError(f"expected conditions of at most {LONGEST} characters, got {len(too_long[0])}")
        conditions = (one if isinstance(one, Condition) else Condition.parse(one) for one in told)
        return cls(tuple(conditions), tuple(asked))

    def __bool__(self) -> bool:
        return bool(self.filters or self.where)


class ItemFilter:
    """Tells which of a run's items a selection lets through.

    Args:
        run: the run.
        graph: its model's knowledge graph.
    """

    def __init__(self, run: OpenedRun, graph: KnowledgeGraph) -> None:
        self._run = run
        self._knowledge = graph
        self._fitting = lru_cache(maxsize=_KEPT)(self._fit)

    def allowed(self, selection: Selection) -> Bool[np.ndarray, " items"]:
        """Tell of every item of the run whether it may be found.

        Raises:
            ConfigError: there is no column or relation of a name.
            GraphError: a graph condition is wrong, names what is not there, or takes too long.
        """
        found = fulfilled(self._run.items, selection.filters)
        for condition in selection.where:
            found &= self._fitting(condition)
        return found

    def _fit(self, condition: str) -> Bool[np.ndarray, " items"]:
        found = np.zeros(len(self._run.items), dtype=np.bool_)
        if is_sparql(condition):
            found[self._sparql.items(condition, seconds=_SPARQL_SECONDS)] = True
            return found
        nodes = Pattern.parse(condition).items(self._graph, Deadline(_PATH_SECONDS))
        found[nodes[nodes >= self._graph.first] - self._graph.first] = True
        return found

    @cached_property
    def _graph(self) -> ItemGraph:
        graph = ItemGraph(self._run, self._knowledge)
        graph.prepare()
        return graph

    @cached_property
    def _sparql(self) -> SparqlFilter:
        return SparqlFilter(self._run, self._graph)
