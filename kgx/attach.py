"""From a collection, or a query, to encoded and linked items."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from graphs.errors import UnknownTermError
from kgx.collection import Collection, Item, Skipped
from kgx.encoders.base import Encoder, Encoding
from kgx.encoders.cache import VectorCache
from kgx.encoders.transcripts import Transcriber, transcribe
from kgx.errors import EncoderError
from kgx.items import LinkedItems
from kgx.knowledge import Knowledge
from kgx.linking import IN_CATEGORY, SAYS, CategoryLinker, LexicalLinker, Links, VisualLinker, statement_links

__all__ = ["Attacher", "by_category", "with_entities"]


def by_category(item: Item) -> str:
    """Return the folder that an item is filed in, or what it shows where it is in none: the default group."""
    return item.metadata.get("category") or item.entity


@dataclass(frozen=True)
class Attacher:
    """Encodes items and links them to the concepts of a knowledge graph.

    Attributes:
        knowledge: the graph.
        encoders: modality -> encoder; wrap them in a :class:`~kgx.encoders.VectorCache` to keep vectors.
        cache: folder in which transcripts are kept; without it they are made anew each time.
    """

    knowledge: Knowledge
    encoders: Mapping[str, Encoder]
    cache: Path | None = None
    skipped: list[Skipped] = field(default_factory=list)

    def encoder(self, modality: str) -> Encoder:
        """Return the encoder of a modality.

        Raises:
            EncoderError: there is none.
        """
        if modality not in self.encoders:
            raise EncoderError(
                f"no encoder for {modality}; there are encoders for {', '.join(self.encoders)}"
            )
        return self.encoders[modality]

    def collection(
        self,
        collection: Collection,
        items: Sequence[Item] | None = None,
        *,
        category_namespace: str = "",
        group: Callable[[Item], str] = by_category,
    ) -> dict[str, LinkedItems]:
        """Encode and link a collection, modality by modality; items that cannot be read are left out and noted.

        Args:
            collection: the collection.
            items: those of its items that are wanted; all where left out.
            category_namespace: what the categories' IRIs begin with, where the column ``category`` holds the rest.
            group: tells the group of an item, for validation.

        Returns:
            modality -> items; modalities without a usable item are left out.
        """
        wanted = list(collection if items is None else items)
        categories = CategoryLinker(self.knowledge.graph, self._categories, namespace=category_namespace)
        found = {}
        for modality in ("text", "image", "audio"):
            some = [item for item in wanted if item.modality == modality]
            if not some:
                continue
            values = [item.value if modality == "text" else collection.file(item) for item in some]
            encoding = self._encode(values, modality)
            usable = [row for row in range(len(some)) if row not in encoding.failures]
            self.skipped.extend(
                Skipped(some[row].id, some[row].row, reason)
                for row, reason in sorted(encoding.failures.items())
            )
            kept = [some[row] for row in usable]
            linked = self._link([values[row] for row in usable], modality, _rows(encoding, usable))
            linked = replace(
                linked,
                ids=tuple(item.id for item in kept),
                entities=tuple(item.entity for item in kept),
                groups=tuple(group(item) for item in kept),
                captions=tuple(item.value if modality == "text" else "" for item in kept),
                links=(
                    *linked.links,
                    *_filled(
                        categories.link([item.metadata.get("category", "") for item in kept]),
                        statement_links(self.knowledge.graph, [item.entity for item in kept]),
                    ),
                ),
            )
            if len(linked):
                found[modality] = linked
        return found

    def query(self, value: str | Path, modality: str) -> LinkedItems:
        """Encode and link one query that belongs to no collection.

        Raises:
            EncoderError: it cannot be encoded; the message says why.
        """
        encoding = self.encoder(modality).encode([value], modality)
        if encoding.failures:
            raise EncoderError(f"{'the query' if modality == 'text' else value}: {encoding.failures[0]}")
        return self._link([value], modality, encoding)

    @cached_property
    def _categories(self) -> LexicalLinker:
        return self.knowledge.linker

    @cached_property
    def _visual(self) -> VisualLinker | None:
        """Links classes to their synsets; nothing where the graph holds none of them."""
        try:
            return VisualLinker(self.knowledge.graph)
        except UnknownTermError:
            return None

    def _encode(self, values: Sequence[str | Path], modality: str) -> Encoding:
        encoder = self.encoder(modality)
        if isinstance(encoder, VectorCache):
            return encoder.encode(values, modality, f"encode {modality}")
        return encoder.encode(values, modality)

    def _link(self, values: Sequence[str | Path], modality: str, encoding: Encoding) -> LinkedItems:
        links: list[Links] = []
        linker = self.knowledge.linker
        if modality == "text":
            links.append(linker.link([str(value) for value in values], encoding.vectors))
        elif modality == "image" and encoding.scores is not None and self._visual is not None:
            links.append(self._visual.link(encoding.scores))
        elif modality == "audio":
            heard = self._heard([Path(value) for value in values])
            if heard is not None:
                vectors = self.encoder("text").encode([text or "silence" for text in heard], "text").vectors
                links.append(linker.link(heard, vectors, relation=SAYS, provenance="transcript"))
        names = tuple(str(value) for value in values)
        return LinkedItems(
            modality,
            names,
            names,
            ("",) * len(names),
            names if modality == "text" else ("",) * len(names),
            encoding.vectors,
            _filled(*links),
        )

    def _heard(self, paths: Sequence[Path]) -> list[str] | None:
        encoder = self.encoder("audio")
        transcriber = encoder.encoder if isinstance(encoder, VectorCache) else encoder
        if not isinstance(transcriber, Transcriber):
            return None
        if self.cache is None:
            return transcriber.transcribe(list(paths))
        return transcribe(transcriber, paths, self.cache)


def with_entities(items: LinkedItems, knowledge: Knowledge) -> LinkedItems:
    """File items under the concepts that their manifest names as what they show.

    Args:
        items: the items.
        knowledge: holds the concepts.
    """
    entities = knowledge.graph.entity_ids(items.entities)
    rows = np.flatnonzero((entities >= 0) & (knowledge.row_of_entity[entities] >= 0))
    if not len(rows):
        return items
    weights = np.ones(len(rows), dtype=np.float32)
    filed = Links(IN_CATEGORY, rows, entities[rows], weights, "manifest")
    return replace(items, links=(*items.links, filed))


def _filled(*links: Links) -> tuple[Links, ...]:
    return tuple(link for link in links if len(link))


def _rows(encoding: Encoding, rows: Sequence[int]) -> Encoding:
    index = np.array(rows, dtype=np.int64)
    scores = encoding.scores[index] if encoding.scores is not None else None
    return Encoding(encoding.vectors[index], scores)
