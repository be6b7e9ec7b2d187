"""Thread settings reach the libraries, and the user's own stand."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from kgx import threads

CHECK = """
import os
from kgx.threads import configure
configure(1)
import torch
print(torch.get_num_threads(), os.environ["OMP_WAIT_POLICY"], os.environ["RAYON_NUM_THREADS"])
"""


def test_what_is_loaded_later_obeys() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    environment |= {"RAYON_NUM_THREADS": "3"}
    run = subprocess.run(
        [sys.executable, "-c", CHECK], env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["1", "passive", "3"]


def test_torch_is_told_when_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    before = torch.get_num_threads()
    monkeypatch.setattr(os, "environ", dict(os.environ))
    try:
        threads.configure(1)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def _blas_threads() -> set[int]:
    from threadpoolctl import threadpool_info

    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_blas_keeps_to_one_thread_within_the_block() -> None:
    import numpy  # noqa: F401 (loads BLAS)

    before = _blas_threads()
    with threads.single_threaded():
        with threads.single_threaded():
            assert _blas_threads() == {1}
        assert _blas_threads() == {1}
    assert _blas_threads() == before


def test_any_thread_may_enter() -> None:
    before = _blas_threads()

    def work(_: int) -> set[int]:
        with threads.single_threaded():
            return _blas_threads()

    with ThreadPoolExecutor(1) as pool:
        assert list(pool.map(work, range(2))) == [{1}, {1}]
    assert _blas_threads() == before


def test_an_error_lifts_the_limit() -> None:
    before = _blas_threads()
    with pytest.raises(KeyError), threads.single_threaded():
        raise KeyError
    assert _blas_threads() == before
