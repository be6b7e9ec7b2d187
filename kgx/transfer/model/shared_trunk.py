"""One trunk for several modalities: each by its own network and map into layers that all of them share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from jaxtyping import Float
from torch import Tensor, nn

from kgx.encoders.base import Value
from kgx.transfer.model.depth import Depth
from kgx.transfer.model.trunk import OpenTrunk, Read, Trunk

__all__ = ["SharedTrunk"]


class SharedTrunk(Trunk):
    r"""Hard parameter sharing (Caruana, *Multitask Learning*, 1997) across modalities.

    .. math:: h_0 = W_m \operatorname{LayerNorm}(f_m(x)), \qquad
              h_{i+1} = h_i + \operatorname{GELU}(A_i \operatorname{LayerNorm}(h_i))

    with a trunk :math:`f_m` and a map :math:`W_m` of each modality, and blocks :math:`A_i` of all together.

    Args:
        members: modality -> its own trunk.
        width: of the shared layers.
        blocks: how many there are.
    """

    kind: ClassVar[str] = "shared"

    def __init__(self, members: Mapping[str, Trunk], *, width: int = 256, blocks: int = 2) -> None:
        super().__init__()
        for modality, member in members.items():
            member.require(modality)
        self.members = nn.ModuleDict(dict(members))
        self.modalities = frozenset(members)
        self.dimension = width
        self.body = nn.ModuleDict(
            {
                "entries": nn.ModuleDict(
                    {name: _entry(one.dimension, width) for name, one in members.items()}
                ),
                "blocks": nn.ModuleList(_block(width) for _ in range(blocks)),
            }
        )

    def read(self, values: Sequence[Value], modality: str) -> Read:
        """Read values as the modality's own trunk does."""
        return self._member(modality).read(values, modality)

    def forward(self, inputs: Sequence[Tensor], modality: str) -> Float[Tensor, "n dimension"]:
        """Return vectors in the space that all modalities share."""
        hidden: Tensor = self.body.get_submodule(f"entries.{modality}")(
            self._member(modality)(inputs, modality)
        )
        for block in self.body.get_submodule("blocks").children():
            hidden = hidden + block(hidden)
        return hidden

    def depths(self) -> tuple[Depth, ...]:
        """Return the members' parameters as the lowest depth, their maps as the next, then each shared block."""
        found = {"members": dict(self.members.named_parameters(prefix="members"))}
        for name, parameter in self.body.named_parameters():
            part, number = name.split(".")[:2]
            place = part if part == "entries" else f"{part}.{number}"
            found.setdefault(place, {})[f"body.{name}"] = parameter
        return tuple(Depth(name, parameters) for name, parameters in found.items())

    def shared_depths(self) -> frozenset[str]:
        """Return all depths but the members."""
        return frozenset(depth.name for depth in self.depths()) - {"members"}

    def save(self, folder: Path) -> dict[str, Any]:
        """Write each member into a folder of its own."""
        notes: dict[str, Any] = {}
        for modality in sorted(self.modalities):
            (folder / modality).mkdir()
            member = self._member(modality)
            notes[modality] = {"kind": member.kind, **member.save(folder / modality)}
        blocks = len(list(self.body.get_submodule("blocks").children()))
        return {"members": notes, "width": self.dimension, "blocks": blocks}

    @classmethod
    def open(cls, folder: Path, note: Mapping[str, Any], open_member: OpenTrunk) -> SharedTrunk:
        """Return a trunk of random weights."""
        members = {
            modality: open_member(folder / modality, member) for modality, member in note["members"].items()
        }
        return cls(members, width=int(note["width"]), blocks=int(note["blocks"]))

    def _member(self, modality: str) -> Trunk:
        self.require(modality)
        member = self.members[modality]
        assert isinstance(member, Trunk)  # noqa: S101 (what the constructor was given)
        return member


def _entry(dimension: int, width: int) -> nn.Module:
    return nn.Sequential(nn.LayerNorm(dimension), nn.Linear(dimension, width))


def _block(width: int) -> nn.Module:
    return nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.GELU())
