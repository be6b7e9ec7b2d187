"""Questions as a person types them: ``head relation ?`` and ``? relation tail``."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from kgx.errors import ConfigError

__all__ = ["Question"]


@dataclass(frozen=True, slots=True)
class Question:
    """What links are asked for.

    Attributes:
        relation: as it was typed.
        head: as it was typed; None where it is asked for.
        tail: as it was typed; None where it is asked for.
    """

    relation: str
    head: str | None = None
    tail: str | None = None

    @classmethod
    def parse(cls, text: str) -> Question:
        """Take a question apart; names with spaces stand in quotes.

        Raises:
            ConfigError: it is not three parts with one question mark at either end.

        >>> Question.parse("'barn owl' ex:eats ?")
        Question(relation='ex:eats', head='barn owl', tail=None)
        """
        try:
            parts = shlex.split(text)
        except ValueError as error:
            raise ConfigError(f"the question {text!r} cannot be read: {error}") from error
        if len(parts) != 3 or (parts[0] == "?") == (parts[2] == "?") or parts[1] == "?":
            raise ConfigError(
                "expected a question 'head relation ?' or '? relation tail', names with spaces in quotes, "
                f"got {text!r}"
            )
        head, relation, tail = parts
        return cls(relation, None if head == "?" else head, None if tail == "?" else tail)
