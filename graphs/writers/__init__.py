"""Writers: from a :class:`graphs.KnowledgeGraph` to what other software reads."""

from __future__ import annotations
