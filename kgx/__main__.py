"""``python -m kgx``: the command line, where ``kgx`` is not on the path."""

from __future__ import annotations

from kgx.cli import main

if __name__ == "__main__":
    main()
