"""The package's front door: everything there, nothing loaded before it is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import kgx


def test_everything_exported_is_there() -> None:
    assert kgx.__all__ == sorted(kgx.__all__)
    for name in kgx.__all__:
        found = getattr(kgx, name)
        assert found is not None
        if name != "__version__":
            assert found.__name__ == name
    assert set(kgx.__all__) == set(dir(kgx))


def test_what_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Unicorn'"):
        _ = kgx.Unicorn  # type: ignore[attr-defined]


def test_type_checkers_see_what_is_exported() -> None:
    import ast
    from pathlib import Path

    tree = ast.parse(Path(str(kgx.__file__)).read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name for node in guarded.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen | {"__version__"} == set(kgx.__all__)


def test_importing_loads_nothing() -> None:
    heavy = {"numpy", "torch", "torch_geometric", "transformers", "faiss", "pyarrow", "pydantic", "typer"}
    script = f"import sys, kgx; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_light_name_loads_no_network() -> None:
    heavy = {"torch", "torch_geometric", "transformers", "faiss"}
    script = f"import sys, kgx; kgx.Collection, kgx.load_encoder; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
