"""Explains hits of a run: the score taken apart, token by token and path by path."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from functools import cached_property

import numpy as np
from jaxtyping import Float32

from kgx.errors import ConfigError
from kgx.explain.comparison import Comparison
from kgx.explain.explanation import Explanation
from kgx.explain.naming import Naming, query_name
from kgx.explain.parts import LinkShare, Node, Plain
from kgx.explain.plain import PlainComparison
from kgx.explain.shares import contributions, link_shares, path_shares
from kgx.explain.side import Side
from kgx.explain.side_maker import SideMaker
from kgx.items import LinkedItems
from kgx.run_folder import OpenedRun
from kgx.transfer.relation import RelationTransfer

__all__ = ["Explainer"]

_NEAR = 3  # ids that are suggested
_COMPARED = 20_000  # ids that are compared letter by letter, at most
_NO_ITEMS = "the run does not keep its items as they were refined: build it again to see the item's side too"


class Explainer:
    """Explains hits of a run.

    Args:
        run: the run.
        transfer: its model.
    """

    def __init__(self, run: OpenedRun, transfer: RelationTransfer) -> None:
        self._run, self._transfer = run, transfer
        self._naming = Naming(transfer.maker.reference)
        self._plain = PlainComparison(run, transfer)
        self._last: tuple[Sequence[tuple[LinkedItems, float]], Sequence[Side]] | None = None

    def row_of(self, name: str) -> int:
        """Return an item's row in the run.

        Raises:
            ConfigError: there is no such item; ids that are like it are named.
        """
        items = self._run.items
        if name in items.row_of:
            return items.row_of[name]
        ids = items.id
        near = [known for known in ids if name and name.casefold() in known.casefold()][:_NEAR]
        if not near and len(ids) <= _COMPARED:
            near = get_close_matches(name[:200], ids, _NEAR)
        suggestion = f"; there is {' or '.join(map(repr, near))}" if near else ""
        raise ConfigError(f"the run has no item {name[:200]!r}{suggestion}")

    def explain(
        self,
        queries: Sequence[tuple[LinkedItems, float]],
        vector: Float32[np.ndarray, " dimension"],
        item: str,
        *,
        paths: int = 8,
    ) -> Explanation:
        """Explain why a query found an item, whatever its rank.

        Args:
            queries: the query, encoded and linked, or the parts of a mixed one, each with its weight; the same object
                for several hits of a query saves work.
            vector: the refined vector that was searched with.
            item: the item's id.
            paths: how many are told, at most.

        Raises:
            ConfigError: there is no such item, or an impossible number of paths.
        """
        if paths < 1:
            raise ConfigError(f"expected at least 1 path, got {paths}")
        run, row = self._run, self.row_of(item)
        modality = run.items.modality[row]
        first, last = run.index.range_of(modality)
        # Each by itself, as in a search: equal vectors have equal scores.
        scores = np.vecdot(run.index.vectors[first:last], vector)
        score = float(scores[row - first])
        found, plain, notes = self._item_side(queries, item, modality)
        compared = Comparison(self._asked(queries), found, vector, np.asarray(run.index.vectors[row]), score)
        return Explanation(
            query=" + ".join(query_name(query) for query, _ in queries),
            item=item,
            modality=modality,
            caption=run.items.caption[row],
            score=score,
            rank=1 + int((scores > score).sum()) + int((scores[: row - first] == score).sum()),
            of=last - first,
            plain=plain,
            spaces=compared.spaces(self._sides.slices),
            query_links=link_shares(compared.asked, compared.query_gains, self._naming),
            item_links=self._heaviest(row)
            if found is None
            else link_shares([found], [compared.item_gains], self._naming),
            query_contributions=contributions(compared, of_item=False),
            item_contributions=contributions(compared, of_item=True),
            paths=path_shares(compared, self._naming, run.items.caption[row], item, paths),
            notes=notes,
        )

    def _asked(self, queries: Sequence[tuple[LinkedItems, float]]) -> Sequence[Side]:
        """Take the query apart; the last one is kept, since several hits of a query are explained in turn."""
        last = self._last  # read once: others may explain at the same time
        if last is None or last[0] is not queries:
            sides = [self._sides.make(query, query=True) for query, _ in queries]
            last = self._last = queries, Comparison.weighted(sides, queries)
        return last[1]

    def _item_side(
        self, queries: Sequence[tuple[LinkedItems, float]], item: str, modality: str
    ) -> tuple[Side | None, Plain, tuple[str, ...]]:
        """Take the item apart, and say what the encoders say of it, where the run keeps what that needs."""
        kept = self._run.kept_items.get(modality)
        if kept is None or item not in kept.row_of:
            return (
                None,
                Plain("nothing: the run does not keep its items' own vectors", None, None),
                (_NO_ITEMS,),
            )
        row = kept.row_of[item]
        similar = None if kept.similar is None else kept.similar[row]
        side = self._sides.make(kept.items.select([row]), query=False, similar=similar)
        return side, self._plain.compare(queries, modality, row), ()

    def _heaviest(self, row: int) -> tuple[LinkShare, ...]:
        """Return the links that every run keeps of an item."""
        graph = self._transfer.maker.reference.knowledge.graph
        return tuple(
            LinkShare(
                link.shown.relation,
                Node(
                    "concept",
                    link.shown.label,
                    graph.entity_iri(link.concept),
                    graph.definition(link.concept),
                ),
                link.shown.weight,
                link.shown.provenance,
                None,
            )
            for link in self._run.concepts.rows[row].links
        )

    @cached_property
    def _sides(self) -> SideMaker:
        return SideMaker(self._transfer, self._run.centres)
