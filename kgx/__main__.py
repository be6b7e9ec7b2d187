"""``python -m kgx``: the command line."""

from __future__ import annotations

from kgx.cli import main

main()
