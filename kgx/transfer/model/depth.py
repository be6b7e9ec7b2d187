"""Which of a network's parameters belong to which depth, told from how the network is built.

Encoders of `transformers`, and most others, are a list of blocks or stages that follow one another, with what makes
their input before it (embeddings, a stem) and what uses their output behind it (a last norm, a pooler). The list is
the one with the most parameters of those that lie in no other list; modules stand in the order in which they are made,
which is that in which they are passed. Vectors that every block looks up (positions, relative distances) belong to the
embeddings wherever they stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from torch import nn

from kgx.errors import EncoderError

__all__ = ["Depth", "depths_of"]

_LOOKED_UP = re.compile(r"embed|position|relative")


@dataclass(frozen=True)
class Depth:
    """Parameters that lie at the same distance from the input.

    Attributes:
        name: where they are found in the network: ``embeddings``, the name of a block, or ``after``.
        parameters: the parameters by their names in the network.
    """

    name: str
    parameters: dict[str, nn.Parameter]

    @property
    def size(self) -> int:
        """Return how many numbers they are."""
        return sum(parameter.numel() for parameter in self.parameters.values())


def depths_of(network: nn.Module) -> tuple[Depth, ...]:
    """Return a network's parameters from its input to its output, each exactly once; depths without any are left out.

    Args:
        network: an encoder, without heads.

    Raises:
        EncoderError: there is no list of blocks.

    >>> stem, blocks = nn.Linear(4, 8), nn.ModuleList(nn.Linear(8, 8) for _ in range(2))
    >>> network = nn.ModuleDict({"stem": stem, "blocks": blocks, "norm": nn.LayerNorm(8)})
    >>> [(depth.name, depth.size) for depth in depths_of(network)]
    [('embeddings', 40), ('blocks.0', 72), ('blocks.1', 72), ('after', 16)]
    """
    name, blocks = _blocks(network)
    prefix = f"{name}." if name else ""
    found: dict[str, dict[str, nn.Parameter]] = {"embeddings": {}}
    found |= {f"{prefix}{number}": {} for number in range(len(blocks))}
    found["after"] = {}
    passed = False
    for parameter_name, parameter in network.named_parameters():
        if parameter_name.startswith(prefix):
            passed = True
            place = prefix + parameter_name.removeprefix(prefix).split(".")[0]
        else:
            behind = passed and not _LOOKED_UP.search(parameter_name.lower())
            place = "after" if behind else "embeddings"
        found[place][parameter_name] = parameter
    return tuple(Depth(name, parameters) for name, parameters in found.items() if parameters)


def _blocks(network: nn.Module) -> tuple[str, nn.ModuleList | nn.Sequential]:
    """Return the list of blocks and its name: the largest of the outermost lists."""
    lists: dict[str, nn.ModuleList | nn.Sequential] = {}
    for name, module in network.named_modules():
        if isinstance(module, (nn.ModuleList, nn.Sequential)) and not any(
            not outer or name.startswith(f"{outer}.") for outer in lists
        ):
            lists[name] = module
    sizes = {
        name: sum(parameter.numel() for parameter in module.parameters()) for name, module in lists.items()
    }
    if not any(sizes.values()):
        raise EncoderError(
            f"expected a network with a list of layers or stages (ModuleList or Sequential), found none in "
            f"{type(network).__name__}: only its head can be trained"
        )
    largest = max(sizes, key=lambda name: sizes[name])
    return largest, lists[largest]
