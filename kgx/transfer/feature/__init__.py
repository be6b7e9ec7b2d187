"""Feature transfer: a map from one feature space into another, fitted on the source, applied to the target.

Every map has scikit-learn's ``fit(source, target)`` and ``transform(source)``, ``inverse_transform`` where there is a
way back, ``save(path)`` and ``load(path)``. :data:`FEATURE_MAPS` holds them by the name of the method in result tables:

====================  ==========================================  =======================================
name                  map                                         use it where
====================  ==========================================  =======================================
``least-squares``     linear, smallest error                      there are many more pairs than features
``ridge``             linear, penalised                           nothing speaks for another
``procrustes``        rotation                                    pairs are few and the spaces alike
``cca``               two linear maps into a common space         both sides are noisy
``pls``               linear, through a few components            features are many and go together
``coral``             linear, by means and covariances alone      no pair is known
``mlp``               perceptron, contrastive                     pairs are many, and search is the aim
``mlp-regression``    perceptron, squared error                   the target's values themselves are wanted
``vae``               through a latent space, either way          a side is missing here and there
====================  ==========================================  =======================================
"""

from __future__ import annotations

from typing import Any

from kgx.errors import ConfigError
from kgx.transfer.feature.base import FeatureMap, NotFittedMapError
from kgx.transfer.feature.cca import CCAMap
from kgx.transfer.feature.coral import CoralMap
from kgx.transfer.feature.linear import AlphaChoice, LeastSquaresMap, RidgeMap, choose_alpha
from kgx.transfer.feature.mlp import ContrastiveMLP, RegressionMLP
from kgx.transfer.feature.pls import PLSMap
from kgx.transfer.feature.procrustes import ProcrustesMap
from kgx.transfer.feature.vae import CrossModalVAE

__all__ = [
    "FEATURE_MAPS",
    "AlphaChoice",
    "CCAMap",
    "ContrastiveMLP",
    "CoralMap",
    "CrossModalVAE",
    "FeatureMap",
    "LeastSquaresMap",
    "NotFittedMapError",
    "PLSMap",
    "ProcrustesMap",
    "RegressionMLP",
    "RidgeMap",
    "choose_alpha",
    "new_feature_map",
]

FEATURE_MAPS: dict[str, type[FeatureMap]] = {
    "least-squares": LeastSquaresMap,
    "ridge": RidgeMap,
    "procrustes": ProcrustesMap,
    "cca": CCAMap,
    "pls": PLSMap,
    "coral": CoralMap,
    "mlp": ContrastiveMLP,
    "mlp-regression": RegressionMLP,
    "vae": CrossModalVAE,
}


def new_feature_map(name: str, **options: Any) -> FeatureMap:
    """Return a map that has not been fitted.

    Args:
        name: one of :data:`FEATURE_MAPS`.
        options: arguments of its constructor.

    Raises:
        ConfigError: no map has that name, or the map has no such option; lists those that there are.

    >>> new_feature_map("ridge", alpha=2.0)
    RidgeMap(alpha=2.0)
    """
    if name not in FEATURE_MAPS:
        raise ConfigError(f"unknown feature map {name!r}; choose {', '.join(FEATURE_MAPS)}")
    kind = FEATURE_MAPS[name]
    known = kind().get_params()
    for option in options:
        if option not in known:
            raise ConfigError(
                f"the feature map {name!r} has no option {option!r}; there are {', '.join(known) or 'none'}"
            )
    return kind(**options)
