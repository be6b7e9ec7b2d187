"""Training that goes on where it was interrupted: all that a loop needs to do so, in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from kgx.errors import ModelError
from kgx.tensor_file import open_tensors, save_tensors

__all__ = ["Snapshot"]


@dataclass(frozen=True)
class Snapshot:
    """What changes while a loop trains.

    Attributes:
        module: what is trained.
        optimiser: with its moments.
        schedule: of the learning rate.
        generator: of the batches; dropout's is torch's own.
        options: those of the training; a snapshot made with others is refused.
    """

    module: nn.Module
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    generator: torch.Generator
    options: Mapping[str, Any]

    def save(self, path: Path, progress: Mapping[str, Any], best: Mapping[str, Tensor] | None) -> None:
        """Write all of it, atomically, with what the loop wants to keep beside it."""
        state = self.optimiser.state_dict()
        tensors = {f"module/{name}": value for name, value in self.module.state_dict().items()}
        tensors |= {f"best/{name}": value for name, value in (best or {}).items()}
        tensors |= {
            f"optimiser/{number}/{name}": torch.as_tensor(value)
            for number, moments in state["state"].items()
            for name, value in moments.items()
        }
        tensors |= {"random/batches": self.generator.get_state(), "random/torch": torch.get_rng_state()}
        note = {
            "options": dict(self.options),
            "groups": state["param_groups"],
            "schedule": self.schedule.state_dict(),
            "progress": dict(progress),
        }
        save_tensors(path, {name: value.detach().cpu().numpy() for name, value in tensors.items()}, note)

    def load(self, path: Path) -> tuple[dict[str, Any], dict[str, Tensor] | None]:
        """Put everything back, and return what the loop has kept beside it.

        Raises:
            ModelError: the file is damaged, or was made by another training.
        """
        arrays, note = open_tensors(path)
        if note.get("options") != json.loads(json.dumps(dict(self.options))):
            raise ModelError(
                f"{path} was left by a training with other options or graphs ({note.get('options')}): "
                "use the same ones to go on, or remove it to start again"
            )
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        try:
            self.module.load_state_dict(_below("module/", tensors))
            self.optimiser.load_state_dict(_optimiser_state(tensors, note["groups"]))
            self.schedule.load_state_dict(note["schedule"])
            self.generator.set_state(tensors["random/batches"])
            torch.set_rng_state(tensors["random/torch"])
            return dict(note["progress"]), _below("best/", tensors) or None
        except (RuntimeError, KeyError, ValueError, TypeError) as error:
            raise ModelError(
                f"{path} does not fit what is trained ({error}): remove it to start again"
            ) from error


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _optimiser_state(tensors: Mapping[str, Tensor], groups: list[dict[str, Any]]) -> dict[str, Any]:
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in _below("optimiser/", tensors).items():
        number, moment = name.split("/")
        state.setdefault(int(number), {})[moment] = value
    return {"state": state, "param_groups": [{**group, "betas": tuple(group["betas"])} for group in groups]}
