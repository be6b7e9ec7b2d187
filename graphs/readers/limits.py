"""What a file may cost whoever reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from graphs.errors import GraphFormatError

__all__ = ["Limits"]

_EXPANSION: Final = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep a small hostile file from filling memory or disk.

    Attributes:
        max_bytes: bytes of one file, once unpacked; None for any number.
        max_ratio: bytes that one packed byte may unpack to, once ``ratio_free`` bytes have come out; statements may be
            four times that longer than the document that says them, where short names stand for long ones.
        ratio_free: bytes that ``max_ratio`` does not look at.
        max_statement: bytes of one line, or that a parser may take in without giving a statement.
        max_depth: how deep JSON may be nested.
        max_entity: characters that one XML entity may stand for, its inner entities expanded.
    """

    max_bytes: int | None = None
    max_ratio: int = 250
    ratio_free: int = 64 << 20
    max_statement: int = 64 << 20
    max_depth: int = 200
    max_entity: int = 10_000

    def check_expansion(self, said: int, taken: int, name: str) -> None:
        """Refuse a document whose statements are far longer than it is.

        Args:
            said: bytes of statements so far.
            taken: bytes of the document that they were read from.
            name: of the document.

        Raises:
            GraphFormatError: they go beyond four times ``max_ratio``.
        """
        most = _EXPANSION * self.max_ratio
        if said > self.ratio_free and said > most * taken:
            raise GraphFormatError(
                f"its statements, with all names written out, are more than {most:,} times its size: refused as an "
                "expansion bomb",
                name,
            )
