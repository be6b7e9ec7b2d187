"""Items of a run whose knowledge has changed: those that it concerns refined again, the others as they were."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from kgx.concept_table import ConceptTable
from kgx.errors import KgxError
from kgx.kept_items import KeptItems
from kgx.run_folder import OpenedRun
from kgx.run_layer import Layer
from kgx.transfer.changed_knowledge import ChangedKnowledge

__all__ = ["refined_again"]


def refined_again(
    run: OpenedRun, change: ChangedKnowledge
) -> tuple[Layer, Float32[np.ndarray, "items dimension"], int]:
    """Return what is known of a run's items now, their vectors, and how many of these were worked out.

    Args:
        run: as it was refined with the model before the change.
        change: of what the model knows.

    Raises:
        KgxError: the run is from before items were kept, and has to be built again.
    """
    kept = run.kept_items
    if set(kept) != set(run.items.modality):
        raise KgxError(f"{run.folder}: it is from before items were kept with a run; build it again")
    vectors, links, parts, refined = [], [], {}, 0
    for modality in sorted(kept):
        before = kept[modality]
        now = change.relinked(before.items)
        concerned = np.flatnonzero(change.concerns(before.items, now, before.similar))
        first, last = run.index.range_of(modality)
        own = run.index.vectors[first:last].copy()
        if len(concerned):
            found = change.after.refine(now.select(concerned), run.centres)
            changed = found.any(axis=1)  # what lost all that it had keeps what it was found by
            own[concerned[changed]] = found[changed]
        refined += len(concerned)
        vectors.append(own)
        links.append(now)
        parts[modality] = (KeptItems(now, before.similar),)
    concepts = ConceptTable.of(links, change.after.maker.reference.knowledge)
    return Layer(run.items, concepts, parts), np.concatenate(vectors), refined
