"""The state of code, libraries and configuration that an experiment's figures belong to."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import experiments
import graphs
import kgx
from experiments.experiment import ExperimentBase
from kgx.errors import ConfigError

__all__ = ["LIBRARIES", "code_fingerprint", "fingerprint"]

LIBRARIES = ("torch", "numpy", "onnxruntime", "faiss-cpu")
"""Distributions that figures may change with."""


def fingerprint(options: ExperimentBase) -> str:
    """Name the state of code, configuration, the files that it names, and installed packages' versions.

    What is expected is no part of it: it changes nothing that is computed.

    Raises:
        ConfigError: a file that the configuration names cannot be read.
    """
    versions = {name: version(name) for name in LIBRARIES}
    told = options.model_dump(mode="json", exclude={"expected"})
    state = [code_fingerprint(), told, versions, *map(_content, options.files())]
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:16]


def code_fingerprint() -> str:
    """Return a hash of the project's own code: what it computes may change with it."""
    digest = hashlib.sha256()
    for package in (graphs, kgx, experiments):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _content(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
