"""The state that figures belong to: all that they depend on, and not what is expected of them."""

from __future__ import annotations

from experiments.config import ExperimentConfig
from experiments.state import fingerprint


def test_what_is_expected_makes_no_other_state(tiny_config: ExperimentConfig) -> None:
    wanted = {"direction": "text-image", "method": "ridge", "shots": 0, "metric": "mrr", "low": 0, "high": 1}
    told = tiny_config.model_dump()
    state = fingerprint(tiny_config)
    assert fingerprint(ExperimentConfig.model_validate({**told, "expected": [wanted]})) == state
    assert fingerprint(ExperimentConfig.model_validate({**told, "seeds": [7]})) != state
