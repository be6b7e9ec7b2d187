"""Faults are where the value lies that they are of, and are those of the kind of value that was sent."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from kgx.serve.fault_places import placed
from kgx.serve.request_schemas import SearchBody


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"where": ["?item depicts bird"] * 9}, [("/where", "too_long")]),
        ({"where": ["a", ""]}, [("/where/1", "string_too_short")]),
        ({"where": ["a", 3]}, [("/where/1", "string_type")]),
        ({"where": ""}, [("/where", "string_too_short")]),
        ({"where": 3}, [("/where", "string_type"), ("/where", "list_type")]),
        ({"where": None}, [("/where", "string_type"), ("/where", "list_type")]),
        ({"where": {"a": 1}}, [("/where", "string_type"), ("/where", "list_type")]),
        ({"weights": {"text": "much"}}, [("/weights/text", "float_type")]),
        ({"weights": {"smell": 1}}, [("/weights/smell", "literal_error")]),
        ({"kk": 3}, [("/kk", "extra_forbidden")]),
        ({"text": None}, [("/text", "string_type")]),
    ],
)
def test_a_fault_is_where_the_value_is(asked: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    sent = {"text": "a bird", **asked}
    with pytest.raises(ValidationError) as raised:
        SearchBody.model_validate(sent)
    found = placed(raised.value.errors(), sent)
    assert [("/" + "/".join(map(str, one["loc"])), one["type"]) for one in found] == expected


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ValidationError) as raised:
        SearchBody.model_validate({})
    assert [one["loc"] for one in placed(raised.value.errors(), {})] == [("text",)]
