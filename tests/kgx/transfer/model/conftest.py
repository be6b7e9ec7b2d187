"""Tiny models of random weights, saved with their preprocessing, and labelled data that can be told apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from PIL import Image
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

WORDS = ["[PAD]", "[UNK]", "owl", "eagle", "finch", "spade", "rake", "saw", "a", "the", "old"]
BIRDS, TOOLS = ("owl", "eagle", "finch"), ("spade", "rake", "saw")
SMALL = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2}
STAGES = {"hidden_sizes": [8, 16, 16], "depths": [1, 1, 1]}

MODELS: dict[str, tuple[str, Callable[[], transformers.PreTrainedModel]]] = {
    "bert": (
        "text",
        lambda: transformers.BertModel(
            transformers.BertConfig(vocab_size=len(WORDS), max_position_embeddings=12, **SMALL)
        ),
    ),
    "distilbert": (
        "text",
        lambda: transformers.DistilBertModel(
            transformers.DistilBertConfig(
                vocab_size=len(WORDS),
                dim=16,
                hidden_dim=32,
                n_layers=3,
                n_heads=2,
                max_position_embeddings=12,
            )
        ),
    ),
    "vit": (
        "image",
        lambda: transformers.ViTModel(transformers.ViTConfig(image_size=32, patch_size=8, **SMALL)),
    ),
    "resnet": (
        "image",
        lambda: transformers.ResNetModel(
            transformers.ResNetConfig(embedding_size=8, layer_type="basic", **STAGES)
        ),
    ),
    "convnext": (
        "image",
        lambda: transformers.ConvNextModel(transformers.ConvNextConfig(num_stages=3, **STAGES)),
    ),
}
"""Name -> modality, and what makes a model of random weights."""


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


@pytest.fixture
def model_folder(tmp_path: Path) -> Callable[[str], Path]:
    """Save a model of this kind, with its preprocessing, and return the folder."""

    def save(kind: str) -> Path:
        modality, make = MODELS[kind]
        torch.manual_seed(0)
        folder = tmp_path / kind
        make().save_pretrained(folder)
        if modality == "text":
            words = Tokenizer(WordLevel({word: row for row, word in enumerate(WORDS)}, "[UNK]"))
            words.pre_tokenizer = Whitespace()
            special = {"pad_token": "[PAD]", "unk_token": "[UNK]"}
            tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=words, **special)
            tokenizer.save_pretrained(folder)
        else:
            transformers.ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
        return folder

    return save


@pytest.fixture
def texts() -> tuple[list[str], list[str]]:
    """Return texts of birds and of tools, and their labels."""
    found = [(f"{article} {word}", "bird") for word in BIRDS for article in ("a", "the", "the old", "old")]
    found += [(f"{article} {word}", "tool") for word in TOOLS for article in ("a", "the", "the old", "old")]
    return [text for text, _ in found], [label for _, label in found]


@pytest.fixture
def pictures(tmp_path: Path) -> tuple[list[Path], list[str]]:
    """Return files of reddish and of bluish pictures, and their labels."""
    rng = np.random.default_rng(0)
    files, labels = [], []
    for number in range(16):
        label = ("red", "blue")[number % 2]
        pixels = rng.integers(0, 120, (20, 30, 3), dtype=np.uint8)
        pixels[:, :, 0 if label == "red" else 2] += 130
        files.append(tmp_path / f"{number}.png")
        labels.append(label)
        Image.fromarray(pixels).save(files[-1])
    return files, labels
