"""Any encoder that `transformers` loads: joint models (CLIP, CLAP …) and single ones (BERT, ViT …)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float32

from kgx.encoders.base import Encoding, Value, require_modality, split_texts
from kgx.encoders.huggingface_load import load_model, load_processor
from kgx.encoders.huggingface_pooling import has_class_token, longest_text, pooled_output
from kgx.encoders.prefetch import decode_batches
from kgx.errors import EncoderError
from kgx.media import load_audio, load_image

if TYPE_CHECKING:
    import torch

__all__ = ["HuggingFaceEncoder"]

_MODALITIES = ("text", "image", "audio")
_BATCH = 32
_PICTURE_SIZE = 1024  # pixels: larger pictures are reduced to this before the model's own preprocessing
_SHORTEST_SOUND = 0.1  # seconds: shorter ones are padded, as convolutions need some input
_LONGEST_SOUND = 30.0  # seconds
_VERSION = "v1"  # changes with anything below that changes the numbers


class HuggingFaceEncoder:
    """A model from a local folder or the Hugging Face hub, with the preprocessing saved beside it.

    Joint models give their projected features (``get_text_features`` and its kin). Of the others the last
    hidden layer is pooled: over the tokens for texts; the class token for pictures, or the mean over
    positions where there is none (ResNet, Swin); the mean over the frames that hold sound for sounds (of
    Whisper: its encoder). Pooling layers are not used, because many checkpoints come without theirs and would
    get a random one. Vectors are not normalised.

    Only safetensors weights are read. With ``HF_HUB_OFFLINE=1`` nothing is downloaded.

    Args:
        name: ``NAME-OR-FOLDER`` or ``NAME-OR-FOLDER@MODALITY``, the latter to use one side of a joint model
            only.
        threads: torch's threads; the setting is the whole process's.

    Raises:
        EncoderError: nothing of that name, no safetensors weights, weights missing, or another modality than
            asked.
    """

    def __init__(self, name: str, *, threads: int = 2) -> None:
        import torch

        torch.set_num_threads(threads)
        place, _, modality = name.rpartition("@")
        if not place or modality not in _MODALITIES:
            place, modality = name, ""
        self._model: Any = load_model(place)
        self._threads = threads
        self._joint = hasattr(self._model, "get_text_features") and (
            hasattr(self._model, "get_image_features") or hasattr(self._model, "get_audio_features")
        )
        found = _modalities(self._model, joint=self._joint)
        if modality and modality not in found:
            raise EncoderError(f"{place}: takes {', '.join(sorted(found))}, not {modality}")
        self.modalities: frozenset[str] = frozenset({modality}) if modality else found
        self._processors: dict[str, Any] = {kind: load_processor(place, kind) for kind in self.modalities}
        if not self._joint and self._model.config.is_encoder_decoder:
            self._model = self._model.get_encoder()
        self.id = "-".join(
            ["hf", self._model.config.model_type, "+".join(sorted(self.modalities)), _VERSION, self._digest()]
        )
        self.dimension = self._probe()

    def encode(self, values: Sequence[Value], modality: str) -> Encoding:
        """Encode texts or files; what is empty or cannot be decoded is named in ``failures``."""
        require_modality(self, modality)
        vectors = np.zeros((len(values), self.dimension), dtype=np.float32)
        if modality == "text":
            rows, texts, failures = split_texts(values)
            order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
            for start in range(0, len(order), _BATCH):
                part = order[start : start + _BATCH]
                vectors[[rows[place] for place in part]] = self._texts([texts[place] for place in part])
            return Encoding(vectors, failures=failures)
        failures = {}
        # Sounds go one by one, so that the padding of a longer neighbour cannot change a vector.
        decode, size, network = (
            (_picture, _BATCH, self._images) if modality == "image" else (self._sound, 1, self._sounds)
        )
        for rows, decoded in decode_batches(
            values, decode, batch=size, workers=self._threads, failures=failures
        ):
            vectors[rows] = network(decoded)
        return Encoding(vectors, failures=failures)

    def _texts(self, texts: list[str]) -> Float32[np.ndarray, "n dimension"]:
        tokenizer = self._processors["text"]
        # SigLIP was trained on texts padded to full length, with the padding seen.
        padding = "max_length" if self._model.config.model_type.startswith("siglip") else "longest"
        tokens = tokenizer(
            texts,
            padding=padding,
            truncation=True,
            max_length=longest_text(self._model, tokenizer),
            return_tensors="pt",
        )
        if self._joint:
            return self._run(self._model.get_text_features, tokens)
        return self._run(self._model, tokens, mask=tokens["attention_mask"])

    def _images(self, pictures: list[Any]) -> Float32[np.ndarray, "n dimension"]:
        pixels = self._processors["image"](pictures, return_tensors="pt")
        return self._run(self._model.get_image_features if self._joint else self._model, pixels)

    def _sounds(self, sounds: list[Any]) -> Float32[np.ndarray, "n dimension"]:
        extractor = self._processors["audio"]
        features = extractor(
            sounds[0], sampling_rate=extractor.sampling_rate, return_attention_mask=True, return_tensors="pt"
        )
        if self._joint:
            return self._run(self._model.get_audio_features, features)
        mask = features.pop("attention_mask", None)
        return self._run(self._model, features, mask=mask)

    def _sound(self, path: Path) -> Float32[np.ndarray, " samples"]:
        extractor = self._processors["audio"]
        # CLAP cuts what is longer at random.
        longest = getattr(extractor, "max_length_s", None) or _LONGEST_SOUND
        samples = load_audio(path, rate=extractor.sampling_rate, max_seconds=min(longest, _LONGEST_SOUND))
        missing = int(_SHORTEST_SOUND * extractor.sampling_rate) - len(samples)
        return np.pad(samples, (0, max(0, missing)))

    def _run(
        self, function: Any, inputs: Any, mask: torch.Tensor | None = None
    ) -> Float32[np.ndarray, "n d"]:
        import torch

        with torch.inference_mode():
            output = function(**inputs)
        if self._joint:
            pooled = output if isinstance(output, torch.Tensor) else output.pooler_output
        else:
            pooled = pooled_output(output.last_hidden_state, mask, class_token=has_class_token(self._model))
        return np.asarray(pooled.float().numpy(), dtype=np.float32)

    def _digest(self) -> str:
        """Of weights and preprocessing: the same model in another folder has the same."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self._model.state_dict().items()):
            digest.update(f"{name} {tuple(tensor.shape)}".encode())
            digest.update(tensor.detach().contiguous().numpy().tobytes())
        for kind, processor in sorted(self._processors.items()):
            text = processor.backend_tokenizer.to_str() if kind == "text" else processor.to_json_string()
            digest.update(text.encode())
        return digest.hexdigest()[:12]

    def _probe(self) -> int:
        """Length of a vector, from encoding next to nothing."""
        from PIL import Image

        if "text" in self.modalities:
            return int(self._texts(["a"]).shape[1])
        if "image" in self.modalities:
            return int(self._images([Image.new("RGB", (64, 64))]).shape[1])
        return int(self._sounds([np.zeros(self._processors["audio"].sampling_rate, np.float32)]).shape[1])


def _picture(path: Path) -> Any:
    return load_image(path, size=_PICTURE_SIZE)


def _modalities(model: Any, *, joint: bool) -> frozenset[str]:
    if joint:
        return frozenset(kind for kind in _MODALITIES if hasattr(model, f"get_{kind}_features"))
    kinds = {"input_ids": "text", "pixel_values": "image", "input_values": "audio", "input_features": "audio"}
    if model.main_input_name not in kinds:
        raise EncoderError(
            f"a {model.config.model_type} takes {model.main_input_name}, which is not supported"
        )
    return frozenset({kinds[model.main_input_name]})
