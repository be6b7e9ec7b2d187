"""Completion of knowledge graphs where texts and training come in: pretraining, and vectors of names."""

from __future__ import annotations
