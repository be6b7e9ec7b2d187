"""Editing a run: items come and go, statements of its knowledge graph too, without building it again."""

from __future__ import annotations

from kgx.editing.new_items import Edited, NewItem
from kgx.editing.run_editor import RunEditor

__all__ = ["Edited", "NewItem", "RunEditor"]
