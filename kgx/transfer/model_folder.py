"""A pretrained model on disk: all that is needed to refine another collection, in one folder.

::

    model.json                  format, versions, options, token paths, encoders, and every file's size and SHA-256
    refiner.safetensors         the network
    centres.safetensors         the source's means, by modality and by path
    descriptors.safetensors     one row for each edge type
    maps/MODALITY-SPACE.safetensors
    knowledge/                  graph, lexicon, concept vectors
    references/MODALITY/        the reference items
    walks/                      the walks of queries, prepared
    references.safetensors      means of the references that are of a further collection, after adaptation

It is data, never pickled code. The folder is written beside its place and renamed into it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from graphs.errors import GraphError
from graphs.gnn.message_passing.refiner import LearnedMessages
from graphs.propagate import EdgeType
from graphs.propagate import Path as RelationPath
from kgx.errors import KgxError, ModelError
from kgx.folder_format import FolderFormat
from kgx.folders import atomic_folder, is_empty
from kgx.items_folder import open_items, save_items
from kgx.knowledge import Knowledge
from kgx.tensor_file import open_tensors, save_tensors
from kgx.train import Curve
from kgx.transfer.affine import AffineMap
from kgx.transfer.centres import Centres
from kgx.transfer.options import RelationOptions
from kgx.transfer.reference import ReferenceGraph
from kgx.transfer.refiner import Vocabulary, new_maker, new_refiner
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.tokens import TokenPath
from kgx.transfer.walk_tables import WalkTables

__all__ = ["MODEL_FILES", "MODEL_FORMAT", "OpenedModel", "open_model", "save_model"]

MODEL_FORMAT = FolderFormat("kgx-model", 1, "model.json", "model", "pretrain it again", ModelError)
MODEL_FILES = (
    MODEL_FORMAT.file,
    "refiner.safetensors",
    "centres.safetensors",
    "descriptors.safetensors",
    "references.safetensors",
    "maps",
    "knowledge",
    "references",
    "walks",
)
"""What a model's folder holds."""


@dataclass(frozen=True)
class OpenedModel:
    """A model and what its vectors come from.

    Attributes:
        transfer: the refiner with the graph that it walks.
        tables: the walks of queries.
        encoders: modality -> name of the encoder, for :func:`kgx.encoders.load_encoder`.
        encoder_ids: modality -> id of the encoder that the model was made with.
        fingerprint: a hash of the model's files: equal for equal models.
        folder: where it was opened.
    """

    transfer: RelationTransfer
    tables: WalkTables
    encoders: Mapping[str, str]
    encoder_ids: Mapping[str, str]
    fingerprint: str
    folder: Path


def save_model(
    transfer: RelationTransfer,
    folder: str | Path,
    *,
    encoders: Mapping[str, str],
    encoder_ids: Mapping[str, str],
) -> str:
    """Write a model into ``folder``, all or nothing; a model that stands there already is replaced.

    Args:
        transfer: the model.
        folder: its place.
        encoders: modality -> name of its encoder (``bundled:text``).
        encoder_ids: modality -> id of that encoder.

    Returns:
        The model's fingerprint.

    Raises:
        ModelError: the folder exists and holds something else, or an encoder has a name but no id.
    """
    folder = Path(folder)
    if folder.exists() and not (MODEL_FORMAT.marks(folder) or is_empty(folder)):
        raise ModelError(f"{folder} exists and is no model; name another folder or remove it")
    if set(encoders) != set(encoder_ids):
        raise ModelError(
            f"expected names and ids of the same encoders, got names for {', '.join(sorted(encoders))} "
            f"and ids for {', '.join(sorted(encoder_ids))}"
        )
    maker = transfer.maker
    with atomic_folder(folder) as temporary:
        _save_tensors(transfer, temporary)
        maker.reference.knowledge.save(temporary / "knowledge")
        WalkTables.build(maker).save(temporary / "walks")
        for modality, items in maker.reference.items.items():
            save_items(items, temporary / "references" / modality)
        fields = {
            "encoders": {
                name: {"name": encoders[name], "id": encoder_ids[name]} for name in sorted(encoders)
            },
            "spaces": dict(transfer.refiner.spaces),
            "options": transfer.options.model_dump(mode="json"),
            "curve": asdict(transfer.curve),
            "paths": {name: [_path_out(path) for path in paths] for name, paths in maker.paths.items()},
            "descriptors": [list(edge_type) for edge_type in maker.descriptors],
            "kept_relations": sorted(maker.reference.kept_relations),
            "maps": [list(direction) for direction in maker.maps],
            "references": {
                modality: {
                    "items": len(items),
                    "own": maker.reference.own.get(modality, len(items)),
                }
                for modality, items in maker.reference.items.items()
            },
        }
        if isinstance(transfer.refiner, LearnedMessages):
            fields["vocabulary"] = {
                "kinds": [[kind, read.in_features] for kind, read in transfer.refiner.read.items()],
                "relations": [list(edge_type) for edge_type in transfer.refiner.relations],
            }
        return MODEL_FORMAT.write(
            temporary, fields, [path for path in temporary.rglob("*") if path.is_file()]
        )


def open_model(folder: str | Path, *, verify: bool = False) -> OpenedModel:
    """Open what :func:`save_model` wrote.

    Args:
        folder: the model.
        verify: compare checksums too, which reads every byte; sizes are always compared.

    Raises:
        ModelError: the folder is missing, damaged, or of another version.
    """
    folder = Path(folder)
    meta = MODEL_FORMAT.read(folder, verify=verify)
    try:
        transfer, tables = _transfer(folder, meta), WalkTables.open(folder / "walks")
        encoders = {name: str(entry["name"]) for name, entry in meta["encoders"].items()}
        encoder_ids = {name: str(entry["id"]) for name, entry in meta["encoders"].items()}
    except ModelError:
        raise
    except (KeyError, TypeError, ValueError, RuntimeError, OSError, GraphError, KgxError) as error:
        raise MODEL_FORMAT.damaged(folder, error) from error
    return OpenedModel(transfer, tables, encoders, encoder_ids, MODEL_FORMAT.fingerprint(meta), folder)


def _save_tensors(transfer: RelationTransfer, folder: Path) -> None:
    state = {name: tensor.detach().numpy() for name, tensor in transfer.refiner.state_dict().items()}
    save_tensors(folder / "refiner.safetensors", state)
    transfer.centres.save(folder / "centres.safetensors")
    Centres(transfer.maker.reference.further_centres, {}).save(folder / "references.safetensors")
    descriptors = np.stack(list(transfer.maker.descriptors.values()))
    save_tensors(folder / "descriptors.safetensors", {"descriptors": descriptors})
    for (modality, space), fitted in transfer.maker.maps.items():
        save_tensors(folder / "maps" / f"{modality}-{space}.safetensors", fitted.tensors())


def _transfer(folder: Path, meta: Mapping[str, Any]) -> RelationTransfer:
    import torch

    options = RelationOptions.model_validate(meta["options"])
    descriptors = open_tensors(folder / "descriptors.safetensors")[0]["descriptors"]
    reference = ReferenceGraph(
        Knowledge.open(folder / "knowledge"),
        {modality: open_items(folder / "references" / modality) for modality in meta["references"]},
        options.neighbours,
        options.neighbour_temperature,
        own={modality: int(entry["own"]) for modality, entry in meta["references"].items()},
        further_centres=Centres.open(folder / "references.safetensors").vectors,
        with_similar=False,
        kept_relations=frozenset(meta["kept_relations"]),
    )
    maker = new_maker(
        options,
        reference,
        {_edge_type(names): row for names, row in zip(meta["descriptors"], descriptors, strict=True)},
        {
            (modality, space): AffineMap.of_tensors(
                open_tensors(folder / "maps" / f"{modality}-{space}.safetensors")[0]
            )
            for modality, space in meta["maps"]
        },
        known_paths={name: tuple(map(_path_in, paths)) for name, paths in meta["paths"].items()},
    )
    refiner = new_refiner(options, meta["spaces"], descriptors.shape[1], _vocabulary(meta))
    state, _ = open_tensors(folder / "refiner.safetensors")
    refiner.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in state.items()})
    centres = Centres.open(folder / "centres.safetensors")
    return RelationTransfer(options, maker, centres, refiner.eval(), Curve(**meta["curve"]))


def _vocabulary(meta: Mapping[str, Any]) -> Vocabulary | None:
    """Return what a network of messages knows; other networks' folders say nothing of it."""
    if "vocabulary" not in meta:
        return None
    kinds, relations = meta["vocabulary"]["kinds"], meta["vocabulary"]["relations"]
    return Vocabulary({str(kind): int(size) for kind, size in kinds}, tuple(map(_edge_type, relations)))


def _edge_type(names: list[str]) -> EdgeType:
    head, relation, tail = names
    return head, relation, tail


def _path_out(path: TokenPath) -> dict[str, Any]:
    steps = [list(step) for step in path.path.steps]
    return {"start": path.path.start, "steps": steps, "space": path.space, "translated": path.translated}


def _path_in(entry: Mapping[str, Any]) -> TokenPath:
    steps = tuple(_edge_type(step) for step in entry["steps"])
    return TokenPath(RelationPath(entry["start"], steps), entry["space"], entry["translated"])
