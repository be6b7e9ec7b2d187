"""Graph-centric relation transfer for cross-modal retrieval."""

from __future__ import annotations

__version__ = "0.1.0"
