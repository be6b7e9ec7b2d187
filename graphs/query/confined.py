"""Queries by strangers: SPARQL answered by a process of its own, which is ended when it takes too long or too much.

The engine cannot be interrupted, and a short query can ask for the product of everything with everything. So the index
is opened by a child process, read-only, with a limit on its memory; a query that crashes the parser takes only the
child along.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from graphs.errors import GraphError

__all__ = ["LONGEST", "values_of"]

LONGEST: Final = 10_000
"""Characters of a query, at most."""
_MEMORY: Final = 2 << 30
_ROOT: Final = Path(__file__).resolve().parent.parent.parent
_REFUSED: Final = 3
"""Exit status of the child where the query is at fault."""


def values_of(
    engine: Path,
    text: str,
    variable: str,
    *,
    prefixes: Mapping[str, str],
    seconds: float = 10.0,
    memory: int = _MEMORY,
) -> list[str]:
    """Return the different IRIs that a variable has in the answers to a query.

    Args:
        engine: folder of an Oxigraph store, such as :meth:`graphs.query.Index.kept` leaves in its ``store``.
        text: a SELECT query.
        variable: without its question mark.
        prefixes: short names of namespaces that the query need not declare.
        seconds: time for all of it.
        memory: bytes of address space that the child may take.

    Raises:
        GraphError: the query is wrong, is no SELECT of that variable, or took too long or too much.
    """
    if len(text) > LONGEST:
        raise GraphError(f"expected a query of at most {LONGEST} characters, got {len(text)}: ask for less")
    asked = {
        "engine": str(engine),
        "text": text,
        "variable": variable,
        "prefixes": dict(prefixes),
        "memory": memory,
    }
    try:
        # -P: what lies in the current folder is no module of ours.
        done = subprocess.run(
            [sys.executable, "-P", "-m", "graphs.query.confined"],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=seconds,
            # Arenas of threads reserve address space, of which there is little, without using it.
            env={
                **os.environ,
                "MALLOC_ARENA_MAX": "1",
                "PYTHONPATH": os.pathsep.join([str(_ROOT), *filter(None, sys.path)]),
            },
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise GraphError(f"the query was ended after {seconds:g} s: ask for less") from error
    if done.returncode == _REFUSED:
        raise GraphError(done.stdout.decode())
    if done.returncode:
        raise GraphError(
            f"the query took more than {memory >> 20} MB, or is nested too deeply (status {done.returncode}): "
            "ask for less"
        )
    found: list[str] = json.loads(done.stdout)
    return found


def _answered(asked: Mapping[str, Any]) -> list[str]:
    import pyoxigraph as ox

    from graphs.query import Index, Question

    question = Question(asked["text"], asked["prefixes"])
    answer = question.ask(Index(ox.Store.read_only(asked["engine"]), {}))
    if answer.kind != "select" or asked["variable"] not in answer.variables:
        raise GraphError(f"expected a query that SELECTs ?{asked['variable']}, got {answer.kind.upper()}")
    place = answer.variables.index(asked["variable"])
    values = (row[place] for row in answer.rows)
    return sorted({value.value for value in values if isinstance(value, ox.NamedNode)})


def _main() -> int:
    import resource  # POSIX only, as the child is

    asked = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (asked["memory"], asked["memory"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        found = _answered(asked)
    except GraphError as error:
        print(error, end="")
        return _REFUSED
    json.dump(found, sys.stdout)
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
