"""Columns, and what a terminal would obey."""

from __future__ import annotations

from kgx.cli.kg.plain_text import aligned, one_line


def test_nothing_moves_the_cursor_or_turns_the_writing() -> None:
    hostile = "a\x1b]0;title\x07b\u202ec\u2066d\x9be\r\nf\x00"
    shown = one_line(hostile)
    assert not any(character in shown for character in "\x1b\x07\u202e\u2066\x9b\r\n\x00")
    assert shown.startswith("a\ufffd]0;title")
    assert one_line("Straße 猫 é") == "Straße 猫 é"


def test_columns_stand_below_one_another_in_wide_scripts_too() -> None:
    assert list(aligned([("猫", "1", "x"), ("abc", "10", "y")], right=[1])) == ["猫    1  x", "abc  10  y"]


def test_rows_after_the_first_thousand_come_as_they_are() -> None:
    lines = list(aligned([("a", "b")] * 1000 + [("much longer", "c")]))
    assert lines[0] == "a  b"
    assert lines[-1] == "much longer  c"


def test_of_nothing_there_is_nothing() -> None:
    assert list(aligned([])) == []
