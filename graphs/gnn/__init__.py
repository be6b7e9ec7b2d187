"""Graph neural networks over opaque features; no parameter is indexed by a relation's number."""

from __future__ import annotations
