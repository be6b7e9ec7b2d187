"""Tiny randomly initialised models, saved with their preprocessing and loaded like any other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
import transformers
from PIL import Image
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from kgx.encoders import Encoder, load_encoder
from kgx.errors import EncoderError

SPECIAL = {"pad_token": "[PAD]", "unk_token": "[UNK]"}
WORDS = ["[PAD]", "[UNK]", "a", "bird", "of", "prey", "dog"]
TEXT = {
    "vocab_size": len(WORDS),
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": 20,
}
VISION = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 32,
    "patch_size": 8,
}


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    # What the environment variable HF_HUB_OFFLINE sets when the library is imported.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    torch.manual_seed(0)


def tokenizer() -> transformers.PreTrainedTokenizerFast:
    words = Tokenizer(WordLevel({word: row for row, word in enumerate(WORDS)}, SPECIAL["unk_token"]))
    words.pre_tokenizer = Whitespace()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=words, **SPECIAL)


def bert(folder: Path) -> None:
    transformers.BertModel(transformers.BertConfig(**TEXT)).save_pretrained(folder)
    tokenizer().save_pretrained(folder)


def gpt(folder: Path) -> None:
    config = transformers.GPT2Config(
        vocab_size=len(WORDS), n_embd=16, n_layer=1, n_head=2, n_positions=20, bos_token_id=0, eos_token_id=0
    )
    transformers.GPT2Model(config).save_pretrained(folder)
    words = tokenizer()
    words.pad_token, words.eos_token = None, "dog"
    words.save_pretrained(folder)


def clip(folder: Path) -> None:
    config = transformers.CLIPConfig(
        text_config={**TEXT, "eos_token_id": 5, "bos_token_id": 2}, vision_config=VISION, projection_dim=12
    )
    transformers.CLIPModel(config).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    transformers.CLIPImageProcessorPil(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    ).save_pretrained(folder)


def siglip(folder: Path) -> None:
    config = transformers.SiglipConfig(text_config={**TEXT, "projection_size": 16}, vision_config=VISION)
    transformers.SiglipModel(config).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    transformers.SiglipImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)


def clap(folder: Path) -> None:
    audio = {
        "spec_size": 64,
        "num_mel_bins": 16,
        "patch_embeds_hidden_size": 16,
        "hidden_size": 32,
        "depths": [1, 1],
        "num_attention_heads": [2, 2],
        "num_hidden_layers": 2,
        "window_size": 4,
        "patch_stride": [4, 4],
        "enable_fusion": False,
        "num_classes": 4,
    }
    config = transformers.ClapConfig(text_config=TEXT, audio_config=audio, projection_dim=12)
    transformers.ClapModel(config).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    transformers.ClapFeatureExtractor(
        feature_size=16,
        sampling_rate=8_000,
        fft_window_size=1024,
        hop_length=250,
        max_length_s=2,
        frequency_max=4_000,
        truncation="rand_trunc",
    ).save_pretrained(folder)


def vit(folder: Path) -> None:
    transformers.ViTModel(transformers.ViTConfig(**VISION)).save_pretrained(folder)
    transformers.ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)


def dinov2(folder: Path) -> None:
    config = transformers.Dinov2Config(**{k: v for k, v in VISION.items() if k != "intermediate_size"})
    transformers.Dinov2Model(config).save_pretrained(folder)
    transformers.ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)


def resnet(folder: Path) -> None:
    config = transformers.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1])
    transformers.ResNetModel(config).save_pretrained(folder)
    transformers.ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)


def wav2vec2(folder: Path) -> None:
    config = transformers.Wav2Vec2Config(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=(8, 8),
        conv_stride=(5, 4),
        conv_kernel=(10, 8),
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        vocab_size=8,
    )
    transformers.Wav2Vec2Model(config).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor().save_pretrained(folder)


def whisper(folder: Path) -> None:
    config = transformers.WhisperConfig(
        vocab_size=10,
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        num_mel_bins=80,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
    )
    transformers.WhisperModel(config).save_pretrained(folder)
    transformers.WhisperFeatureExtractor().save_pretrained(folder)


MODELS: dict[str, tuple[Callable[[Path], None], set[str], int]] = {
    "bert": (bert, {"text"}, 16),
    "gpt": (gpt, {"text"}, 16),
    "clip": (clip, {"text", "image"}, 12),
    "siglip": (siglip, {"text", "image"}, 16),
    "clap": (clap, {"text", "audio"}, 12),
    "vit": (vit, {"image"}, 16),
    "dinov2": (dinov2, {"image"}, 16),
    "resnet": (resnet, {"image"}, 16),
    "wav2vec2": (wav2vec2, {"audio"}, 16),
    "whisper": (whisper, {"audio"}, 16),
}


def values(folder: Path, modality: str) -> list[Any]:
    """Three good values of different length or shape, and a bad one in their midst."""
    random = np.random.default_rng(0)
    if modality == "text":
        return ["a bird", " ", "a bird of prey", "dog"]
    if modality == "image":
        for name, shape in {"0.png": (40, 30, 3), "2.png": (20, 90, 3), "3.png": (64, 64, 3)}.items():
            Image.fromarray(random.integers(0, 255, shape, dtype=np.uint8)).save(folder / name)
        (folder / "1.png").write_text("no picture")
        return [folder / f"{row}.png" for row in range(4)]
    for name, seconds in {"0.wav": 0.01, "2.wav": 1.0, "3.wav": 3.0}.items():
        soundfile.write(folder / name, random.normal(0, 0.1, int(16_000 * seconds)), 16_000)
    (folder / "1.wav").write_text("no sound")
    return [folder / f"{row}.wav" for row in range(4)]


def load(folder: Path, name: str, suffix: str = "") -> Encoder:
    MODELS[name][0](folder)
    return load_encoder(f"hf:{folder}{suffix}", threads=1)


@pytest.mark.parametrize("name", MODELS)
def test_every_family_encodes_its_modalities(tmp_path: Path, name: str) -> None:
    (tmp_path / "model").mkdir()
    encoder = load(tmp_path / "model", name)
    _, modalities, dimension = MODELS[name]
    assert encoder.modalities == modalities
    assert encoder.dimension == dimension
    for modality in modalities:
        given = values(tmp_path, modality)
        together = encoder.encode(given, modality)
        assert together.vectors.shape == (4, dimension)
        assert together.vectors.dtype == np.float32
        assert set(together.failures) == {1}
        assert not together.vectors[1].any()
        for row in (0, 2, 3):
            alone = encoder.encode([given[row]], modality).vectors[0]
            assert np.allclose(alone, together.vectors[row], atol=1e-5), "a neighbour changed the vector"
        assert not np.allclose(together.vectors[2], together.vectors[3], atol=1e-3)
        assert encoder.encode([], modality).vectors.shape == (0, dimension)


def test_the_id_tells_the_content_not_the_folder(tmp_path: Path) -> None:
    for name in ("one", "two"):
        torch.manual_seed(0)
        bert(tmp_path / name)
    torch.manual_seed(1)
    bert(tmp_path / "other")
    ids = [load_encoder(f"hf:{tmp_path / name}").id for name in ("one", "two", "other")]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0].startswith("hf-bert-text-")


def test_texts_are_the_mean_over_their_tokens(tmp_path: Path) -> None:
    encoder = load(tmp_path, "bert")
    model = transformers.AutoModel.from_pretrained(tmp_path).eval()
    with torch.inference_mode():
        hidden = model(input_ids=torch.tensor([[2, 3, 4]])).last_hidden_state[0]
    got = encoder.encode(["a bird of", "a bird of prey a bird of prey"], "text").vectors[0]
    assert np.allclose(got, hidden.mean(0).numpy(), atol=1e-6)


def test_long_texts_are_cut(tmp_path: Path) -> None:
    encoder = load(tmp_path, "bert")
    long, cut = encoder.encode(["bird " * 500, "bird " * 20], "text").vectors
    assert np.array_equal(long, cut)


def test_pictures_are_the_class_token_or_the_mean_over_positions(tmp_path: Path) -> None:
    for name in ("vit", "resnet"):
        (tmp_path / name).mkdir()
        encoder = load(tmp_path / name, name)
        picture = values(tmp_path, "image")[3]
        processor = transformers.AutoImageProcessor.from_pretrained(tmp_path / name)
        model = transformers.AutoModel.from_pretrained(tmp_path / name).eval()
        with torch.inference_mode():
            hidden = model(**processor(Image.open(picture), return_tensors="pt")).last_hidden_state
        expected = hidden[0, 0] if name == "vit" else hidden[0].mean(dim=(1, 2))
        assert np.allclose(encoder.encode([picture], "image").vectors[0], expected.numpy(), atol=1e-6)


def test_of_whisper_only_the_frames_with_sound_count(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    encoder = load(tmp_path / "model", "whisper")
    sound = values(tmp_path, "audio")[2]  # one second of thirty: 50 frames
    extractor = transformers.AutoFeatureExtractor.from_pretrained(tmp_path / "model")
    model = transformers.AutoModel.from_pretrained(tmp_path / "model").eval().get_encoder()
    samples, rate = soundfile.read(sound, dtype="float32")
    with torch.inference_mode():
        hidden = model(**extractor(samples, sampling_rate=rate, return_tensors="pt")).last_hidden_state
    expected = hidden[0, :50].mean(dim=0).numpy()
    assert np.allclose(encoder.encode([sound], "audio").vectors[0], expected, atol=1e-4)


def test_one_side_of_a_joint_model(tmp_path: Path) -> None:
    encoder = load(tmp_path, "clip", "@image")
    assert encoder.modalities == {"image"}
    with pytest.raises(EncoderError, match=r"takes image, got 'text'"):
        encoder.encode(["a bird"], "text")
    with pytest.raises(EncoderError, match=r"takes image, text, not audio"):
        load_encoder(f"hf:{tmp_path}@audio")


def test_what_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="no model that can be loaded"):
        load_encoder(f"hf:{tmp_path / 'absent'}")
    with pytest.raises(EncoderError, match="no model that can be loaded"):
        load_encoder("hf:nobody/no-such-model-offline")
    bert(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    (tmp_path / "tokenizer_config.json").unlink()
    with pytest.raises(EncoderError, match="no preprocessing for text"):
        load_encoder(f"hf:{tmp_path}")


def test_pickled_weights_are_not_read(tmp_path: Path) -> None:
    bert(tmp_path)
    torch.save({}, tmp_path / "pytorch_model.bin")
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(EncoderError, match="no model that can be loaded"):
        load_encoder(f"hf:{tmp_path}")


def test_a_checkpoint_with_missing_weights_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    bert(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if "layer.1" not in name}
    save_file(kept, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EncoderError, match=r"16 weights are missing, among them encoder\.layer\.1"):
        load_encoder(f"hf:{tmp_path}")
