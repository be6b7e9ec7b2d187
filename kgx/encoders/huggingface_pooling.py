"""One vector an input out of what a model of `transformers` gives, and how long an input it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jaxtyping import Float

if TYPE_CHECKING:
    import torch

__all__ = ["has_class_token", "longest_text", "pooled_output"]

_LONGEST_TEXT = 512  # tokens


def has_class_token(model: torch.nn.Module) -> bool:
    """Tell whether a picture's first token stands for the whole picture."""
    return any(name.endswith("cls_token") for name, _ in model.named_parameters())


def longest_text(model: Any, tokenizer: Any) -> int:
    """Return the number of tokens that a model of texts takes, at most."""
    config = getattr(model.config, "text_config", model.config)
    positions = getattr(config, "max_position_embeddings", None) or _LONGEST_TEXT
    return int(min(tokenizer.model_max_length, positions, _LONGEST_TEXT))


def pooled_output(
    hidden: Float[torch.Tensor, "n ..."], mask: torch.Tensor | None, *, class_token: bool
) -> Float[torch.Tensor, "n d"]:
    """One vector an input from ``[n, tokens, d]``, or from feature maps ``[n, d, height, width]``."""
    if hidden.ndim == 4:
        return hidden.mean(dim=(2, 3))
    if class_token:
        return hidden[:, 0]
    if mask is None:
        return hidden.mean(dim=1)
    stride = mask.shape[1] / hidden.shape[1]  # Whisper and wav2vec2 take several inputs together
    kept = -(-mask.sum(dim=1, keepdim=True) // stride)  # (n, 1)
    places = hidden.new_ones(hidden.shape[:2]).cumsum(dim=1)  # (n, tokens): 1, 2, 3 …
    weights = (mask if stride == 1 else places <= kept).to(hidden.dtype).unsqueeze(-1)
    return (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1.0)
