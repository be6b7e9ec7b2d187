"""``kgx select`` from the command line, on tiny models that are saved by the test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import transformers
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from typer.testing import CliRunner

from kgx.cli.app import app
from kgx.errors import CollectionError, EncoderError

WORDS = ["[PAD]", "[UNK]", "owl", "eagle", "finch", "rake", "spade", "saw", "old", "new"]


def model(folder: Path, seed: int, width: int) -> Path:
    torch.manual_seed(seed)
    config = transformers.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=width,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=8,
    )
    transformers.BertModel(config).save_pretrained(folder)
    words = Tokenizer(WordLevel({word: row for row, word in enumerate(WORDS)}, "[UNK]"))
    words.pre_tokenizer = Whitespace()
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]"}
    transformers.PreTrainedTokenizerFast(tokenizer_object=words, **special).save_pretrained(folder)
    return folder


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("KGX_DATA", str(tmp_path / "data"))
    lines = ["id,modality,value,entity,split,kind"]
    for number in range(48):
        word, age = WORDS[2 + number % 6], ("old", "new")[number % 2]
        kind = "bird" if number % 6 < 3 else "tool"
        split = "test" if number % 4 == 0 else "train"
        lines.append(f"t{number},text,{age} {word} {number},e{number},{split},{kind}")
    lines.append("broken,text,,e,,bird")
    path = tmp_path / "items.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def call(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["select", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_table(manifest: Path, tmp_path: Path) -> None:
    small, wide = model(tmp_path / "small", 0, 8), model(tmp_path / "wide", 1, 16)
    told = call(manifest, "--label", "kind", "--candidate", f"hf:{small}", "--candidate", f"hf:{wide}")
    assert "LogME" in told
    assert f"hf:{small}" in told
    assert "36 labels" in told
    assert "accuracy" not in told
    verified = call(
        manifest, "--label", "kind", "--candidate", f"hf:{small}", "--candidate", f"hf:{wide}", "--verify"
    )
    assert "accuracy" in verified
    assert "weighted tau" in verified


def test_json_and_fine_tuning(manifest: Path, tmp_path: Path) -> None:
    small = model(tmp_path / "small", 0, 8)
    options = [
        "--label",
        "kind",
        "--candidate",
        f"hf:{small}",
        "--labels",
        12,
        "--verify",
        "--by",
        "fine-tune",
    ]
    told = json.loads(call(manifest, *options, "--json"))
    assert (told["modality"], told["labels"]) == ("text", 12)
    (one,) = told["candidates"]
    assert (one["rank"], one["dimension"]) == (1, 8)
    assert set(one["scores"]) == {"logme", "linear_probe", "knn"}
    assert 0 <= one["accuracy"] <= 1
    assert set(told["agreement"]) == set(one["scores"])


def test_errors(manifest: Path, tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="kind"):
        call(manifest, "--label", "colour", "--candidate", "bundled:text")
    with pytest.raises(EncoderError, match="no encoder"):
        call(manifest, "--label", "kind", "--candidate", "bundled:smell")
    assert CliRunner().invoke(app, ["select", str(manifest), "--label", "kind"]).exit_code == 2
