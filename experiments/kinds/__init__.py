"""The kinds of experiment, each a module that is loaded when an experiment of its kind is.

A module of a kind has ``Options``, a subclass of :class:`experiments.experiment.ExperimentBase` whose ``kind`` is a
literal, ``run(options, out)``, and where something has to be there before anything is computed ``check(options)``,
which raises where it is not. What is written into a run folder:

* rows by :class:`experiments.results_store.ResultsStore` of the state that :func:`experiments.state.fingerprint` names
  (rows that are there already need not be computed again), and by its ``summarise`` ``results.json``,
  ``intervals.json`` and ``significance.json``, with a method that the others are held against;
* ``curves.json``, how trainings went (:mod:`experiments.training_curves`);
* ``data_sets.json``, a card for each data set, by :meth:`experiments.world.World.record`, or of what is classified by
  :func:`experiments.data_cards.category_cards`;
* where the kind has them, the lists of records ``confusion.json`` and ``relations.json``
  (:mod:`experiments.artefacts`).

:func:`experiments.run.run_experiment` does what is common: the resolved configuration, the environment, the report.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.experiment import ExperimentBase
from kgx.checked_options import nearest
from kgx.errors import ConfigError

__all__ = ["KINDS", "Kind", "load_kind"]

KINDS = {
    "retrieval": "experiments.kinds.retrieval",
    "renaming": "experiments.kinds.renaming",
    "scarcity": "experiments.kinds.scarcity",
    "multitask": "experiments.kinds.multitask",
    "classification": "experiments.kinds.classification",
    "layers": "experiments.kinds.layers",
}
"""Name of the kind -> its module."""


@dataclass(frozen=True)
class Kind:
    """A kind of experiment: what its configuration holds, what runs it, and what is checked before."""

    options: type[ExperimentBase]
    run: Callable[[Any, Path], None]
    check: Callable[[Any], None]


def load_kind(name: object) -> Kind:
    """Return a kind by its name.

    Raises:
        ConfigError: no kind has that name; the nearest one is named.

    >>> load_kind("retrieval").options.__name__
    'ExperimentConfig'
    >>> load_kind("retrievel")
    Traceback (most recent call last):
    ...
    kgx.errors.ConfigError: unknown kind 'retrievel'; did you mean 'retrieval'?
    """
    if not isinstance(name, str) or name not in KINDS:
        raise ConfigError(f"unknown kind {name!r}; did you mean {nearest(name, KINDS)!r}?")
    module = importlib.import_module(KINDS[name])
    return Kind(module.Options, module.run, getattr(module, "check", _nothing))


def _nothing(options: ExperimentBase) -> None:
    """Check nothing: most kinds need no file besides their data."""
