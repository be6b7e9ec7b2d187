"""The package's front door."""

from __future__ import annotations

import subprocess
import sys

import graphs


def test_everything_exported_is_there_and_errors_share_a_base() -> None:
    exported = {name: getattr(graphs, name) for name in graphs.__all__}
    assert list(exported) == sorted(exported)
    errors = [value for name, value in exported.items() if name.endswith("Error")]
    assert len(errors) == 6
    assert all(issubclass(error, graphs.GraphError) for error in errors)


def test_importing_graphs_loads_nothing_heavy() -> None:
    heavy = {"torch", "torch_geometric", "transformers", "faiss", "fastapi", "rdflib", "networkx", "pandas"}
    script = f"import sys, graphs; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
