"""What an edit of a run costs, against refining and indexing everything again, in one process.

The items of a run are repeated under new ids until there are as many as asked for (7,000), and are made a run of its
own: that is the rebuild, with the means given and everything encoded and linked, so it is cheaper than from a manifest.
Items are then added one by one, encoded from nothing, and removed again, and one statement of the knowledge graph comes
and goes. Every edit is on disk and can be searched when its time is taken. At the end the vectors are compared with
those of refining all items again, as they and the knowledge are by then, with the same means.

The networks that encode and transcribe take the same time for an item in an edit and in a rebuild. Edits are therefore
compared twice with a rebuild: without these networks on either side, which the bar is for, and with them on both sides,
where a rebuild's share of them is worked out from what the added items took. The time that a person waits is told too.

Run: ``python -m experiments.benchmarks.incremental RUN``, on a run that ``kgx run`` made: it keeps its items.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from experiments.benchmarks.bar import Bar
from kgx.threads import configure

if TYPE_CHECKING:
    from kgx.collection import Collection
    from kgx.editing import Edited, NewItem, RunEditor
    from kgx.encoders import Encoder
    from kgx.items import LinkedItems
    from kgx.run_folder import OpenedRun

__all__ = ["Cost", "greatest_difference", "main", "measure", "repeated"]

R = TypeVar("R")

_SHARE = Bar(0.02, below=True, format=".0%")  # of a rebuild's time
_DIFFERENCE = Bar(1e-5, below=True)  # of a component of a vector
_TURNS = 5  # edits of each kind


@dataclass(frozen=True, slots=True)
class Cost:
    """What was measured; times in seconds, of edits the median of several.

    Attributes:
        items: number of items of the run.
        rebuild: refining and indexing them all, the quicker of two turns.
        edits: name of an edit -> its time.
        networks: name of an edit -> what the encoders' networks take of it.
        rebuild_networks: what they would take of a rebuild, by the items that were added.
        shares: name of an edit -> share of a rebuild, without the networks on either side.
        whole_shares: name of an edit -> share of a rebuild, with the networks on both sides.
        refined: items that the change of the knowledge concerned.
        difference: greatest difference between a component of an edited run's vectors and of a rebuild's.
    """

    items: int
    rebuild: float
    edits: Mapping[str, float]
    networks: Mapping[str, float]
    rebuild_networks: float
    shares: Mapping[str, float]
    whole_shares: Mapping[str, float]
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
    taken: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with RunEditor.open(place, threads=threads) as editor:
        clock = _Clock()
        editor.searcher = replace(editor.searcher, encoders=clock.watch(editor.searcher.encoders))
        for modality, new in _new_items(editor.run).items():
            editor.add(new[:1])  # warm: encoders and all that is prepared once
            editor.remove([new[0].id])
            for item in new[1:]:
                taken[_added(modality)].append(clock.times(partial(editor.add, [item]))[0])
                taken["remove an item"].append(clock.times(partial(editor.remove, [item.id]))[0])
        kept = [new[-1] for new in _new_items(editor.run).values()]
        editor.add([replace(item, id=f"{item.id} once more") for item in kept])
        difference = greatest_difference(editor)
        refined = 0
        for edit in _statement_comes_and_goes(editor):
            times, edited = clock.times(edit)
            taken["change one statement"].append(times)
            refined = max(refined, edited.refined)
            difference = max(difference, greatest_difference(editor))
    edits = {name: statistics.median(whole for whole, _ in times) for name, times in taken.items()}
    networks = {name: statistics.median(alone for _, alone in times) for name, times in taken.items()}
    rest = {name: statistics.median(whole - alone for whole, alone in times) for name, times in taken.items()}
    quickest = min(rebuilds)
    encoding = sum(len(some) * networks[_added(modality)] for modality, some in linked.items())
    return Cost(
        items=sum(map(len, linked.values())),
        rebuild=quickest,
        edits=edits,
        networks=networks,
        rebuild_networks=encoding,
        shares={name: seconds / quickest for name, seconds in rest.items()},
        whole_shares={name: seconds / (quickest + encoding) for name, seconds in edits.items()},
        refined=refined,
        difference=difference,
    )


def _added(modality: str) -> str:
    return f"add an item ({modality})"


class _Clock:
    """Tells how long something takes, and how much of that encoders take."""

    def __init__(self) -> None:
        self._encoding = 0.0

    def watch(self, encoders: Mapping[str, Encoder]) -> dict[str, Encoder]:
        """Return encoders that this clock looks at."""
        return {modality: _watched(encoders[modality], self) for modality in encoders}

    def times(self, work: Callable[[], R]) -> tuple[tuple[float, float], R]:
        """Return the seconds of some work, those of encoders alone, and what comes of it."""
        before = self._encoding
        seconds, result = _seconds(work)
        return (seconds, self._encoding - before), result

    def encodes(self, work: Callable[[], R]) -> R:
        """Do an encoder's work."""
        seconds, result = _seconds(work)
        self._encoding += seconds
        return result


def _watched(encoder: Encoder, clock: _Clock) -> Encoder:
    """Let a clock see what an encoder, and its transcriber where it has one, takes."""
    from kgx.encoders.base import EncoderWrapper, Encoding, Value
    from kgx.encoders.transcripts import Transcriber

    class Watched(EncoderWrapper):
        """Encodes."""

        def encode(self, values: Sequence[Value], modality: str) -> Encoding:
            return clock.encodes(lambda: self.encoder.encode(values, modality))

    if not isinstance(encoder, Transcriber):
        return Watched(encoder)
    transcribe = encoder.transcribe

    class Transcribing(Watched):
        """Encodes, and says what is heard."""

        def transcribe(self, paths: Sequence[str | Path]) -> list[str]:
            return clock.encodes(lambda: transcribe(paths))

    return Transcribing(encoder)


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


def _statement_comes_and_goes(editor: RunEditor) -> list[Callable[[], Edited]]:
    """Return edits: a statement about a concept that a middling number of items are linked to comes, and goes again."""
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
    return [
        lambda: editor.change_knowledge(Patch(added=[statement]), source="benchmark"),
        lambda: editor.change_knowledge(Patch(removed=[statement])),
    ]


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
    print(
        f"{cost.items:,} items: refining and indexing all of them {cost.rebuild:.2f} s; "
        f"the encoders' networks, by what the added ones took, {cost.rebuild_networks:,.0f} s more"
    )
    for name, seconds in cost.edits.items():
        bar = f" ({_SHARE.told(cost.shares[name])})" if name.startswith("add") else ""
        print(
            f"{name}: {1e3 * seconds:.0f} ms, {1e3 * cost.networks[name]:.0f} ms of it networks: "
            f"{cost.shares[name]:.2%} of a rebuild without networks{bar}, {cost.whole_shares[name]:.3%} with them"
        )
    print(
        f"one statement concerned {cost.refined:,} items; greatest difference to a rebuild {cost.difference:.1e} "
        f"({_DIFFERENCE.told(cost.difference)})"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
