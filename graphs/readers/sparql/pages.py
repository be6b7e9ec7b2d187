"""Pages of an endpoint, kept in a folder while they come, so that a reading that was ended goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from graphs.errors import GraphError

__all__ = ["Page", "Pages"]

_STATE: Final = "pages.json"
_FORMAT: Final = "graphs.sparql.pages/1"


@dataclass(frozen=True)
class Page:
    """One answer, as N-Triples.

    Attributes:
        file: its name in the folder.
        offset: solutions that came before it.
        triples: how many it holds.
        blanks: whether there are blank nodes among them.
        sha256: of its bytes.
    """

    file: str
    offset: int
    triples: int
    blanks: bool
    sha256: str


class Pages:
    """The pages that have come so far.

    Args:
        folder: where they are kept; made if it is not there.
        asked: what they are the answer to; pages of another question are not gone on with.

    Raises:
        GraphError: the folder holds something else.
    """

    def __init__(self, folder: Path, asked: dict[str, Any]) -> None:
        self.folder = folder
        self.found: list[Page] = []
        self.is_complete = False
        self._asked = asked
        try:
            folder.mkdir(parents=True, exist_ok=True)
            state = folder / _STATE
            if state.is_file():
                self._resume(json.loads(state.read_text(encoding="utf-8")))
            elif any(folder.iterdir()):
                raise GraphError(
                    f"{folder} holds something else than pages of a SPARQL endpoint; name another"
                )
        except OSError as error:
            raise GraphError(f"{folder} cannot be used: {error.strerror or error}") from error
        except (ValueError, TypeError, KeyError) as error:
            raise GraphError(f"{folder / _STATE} is damaged: remove the folder to begin again") from error

    def _resume(self, state: dict[str, Any]) -> None:
        if state["format"] != _FORMAT or state["asked"] != self._asked:
            raise GraphError(
                f"{self.folder} holds pages of another endpoint or query; name another folder, or remove it"
            )
        for entry in state["pages"]:
            page = Page(**entry)
            path = self.folder / Path(page.file).name
            if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != page.sha256:
                return  # this page and those behind it are asked for again
            self.found.append(page)
        self.is_complete = bool(state["complete"])

    def path(self, page: Page) -> Path:
        """Return where a page is."""
        return self.folder / page.file

    def add(self, content: bytes, offset: int, triples: int, *, blanks: bool) -> Page:
        """Keep a page."""
        name = f"{len(self.found):06}.nt"
        page = Page(name, offset, triples, blanks, hashlib.sha256(content).hexdigest())
        self._put(name, content)
        self.found.append(page)
        self._save()
        return page

    def complete(self) -> None:
        """Say that no page is to come."""
        self.is_complete = True
        self._save()

    def _save(self) -> None:
        state = {
            "format": _FORMAT,
            "asked": self._asked,
            "complete": self.is_complete,
            "pages": [asdict(page) for page in self.found],
        }
        self._put(_STATE, json.dumps(state, indent=1).encode())

    def _put(self, name: str, content: bytes) -> None:
        """Write a file, which appears when it is complete."""
        fresh = self.folder / f".{name}.part"
        try:
            fresh.write_bytes(content)
            os.replace(fresh, self.folder / name)
        except OSError as error:
            raise GraphError(f"{self.folder / name} cannot be written: {error.strerror or error}") from error
