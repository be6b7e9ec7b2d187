"""What a refiner may be trained on besides pairs: links to concepts, categories, tokens that were hidden.

Each is a :class:`kgx.train.loop.Task` over the hop tokens of some nodes. Contrastive alignment, the task of pairs, is
:class:`kgx.transfer.tasks.RefinerTask`; :class:`kgx.train.multitask.MultiTask` trains several over one refiner.
"""

from __future__ import annotations

from kgx.train.tasks.classification import Classification
from kgx.train.tasks.link_prediction import LinkPrediction, LinkSet
from kgx.train.tasks.nodes import NodeTask, RowBlock, Shown, refined_rows, token_blocks
from kgx.train.tasks.reconstruction import Reconstruction

__all__ = [
    "Classification",
    "LinkPrediction",
    "LinkSet",
    "NodeTask",
    "Reconstruction",
    "RowBlock",
    "Shown",
    "refined_rows",
    "token_blocks",
]
