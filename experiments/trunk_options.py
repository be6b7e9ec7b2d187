"""Which trunk an experiment fine-tunes: a pretrained one, or a small ResNet with random weights as the control."""

from __future__ import annotations

from typing import Final

import torch
from pydantic import Field, PositiveInt
from transformers import ResNetConfig

from experiments.experiment import Strict
from experiments.known import check_model
from kgx.errors import ConfigError
from kgx.transfer.model import TransformersPictureTrunk, Trunk, load_trunk

__all__ = ["SCRATCH", "TrunkOptions"]

SCRATCH = "scratch:resnet"
"""A ResNet of basic blocks (He et al., arXiv 1512.03385) that has learned nothing yet."""

_READS: Final = {"bundled:text": "text", "bundled:image": "image", SCRATCH: "image"}
_BLOCKS: Final = {"bundled:text": 6, "bundled:image": 21}


class TrunkOptions(Strict):
    """A trunk.

    Attributes:
        name: as :func:`kgx.transfer.model.load_trunk` takes it, or :data:`SCRATCH`.
        side: width and height of pictures, in pixels.
        max_tokens: longer texts are cut.
        widths: of the stages of a ResNet from scratch; the first is the stem's, too.
        blocks: of each of its stages.
    """

    name: str
    side: int | None = Field(default=None, ge=16)
    max_tokens: int | None = Field(default=None, ge=2)
    widths: tuple[PositiveInt, ...] = Field(default=(32, 64, 128, 256), min_length=1)
    blocks: int = Field(default=2, ge=1)

    def check(self, modality: str) -> None:
        """Refuse what is no trunk of a modality, before anything is loaded.

        Raises:
            ValueError: no trunk of the modality has the name (the nearest one is named), or a ResNet from scratch is
                not told the size of its pictures.
        """
        check_model(self.name, [name for name, reads in _READS.items() if reads == modality])
        if self.name == SCRATCH and self.side is None:
            raise ValueError(f"{SCRATCH}: expected the side of its pictures, got none")

    def known_blocks(self) -> int | None:
        """Return how many blocks the network has, as :func:`kgx.transfer.model.transplant.block_count` counts them.

        Of a network of the hub nothing is known before it is loaded.

        >>> TrunkOptions(name=SCRATCH, widths=(8, 16)).known_blocks()
        2
        """
        return len(self.widths) if self.name == SCRATCH else _BLOCKS.get(self.name)

    def load(self, modality: str, seed: int) -> Trunk:
        """Return the trunk; random weights are drawn with the seed.

        Raises:
            ConfigError: a ResNet without the size of its pictures, or of texts.
            EncoderError: no such trunk, or it cannot be loaded.
        """
        if self.name != SCRATCH:
            return load_trunk(self.name, modality, side=self.side, max_tokens=self.max_tokens)
        if self.side is None or modality != "image":
            raise ConfigError(f"{SCRATCH}: expected images and their side, got {modality} and {self.side}")
        config = ResNetConfig(
            embedding_size=self.widths[0],
            hidden_sizes=list(self.widths),
            depths=[self.blocks] * len(self.widths),
            layer_type="basic",
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return TransformersPictureTrunk.new(config, side=self.side)
