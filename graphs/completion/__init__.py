"""Completion of knowledge graphs: which links are missing, how sure that is, and how good such guesses are."""

from __future__ import annotations
