"""Names for blank nodes that their file gives none: by the order in which they appear."""

from __future__ import annotations

import re
from typing import Final

from graphs.block import Block
from graphs.operations.blank_nodes import rename_blank_nodes

__all__ = ["AnonymousNodes"]

_GENERATED: Final = re.compile(r"[a-f][0-9a-f]{20,31}|node-\d+")
"""Labels that pyoxigraph makes up, and the ones that they get here, in case a file has such a label."""


class AnonymousNodes(dict[str, str]):
    """Gives one file's blank nodes lasting names; the parsers make up other labels at every reading.

    Args:
        scope: what goes before the labels of the file's blank nodes.
        generated: what labels that the parser makes up look like.

    >>> nodes = AnonymousNodes("1-")
    >>> [nodes.name(node) for node in ("_:1-owl", "_:1-e6962a7aa0e703e10bc1643c69755dec", "_:1-node-0")]
    ['_:1-owl', '_:1-node-0', '_:1-node-1']
    """

    def __init__(self, scope: str, generated: re.Pattern[str] = _GENERATED) -> None:
        super().__init__()
        self._generated = generated
        self._start = f"_:{scope}"

    def __missing__(self, node: str) -> str:
        name = self[node] = f"{self._start}node-{len(self)}"
        return name

    def name(self, node: str) -> str:
        """Return the lasting name of a blank node."""
        return self[node] if self._generated.fullmatch(node, len(self._start)) else node

    def named(self, block: Block) -> Block:
        """Return a block with lasting names."""
        return rename_blank_nodes(block, self.name)
