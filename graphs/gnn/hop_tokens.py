"""Attention over hop tokens, keyed by relation descriptors: the default refiner.

A node brings one token for every relation path that leaves it (:mod:`graphs.propagate`). Tokens that end in the same
feature space ``s`` are fused into one block, and the blocks side by side are the refined vector::

    α_p(v)  = softmax over paths p ending in s of  a_s(d_p, c_p(v))
    b_s(v)  = normalise( Σ_p α_p(v) · x̂_p(v)  +  residual_s(v) )
    z(v)    = normalise( [ √λ_s · b_s(v) ]_s )

``x̂_p`` is the token at length 1; ``d_p`` the path's descriptor, composed from its relations'; ``c_p(v)`` how far the
token can be trusted (how well the walks' ends agree, how well it agrees with the other tokens). A node's own vector is
one of its tokens, so a node about which the graph says little falls back to it. The dot product of two refined vectors
is the λ-weighted sum of their cosines, space by space: a picture can meet a text in the space of texts and, through
what the graph reaches from the text, in the space of pictures.

Attention over precomputed neighbourhood tokens follows NAGphormer (Chen et al., arXiv 2206.04910) and SeHGNN
(Yang et al., arXiv 2207.02547); keying it by descriptors in place of relation numbers follows ULTRA (Galkin et al.,
arXiv 2310.04562).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import gelu, normalize

from graphs.errors import GraphError

__all__ = ["HopTokenRefiner", "TokenBlock"]


@dataclass(frozen=True, slots=True)
class TokenBlock:
    """The tokens of some nodes that end in one feature space.

    Attributes:
        tokens: float (nodes, paths, dimension), each of length 1, or zero where the path leads nowhere. May be kept in
            half precision; :meth:`rows` gives single precision.
        agreement: float (nodes, paths), the length of the mean of the walks' ends, in [0, 1]: 1 where they all agree.
        descriptors: float (paths, positions, descriptor size): the path's relations, padded with zeros.
    """

    tokens: Float[Tensor, "nodes paths dim"]
    agreement: Float[Tensor, "nodes paths"]
    descriptors: Float[Tensor, "paths positions size"]

    @property
    def present(self) -> Bool[Tensor, "nodes paths"]:
        """Whether a path leads anywhere."""
        return self.tokens.abs().sum(dim=-1) > 0

    def rows(self, index: Tensor) -> TokenBlock:
        """Return the tokens of some of the nodes, in single precision."""
        return TokenBlock(self.tokens[index].float(), self.agreement[index], self.descriptors)

    def only(self, paths: Bool[Tensor, " paths"]) -> TokenBlock:
        """Return the block with the tokens of all other paths removed."""
        return TokenBlock(self.tokens * paths[None, :, None], self.agreement * paths, self.descriptors)

    def nameless(self, numbers: int) -> TokenBlock:
        """Return the block with nothing left of the descriptors but their last so many numbers: no name."""
        descriptors = torch.zeros_like(self.descriptors)
        descriptors[..., -numbers:] = self.descriptors[..., -numbers:]
        return TokenBlock(self.tokens, self.agreement, descriptors)

    def drop(self, share: float) -> TokenBlock:
        """Return the block with a share of the tokens removed at random, so that no single path is relied on."""
        kept = torch.rand(self.agreement.shape) >= share
        return TokenBlock(self.tokens * kept[..., None], self.agreement * kept, self.descriptors)


class HopTokenRefiner(nn.Module):
    """Fuses a node's hop tokens into one refined vector.

    Args:
        spaces: feature space -> dimension. Spaces are those of the encoders; relations have no parameters of their own.
        descriptor_size: length of a relation's descriptor.
        hops: relations on the longest path.
        width: size of the attention network.
        residual: width of the learned correction; 0 for none.
        dropout: on the residual's inputs.

    Shape:
        - input: space -> :class:`TokenBlock` of the same n nodes
        - output: float (n, sum of the spaces' dimensions), rows of length 1
    """

    def __init__(
        self,
        spaces: Mapping[str, int],
        descriptor_size: int,
        *,
        hops: int = 2,
        width: int = 32,
        residual: int = 0,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        self.spaces = dict(spaces)
        self.hops = hops
        self.positions = nn.ModuleList(nn.Linear(descriptor_size, width, bias=False) for _ in range(hops + 1))
        self.attention = nn.ModuleDict({space: _Attention(width) for space in spaces})
        self.balance = nn.ParameterDict({space: nn.Parameter(torch.zeros(())) for space in spaces})
        self.residual = nn.ModuleDict(
            {space: _Residual(dim, width, residual, dropout) for space, dim in spaces.items() if residual}
        )

    def forward(self, blocks: Mapping[str, TokenBlock]) -> Float[Tensor, "nodes dim"]:
        """Return the refined vectors; a node without any token gets a zero vector.

        Raises:
            GraphError: there is no block, or one is of a space that the model does not know.
        """
        if not blocks:
            raise GraphError(f"expected tokens of some of the spaces {', '.join(self.spaces)}, got none")
        unknown = set(blocks) - set(self.spaces)
        if unknown:
            raise GraphError(
                f"the model knows the spaces {', '.join(self.spaces)}, got {', '.join(sorted(unknown))}"
            )
        some = next(iter(blocks.values()))
        share = self._shares()
        parts = []
        for space, dimension in self.spaces.items():
            if space in blocks:
                parts.append(share[space].sqrt() * self._fuse(space, blocks[space]))
            else:
                parts.append(some.tokens.new_zeros(some.tokens.shape[0], dimension))
        return normalize(torch.cat(parts, dim=1), dim=1)

    def attention_weights(self, space: str, block: TokenBlock) -> Float[Tensor, "nodes paths"]:
        """Return the weight of every token of one space; rows sum to 1, or are zero where there is no token."""
        return self._weights(space, block, self._compose(block.descriptors))

    def path_scores(
        self, space: str, descriptors: Float[Tensor, "paths positions size"]
    ) -> tuple[Float[Tensor, " paths"], Float[Tensor, "paths 2"]]:
        """Return what does not depend on the node: each path's score, and what agreement and consensus add to it."""
        attention: _Attention = self.attention[space]  # type: ignore[assignment]
        return attention.path_scores(self._compose(descriptors))

    def shares(self) -> dict[str, float]:
        """Return each space's share λ in the similarity of two nodes that have tokens in every space."""
        return {space: float(value.detach()) for space, value in self._shares().items()}

    def _shares(self) -> dict[str, Tensor]:
        stacked = torch.softmax(torch.stack([self.balance[space] for space in self.spaces]), dim=0)
        return dict(zip(self.spaces, stacked, strict=True))

    def _compose(self, descriptors: Float[Tensor, "paths positions size"]) -> Float[Tensor, "paths width"]:
        """Compose each path's descriptor from its relations', by position."""
        composed = [
            position(descriptors[:, hop])
            for hop, position in enumerate(self.positions)
            if hop < descriptors.shape[1]
        ]
        return torch.stack(composed).sum(dim=0)

    def _weights(self, space: str, block: TokenBlock, paths: Tensor) -> Tensor:
        present = block.present
        scores = self.attention[space](block, paths, present).masked_fill(~present, -1e9)
        weights = torch.softmax(scores, dim=1)
        return torch.where(present, weights, torch.zeros_like(weights))

    def _fuse(self, space: str, block: TokenBlock) -> Tensor:
        paths = self._compose(block.descriptors)
        weights = self._weights(space, block, paths)
        fused = normalize(torch.einsum("np,npd->nd", weights, block.tokens), dim=1)
        if space in self.residual:
            fused = normalize(fused + self.residual[space](block, paths, weights), dim=1)
        return fused


class _Attention(nn.Module):
    """Scores a token by its path and by how far it can be trusted."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.path = nn.Linear(width, 1)
        self.trust = nn.Linear(width, 2)
        for layer in (self.path, self.trust):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, block: TokenBlock, paths: Tensor, present: Tensor) -> Tensor:
        count = present.sum(dim=1, keepdim=True).clamp(min=1)
        consensus = normalize(block.tokens.sum(dim=1) / count, dim=1)  # (nodes, dim)
        with_others = torch.einsum("npd,nd->np", block.tokens, consensus)  # (nodes, paths)
        base, trust = self.path_scores(paths)
        return base + trust[:, 0] * block.agreement + trust[:, 1] * with_others

    def path_scores(self, paths: Tensor) -> tuple[Tensor, Tensor]:
        """Return each path's own score (paths,) and what agreement and consensus add to it (paths, 2)."""
        read = gelu(paths)
        return self.path(read)[:, 0], self.trust(read)


class _Residual(nn.Module):
    """A learned correction from all tokens together, each read through its path's descriptor; starts near zero."""

    def __init__(self, dimension: int, width: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.read = nn.Sequential(nn.Dropout(dropout), nn.Linear(dimension, hidden, bias=False))
        self.scale = nn.Linear(width, hidden)
        self.write = nn.Sequential(nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, dimension))
        nn.init.zeros_(self.scale.weight)
        nn.init.ones_(self.scale.bias)
        last: Sequence[nn.Parameter] = list(self.write[-1].parameters())
        nn.init.normal_(last[0], std=2e-3)
        nn.init.zeros_(last[1])

    def forward(self, block: TokenBlock, paths: Tensor, weights: Tensor) -> Tensor:
        read = self.read(block.tokens) * self.scale(paths)  # (nodes, paths, hidden)
        written: Tensor = self.write((weights[..., None] * read).sum(dim=1) * weights.shape[1] ** 0.5)
        anything = block.present.any(dim=1, keepdim=True)  # the last layer's bias alone corrects nothing
        return written * anything
