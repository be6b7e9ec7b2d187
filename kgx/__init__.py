"""Graph-centric relation transfer for cross-modal retrieval.

The names below are loaded when they are first used, so that importing the package costs nothing.

>>> import kgx
>>> kgx.Collection.__name__
'Collection'
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kgx.attach import Attacher
    from kgx.collection import Collection, Item
    from kgx.encoders import Encoder, VectorCache, load_encoder
    from kgx.errors import KgxError
    from kgx.items import LinkedItems
    from kgx.knowledge import Knowledge
    from kgx.model_pipeline import ModelSummary, build_model
    from kgx.pipeline import build_run
    from kgx.run_folder import RunSummary, write_run
    from kgx.search import Hit, Searcher
    from kgx.transfer.model_folder import open_model, save_model
    from kgx.transfer.options import RelationOptions
    from kgx.transfer.pretrain import Pretraining
    from kgx.transfer.relation import RelationTransfer

__version__ = "0.1.0"

__all__ = [
    "Attacher",
    "Collection",
    "Encoder",
    "Hit",
    "Item",
    "KgxError",
    "Knowledge",
    "LinkedItems",
    "ModelSummary",
    "Pretraining",
    "RelationOptions",
    "RelationTransfer",
    "RunSummary",
    "Searcher",
    "VectorCache",
    "__version__",
    "build_model",
    "build_run",
    "load_encoder",
    "open_model",
    "save_model",
    "write_run",
]


def __getattr__(name: str) -> object:
    """Load a public name (PEP 562)."""
    room: ModuleType
    match name:
        case "Attacher":
            from kgx import attach as room
        case "Collection" | "Item":
            from kgx import collection as room
        case "Encoder" | "VectorCache" | "load_encoder":
            from kgx import encoders as room
        case "KgxError":
            from kgx import errors as room
        case "LinkedItems":
            from kgx import items as room
        case "Knowledge":
            from kgx import knowledge as room
        case "ModelSummary" | "build_model":
            from kgx import model_pipeline as room
        case "build_run":
            from kgx import pipeline as room
        case "RunSummary" | "write_run":
            from kgx import run_folder as room
        case "Hit" | "Searcher":
            from kgx import search as room
        case "open_model" | "save_model":
            from kgx.transfer import model_folder as room
        case "RelationOptions":
            from kgx.transfer import options as room
        case "Pretraining":
            from kgx.transfer import pretrain as room
        case "RelationTransfer":
            from kgx.transfer import relation as room
        case _:
            raise AttributeError(f"module 'kgx' has no attribute {name!r}")
    found: object = getattr(room, name)
    return found


def __dir__() -> list[str]:
    """Name what there is, loaded or not."""
    return sorted(__all__)
