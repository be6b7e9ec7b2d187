"""Networks of pictures as trunks: models of `transformers` (ResNet, ViT, ConvNeXt …), and the bundled EfficientNet."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from jaxtyping import Float
from torch import Tensor, nn

from kgx.encoders.base import Value
from kgx.encoders.bundled_image import SIDE, build_network, load_pixels, new_body
from kgx.encoders.huggingface_load import load_processor
from kgx.encoders.huggingface_pooling import has_class_token, pooled_output
from kgx.encoders.prefetch import decode_batches
from kgx.errors import EncoderError
from kgx.transfer.model.transformers_body import configured_body, load_body
from kgx.transfer.model.trunk import OpenTrunk, Read, Trunk

__all__ = ["EfficientNetTrunk", "PictureTrunk", "TransformersPictureTrunk"]

_SIDES = (16, 1024)  # pixels
_WORKERS = 2  # threads that decode


class PictureTrunk(Trunk):
    """A network of square pictures, of which nothing is cropped: what does not fit is padded with white.

    Args:
        side: width and height of what the network sees, in pixels.
        mean, deviation: of a channel's values, from 0 to 255, that become 0 and 1; one, or one a channel.
    """

    modalities = frozenset({"image"})
    centre: Tensor
    scale: Tensor

    def __init__(self, side: int, mean: Sequence[float], deviation: Sequence[float]) -> None:
        super().__init__()
        if not _SIDES[0] <= side <= _SIDES[1]:
            raise EncoderError(f"expected pictures of {_SIDES[0]} to {_SIDES[1]} pixels, got {side}")
        self.side = side
        self.register_buffer("centre", torch.tensor(mean).view(1, -1, 1, 1))
        self.register_buffer("scale", torch.tensor(deviation).view(1, -1, 1, 1))

    def read(self, values: Sequence[Value], modality: str) -> Read:
        """Decode picture files, into bytes of shape ``(side, side, 3)``."""
        self.require(modality)
        rows: list[int] = []
        inputs: list[Tensor] = []
        failures: dict[int, str] = {}
        decode = partial(load_pixels, side=self.side)
        for part, pixels in decode_batches(values, decode, batch=32, workers=_WORKERS, failures=failures):
            rows += part
            inputs += [torch.tensor(one) for one in pixels]
        return Read(inputs, rows, failures)

    def forward(self, inputs: Sequence[Tensor], modality: str) -> Float[Tensor, "n dimension"]:
        """Return the pictures' vectors."""
        self.require(modality)
        pixels = torch.stack(list(inputs)).permute(0, 3, 1, 2).float()  # (n, 3, side, side)
        return self.features((pixels - self.centre) / self.scale)

    @abstractmethod
    def features(self, pixels: Float[Tensor, "n 3 side side"]) -> Float[Tensor, "n dimension"]:
        """Return the vectors of pictures whose channels are scaled."""

    def _measure(self) -> None:
        with torch.no_grad():
            blank = torch.zeros(self.side, self.side, 3, dtype=torch.uint8)
            self.dimension = self.eval()([blank], "image").shape[1]


class TransformersPictureTrunk(PictureTrunk):
    """A model of pictures of `transformers`; the vector is the class token, or the mean over positions.

    Args:
        body: the model.
        side, mean, deviation: see :class:`PictureTrunk`.
    """

    kind: ClassVar[str] = "image"

    def __init__(self, body: Any, side: int, mean: Sequence[float], deviation: Sequence[float]) -> None:
        super().__init__(side, mean, deviation)
        self.body: Any = body
        self._class_token = has_class_token(body)
        other_size = getattr(body.config, "image_size", side) != side
        interpolates = "interpolate_pos_encoding" in inspect.signature(body.forward).parameters
        self._how = {"interpolate_pos_encoding": True} if other_size and interpolates else {}
        try:
            self._measure()
        except (ValueError, RuntimeError) as error:
            raise EncoderError(
                f"the model does not take pictures of {side} × {side} pixels ({error})"
            ) from error

    @classmethod
    def load(cls, place: str, *, side: int | None = None) -> Self:
        """Load a folder, or a model of the hub, with the image processor saved beside it.

        Args:
            place: the folder or the name.
            side: size of the pictures; the processor's where left out.

        Raises:
            EncoderError: nothing there that can be loaded, no model of pictures, or pictures of a size it cannot take.
        """
        body, processor = load_body(place, "pixel_values"), load_processor(place, "image")
        size = getattr(processor, "crop_size", None) or processor.size
        wanted = side or size.get("height") or size.get("shortest_edge") or SIDE
        rescale = float(getattr(processor, "rescale_factor", None) or 1 / 255)
        normalises = getattr(processor, "do_normalize", True)
        mean, deviation = (processor.image_mean, processor.image_std) if normalises else (None, None)
        mean, deviation = mean or [0.0] * 3, deviation or [1.0] * 3
        return cls(body, int(wanted), [one / rescale for one in mean], [one / rescale for one in deviation])

    @classmethod
    def new(cls, config: Any, *, side: int) -> Self:
        """Return a network of random weights, drawn from torch's generator: the control of what is pretrained."""
        return cls(configured_body(config), side, [127.5] * 3, [127.5] * 3)

    def features(self, pixels: Float[Tensor, "n 3 side side"]) -> Float[Tensor, "n dimension"]:
        """Return pooled vectors."""
        hidden = self.body(pixel_values=pixels, **self._how).last_hidden_state
        return pooled_output(hidden, None, class_token=self._class_token)

    def save(self, folder: Path) -> dict[str, Any]:
        """Write the configuration."""
        self.body.config.save_pretrained(folder)
        centre, scale = self.centre.flatten().tolist(), self.scale.flatten().tolist()
        return {"side": self.side, "mean": centre, "deviation": scale}

    @classmethod
    def open(cls, folder: Path, note: Mapping[str, Any], open_member: OpenTrunk) -> Self:
        """Return a trunk of random weights."""
        return cls(configured_body(folder), int(note["side"]), note["mean"], note["deviation"])


class EfficientNetTrunk(PictureTrunk):
    """The bundled EfficientNet-Lite2 in torch; its vectors are those of the encoder, where the side is 260.

    Args:
        body: the network without its classes.
        side: see :class:`PictureTrunk`; smaller pictures are much faster, and somewhat less telling.
    """

    kind: ClassVar[str] = "efficientnet-lite2"

    def __init__(self, body: Any, side: int = SIDE) -> None:
        super().__init__(side, [127.0], [128.0])
        self.body: Any = body
        body._fc = nn.Identity()
        self._measure()

    @classmethod
    def load(cls, *, side: int = SIDE) -> Self:
        """Load the bundled weights.

        Raises:
            MissingExtraError: the extra ``bundled`` is not installed.
        """
        return cls(build_network().body, side)

    def features(self, pixels: Float[Tensor, "n 3 side side"]) -> Float[Tensor, "n dimension"]:
        """Return the mean over positions of the last feature map."""
        features: Tensor = self.body.extract_features(pixels).mean(dim=(2, 3))
        return features

    def save(self, folder: Path) -> dict[str, Any]:
        """Write nothing: the network is part of a package."""
        return {"side": self.side}

    @classmethod
    def open(cls, folder: Path, note: Mapping[str, Any], open_member: OpenTrunk) -> Self:
        """Return a trunk of random weights."""
        return cls(new_body(), int(note["side"]))
