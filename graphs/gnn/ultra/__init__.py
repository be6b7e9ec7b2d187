"""ULTRA in plain torch: no compiled extension, the published checkpoints, any graph (arXiv 2310.04562)."""

from __future__ import annotations

from graphs.gnn.ultra.edges import Edges
from graphs.gnn.ultra.model import Ultra, UltraGraph

__all__ = ["Edges", "Ultra", "UltraGraph"]
