"""Experiments that find the tiny world, and one state of code, in place of what is there."""

from __future__ import annotations

import pytest

from experiments import state
from experiments.world import World


@pytest.fixture
def one_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let code that is changed meanwhile make no difference."""
    monkeypatch.setattr(state, "code_fingerprint", lambda: "one state")


@pytest.fixture
def one_world(tiny_world: World, one_state: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an experiment find the tiny world in place of fetching one."""
    monkeypatch.setattr(World, "build", classmethod(lambda cls, options: tiny_world))
