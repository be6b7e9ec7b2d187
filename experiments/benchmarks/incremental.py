"""What an edit of a run costs, against refining and indexing everything again, in one process.

The items of a run are repeated under new ids until there are as many as asked for (7,000), and are made a run of its
own: that is the rebuild, with the means given and everything encoded and linked, so it is cheaper than from a manifest.
Items are then added one by one, encoded from nothing, and removed again, and one statement of the knowledge graph comes
and goes. Every edit is on disk and can be searched when its time is taken. What encoding and linking take of it, which
the rebuild is spared, is told beside it. At the end the vectors are compared with those of refining all items again, as
they and the knowledge are by then, with the same means.

Run: ``python -m experiments.benchmarks.incremental RUN``, on a run that ``kgx run`` made: it keeps its items.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kgx.threads import configure

if TYPE_CHECKING:
    from kgx.collection import Collection
    from kgx.editing import NewItem, RunEditor
    from kgx.items import LinkedItems
    from kgx.run_folder import OpenedRun

__all__ = ["Cost", "greatest_difference", "main", "measure", "repeated"]

R = TypeVar("R")

_SHARE, _DIFFERENCE = 0.02, 1e-5  # bars: of a rebuild's time; of a component of a vector
_TURNS = 5  # edits of each kind


@dataclass(frozen=True, slots=True)
class Cost:
    """What was measured; times in seconds, of edits the median of several.

    Attributes:
        items: number of items of the run.
        rebuild: refining and indexing them all, the quicker of two turns.
        edits: name of an edit -> its time.
        encoding: name of an edit -> what encoding and linking alone take of it.
        shares: name of an edit -> share of a rebuild.
        refined: items that the change of the knowledge concerned.
        difference: greatest difference between a component of an edited run's vectors and of a rebuild's.
    """

    items: int
    rebuild: float
    edits: Mapping[str, float]
    encoding: Mapping[str, float]
    shares: Mapping[str, float]
    refined: int
    difference: float


def repeated(run: OpenedRun, count: int) -> tuple[dict[str, LinkedItems], Collection]:
    """Return as many items as asked for, encoded and linked: those of a run, again and again under new ids.

    Args:
        run: a run that keeps its items.
        count: items of all modalities together, at least as many as the run has.

    Raises:
        KgxError: the run keeps no items.
    """
    from kgx.collection import Collection, Item
    from kgx.errors import KgxError
    from kgx.items import LinkedItems

    if set(run.kept_items) != set(run.items.modality):
        raise KgxError(f"{run.folder}: expected a run that keeps its items, got an older one; build it again")
    rounds = -(-count // len(run.items))
    room, found = count, {}
    for modality in sorted(run.kept_items):
        own = run.kept_items[modality].items
        last = modality == max(run.kept_items)
        wanted = room if last else min(room, round(count * len(own) / len(run.items)))
        parts = []
        for turn in range(rounds):
            some = own.select(range(max(0, min(len(own), wanted - turn * len(own)))))
            parts.append(replace(some, ids=tuple(_name(name, turn) for name in some.ids)))
        found[modality] = LinkedItems.join([part for part in parts if len(part)])
        room -= len(found[modality])
    table = run.items
    listed = []
    for turn in range(rounds):
        for name, row in table.row_of.items():
            value = table.media[row] or table.caption[row]
            metadata = {
                key: cell for key, cell in table.told(row).items() if key not in ("language", "split")
            }
            listed.append(
                Item(_name(name, turn), table.modality[row], value, table.entity[row], metadata=metadata)
            )
    return found, Collection("repeated", run.root, tuple(listed))


def _name(name: str, turn: int) -> str:
    return f"{name}~{turn}" if turn else name


def measure(run: Path, folder: Path, *, items: int, threads: int = 2) -> Cost:
    """Edit a scaled copy of a run and rebuild it.

    Args:
        run: folder of a run; it is only read.
        folder: an empty folder for what is built.
        items: of the scaled run.
        threads: for the encoders.

    Raises:
        KgxError: the run keeps no items, or is damaged.
    """
    from kgx.editing import RunEditor
    from kgx.run_folder import open_run, write_run
    from kgx.transfer.model_folder import open_model

    opened = open_run(run)
    model = open_model(opened.model)
    linked, collection = repeated(opened, items)
    place = folder / "run"

    def rebuild() -> None:
        write_run(place, model.transfer, linked, collection, model=opened.model, centres=opened.centres)

    rebuilds = [_seconds(rebuild)[0] for _ in range(2)]
    edits: dict[str, list[float]] = {}
    encoding: dict[str, list[float]] = {}
    with RunEditor.open(place, threads=threads) as editor:
        for modality, new in _new_items(editor.run).items():
            editor.add(new[:1])  # warm: encoders and all that is prepared once
            editor.remove([new[0].id])
            for item in new[1:]:
                name = f"add an item ({modality})"
                encoding.setdefault(name, []).append(_seconds(partial(_encoded, editor, item))[0])
                edits.setdefault(name, []).append(_seconds(partial(editor.add, [item]))[0])
                edits.setdefault("remove an item", []).append(_seconds(partial(editor.remove, [item.id]))[0])
        kept = [new[-1] for new in _new_items(editor.run).values()]
        editor.add([replace(item, id=f"{item.id} once more") for item in kept])
        difference = greatest_difference(editor)
        refined = 0
        for taken, edited in _statement_comes_and_goes(editor):
            edits.setdefault("change one statement", []).append(taken)
            refined = max(refined, edited)
            difference = max(difference, greatest_difference(editor))
    quickest = min(rebuilds)
    times = {name: statistics.median(taken) for name, taken in edits.items()}
    return Cost(
        items=sum(map(len, linked.values())),
        rebuild=quickest,
        edits=times,
        encoding={name: statistics.median(taken) for name, taken in encoding.items()},
        shares={name: taken / quickest for name, taken in times.items()},
        refined=refined,
        difference=difference,
    )


def _encoded(editor: RunEditor, item: NewItem) -> Mapping[str, LinkedItems]:
    """Encode and link a new item, and nothing else."""
    from kgx.attach import Attacher
    from kgx.editing.new_items import brought_in

    knowledge = editor.searcher.model.transfer.maker.reference.knowledge
    return Attacher(knowledge, editor.searcher.encoders).collection(brought_in([item], editor.run.folder))


def _new_items(run: OpenedRun) -> dict[str, list[NewItem]]:
    """Return items to add, by modality: what the run has, under new ids; texts in words that it has not."""
    from kgx.editing import NewItem

    table, found = run.items, {}
    for modality in sorted(run.index.ranges):
        first, last = run.index.range_of(modality)
        step = max(1, (last - first) // (_TURNS + 1))
        rows = range(first, last, step)[: _TURNS + 1]
        found[modality] = [
            NewItem(
                f"new {modality} {row}",
                modality,
                f"another {table.caption[row]}" if modality == "text" else run.root / table.media[row],
                f"new {row}",
                metadata={"category": table.told(row).get("category", "")},
            )
            for row in rows
        ]
    return found


def _statement_comes_and_goes(editor: RunEditor) -> list[tuple[float, int]]:
    """Add a statement about a concept that a middling number of items are linked to, and take it out again.

    Returns:
        Seconds and refined items of both edits.
    """
    from graphs.hetero import INVERSE_PREFIX
    from graphs.operations.patch import Patch
    from graphs.statement import Statement

    graph = editor.searcher.model.transfer.maker.reference.knowledge.graph
    counts = Counter(link.concept for item in editor.run.concepts.rows for link in item.links)
    ordered = sorted(counts, key=lambda concept: (counts[concept], concept))
    head, tail = ordered[len(ordered) // 2], ordered[-1]
    # Along a relation that paths go along: another one would move no vector.
    relation = next(
        relation
        for concept in reversed(ordered)
        for relation, _ in graph.neighbours(concept)
        if not relation.startswith(INVERSE_PREFIX)
    )
    statement = Statement(graph.entity_iri(head), relation, graph.entity_iri(tail))
    came, added = _seconds(lambda: editor.change_knowledge(Patch(added=[statement]), source="benchmark"))
    went, removed = _seconds(lambda: editor.change_knowledge(Patch(removed=[statement])))
    return [(came, added.refined), (went, removed.refined)]


def greatest_difference(editor: RunEditor) -> float:
    """Return by how much a component of a run's vectors differs, at most, from refining all of its items again."""
    import numpy as np

    run, transfer, greatest = editor.run, editor.searcher.model.transfer, 0.0
    for modality, kept in sorted(run.kept_items.items()):
        first, last = run.index.range_of(modality)
        again = transfer.refine(kept.items, editor.searcher.centres(modality))
        greatest = max(greatest, float(np.abs(again - run.index.vectors[first:last]).max()))
    return greatest


def _seconds(edit: Callable[[], R]) -> tuple[float, R]:
    start = time.perf_counter()
    result = edit()
    return time.perf_counter() - start, result


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure a run and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m experiments.benchmarks.incremental", description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a run that keeps its items")
    parser.add_argument("--items", type=int, default=7_000, help="items of the scaled run (7000)")
    parser.add_argument("--threads", type=int, default=2, help="for every side (2)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    configure(given.threads)
    from graphs.errors import GraphError
    from kgx.errors import KgxError

    try:
        with tempfile.TemporaryDirectory(prefix="kgx-incremental-") as folder:
            cost = measure(given.run, Path(folder), items=given.items, threads=given.threads)
    except (KgxError, GraphError) as error:
        print(f"incremental: {error}", file=sys.stderr)
        return 1
    if given.json:
        print(json.dumps(asdict(cost), indent=1))
        return 0
    print(f"{cost.items:,} items: refining and indexing all of them {cost.rebuild:.2f} s")
    for name, taken in cost.edits.items():
        bar = f" (bar: at most {_SHARE:.0%})" if name.startswith("add") else ""
        alone = f", {1e3 * cost.encoding[name]:.0f} ms of it encoding and linking" if bar else ""
        print(f"{name}: {1e3 * taken:.0f} ms{alone}: {cost.shares[name]:.2%} of a rebuild{bar}")
    print(
        f"one statement concerned {cost.refined:,} items; greatest difference to a rebuild {cost.difference:.1e} "
        f"(bar: {_DIFFERENCE:.0e})"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
