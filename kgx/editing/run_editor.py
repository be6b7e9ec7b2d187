"""RunEditor: adds, replaces and removes items of a run, and changes what it knows, while others search it."""

from __future__ import annotations

import functools
import re
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Concatenate, ParamSpec, Self, TypeVar

import numpy as np

from graphs.operations.patch import Patch
from kgx.attach import with_entities
from kgx.closing import Closing
from kgx.collection import Collection
from kgx.concept_table import ConceptTable
from kgx.editing.new_items import Edited, NewItem, brought_in, forget_media
from kgx.editing.refined_again import refined_again
from kgx.errors import CollectionError, KgxError
from kgx.index.change import Change
from kgx.index.faiss_index import VectorIndex
from kgx.index.index_writer import IndexWriter
from kgx.index.live_rows import LiveRows
from kgx.index.replaying import rows_of
from kgx.item_table import ItemTable
from kgx.items import LinkedItems
from kgx.kept_items import KeptItems
from kgx.knowledge import Knowledge
from kgx.run_folder import CHANGES, RUN_FORMAT, OpenedRun, model_fields
from kgx.run_layer import OWN_MEDIA, Layer, settled
from kgx.search import Searcher
from kgx.transfer.changed_knowledge import change_knowledge
from kgx.transfer.model_folder import open_model, save_model

__all__ = ["RunEditor"]

P = ParamSpec("P")
R = TypeVar("R")

_MOST = 256  # changes from which on the next one compacts them all
# The folder of a model of changed knowledge; the one in use is never written to.
_MODEL = re.compile(r"model-(\d{8})")


def _in_turn(edit: Callable[Concatenate[RunEditor, P], R]) -> Callable[Concatenate[RunEditor, P], R]:
    """Let an edit wait for those of other threads."""

    @functools.wraps(edit)
    def edits(editor: RunEditor, /, *arguments: P.args, **named: P.kwargs) -> R:
        with editor._turn:
            return edit(editor, *arguments, **named)

    return edits


class RunEditor(Closing):
    """The one that edits a run; made by :meth:`open`, and to be closed.

    An edit is on the disk when its method returns, whole or not at all, whenever the process is killed. Refined are the
    items that it concerns: an item that comes, and where the knowledge changes those that reach the change within as
    many steps as paths are long. The network and the run's means stay as they are; so the result is that of refining
    everything again with them. Building the run again takes the means anew.

    Attributes:
        searcher: searches the run as it stands; another object after every edit. Whoever holds an older one can go on
            with it.
    """

    def __init__(self, searcher: Searcher, writer: IndexWriter) -> None:
        self.searcher = searcher
        self._writer = writer
        self._turn = threading.RLock()  # threads take turns

    @classmethod
    def open(
        cls, run: str | Path, *, model: str | Path | None = None, threads: int = 2, mmap: bool = True
    ) -> Self:
        """Open a run for editing.

        Args:
            run: the run's folder.
            model: folder of its model, where that is no longer where it was.
            threads: threads for the encoders.
            mmap: see :meth:`kgx.Searcher.open`.

        Raises:
            IndexFolderError: the run is missing or damaged, or another process edits it.
            ModelError: its model is missing or damaged.
        """
        RUN_FORMAT.read(Path(run))  # before anything is written there
        writer = IndexWriter(Path(run) / CHANGES)
        try:
            return cls(Searcher.open(run, model=model, threads=threads, mmap=mmap), writer)
        except BaseException:
            writer.close()
            raise

    @property
    def run(self) -> OpenedRun:
        """The run as it stands."""
        return self.searcher.run

    @property
    def changes(self) -> int:
        """How many edits have been made since the run was built or compacted."""
        return len(self._writer.snapshot.segments)

    @_in_turn
    def add(self, items: Sequence[NewItem]) -> Edited:
        """Add items, or replace those of the same id: all of them or none.

        Raises:
            CollectionError: one of them cannot be used; says which and why.
            EncoderError: the run's model has no encoder for their modality.
        """
        known = self.run.items.row_of
        try:
            change, layer = self._prepared(items)
        except BaseException:
            self._forget_media()  # that was copied for nothing
            raise
        self._apply(change, layer)
        names = [item.id for item in items]
        return Edited(
            tuple(name for name in names if name not in known),
            tuple(name for name in names if name in known),
            refined=len(names),
        )

    def _prepared(self, items: Sequence[NewItem]) -> tuple[Change, Layer]:
        """Encode, link and refine new items; return what changes in the index, and what is known of them."""
        run = self.run
        collection = brought_in(items, run.folder)
        attacher = self.searcher.attacher  # what it has prepared once serves one edit after the other
        attacher.skipped.clear()
        linked = attacher.collection(collection)
        if attacher.skipped:
            first = attacher.skipped[0]
            raise CollectionError(f"{first.id}: {first.reason}", run.folder)
        linked = {modality: with_entities(some, self._knowledge) for modality, some in sorted(linked.items())}
        vectors = {modality: self._refined(some) for modality, some in linked.items()}
        for modality, some in linked.items():
            empty = np.flatnonzero(~vectors[modality].any(axis=1))
            if len(empty):
                raise CollectionError(f"{some.ids[empty[0]]}: nothing is left of its vector", run.folder)
        layer = self._layer(linked, collection)
        change = Change.of(
            run.index.dimension,
            np.concatenate(list(vectors.values())),
            layer.items.id,
            layer.items.modality,
            [name for name in layer.items.id if name in run.items.row_of],
        )
        return change, layer

    @_in_turn
    def remove(self, ids: Sequence[str]) -> Edited:
        """Remove items: all of them or none.

        Raises:
            KgxError: there is no such item, or none would be left.
        """
        run, wanted = self.run, tuple(dict.fromkeys(ids))
        known = run.items.row_of
        missing = [name for name in wanted if name not in known]
        if missing:
            raise KgxError(f"{run.folder}: there is no item {missing[0]!r}")
        if not wanted:
            raise KgxError("expected at least one id, got none")
        if len(wanted) == len(known):
            raise KgxError(f"{run.folder}: no item would be left; delete the run's folder instead")
        nothing = Layer(run.items, run.concepts, {}).select(np.zeros(0, dtype=np.int64))
        self._apply(Change.of(run.index.dimension, deleted=wanted), nothing)
        return Edited(removed=wanted)

    @_in_turn
    def change_knowledge(self, patch: Patch, *, source: str = "") -> Edited:
        """Take statements out of what the run's model knows, and put others in; the run gets a model of its own.

        The items that the change concerns are refined again. The paths that are walked stay those that the model was
        made with: a relation that none of them goes along can be searched by and is shown, but moves no vector.

        Args:
            patch: what goes, and what comes.
            source: where the statements that come are from.

        Raises:
            KgxError: a statement that is to go is not there; or the run is from before items were kept, and has to be
                built again.
        """
        run, model = self.run, self.searcher.model
        change = change_knowledge(model.transfer, patch, self.searcher.encoders["text"], source=source)
        if change.absent:
            raise KgxError(f"the run's knowledge does not hold this statement: {change.absent[0].n_quad()}")
        if not change.added and not change.removed:
            return Edited()
        layer, vectors, refined = refined_again(run, change)
        place = run.folder / f"model-{max(self._models(), default=0) + 1:08d}"
        fingerprint = save_model(change.after, place, encoders=model.encoders, encoder_ids=model.encoder_ids)
        index = VectorIndex.build(
            vectors, run.index.ids.tolist(), run.index.modalities.tolist(), model=fingerprint
        ).as_wanted(run.wanted)
        told = model_fields(place, run.folder, fingerprint)
        self._compact(layer, index, told)
        for old in self._models().values():  # those of edits that were never acknowledged among them
            if old != place:
                shutil.rmtree(old, ignore_errors=True)
        opened = open_model(place)
        now_run = replace(run.changed(layer, index), model=place, fingerprint=fingerprint)
        self.searcher = Searcher(now_run, opened, self.searcher.encoders)
        return Edited(refined=refined, statements_added=change.added, statements_removed=change.removed)

    @_in_turn
    def compact(self) -> None:
        """Make the run and all its changes one again; an index that is not flat is trained anew.

        Where too few items are left to train it, they are searched one by one from then on, a warning says so, and
        another compaction trains it when there are enough again.

        Files of items that were removed or replaced are deleted.
        """
        run = self.run
        layer, index = run.layer, run.index
        if self.changes or run.wanted != index.wanted:
            index = index.as_wanted(run.wanted)
        self._compact(layer, index, self._writer.snapshot.fields.get("model"))
        self.searcher = self.searcher.over(run.changed(layer, index))

    def close(self) -> None:
        """Let another process edit the run."""
        self._writer.close()

    @property
    def _knowledge(self) -> Knowledge:
        return self.searcher.model.transfer.maker.reference.knowledge

    def _models(self) -> dict[int, Path]:
        """Return the run's own models of changed knowledge: number -> folder."""
        found = ((_MODEL.fullmatch(path.name), path) for path in self.run.folder.iterdir())
        return {int(match[1]): path for match, path in found if match}

    def _refined(self, items: LinkedItems) -> np.ndarray:
        refined: np.ndarray = self.searcher.model.transfer.refine(
            items, self.searcher.centres(items.modality)
        )
        return refined

    def _layer(self, linked: Mapping[str, LinkedItems], collection: Collection) -> Layer:
        """Return what is to be known of new items; their files are below the run's own folder."""
        reference, several = self.searcher.model.transfer.maker.reference, list(linked.values())
        table = ItemTable.of(several, collection, self._knowledge.graph)
        own = tuple(OWN_MEDIA + place if place else "" for place in table.media)
        kept = {
            modality: (KeptItems.of(some, reference, self.searcher.centres(modality).vectors[modality]),)
            for modality, some in linked.items()
        }
        return Layer(replace(table, media=own), ConceptTable.of(several, self._knowledge), kept)

    def _apply(self, change: Change, layer: Layer) -> None:
        """Keep a change on disk, then search with it."""
        run = self.run
        gone = rows_of(change.deleted, run.items.row_of, run.folder)
        index, whole = settled(LiveRows.of(run.index).after(change, gone), [run.layer, layer])
        self._writer.append_change(change, layer.write, {"model": run.fingerprint})
        self.searcher = self.searcher.over(run.changed(whole, index))
        if self.changes >= _MOST:
            self.compact()

    def _compact(self, layer: Layer, index: VectorIndex, model: Mapping[str, str] | None) -> None:
        self._writer.compact_to(index, layer.write, {"model": dict(model)} if model else {})
        self._forget_media(layer)  # whoever still searches the run as it was finds that these files are gone

    def _forget_media(self, layer: Layer | None = None) -> None:
        """Delete the files of items that are no longer there."""
        places = (self.run.layer if layer is None else layer).items.media
        own = (place.removeprefix(OWN_MEDIA) for place in places if place.startswith(OWN_MEDIA))
        forget_media(self.run.folder, own)
