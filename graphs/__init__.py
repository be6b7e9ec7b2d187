"""Knowledge graphs on disk, their readers, and graph neural networks that know no particular vocabulary.

Nothing here knows of texts, pictures, sounds, encoders, indexes or servers: nodes, edges, relations, literals
and opaque matrices only.
"""

from __future__ import annotations

from graphs.builder import GraphBuilder
from graphs.errors import EmptyGraphError, GraphError, GraphFormatError, GraphStoreError, UnknownTermError
from graphs.readers import read_graph
from graphs.store import KnowledgeGraph

__all__ = [
    "EmptyGraphError",
    "GraphBuilder",
    "GraphError",
    "GraphFormatError",
    "GraphStoreError",
    "KnowledgeGraph",
    "UnknownTermError",
    "read_graph",
]
