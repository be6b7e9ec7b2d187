"""Models of `transformers` as bodies of trunks: loaded, made afresh, and kept as a configuration."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from kgx.encoders.huggingface_load import load_model
from kgx.errors import EncoderError

__all__ = ["configured_body", "load_body"]


def load_body(place: str, takes: str) -> Any:
    """Load a model from a folder or the hub, without its pooler: vectors are pooled as the encoders pool them.

    Args:
        place: the folder, or the name on the hub.
        takes: the input it has to take: ``input_ids`` for texts, ``pixel_values`` for pictures.

    Raises:
        EncoderError: nothing there, no safetensors weights, a joint model, or one of another modality.
    """
    model = load_model(place)
    if model.main_input_name != takes or hasattr(model, "get_text_features"):
        kind = "texts" if takes == "input_ids" else "pictures"
        raise EncoderError(
            f"{place}: expected a model of {kind} alone, got a {model.config.model_type}; "
            "of a joint model, save one side as a folder of its own"
        )
    return _without_pooler(model.get_encoder() if model.config.is_encoder_decoder else model)


def configured_body(config: Any) -> Any:
    """Return a model of random weights.

    Args:
        config: its configuration, or the folder that holds one.

    Raises:
        EncoderError: there is no configuration that `transformers` knows.
    """
    import transformers

    library: Any = transformers
    try:
        if isinstance(config, Path):
            config = library.AutoConfig.from_pretrained(
                str(config), local_files_only=True, trust_remote_code=False
            )
        model = library.AutoModel.from_config(config)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EncoderError(f"no model of this configuration ({error})") from error
    return _without_pooler(model.get_encoder() if model.config.is_encoder_decoder else model)


def _without_pooler(model: Any) -> Any:
    """Take the pooler off where the model can do without: it would be trained by nobody."""
    if "add_pooling_layer" in inspect.signature(type(model).__init__).parameters:
        model.pooler = None
    return model
