"""What a run that can be edited while it is searched promises to the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from kgx.editing.new_items import Edited, NewItem

if TYPE_CHECKING:
    from kgx.search import Searcher

__all__ = ["EditableRun"]


class EditableRun(Protocol):
    """A run that items can be added to and removed from; edits come one at a time."""

    @property
    def searcher(self) -> Searcher:
        """The run as it stands, another object after each edit; whoever holds an older one can go on with it."""

    def add(self, items: Sequence[NewItem]) -> Edited:
        """Add items, or replace those of the same id: all of them or none.

        Raises:
            KgxError: one of them cannot be read; says which and why.
        """

    def remove(self, ids: Sequence[str]) -> Edited:
        """Remove items: all of them or none.

        Raises:
            KgxError: there is no such item; says which.
        """
