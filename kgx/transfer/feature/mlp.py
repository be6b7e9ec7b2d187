r"""The MLP maps: non-linear maps between feature spaces, learned from pairs; the graph-free baseline.

.. math:: g(x) = B \,\operatorname{drop}(\operatorname{GELU}(\operatorname{LayerNorm}(A\,\tilde x + a))) + b,
          \qquad \tilde x_i = (x_i - \mu_i) / \sigma_i,

with :math:`\mu, \sigma` taken from the rows it is fitted on. The targets stay as they are: the pictures (or sounds)
move to the texts.

* :class:`ContrastiveMLP`, :math:`f = \operatorname{normalise}(g)`, minimises
  :func:`kgx.losses.multi_positive_contrastive` over the cosines :math:`\langle f(x_i), y_j \rangle / \tau` of a batch,
  :math:`\tau` learned as in CLIP (Radford et al., arXiv 2103.00020). Rows of the same thing, or of the same caption,
  are right answers for one another and never negatives (Khosla et al., arXiv 2004.11362).
* :class:`RegressionMLP` minimises the squared error of :math:`g` to the standardised targets; :math:`f` puts their
  deviation and mean back.
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import torch
from jaxtyping import Float, Int

from kgx.tensor_file import TensorFormat
from kgx.train import Curve, TrainingOptions, fit
from kgx.train.pairs import PairRows, Pairs
from kgx.train.state import restored, tensors_of
from kgx.transfer.feature.base import FeatureMap
from kgx.transfer.feature.pair_tasks import ContrastivePairs, PairTask, RegressionPairs
from kgx.transfer.feature.perceptron import Perceptron, UnitPerceptron

__all__ = ["ADAPT_OPTIONS", "FIT_OPTIONS", "ContrastiveMLP", "MLPMap", "RegressionMLP"]

# Chosen on held-out folders of the source; recall moves by less than .02 around them.
FIT_OPTIONS = TrainingOptions(epochs=15, learning_rate=5e-4, weight_decay=0.01, patience=5)
ADAPT_OPTIONS = TrainingOptions(epochs=30, learning_rate=3e-4, weight_decay=0.01)

_BLOCK = 4096  # rows mapped at a time


class MLPMap(FeatureMap):
    """What both maps share: a multi-layer perceptron from one feature space into another, trained on pairs.

    Args:
        hidden: width of the hidden layer.
        dropout: share of the hidden units left out while training, in [0, 1).
        batch_size: pairs a batch, at most.

    Attributes:
        network_: the trained network.
        curve_: loss and validation score of the last training, epoch by epoch; None after loading.
    """

    network_: Perceptron
    curve_: Curve | None

    def __init__(self, hidden: int = 1024, dropout: float = 0.5, *, batch_size: int = 512) -> None:
        self.hidden = hidden
        self.dropout = dropout
        self.batch_size = batch_size

    def fit(
        self,
        X: Float[np.ndarray, "n d_source"],
        y: Float[np.ndarray, "n d_target"],
        *,
        entities: Int[np.ndarray, " n"] | Int[np.ndarray, "n kinds"] | None = None,
        validation: Pairs | None = None,
        options: TrainingOptions = FIT_OPTIONS,
    ) -> Self:
        """Learn the map from pairs of rows, starting afresh.

        Args:
            X: features to map from. Leave out rows that could not be encoded.
            y: features to map to. Cosines are taken as they are: centre the features beforehand where the search will.
            entities: what each row shows or tells of, as numbers, in one column or in several (thing, caption):
                rows that agree in any column are positives of one another; negative numbers agree with nothing.
                Left out, each row is positive with itself alone.
            validation: held-out pairs **of the source**, with entities. They are scored after each epoch; where
                ``options.patience`` is not 0, the weights with the best score are kept.
            options: how long and how fast to train; its seed also draws the initial weights.

        Raises:
            ValueError: an impossible option, no row, unequal numbers of rows, or features that are not finite.
        """
        self._check_options()
        rows = PairRows(*self._pairs(X, y, np.float32), entities)
        held_out = None if validation is None else PairRows(*validation)
        if held_out is not None and held_out.widths != rows.widths:
            raise ValueError(f"expected validation features of widths {rows.widths}, got {held_out.widths}")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(options.seed)
            network = self._new_network(*rows.widths)
            network.measure(rows.source, rows.target)
            self.curve_ = fit(self._task(network, rows, held_out), options, description=self.file_format.name)
        self.network_ = network
        return self

    def adapt(
        self,
        X: Float[np.ndarray, "n d_source"],
        y: Float[np.ndarray, "n d_target"],
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
        self._require_fitted()
        rows = PairRows(X, y, entities)
        if rows.widths != self.network_.widths:
            raise ValueError(f"expected features of widths {self.network_.widths}, got {rows.widths}")
        adapted = copy.deepcopy(self)
        task = adapted._task(adapted.network_, rows, None)
        with torch.random.fork_rng(devices=[]):
            adapted.curve_ = fit(task, options, description=f"{self.file_format.name}, adapting")
        return adapted

    def transform(self, X: Float[np.ndarray, "n d_source"]) -> Float[np.ndarray, "n d_target"]:
        """Map rows into the target space, in float32.

        Raises:
            ModelError: the map has not been fitted.
            ValueError: rows of another width than the map was fitted on.
        """
        rows = self._source_rows(X).astype(np.float32, copy=False)
        mapped = np.empty((len(rows), self.network_.widths[1]), np.float32)
        with torch.inference_mode():
            for start in range(0, len(rows), _BLOCK):
                part = slice(start, start + _BLOCK)
                mapped[part] = self.network_(torch.tensor(rows[part])).numpy()
        return mapped

    @abstractmethod
    def _new_network(self, d_source: int, d_target: int) -> Perceptron:
        """Return a network of random weights."""

    @abstractmethod
    def _task(self, network: Perceptron, rows: PairRows, held_out: PairRows | None) -> PairTask:
        """Return what the network is trained on."""

    def _check_options(self) -> None:
        if self.hidden < 1 or self.batch_size < 1:
            raise ValueError(
                f"expected hidden and batch_size of at least 1, got {self.hidden} and {self.batch_size}"
            )
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"expected a dropout of at least 0 and below 1, got {self.dropout}")

    def _tensors(self) -> dict[str, np.ndarray]:
        return tensors_of(self.network_)

    def _restore(self, tensors: Mapping[str, np.ndarray]) -> None:
        self._check_options()
        widths = len(tensors["source.mean"]), len(tensors["target.mean"])
        self.network_, self.curve_ = restored(lambda: self._new_network(*widths), tensors), None
        self.n_features_in_ = widths[0]

    def __sklearn_tags__(self) -> Any:
        """Say that single precision stays single."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


class ContrastiveMLP(MLPMap):
    """A perceptron whose outputs have length 1, trained by a contrastive loss; see :class:`MLPMap` for its options.

    Every other pair of a batch is a negative. Held-out pairs are searched in both directions: their score is the mean
    recall@10.

    >>> rng = np.random.default_rng(0)
    >>> source = rng.standard_normal((64, 8)).astype(np.float32)
    >>> mapped = ContrastiveMLP(hidden=32).fit(source, source[:, :4]).transform(source)
    >>> mapped.shape, bool(np.allclose(np.linalg.norm(mapped, axis=1), 1, atol=1e-5))
    ((64, 4), True)
    """

    file_format: ClassVar[TensorFormat] = TensorFormat("contrastive MLP", 2, "fit the map again")

    def _new_network(self, d_source: int, d_target: int) -> UnitPerceptron:
        return UnitPerceptron(d_source, d_target, self.hidden, self.dropout)

    def _task(self, network: Perceptron, rows: PairRows, held_out: PairRows | None) -> PairTask:
        return ContrastivePairs(network, rows, held_out, self.batch_size)


class RegressionMLP(MLPMap):
    """A perceptron trained by squared error; see :class:`MLPMap` for its options.

    Held-out pairs are scored by their squared error, as a share of the target's variance.

    >>> rng = np.random.default_rng(0)
    >>> source = rng.uniform(-1, 1, (200, 2)).astype(np.float32)
    >>> quick = TrainingOptions(epochs=60, learning_rate=1e-2)
    >>> squares = RegressionMLP(hidden=32, dropout=0.0, batch_size=50).fit(source, source**2, options=quick)
    >>> bool(np.abs(squares.transform(source) - source**2).mean() < 0.1)
    True
    """

    file_format: ClassVar[TensorFormat] = TensorFormat("regression MLP", 1, "fit the map again")

    def _new_network(self, d_source: int, d_target: int) -> Perceptron:
        return Perceptron(d_source, d_target, self.hidden, self.dropout)

    def _task(self, network: Perceptron, rows: PairRows, held_out: PairRows | None) -> PairTask:
        return RegressionPairs(network, rows, held_out, self.batch_size)
