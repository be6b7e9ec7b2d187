"""What is to be closed, closed."""

from __future__ import annotations

import pytest

from kgx.closing import Closing


class Door(Closing):
    closed = 0

    def close(self) -> None:
        self.closed += 1


def test_a_block_closes_what_it_was_given() -> None:
    door = Door()
    with door as held:
        assert (held, door.closed) == (door, 0)
    assert door.closed == 1


def test_a_block_that_fails_closes_too() -> None:
    door = Door()
    with pytest.raises(ValueError, match="draught"), door:
        raise ValueError("draught")
    assert door.closed == 1


def test_what_cannot_be_closed_is_not_made() -> None:
    class Wall(Closing):
        pass

    with pytest.raises(TypeError, match="close"):
        Wall()  # type: ignore[abstract]
