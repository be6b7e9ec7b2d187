"""A run over HTTP, with a web page: what ``kgx serve`` starts."""

from __future__ import annotations
