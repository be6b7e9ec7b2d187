"""LoRA (Hu et al., arXiv 2106.09685) through `peft`: low-rank corrections of the linear maps of a trunk's blocks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from kgx.errors import EncoderError, MissingExtraError
from kgx.transfer.model.trunk import Trunk

__all__ = ["low_rank"]

_NAME = "lora"


@contextmanager
def low_rank(trunk: Trunk, rank: int) -> Iterator[None]:
    """Give a trunk's blocks corrections that alone can be trained, and add them to its weights when the block ends.

    Afterwards the trunk has the modules that it had before. The corrections begin at zero, and half of their weights
    are drawn from torch's generator.

    Args:
        trunk: what is corrected, in place.
        rank: of the corrections, which are scaled by two.

    Raises:
        MissingExtraError: the extra ``lora`` is not installed.
        EncoderError: no block has a linear map or a convolution that is not grouped.
    """
    try:
        from peft import LoraConfig
        from peft.tuners.lora import LoraModel
    except ImportError as error:
        raise MissingExtraError("peft", extra="lora") from error
    targets = _maps_in_blocks(trunk)
    if not targets:
        raise EncoderError("lora: expected linear maps or convolutions in the trunk's blocks, found none")
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets)
    tuner = LoraModel(trunk.body, config, _NAME)
    try:
        yield
    finally:
        tuner.merge_and_unload()
        trunk.requires_grad_(True)


def _maps_in_blocks(trunk: Trunk) -> list[str]:
    blocks = tuple(
        f"{depth.name}." for depth in trunk.depths() if depth.name not in ("embeddings", "after", "members")
    )
    return [
        name
        for name, module in trunk.body.named_modules()
        if name.startswith(blocks)
        and (isinstance(module, nn.Linear) or (isinstance(module, nn.Conv2d) and module.groups == 1))
    ]
