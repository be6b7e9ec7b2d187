"""The queries that a graph is asked for by, page by page.

A page goes on where the last has ended, by how many triples have come, not by how many were asked for: servers cut
answers at a number of their own, some without a word. That needs a fixed order, and answers of which every solution is
another triple: ``ORDER BY`` and ``DISTINCT`` see to it (https://www.w3.org/TR/sparql11-query/#solutionModifiers).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from graphs.errors import GraphError
from graphs.iris import is_iri

__all__ = ["Queries"]

_STRING: Final = (
    r"\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r"|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
)
_QUOTED: Final = re.compile(rf"{_STRING}|<[^<>\"{{}}|^`\\\s]*>|#[^\n]*", re.DOTALL)
"""What may hold words that are no keywords: texts, IRIs and comments."""
_FORM: Final = re.compile(
    r"(?<![\w?$:])(select|construct|ask|describe|insert|delete|load|clear|drop|create)(?![\w:-])",
    re.IGNORECASE,
)
_ORDERED: Final = re.compile(r"\border\s+by\b", re.IGNORECASE)
_CUT: Final = re.compile(r"\b(limit|offset)\s+\d+", re.IGNORECASE)


@dataclass(frozen=True)
class Queries:
    """What to ask for.

    Attributes:
        construct: a CONSTRUCT query of the user; empty for all triples.
        graph: the named graph to take all triples of; empty for the default graph.
        page_size: solutions to ask for at a time.

    >>> print(Queries(page_size=10).page(20))
    CONSTRUCT { ?s ?p ?o } WHERE { SELECT DISTINCT ?s ?p ?o WHERE { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 10 OFFSET 20 }
    """

    construct: str = ""
    graph: str = ""
    page_size: int = 10_000

    def __post_init__(self) -> None:
        if self.page_size < 1:
            raise GraphError(f"expected pages of one triple or more, got {self.page_size}")
        if self.graph and not is_iri(self.graph):
            raise GraphError(f"expected the IRI of a named graph, got {self.graph!r}")
        if not self.construct:
            return
        if self.graph:
            raise GraphError("name a graph or give a query, not both: a query names its graphs itself")
        form = _FORM.search(self._bare)
        if form is None or form[1].lower() != "construct":
            found = form[1].upper() if form else self.construct.strip()[:40]
            raise GraphError(f"expected a CONSTRUCT query, got {found!r}")

    @property
    def _bare(self) -> str:
        return _QUOTED.sub(" ", self.construct)

    @property
    def is_paged(self) -> bool:
        """Whether there is more than one page; a query that has no order, or a limit of its own, is asked once."""
        tail = self._bare.rpartition("}")[2]
        return not self.construct or (_ORDERED.search(tail) is not None and _CUT.search(tail) is None)

    @property
    def counts_triples(self) -> bool:
        """Whether every solution is one triple, so that pages go on by the triples that have come."""
        return not self.construct

    def page(self, offset: int) -> str:
        """Return the query for the page that begins after ``offset`` solutions."""
        if self.construct:
            # a line of its own: the query may end in a comment
            return (
                f"{self.construct}\nLIMIT {self.page_size} OFFSET {offset}"
                if self.is_paged
                else self.construct
            )
        pattern = f"GRAPH <{self.graph}> {{ ?s ?p ?o }}" if self.graph else "?s ?p ?o"
        chosen = f"SELECT DISTINCT ?s ?p ?o WHERE {{ {pattern} }}"
        return (
            f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {chosen} "
            f"ORDER BY ?s ?p ?o LIMIT {self.page_size} OFFSET {offset} }}"
        )
