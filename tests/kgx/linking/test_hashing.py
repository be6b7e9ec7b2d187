from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kgx.linking.hashing import SEED, extend, find, hash_sequences, hash_word


def rolled(sequence: list[str]) -> int:
    key = SEED
    for word in sequence:
        key = extend(key, hash_word(word))
    return key


@given(st.lists(st.lists(st.text(max_size=3), max_size=5), max_size=8))
def test_whole_columns_hash_as_one_by_one(sequences: list[list[str]]) -> None:
    numbers: dict[str, int] = {}
    flat = [numbers.setdefault(word, len(numbers)) for sequence in sequences for word in sequence]
    vocabulary = np.array([hash_word(word) for word in numbers], dtype=np.uint64)
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
    hashes = hash_sequences(vocabulary, np.array(flat, dtype=np.int64), lengths)
    assert hashes.tolist() == [rolled(sequence) for sequence in sequences]


def test_the_order_of_words_counts() -> None:
    assert rolled(["house", "boat"]) != rolled(["boat", "house"])
    assert rolled(["houseboat"]) != rolled(["house", "boat"])


@given(st.sets(st.integers(0, 2**64 - 1)), st.lists(st.integers(0, 2**64 - 1)))
def test_find(keys: set[int], others: list[int]) -> None:
    ordered = sorted(keys)
    wanted = [*ordered, *others]
    rows = find(np.array(ordered, dtype=np.uint64), wanted)
    assert rows.tolist() == [ordered.index(key) if key in keys else -1 for key in wanted]
