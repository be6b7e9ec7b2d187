"""Queries by strangers: SPARQL answered by a process of its own, which is ended when it takes too long or too much.

The engine cannot be interrupted, and a short query can ask for the product of everything with everything. So the index
is opened by a child process, read-only, with a limit on its memory; a query that crashes the parser takes only the
child along. No more than two work at once.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from graphs.confinement import confine, module_command, module_environment
from graphs.errors import GraphError

__all__ = ["LONGEST", "values_of"]

LONGEST: Final = 10_000
"""Characters of a query, at most."""
# Opening a store takes some 450 MB of address space, of which little is used; what is asked of all of WordNet takes
# less than the rest. Without the setting, the engine's allocator reserves a further 1 GB at once (the unit is kB).
_MEMORY: Final = 768 << 20
_ALLOCATOR: Final = {"MIMALLOC_ARENA_RESERVE": "32768"}
_AT_ONCE: Final = threading.BoundedSemaphore(2)
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
        seconds: time for the answer. Before that, up to half as long is waited while other queries are answered.
        memory: bytes of address space that the child may take.

    Raises:
        GraphError: the query is wrong, is no SELECT of that variable, or took too long or too much; or there are too
            many others.
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
    if not _AT_ONCE.acquire(timeout=seconds / 2):
        raise GraphError(f"the query has waited {seconds / 2:g} s for others to be answered: ask again later")
    try:
        done = subprocess.run(
            module_command("graphs.query.confined"),
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=seconds,
            env=module_environment() | _ALLOCATOR,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise GraphError(f"the query was ended after {seconds:g} s: ask for less") from error
    finally:
        _AT_ONCE.release()
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
    asked = json.load(sys.stdin)
    confine(asked["memory"])
    try:
        found = _answered(asked)
    except GraphError as error:
        print(error, end="")
        return _REFUSED
    json.dump(found, sys.stdout)
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
