"""What may be a name."""

from __future__ import annotations

import pytest

from graphs.iris import is_iri, is_name


@pytest.mark.parametrize(
    "name", ["", "owl", "//x", "http://a b", "http://a<b>", "ex:\x00", "ex:\ud800", "http://[", "a:%zz"]
)
def test_these_are_no_iris(name: str) -> None:
    assert not is_iri(name)


@pytest.mark.parametrize("name", ["a\u200db", "a\xa0b", "猫", "http://example.org/"])
def test_these_are_names(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "\x7f", "a\u0085", "a\ud800", "a\tb"])
def test_these_are_no_names(name: str) -> None:
    assert not is_name(name)
