"""Numbers of values sort as the values do, wherever that decides anything."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.literal_values import numbered_values

ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 5)), max_size=30)


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, texts=st.lists(st.sampled_from(["", "a", "b", "é", "a\0"]), min_size=6, max_size=6))
def test_rows_of_one_subject_and_predicate_sort_by_number_as_by_value(
    rows: list[tuple[int, int, int]], texts: list[str]
) -> None:
    subject, predicate, value = np.array(rows, np.int32).reshape(-1, 3).T
    numbers, places = numbered_values(subject, predicate, value, pa.array(texts, pa.large_string()))
    known = [texts[place] for place in places]
    assert [known[number] for number in numbers] == [texts[place] for _, _, place in rows]
    assert len(known) <= len(rows)
    by_number = sorted(zip(subject.tolist(), predicate.tolist(), numbers.tolist(), strict=True))
    by_value = sorted((one, other, texts[place].encode()) for one, other, place in rows)
    assert [(one, other, known[number].encode()) for one, other, number in by_number] == by_value
    same = {(one, other, known[number]) for one, other, number in by_number}
    assert len(same) == len(set(by_number))
