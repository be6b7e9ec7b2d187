"""Experiments: real collections, configurations, tables and reports."""

from __future__ import annotations

from kgx.threads import configure

configure()  # before any module here imports torch: see kgx.threads
