"""Known pairs of a collection: texts and items of other modalities that share an entity, counted and picked out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from graphs.store import Store
from kgx.collection import MODALITIES, Collection, Skipped
from kgx.errors import ConfigError
from kgx.items import LinkedItems

__all__ = ["count_pairs", "entities_of", "known_pairs", "named_apart"]

_MOST = 5_000_000  # pairs; more are no pairs but categories, and would not fit into memory


def entities_of(collection: Collection) -> dict[str, list[str]]:
    """Return modality -> what each of its items shows or tells of, for :func:`count_pairs`."""
    return {modality: [item.entity for item in collection.of(modality)] for modality in MODALITIES}


def count_pairs(
    entities: Mapping[str, Iterable[str]],
    purpose: str,
    *,
    skipped: Sequence[Skipped] = (),
    least_entities: int = 1,
) -> dict[str, int]:
    """Return modality -> number of pairs of a text and an item of that modality that share an entity.

    Args:
        entities: modality -> what each of its items shows or tells of.
        purpose: what the pairs are for, for messages.
        skipped: items that could not be used, of which there might have been pairs.
        least_entities: how many different things the pairs have to be of.

    Raises:
        ConfigError: there are none, they are of too few things, or so many that what is shared can be no single thing.

    >>> count_pairs({"text": ["owl", "owl", "hen"], "image": ["owl", "cat"], "audio": ["hen"]}, "pretrain")
    {'audio': 1, 'image': 2}
    """
    counts = {modality: Counter(own) for modality, own in sorted(entities.items())}
    texts = counts.get("text", Counter())
    shared = {
        modality: {entity: texts[entity] * count for entity, count in own.items() if entity in texts}
        for modality, own in counts.items()
        if modality != "text"
    }
    if not any(shared.values()):
        found = (
            ", ".join(f"{own.total():,} of {modality}" for modality, own in counts.items() if own) or "none"
        )
        lost = (
            f"; {len(skipped):,} more cannot be used, the first one: {skipped[0].reason}" if skipped else ""
        )
        raise ConfigError(
            f"to {purpose}, expected pairs: texts and pictures or sounds with the same value in the column entity; "
            f"got none among the items ({found}{lost})"
        )
    things = set().union(*shared.values())
    if len(things) < least_entities:
        raise ConfigError(
            f"to {purpose}, expected pairs of at least {least_entities} different things to tell apart, got those of "
            f"{len(things)}: the column entity says {min(things)!r}"
        )
    pairs = {modality: sum(own.values()) for modality, own in shared.items()}
    for modality, count in pairs.items():
        if count > _MOST:
            raise ConfigError(
                f"to {purpose}, expected the column entity to name the thing that an item shows, got {count:,} pairs "
                f"of text and {modality} that share one: it seems to name categories; put them into the column category"
            )
    return pairs


def known_pairs(items: Mapping[str, LinkedItems]) -> dict[str, LinkedItems]:
    """Return the items that belong to a pair: texts and the others that share an entity with them.

    Args:
        items: modality -> items; modalities none of whose items belong to a pair are left out.
    """
    told = set(items["text"].entities) if "text" in items else set()
    shown = {entity for modality, own in items.items() if modality != "text" for entity in own.entities}
    paired = told & shown
    rows = {
        modality: [row for row, entity in enumerate(own.entities) if entity in paired]
        for modality, own in items.items()
    }
    return {modality: items[modality].select(some) for modality, some in rows.items() if some}


def named_apart(
    pairs: Mapping[str, LinkedItems], references: Mapping[str, LinkedItems], graph: Store
) -> dict[str, LinkedItems]:
    """Return pairs whose ids and entities are no reference's, each thing a group of its own.

    Names such as ``1`` or ``owl`` mean something else in every collection, and items that share an entity count as a
    pair. What the graph has an entity for means the same everywhere, and keeps its name.

    Args:
        pairs: modality -> items, of one collection.
        references: modality -> items of other collections that they are to stand beside.
        graph: knows what means the same everywhere.
    """
    entities = sorted({entity for own in pairs.values() for entity in own.entities})
    private = [
        entity for entity, number in zip(entities, graph.entity_ids(entities), strict=True) if number < 0
    ]
    taken = {name for own in references.values() for name in (*own.entities, *own.groups)}
    mark = _mark(private, taken)
    name_of = {entity: entity for entity in entities} | {entity: mark + entity for entity in private}
    ids = [name for own in pairs.values() for name in own.ids]
    id_mark = _mark(ids, {name for own in references.values() for name in own.ids})
    apart = {}
    for modality, own in pairs.items():
        names = tuple(name_of[entity] for entity in own.entities)
        apart[modality] = replace(
            own, ids=tuple(id_mark + name for name in own.ids), entities=names, groups=names
        )
    return apart


def _mark(names: Iterable[str], taken: set[str]) -> str:
    """Return what to put before names so that none of them is taken; nothing where none is."""
    names, mark = tuple(names), ""
    while any(mark + name in taken for name in names):
        mark += "target:"
    return mark
