"""What holds for all tests."""

from __future__ import annotations

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Keep torch to one thread: on small arrays more of them only wait for one another."""
    torch.set_num_threads(1)
