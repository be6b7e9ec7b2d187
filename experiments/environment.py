"""What a run was made with: recorded in its folder, a part at a time."""

from __future__ import annotations

import json
import os
import platform
import resource
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from experiments.results_store import write_json

__all__ = ["begin_environment", "record_environment", "record_session", "recorded_state"]

_FILE = "environment.json"
_STATE = "state of code and configuration"
_LIBRARIES = ("torch", "torch_geometric", "onnxruntime", "faiss-cpu")


def begin_environment(out: Path, state: str) -> None:
    """Write machine, libraries and the state of code and configuration, replacing what was recorded before."""
    write_json(
        out / _FILE,
        {
            "python": platform.python_version(),
            "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
            **{name: version(name) for name in _LIBRARIES},
            _STATE: state,
        },
    )


def recorded_state(out: Path) -> str:
    """Return the state that a run folder's environment was recorded in; empty where there is none."""
    return str(_known(out).get(_STATE, ""))


def record_environment(out: Path, facts: Mapping[str, Any]) -> None:
    """Add facts to what is recorded; one of the same name is replaced."""
    write_json(out / _FILE, {**_known(out), **facts})


def record_session(out: Path, seconds: float) -> None:
    """Add how long this session took, and how much memory its process has had at most."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    record_environment(
        out,
        {"seconds of this session": round(seconds), "peak memory of this session (GB)": round(peak, 2)},
    )


def _known(out: Path) -> dict[str, Any]:
    path = out / _FILE
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return known
