"""The command line: ``kgx run`` makes a collection searchable, ``kgx search`` searches it, ``kgx kg`` is about graphs.

Every error that is raised on purpose is one line on standard error and exit code 1; ``--debug`` shows where it came
from. What a command needs is imported when it runs, so that ``kgx --help`` is there at once.
"""

from __future__ import annotations

import sys

from kgx.cli.app import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line of this process."""
    try:
        app(prog_name="kgx")
    except Exception as error:
        from graphs.errors import GraphError
        from kgx.errors import KgxError

        if "--debug" in sys.argv[1:] or not isinstance(error, (GraphError, KgxError, OSError)):
            raise
        print(f"kgx: {' '.join(str(error).split())}", file=sys.stderr)
        raise SystemExit(1) from error
