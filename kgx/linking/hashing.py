"""Stable 64-bit hashes of words and of sequences of words.

Labels are looked up by the hash of their words, so that an index is three flat arrays that open at once and
are searched by bisection; no string is compared. Among a million labels, the chance that a word sequence
outside them hits one is 10^6 / 2^64 < 10^-13. A sequence's hash is rolled from its words' hashes, in Python
or over whole NumPy columns alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from jaxtyping import Int, UInt64

__all__ = ["SEED", "extend", "find", "hash_sequences", "hash_word"]

SEED = 0x9E3779B97F4A7C15
"""Hash of the empty sequence."""
_FACTOR = 0xD6E8FEB86659FD93
_MASK = (1 << 64) - 1


def hash_word(word: str) -> int:
    """Return the first eight bytes of the word's BLAKE2b digest as a number, the same on every machine.

    >>> hex(hash_word("owl"))
    '0x37d66ee48854cd32'
    """
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def extend(sequence: int, word: int) -> int:
    """Return the hash of a sequence with one more word: ``m = (s xor w) f mod 2^64; m xor (m >> 32)``."""
    mixed = ((sequence ^ word) * _FACTOR) & _MASK
    return mixed ^ (mixed >> 32)


def hash_sequences(
    vocabulary: UInt64[np.ndarray, " v"], words: Int[np.ndarray, " w"], lengths: Int[np.ndarray, " n"]
) -> UInt64[np.ndarray, " n"]:
    """Return the hash of every sequence, all sequences at once, one word position after the other.

    Args:
        vocabulary: hashes of the distinct words.
        words: the sequences' words one after the other, as rows of ``vocabulary``.
        lengths: number of words of each sequence.

    >>> vocabulary = np.array([hash_word("hot"), hash_word("dog")], dtype=np.uint64)
    >>> hashes = hash_sequences(vocabulary, np.array([1, 0, 1]), np.array([1, 2]))
    >>> int(hashes[1]) == extend(extend(SEED, hash_word("hot")), hash_word("dog"))
    True
    """
    hashes = np.full(len(lengths), SEED, dtype=np.uint64)
    starts = np.cumsum(lengths) - lengths
    for position in range(int(lengths.max(initial=0))):
        rows = np.flatnonzero(lengths > position)
        mixed = (hashes[rows] ^ vocabulary[words[starts[rows] + position]]) * np.uint64(_FACTOR)
        hashes[rows] = mixed ^ (mixed >> np.uint64(32))
    return hashes


def find(
    keys: UInt64[np.ndarray, " k"], wanted: Sequence[int] | UInt64[np.ndarray, " n"]
) -> Int[np.ndarray, " n"]:
    """Return the row of each wanted hash among sorted ``keys``, -1 where it is not there."""
    hashes = np.asarray(wanted, dtype=np.uint64)
    if not len(keys):
        return np.full(len(hashes), -1, dtype=np.int64)
    rows = np.minimum(keys.searchsorted(hashes), len(keys) - 1)
    return np.where(keys[rows] == hashes, rows, -1)
