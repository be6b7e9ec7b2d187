"""Which trunk an experiment fine-tunes: a pretrained one, or a small ResNet with random weights as the control."""

from __future__ import annotations

import torch
from pydantic import Field
from transformers import ResNetConfig

from experiments.experiment import Strict
from kgx.errors import ConfigError
from kgx.transfer.model import TransformersPictureTrunk, Trunk, load_trunk

__all__ = ["SCRATCH", "TrunkOptions"]

SCRATCH = "scratch:resnet"
"""A ResNet of basic blocks (He et al., arXiv 1512.03385) that has learned nothing yet."""


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
    widths: tuple[int, ...] = (32, 64, 128, 256)
    blocks: int = Field(default=2, ge=1)

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
