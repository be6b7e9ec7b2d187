"""A run on disk: a collection's refined vectors, indexed, with what is shown of each item.

::

    run.json            format, versions, the model (its place and fingerprint), counts, what was skipped
    items.arrow         id, modality, caption, media, entity, metadata: in the order of the index
    concepts.arrow      the heaviest links of every item: row, concept, label, relation, weight, provenance, kin
    centres.safetensors means of the collection
    items/MODALITY/     the items as they were encoded and linked, and what they were found similar to
    index/              the vectors
    changes/            items that came or went since (:mod:`kgx.editing`), each change whole or not at all
    model/              the model, where the run has one of its own

Paths of media are relative to the collection's root, which ``run.json`` names; so is the model's place to the run's
folder where the one lies in the other.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from kgx.collection import MODALITIES, Collection, Skipped
from kgx.concept_table import ConceptTable
from kgx.errors import IndexFolderError, KgxError
from kgx.folder_format import FolderFormat
from kgx.index.faiss_index import VectorIndex
from kgx.index.index_writer import INDEX
from kgx.index.kinds import FLAT
from kgx.index.segments import Snapshot, read_steadily
from kgx.index.wanted import Wanted
from kgx.item_table import ItemTable
from kgx.items import LinkedItems
from kgx.kept_items import KeptItems
from kgx.progress import stage
from kgx.run_layer import OWN_MEDIA, Layer, with_changes
from kgx.transfer.centres import Centres
from kgx.transfer.model_folder import MODEL_FORMAT
from kgx.transfer.relation import RelationTransfer

__all__ = ["CHANGES", "RUN_FORMAT", "OpenedRun", "RunSummary", "model_fields", "open_run", "write_run"]

CHANGES = "changes"
"""Name of the folder that holds what has changed since the run was built."""

_EMPTY = "it has no vector: nothing can be compared with it"

RUN_FORMAT = FolderFormat("kgx-run", 1, "run.json", "run", "build it again", IndexFolderError)


@dataclass(frozen=True)
class RunSummary:
    """What went into a run.

    Attributes:
        folder: where it is.
        items: modality -> number of items that can be found.
        linked: modality -> number of those with a link to a concept.
        skipped: what could not be used, and why.
        pairs: modality -> number of known pairs with texts that the model was adapted to; empty where it was not.
    """

    folder: Path
    items: Mapping[str, int]
    linked: Mapping[str, int]
    skipped: tuple[Skipped, ...]
    pairs: Mapping[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON would have it."""
        return {
            "folder": str(self.folder),
            "items": dict(self.items),
            "linked": dict(self.linked),
            "skipped": [asdict(entry) for entry in self.skipped],
            **({"pairs": dict(self.pairs)} if self.pairs else {}),
        }


@dataclass(frozen=True)
class OpenedRun:
    """A run, ready to be searched.

    Attributes:
        folder: where it was opened.
        model: the model's folder.
        fingerprint: that of the model.
        root: folder that paths of the collection's media are relative to.
        centres: means of the collection.
        index: the refined vectors, by modality.
        layer: what is known of the items, in the order of the index.
        summary: what went into the run when it was built, and how many items it has.
        wanted: what is asked of the run's index; it is of another kind where too few items are left.
        mmap: whether its vectors were left on disk, mapped into memory.
    """

    folder: Path
    model: Path
    fingerprint: str
    root: Path
    centres: Centres
    index: VectorIndex
    layer: Layer
    summary: RunSummary
    wanted: Wanted = field(default_factory=Wanted)
    mmap: bool = True

    @property
    def items(self) -> ItemTable:
        """What is shown of the items."""
        return self.layer.items

    @property
    def concepts(self) -> ConceptTable:
        """The items' links."""
        return self.layer.concepts

    @property
    def kept_items(self) -> Mapping[str, KeptItems]:
        """Modality -> items as they were when they were refined; none in runs of older versions.

        Raises:
            ModelError: they are damaged.
        """
        return self.layer.kept_items

    def place(self, row: int) -> tuple[Path, str] | None:
        """Return the folder that the file of an item lies below, and its path there; nothing for a text."""
        media = self.items.media[row]
        if media.startswith(OWN_MEDIA):
            return self.folder, media.removeprefix(OWN_MEDIA)
        return (self.root, media) if media else None

    def changed(self, layer: Layer, index: VectorIndex) -> OpenedRun:
        """Return the run with other items."""
        summary = replace(self.summary, items=layer.counts(), linked=layer.linked())
        return replace(self, index=index, layer=layer, summary=summary)


def write_run(
    folder: str | Path,
    transfer: RelationTransfer,
    items: Mapping[str, LinkedItems],
    collection: Collection,
    *,
    model: str | Path,
    centres: Centres | None = None,
    skipped: Sequence[Skipped] = (),
    index_kind: str = FLAT,
    recall: float = 0.95,
    memory: int | None = None,
    pairs: Mapping[str, int] | None = None,
) -> RunSummary:
    """Refine a collection's items, index them, and write all of a run but its model into a folder.

    Other files in the folder are left alone. ``run.json`` is written last: without it, there is no run.

    Args:
        folder: the run's folder.
        transfer: the model, as it is saved in ``model``.
        items: modality -> encoded and linked items.
        collection: what they are of.
        model: folder of the saved model.
        centres: means of the collection; surveyed where left out.
        skipped: what could not be used.
        index_kind: of the index (:data:`kgx.index.KINDS`), or ``auto``.
        recall, memory: what ``auto`` is to find, and may take (:meth:`kgx.index.VectorIndex.build`).
        pairs: modality -> number of known pairs that the model was adapted to.

    Raises:
        ConfigError: there is no such kind of index, or the items are too few for it.
        KgxError: no item has a vector.
        ModelError: there is no such model.
    """
    folder, model = Path(folder), Path(model)
    fingerprint = MODEL_FORMAT.fingerprint(MODEL_FORMAT.read(model))
    if centres is None:
        centres = transfer.survey_all(items, description="measure")
    kept, vectors, empty = _refined(transfer, items, centres)
    if not kept:
        raise KgxError(f"{collection.root}: none of the items has a vector")
    with stage("index"):
        index = VectorIndex.build(
            vectors.pop() if len(vectors) == 1 else np.concatenate(vectors),
            [name for some in kept for name in some.ids],
            [some.modality for some in kept for _ in range(len(some))],
            model=fingerprint,
            kind=index_kind,
            recall=recall,
            memory=memory,
        )
    folder.mkdir(parents=True, exist_ok=True)
    RUN_FORMAT.withdraw(folder)
    index.save(folder / INDEX)
    knowledge = transfer.maker.reference.knowledge
    centres.save(folder / "centres.safetensors")
    shutil.rmtree(folder / CHANGES, ignore_errors=True)  # those of an older run
    for modality in MODALITIES:
        shutil.rmtree(folder / "items" / modality, ignore_errors=True)
    reference = transfer.maker.reference
    layer = Layer(
        ItemTable.of(kept, collection, knowledge.graph),
        ConceptTable.of(kept, knowledge),
        {some.modality: (KeptItems.of(some, reference, centres.vectors[some.modality]),) for some in kept},
    )
    tables = layer.write(folder)
    summary = RunSummary(
        folder,
        {some.modality: len(some) for some in kept},
        {some.modality: some.linked() for some in kept},
        (*skipped, *(Skipped(name, collection.get(name).row, _EMPTY) for name in empty)),
        pairs or {},
    )
    fields = {
        "model": model_fields(model, folder, fingerprint),
        "collection": {"name": collection.name, "root": _place(collection.root, folder)},
        **{name: value for name, value in summary.to_dict().items() if name != "folder"},
    }
    RUN_FORMAT.write(folder, fields, [folder / "centres.safetensors", *tables])
    return summary


def open_run(
    folder: str | Path, *, model: str | Path | None = None, verify: bool = False, mmap: bool = True
) -> OpenedRun:
    """Open what :func:`write_run` wrote.

    Args:
        folder: the run.
        model: folder of the model, where it is no longer where the run knows it to be.
        verify: compare checksums too, which reads every byte; sizes are always compared.
        mmap: leave the vectors on disk, mapped into memory as they are needed, and give them back where memory is
            short. Otherwise they are read at once, and compared with their checksum, as with ``verify``.

    Raises:
        IndexFolderError: the run is missing, damaged, of another version, or of another model than it names.
        ModelError: its model is missing.
    """
    folder = Path(folder)
    told = RUN_FORMAT.read(folder, verify=verify)
    try:
        centres = Centres.open(folder / "centres.safetensors")
        skipped = tuple(Skipped(**entry) for entry in told["skipped"])
        pairs = {str(modality): int(count) for modality, count in told.get("pairs", {}).items()}
        root = folder / told["collection"]["root"]

        def load(snapshot: Snapshot) -> tuple[Mapping[str, str], Wanted, VectorIndex, Layer]:
            base = snapshot.base or folder
            of_model = snapshot.fields.get("model") or told["model"]
            expected = str(of_model["fingerprint"])
            index = VectorIndex.open(base / INDEX, mmap=mmap and not verify, expect_model=expected)
            layer = Layer.read(base)
            if tuple(index.ids) != layer.items.id:
                raise RUN_FORMAT.damaged(folder, "its items are not those of the index")
            return of_model, index.wanted, *with_changes(index, layer, snapshot.segments)

        of_model, wanted, index, layer = read_steadily(folder / CHANGES, load, verify=verify)
        place = Path(model) if model is not None else folder / of_model["place"]
        fingerprint = str(of_model["fingerprint"])
    except IndexFolderError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, KgxError) as error:
        raise RUN_FORMAT.damaged(folder, error) from error
    found = MODEL_FORMAT.fingerprint(MODEL_FORMAT.read(place))
    if found != fingerprint:
        raise IndexFolderError(
            f"{folder}: expected the model {fingerprint}, but {place} is now {found}: its vectors would not fit; "
            "build the run again"
        )
    summary = RunSummary(folder, layer.counts(), layer.linked(), skipped, pairs)
    return OpenedRun(folder, place, fingerprint, root, centres, index, layer, summary, wanted, mmap)


def model_fields(model: Path, folder: Path, fingerprint: str) -> dict[str, str]:
    """Return what a run says of its model: where it is, from the run's folder, and what it is."""
    return {"place": _place(model, folder), "fingerprint": fingerprint}


def _refined(
    transfer: RelationTransfer, items: Mapping[str, LinkedItems], centres: Centres
) -> tuple[list[LinkedItems], list[np.ndarray], list[str]]:
    """Refine items modality by modality, in the order of an index; those without a vector are named."""
    kept, vectors, empty = [], [], []
    for modality in sorted(items):
        refined = transfer.refine(items[modality], centres, description=f"refine {modality}")
        found = refined.any(axis=1)
        empty += [items[modality].ids[row] for row in np.flatnonzero(~found)]
        if not found.any():
            continue
        whole = bool(found.all())  # then there is no need of another copy
        kept.append(items[modality] if whole else items[modality].select(np.flatnonzero(found)))
        vectors.append(refined if whole else refined[found])
    return kept, vectors, empty


def _place(path: Path, folder: Path) -> str:
    """Name a path from a folder: relative where it lies inside."""
    path, folder = path.resolve(), folder.resolve()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
