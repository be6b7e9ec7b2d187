"""Questions that can be read, and those that cannot."""

from __future__ import annotations

import pytest

from kgx.completion.question import Question
from kgx.errors import ConfigError


def test_what_is_asked_for_stands_at_either_end() -> None:
    assert Question.parse("ex:owl ex:eats ?") == Question("ex:eats", head="ex:owl")
    assert Question.parse('? "is a" "barn owl"') == Question("is a", tail="barn owl")


@pytest.mark.parametrize("text", ["", "a b", "a b c", "? b ?", "a ? c", "? ? c", "a b ? d", "'a b ?"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="question"):
        Question.parse(text)
