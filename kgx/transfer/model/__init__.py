"""Model transfer: a pretrained network of texts or pictures fine-tuned on the labels of a target.

::

    trunk = load_trunk("bundled:text", "text")
    examples = read_examples(trunk, texts, labels, "text")
    tuned = fine_tune(trunk, examples, options=FineTuningOptions("gradual", decay=1 / 2.6))
    save_classifier(tuned.classifier, "classifier")
    open_classifier("classifier").predict(["a bird of prey"]).labels

Which network to take, before any of them is fine-tuned, is what :mod:`kgx.transfer.model.selection` tells.
"""

from __future__ import annotations

from kgx.transfer.model.classifier import Classifier, Prediction
from kgx.transfer.model.classifier_folder import open_classifier, save_classifier
from kgx.transfer.model.depth import Depth, depths_of
from kgx.transfer.model.examples import Examples, read_examples
from kgx.transfer.model.fine_tuning import FineTuned, fine_tune
from kgx.transfer.model.picture_trunk import EfficientNetTrunk, TransformersPictureTrunk
from kgx.transfer.model.shared_trunk import SharedTrunk
from kgx.transfer.model.strategy import STRATEGIES, FineTuningOptions
from kgx.transfer.model.text_trunk import TextTrunk
from kgx.transfer.model.trunk import Read, Trunk
from kgx.transfer.model.trunks import TRUNKS, load_trunk

__all__ = [
    "STRATEGIES",
    "TRUNKS",
    "Classifier",
    "Depth",
    "EfficientNetTrunk",
    "Examples",
    "FineTuned",
    "FineTuningOptions",
    "Prediction",
    "Read",
    "SharedTrunk",
    "TextTrunk",
    "TransformersPictureTrunk",
    "Trunk",
    "depths_of",
    "fine_tune",
    "load_trunk",
    "open_classifier",
    "read_examples",
    "save_classifier",
]
