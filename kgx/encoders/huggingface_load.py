"""Models and their preprocessing from a folder or the Hugging Face hub: safetensors only, and complete."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kgx.errors import EncoderError

__all__ = ["load_model", "load_processor"]


def load_model(place: str) -> Any:
    """The model in evaluation mode, in 32 bits.

    Raises:
        EncoderError: nothing there, no safetensors weights, or weights missing (a pooling layer excepted).
    """
    import torch
    from transformers import AutoModel

    with _quiet():
        try:
            model, report = AutoModel.from_pretrained(
                place, use_safetensors=True, dtype=torch.float32, output_loading_info=True
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise EncoderError(f"{place}: no model that can be loaded ({_first_line(error)})") from error
    missing = sorted(name for name in report["missing_keys"] if "pooler" not in name)
    if missing:
        raise EncoderError(f"{place}: {len(missing)} weights are missing, among them {missing[0]}")
    return model.eval()


def load_processor(place: str, modality: str) -> Any:
    """The tokenizer, image processor or feature extractor saved beside the model.

    Raises:
        EncoderError: there is none.
    """
    from transformers import AutoFeatureExtractor, AutoImageProcessor, AutoTokenizer

    loaders: dict[str, Any] = {
        "text": AutoTokenizer,
        "image": AutoImageProcessor,
        "audio": AutoFeatureExtractor,
    }
    with _quiet():
        try:
            processor = loaders[modality].from_pretrained(place)
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise EncoderError(f"{place}: no preprocessing for {modality} ({_first_line(error)})") from error
    if modality == "text":
        if not set(processor.get_vocab()) - set(processor.all_special_tokens):
            # The library makes up a tokenizer without words where the files are missing.
            raise EncoderError(f"{place}: no preprocessing for text (the tokenizer has no vocabulary)")
        if processor.pad_token is None:
            processor.pad_token = processor.eos_token
    return processor


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars or reports of unused heads while loading."""
    from transformers.utils import logging as reports

    logging: Any = reports
    shown, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if shown:
            logging.enable_progress_bar()
