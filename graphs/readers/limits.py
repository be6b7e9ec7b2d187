"""What a file may cost whoever reads it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep a small hostile file from filling memory or disk.

    Attributes:
        max_bytes: bytes of one file, once unpacked; None for any number.
        max_ratio: bytes that one packed byte may unpack to, once ``ratio_free`` bytes have come out.
        ratio_free: bytes of a packed file that ``max_ratio`` does not look at.
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
