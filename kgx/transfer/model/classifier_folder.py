"""A classifier on disk: weights as safetensors, labels and all else as JSON, and the tokenizer's own files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from kgx.errors import KgxError, ModelError
from kgx.folder_format import FolderFormat
from kgx.folders import atomic_folder, is_empty
from kgx.tensor_file import open_tensors, save_tensors
from kgx.train.state import tensors_of
from kgx.transfer.model.classifier import Classifier
from kgx.transfer.model.trunks import open_trunk

__all__ = ["CLASSIFIER_FORMAT", "open_classifier", "save_classifier"]

CLASSIFIER_FORMAT = FolderFormat(
    "kgx-classifier", 1, "classifier.json", "classifier", "fine-tune it again", ModelError
)
"""The format of a classifier's folder."""

_WEIGHTS = "weights.safetensors"


def save_classifier(classifier: Classifier, folder: str | Path) -> None:
    """Write a classifier, replacing one that stands there, as a whole.

    Raises:
        ModelError: the folder holds something else.
    """
    folder = Path(folder)
    if folder.exists() and not (is_empty(folder) or CLASSIFIER_FORMAT.marks(folder)):
        raise ModelError(f"{folder}: expected a new or empty folder, or one with a classifier to replace")
    with atomic_folder(folder) as fresh:
        (fresh / "trunk").mkdir()
        trunk: dict[str, Any] = {"kind": classifier.trunk.kind, **classifier.trunk.save(fresh / "trunk")}
        save_tensors(fresh / _WEIGHTS, tensors_of(classifier))
        files = [path for path in fresh.rglob("*") if path.is_file()]
        labels = {head: list(names) for head, names in classifier.labels.items()}
        CLASSIFIER_FORMAT.write(
            fresh, {"trunk": trunk, "labels": labels, "dropout": classifier.dropout}, files
        )


def open_classifier(folder: str | Path, *, verify: bool = False) -> Classifier:
    """Open a classifier that :func:`save_classifier` wrote.

    Args:
        folder: the folder.
        verify: compare checksums too, which reads every byte; sizes are always compared.

    Raises:
        ModelError: the folder is missing, damaged, or of another version.
        MissingExtraError: the trunk's network is in an extra that is not installed.
    """
    folder = Path(folder)
    told = CLASSIFIER_FORMAT.read(folder, verify=verify)
    tensors, _ = open_tensors(folder / _WEIGHTS)
    try:
        with torch.random.fork_rng(
            devices=[]
        ):  # weights that are replaced at once are drawn from nobody's numbers
            trunk = open_trunk(folder / "trunk", told["trunk"])
            classifier = Classifier(trunk, told["labels"], dropout=float(told["dropout"]))
        classifier.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in tensors.items()})
    except KgxError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError, OSError) as error:
        raise CLASSIFIER_FORMAT.damaged(folder, _first_line(error)) from error
    return classifier.eval()


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
