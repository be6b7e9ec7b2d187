"""Commands whose repeated options take several values at once: ``--test valid.txt test.txt``."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperOption

__all__ = ["ManyValuesCommand"]


class ManyValuesCommand(TyperCommand):
    """Lets ``--option a b`` say what ``--option a --option b`` says.

    Values end at the next option. Where no argument has come before, the last of them is the command's argument, so
    that ``--test a b GRAPH`` is understood as well as ``GRAPH --test a b``.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeat the options before their further values, then parse as ever."""
        return super().parse_args(ctx, self._repeated(args))

    def _repeated(self, args: list[str]) -> list[str]:
        options = [option for option in self.params if isinstance(option, TyperOption)]
        many = {name for option in options if option.multiple for name in option.opts}
        single = {
            name for option in options if not (option.multiple or option.is_flag) for name in option.opts
        }
        found: list[str] = []
        last_further: int | None = None  # where the last value stands that has been given its option
        arguments = 0
        rest = iter(args)
        current: str | None = None
        for token in rest:
            if token == "--":  # noqa: S105 - the end of the options
                found += [token, *rest]
                arguments += 1
            elif token.startswith("-") and token != "-":  # noqa: S105 - the standard input
                found.append(token)
                current = token if token in many else None
                if token in many or token in single:
                    found += [value for value in [next(rest, None)] if value is not None]
            elif current is not None:
                last_further = len(found)
                found += [current, token]
            else:
                arguments += 1
                found.append(token)
        if not arguments and last_further is not None:
            del found[last_further]
        return found
