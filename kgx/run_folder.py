"""A run on disk: a collection's refined vectors, indexed, with what is shown of each item.

::

    run.json            format, versions, the model (its place and fingerprint), counts, what was skipped
    items.arrow         id, modality, caption, media, entity: in the order of the index
    concepts.arrow      the heaviest links of every item: row, concept, label, relation, weight, provenance, kin
    centres.safetensors means of the collection
    index/              the vectors
    model/              the model, where the run has one of its own

Paths of media are relative to the collection's root, which ``run.json`` names; so is the model's place to the run's
folder where the one lies in the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kgx.collection import Collection, Skipped
from kgx.concept_table import ConceptTable
from kgx.errors import IndexFolderError, KgxError
from kgx.folder_format import FolderFormat
from kgx.index.faiss_index import VectorIndex
from kgx.item_table import ItemTable
from kgx.items import LinkedItems
from kgx.transfer.centres import Centres
from kgx.transfer.model_folder import MODEL_FORMAT
from kgx.transfer.relation import RelationTransfer

__all__ = ["RUN_FORMAT", "OpenedRun", "RunSummary", "open_run", "write_run"]

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
    """

    folder: Path
    items: Mapping[str, int]
    linked: Mapping[str, int]
    skipped: tuple[Skipped, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON would have it."""
        return {
            "folder": str(self.folder),
            "items": dict(self.items),
            "linked": dict(self.linked),
            "skipped": [asdict(entry) for entry in self.skipped],
        }


@dataclass(frozen=True)
class OpenedRun:
    """A run, ready to be searched.

    Attributes:
        folder: where it was opened.
        model: the model's folder.
        fingerprint: that of the model.
        root: folder that paths of media are relative to.
        centres: means of the collection.
        index: the refined vectors.
        items: what is shown of the items, in the order of the index.
        concepts: their links.
        summary: what went into the run.
    """

    folder: Path
    model: Path
    fingerprint: str
    root: Path
    centres: Centres
    index: VectorIndex
    items: ItemTable
    concepts: ConceptTable
    summary: RunSummary


def write_run(
    folder: str | Path,
    transfer: RelationTransfer,
    items: Mapping[str, LinkedItems],
    collection: Collection,
    *,
    model: str | Path,
    centres: Centres | None = None,
    skipped: Sequence[Skipped] = (),
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

    Raises:
        KgxError: no item has a vector.
        ModelError: there is no such model.
    """
    folder, model = Path(folder), Path(model)
    fingerprint = MODEL_FORMAT.fingerprint(MODEL_FORMAT.read(model))
    if centres is None:
        centres = transfer.survey_all(items)
    kept, vectors, empty = _refined(transfer, items, centres)
    if not kept:
        raise KgxError(f"{collection.root}: none of the items has a vector")
    index = VectorIndex.build(
        np.concatenate(vectors),
        [name for some in kept for name in some.ids],
        [some.modality for some in kept for _ in range(len(some))],
        model=fingerprint,
    )
    folder.mkdir(parents=True, exist_ok=True)
    RUN_FORMAT.withdraw(folder)
    index.save(folder / "index")
    knowledge = transfer.maker.reference.knowledge
    ItemTable.of(kept, collection, knowledge.graph).save(folder / "items.arrow")
    ConceptTable.of(kept, knowledge).save(folder / "concepts.arrow")
    centres.save(folder / "centres.safetensors")
    summary = RunSummary(
        folder,
        {some.modality: len(some) for some in kept},
        {some.modality: some.linked() for some in kept},
        (*skipped, *(Skipped(name, collection.get(name).row, _EMPTY) for name in empty)),
    )
    fields = {
        "model": {"place": _place(model, folder), "fingerprint": fingerprint},
        "collection": {"name": collection.name, "root": _place(collection.root, folder)},
        **{name: value for name, value in summary.to_dict().items() if name != "folder"},
    }
    RUN_FORMAT.write(
        folder, fields, [folder / name for name in ("items.arrow", "concepts.arrow", "centres.safetensors")]
    )
    return summary


def open_run(folder: str | Path, *, model: str | Path | None = None, verify: bool = False) -> OpenedRun:
    """Open what :func:`write_run` wrote.

    Args:
        folder: the run.
        model: folder of the model, where it is no longer where the run knows it to be.
        verify: compare checksums too, which reads every byte; sizes are always compared.

    Raises:
        IndexFolderError: the run is missing, damaged, of another version, or of another model than it names.
        ModelError: its model is missing.
    """
    folder = Path(folder)
    told = RUN_FORMAT.read(folder, verify=verify)
    try:
        place = Path(model) if model is not None else folder / told["model"]["place"]
        fingerprint = str(told["model"]["fingerprint"])
        index = VectorIndex.open(folder / "index", expect_model=fingerprint)
        items = ItemTable.open(folder / "items.arrow")
        concepts = ConceptTable.open(folder / "concepts.arrow", len(items))
        centres = Centres.open(folder / "centres.safetensors")
        skipped = tuple(Skipped(**entry) for entry in told["skipped"])
        summary = RunSummary(folder, told["items"], told["linked"], skipped)
        root = folder / told["collection"]["root"]
    except IndexFolderError:
        raise
    except (KeyError, TypeError, IndexError, KgxError) as error:
        raise RUN_FORMAT.damaged(folder, error) from error
    if tuple(index.ids) != items.id:
        raise RUN_FORMAT.damaged(folder, "its items are not those of the index")
    found = MODEL_FORMAT.fingerprint(MODEL_FORMAT.read(place))
    if found != fingerprint:
        raise IndexFolderError(
            f"{folder}: expected the model {fingerprint}, but {place} is now {found}: its vectors would not fit; "
            "build the run again"
        )
    return OpenedRun(folder, place, fingerprint, root, centres, index, items, concepts, summary)


def _refined(
    transfer: RelationTransfer, items: Mapping[str, LinkedItems], centres: Centres
) -> tuple[list[LinkedItems], list[np.ndarray], list[str]]:
    """Refine items modality by modality, in the order of an index; those without a vector are named."""
    kept, vectors, empty = [], [], []
    for modality in sorted(items):
        refined = transfer.refine(items[modality], centres)
        found = refined.any(axis=1)
        empty += [items[modality].ids[row] for row in np.flatnonzero(~found)]
        if found.any():
            kept.append(items[modality].select(np.flatnonzero(found)))
            vectors.append(refined[found])
    return kept, vectors, empty


def _place(path: Path, folder: Path) -> str:
    """Name a path from a folder: relative where it lies inside."""
    path, folder = path.resolve(), folder.resolve()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
