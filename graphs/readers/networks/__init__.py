"""Networks with attributes: GraphML, GEXF, node-link JSON, and graphs of networkx.

The files are read here rather than by networkx, which merges nodes and edges that stand twice, passes over ports,
defaults and hyperedges without a word, and holds the whole network in memory.
"""

from __future__ import annotations

from graphs.readers.networks.gexf import read_gexf
from graphs.readers.networks.graphml import read_graphml
from graphs.readers.networks.networkx import from_networkx
from graphs.readers.networks.node_link import read_node_link

__all__ = ["from_networkx", "read_gexf", "read_graphml", "read_node_link"]
