r"""The contrastive MLP: a non-linear map between feature spaces, learned from pairs; the graph-free baseline.

.. math:: f(x) = \operatorname{normalise}\bigl(B \,\operatorname{drop}(\operatorname{GELU}(
          \operatorname{LayerNorm}(A\,\tilde x + a))) + b\bigr),
          \qquad \tilde x_i = (x_i - \mu_i) / \sigma_i,

with :math:`\mu, \sigma` taken from the rows it is fitted on. The targets stay as they are: the pictures (or sounds)
move to the texts. It minimises :func:`kgx.losses.multi_positive_contrastive` over the cosines
:math:`\langle f(x_i), y_j \rangle / \tau` of a batch, :math:`\tau` learned as in CLIP (Radford et al., arXiv
2103.00020). Rows of the same thing, or of the same caption, are right answers for one another and never negatives
(Khosla et al., arXiv 2004.11362).
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Self, TypeAlias

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import normalize

from kgx.errors import ModelError
from kgx.evaluate.ranking import best_ranks
from kgx.folders import atomic_path
from kgx.losses import multi_positive_contrastive
from kgx.train import Curve, TrainingOptions, fit

__all__ = ["ADAPT_OPTIONS", "FIT_OPTIONS", "ContrastiveMLP", "Pairs"]

Pairs: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Source features (n, d_source), target features (n, d_target), and entities as in :meth:`ContrastiveMLP.fit`."""

# Chosen on held-out folders of the source; recall moves by less than .02 around them.
FIT_OPTIONS = TrainingOptions(epochs=15, learning_rate=5e-4, weight_decay=0.01, patience=5)
ADAPT_OPTIONS = TrainingOptions(epochs=30, learning_rate=3e-4, weight_decay=0.01)

_FORMAT = {"kind": "contrastive-mlp", "version": 1}
_LARGEST_SCALE = 100.0  # of the learned 1 / temperature, as in CLIP
_BLOCK = 4096  # rows mapped at a time


class ContrastiveMLP:
    """A multi-layer perceptron from one feature space into another, trained on pairs by a contrastive loss.

    Args:
        hidden: width of the hidden layer.
        dropout: share of the hidden units left out while training, in [0, 1).
        batch_size: pairs a batch, at most; every other pair of a batch is a negative.

    Attributes:
        curve: loss and validation score of the last training, epoch by epoch; None before any, and after loading.

    Raises:
        ValueError: a size below 1, or a dropout outside [0, 1).

    >>> rng = np.random.default_rng(0)
    >>> source = rng.standard_normal((64, 8)).astype(np.float32)
    >>> mapped = ContrastiveMLP(hidden=32).fit(source, source[:, :4]).transform(source)
    >>> mapped.shape, bool(np.allclose(np.linalg.norm(mapped, axis=1), 1, atol=1e-5))
    ((64, 4), True)
    """

    def __init__(self, hidden: int = 1024, dropout: float = 0.5, *, batch_size: int = 512) -> None:
        if hidden < 1 or batch_size < 1:
            raise ValueError(f"expected hidden and batch_size of at least 1, got {hidden} and {batch_size}")
        if not 0.0 <= dropout < 1.0:
            raise ValueError(f"expected a dropout of at least 0 and below 1, got {dropout}")
        self.hidden, self.dropout, self.batch_size = hidden, dropout, batch_size
        self.curve: Curve | None = None
        self._network: _Network | None = None

    def fit(
        self,
        source: Float[np.ndarray, "n d_source"],
        target: Float[np.ndarray, "n d_target"],
        *,
        entities: Int[np.ndarray, " n"] | Int[np.ndarray, "n kinds"] | None = None,
        validation: Pairs | None = None,
        options: TrainingOptions = FIT_OPTIONS,
    ) -> Self:
        """Learn the map from pairs of rows, starting afresh.

        Args:
            source: features to map from. Leave out rows that could not be encoded.
            target: features to map to. Cosines are taken as they are: centre the features beforehand where the
                search will.
            entities: what each row shows or tells of, as numbers, in one column or in several (thing, caption):
                rows that agree in any column are positives of one another; negative numbers agree with nothing.
                Left out, each row is positive with itself alone.
            validation: held-out pairs **of the source**. After each epoch they are searched in both directions;
                where ``options.patience`` is not 0, the weights with the best mean recall@10 are kept.
            options: how long and how fast to train; its seed also draws the initial weights.

        Raises:
            ValueError: no row, unequal numbers of rows, or features that are not finite.
        """
        rows = _Rows(source, target, entities)
        held_out = None if validation is None else _Rows(*validation)
        if held_out is not None and held_out.widths != rows.widths:
            raise ValueError(f"expected validation features of widths {rows.widths}, got {held_out.widths}")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(options.seed)
            network = _Network(*rows.widths, self.hidden, self.dropout)
            network.standardise(rows.source)
            task = _PairTask(network, rows, held_out, self.batch_size)
            self.curve = fit(task, options, description="contrastive MLP")
        self._network = network
        return self

    def adapt(
        self,
        source: Float[np.ndarray, "n d_source"],
        target: Float[np.ndarray, "n d_target"],
        entities: Int[np.ndarray, " n"] | Int[np.ndarray, "n kinds"] | None = None,
        options: TrainingOptions = ADAPT_OPTIONS,
    ) -> Self:
        """Return a copy trained further on a few pairs of the target; this map stays as it is.

        Nothing is held out, so all epochs are trained. The features go on being standardised by what the map was
        fitted on.

        Raises:
            ModelError: the map has not been fitted.
            ValueError: as for :meth:`fit`, or features of other widths than the map was fitted on.
        """
        rows = _Rows(source, target, entities)
        fitted = self._fitted()
        if rows.widths != fitted.widths:
            raise ValueError(f"expected features of widths {fitted.widths}, got {rows.widths}")
        adapted = copy.deepcopy(self)
        task = _PairTask(adapted._fitted(), rows, None, self.batch_size)
        with torch.random.fork_rng(devices=[]):
            adapted.curve = fit(task, options, description="contrastive MLP, adapting")
        return adapted

    def transform(self, source: Float[np.ndarray, "n d_source"]) -> Float[np.ndarray, "n d_target"]:
        """Map rows into the target space; float32, each of length 1.

        Raises:
            ModelError: the map has not been fitted.
            ValueError: rows of another width than the map was fitted on.
        """
        network = self._fitted()
        width, out_width = network.widths
        rows = np.asarray(source, dtype=np.float32)
        if rows.ndim != 2 or rows.shape[1] != width:
            raise ValueError(f"expected rows of {width} features, got {rows.shape}")
        mapped = np.empty((len(rows), out_width), np.float32)
        with torch.inference_mode():
            for start in range(0, len(rows), _BLOCK):
                part = slice(start, start + _BLOCK)
                mapped[part] = network(torch.tensor(rows[part])).numpy()
        return mapped

    def save(self, path: str | Path) -> None:
        """Write weights (safetensors) and configuration (JSON in the file's header), replacing the file as a whole.

        Raises:
            ModelError: the map has not been fitted.
        """
        from safetensors.torch import save_file

        tensors = {name: tensor.contiguous() for name, tensor in self._fitted().state_dict().items()}
        sizes = {"hidden": self.hidden, "dropout": self.dropout, "batch_size": self.batch_size}
        with atomic_path(Path(path)) as temporary:
            save_file(tensors, temporary, metadata={"config": json.dumps({**_FORMAT, **sizes})})

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a map that :meth:`save` wrote.

        Raises:
            ModelError: the file is missing, damaged, of another kind or from another version.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, framework="pt") as file:
                config = json.loads((file.metadata() or {}).get("config", "{}"))
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        except (OSError, SafetensorError, json.JSONDecodeError) as error:
            raise ModelError(f"{path}: expected a saved contrastive MLP ({error})") from error
        found = {name: config.get(name) for name in _FORMAT} if isinstance(config, dict) else config
        if found != _FORMAT:
            raise ModelError(f"{path}: expected {_FORMAT}, got {found}; fit the map again")
        try:
            mlp = cls(config["hidden"], config["dropout"], batch_size=config["batch_size"])
            network = _Network(len(tensors["mean"]), len(tensors["layers.4.bias"]), mlp.hidden, mlp.dropout)
            network.load_state_dict(tensors)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ModelError(f"{path}: the contrastive MLP is damaged ({error})") from error
        mlp._network = network.eval()
        return mlp

    def _fitted(self) -> _Network:
        if self._network is None:
            raise ModelError("the contrastive MLP has not been fitted; call fit(source, target) first")
        return self._network


class _Network(nn.Module):
    """The weights: statistics of the inputs, two linear layers, and the learned temperature."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, d_source: int, d_target: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.widths = (d_source, d_target)
        self.register_buffer("mean", torch.zeros(d_source))
        self.register_buffer("deviation", torch.ones(d_source))
        self.layers = nn.Sequential(
            nn.Linear(d_source, hidden),
            nn.LayerNorm(hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, d_target),
        )
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def standardise(self, source: Tensor) -> None:
        """Take every input's mean and deviation from these rows; an input that does not vary is only centred."""
        deviation, mean = torch.std_mean(source.double(), dim=0, correction=0)
        deviation[deviation <= 1e-6 * mean.abs()] = 1.0
        self.mean.copy_(mean)
        self.deviation.copy_(deviation)

    def forward(self, source: Float[Tensor, "n d_source"]) -> Float[Tensor, "n d_target"]:
        return normalize(self.layers((source - self.mean) / self.deviation), dim=1)


class _Rows:
    """Checked pairs as tensors, the targets at length 1."""

    def __init__(self, source: np.ndarray, target: np.ndarray, entities: np.ndarray | None) -> None:
        x, y = np.asarray(source, dtype=np.float32), np.asarray(target, dtype=np.float32)
        if x.ndim != 2 or y.ndim != 2 or len(x) != len(y) or len(x) == 0:
            raise ValueError(f"expected two matrices with as many rows, got {x.shape} and {y.shape}")
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise ValueError("expected finite features, got NaN or infinity")
        groups = np.arange(len(x)) if entities is None else np.asarray(entities, dtype=np.int64)
        if groups.ndim not in (1, 2) or len(groups) != len(x):
            raise ValueError(f"expected entities for each of {len(x)} rows, got shape {groups.shape}")
        self.source = torch.tensor(x)
        self.target = normalize(torch.tensor(y), dim=1)
        self.groups = torch.tensor(groups.reshape(len(x), -1))
        self.widths = (x.shape[1], y.shape[1])

    def __len__(self) -> int:
        return len(self.source)

    def positives(self, batch: Tensor) -> Bool[Tensor, "n n"]:
        """Return which of these rows belong together: each with itself, and with whatever shares a group."""
        groups = self.groups[batch]
        same = (groups[:, None] == groups[None]) & (groups[:, None] >= 0)  # (n, n, kinds)
        return same.any(dim=2) | torch.eye(len(batch), dtype=torch.bool)


class _PairTask:
    """Learning the map from pairs; a batch is row numbers."""

    def __init__(self, network: _Network, rows: _Rows, held_out: _Rows | None, batch_size: int) -> None:
        self.module = network
        self._rows, self._held_out, self._batch_size = rows, held_out, batch_size

    def steps(self) -> int:
        return math.ceil(len(self._rows) / self._batch_size)

    def batches(self, generator: torch.Generator) -> Iterator[Tensor]:
        """Split a random order into parts of nearly equal size: a small last batch would have few negatives."""
        yield from torch.randperm(len(self._rows), generator=generator).tensor_split(self.steps())

    def loss(self, batch: Tensor) -> Tensor:
        cosines = self.module(self._rows.source[batch]) @ self._rows.target[batch].T
        scale = self.module.log_scale.exp().clamp(max=_LARGEST_SCALE)
        return multi_positive_contrastive(cosines * scale, self._rows.positives(batch))

    def score(self) -> float | None:
        """Return recall@10 over the held-out pairs, the mean of both directions."""
        if self._held_out is None:
            return None
        with torch.inference_mode():
            cosines = (self.module(self._held_out.source) @ self._held_out.target.T).numpy()
        relevant = self._held_out.positives(torch.arange(len(self._held_out))).numpy()
        forward, backward = best_ranks(cosines, relevant), best_ranks(cosines.T, relevant)
        return float(((forward <= 10).mean() + (backward <= 10).mean()) / 2)
