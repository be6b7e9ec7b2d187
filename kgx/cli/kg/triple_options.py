"""Commands with an option of three values that may be repeated, which Typer has no type for."""

from __future__ import annotations

from typing import Any, Final

from typer import BadParameter
from typer.core import TyperCommand

__all__ = ["TripleCommand", "split_triple"]

_OPTION: Final = "--triple"
_BETWEEN: Final = "\x1f"
"""The unit separator of ASCII: no name and no literal as N-Triples writes it holds it."""


class TripleCommand(TyperCommand):
    """Hands the three values behind each ``--triple`` on as one, which :func:`split_triple` takes apart."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Join the values of triples, then parse as ever."""
        return super().parse_args(ctx, joined_triples(args))


def joined_triples(args: list[str]) -> list[str]:
    """Return arguments in which the values of every ``--triple`` are one.

    >>> [split_triple(text) for text in joined_triples(["--triple", "a", "b", "c"])[1:]]
    [('a', 'b', 'c')]
    """
    found: list[str] = []
    rest = iter(args)
    for token in rest:
        found.append(token)
        if token == _OPTION:
            values = [value for _, value in zip(range(3), rest, strict=False)]
            if len(values) < 3 or any(value.startswith("--") for value in values):
                raise BadParameter(
                    f"expected subject, predicate and object behind {_OPTION}, got {' '.join(values)!r}"
                )
            found.append(_BETWEEN.join(values))
    return found


def split_triple(text: str) -> tuple[str, str, str]:
    """Return subject, predicate and object of what :class:`TripleCommand` has joined.

    Raises:
        BadParameter: it holds another number of values.
    """
    match text.split(_BETWEEN):
        case [subject, predicate, value]:
            return subject, predicate, value
    raise BadParameter(f"expected subject, predicate and object behind {_OPTION}, got {text!r}")
