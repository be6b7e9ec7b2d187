"""A run that another process may edit while it is served: it is opened again when its folder has changed."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from kgx.errors import ConfigError, KgxError
from kgx.index.segments import CURRENT, Snapshot, read_segments
from kgx.run_folder import CHANGES, RUN_FORMAT, OpenedRun, open_run
from kgx.search import Searcher
from kgx.transfer.model_folder import open_model

__all__ = ["FollowedRun"]

_OPENING = 600.0  # seconds that opening a run takes at most: what has changed since may not have been read

_log = logging.getLogger(__name__)

_Stamp: TypeAlias = tuple[int, int, int] | None


class FollowedRun:
    """A run as it was last found in its folder; one thread looks, many may search.

    Args:
        searcher: the run as it was opened just now.

    Attributes:
        searcher: searches the run, another object after each change; whoever holds an older one can go on with it.
    """

    def __init__(self, searcher: Searcher) -> None:
        self.searcher = searcher
        self._folder = searcher.run.folder
        self._stamps = self._stamped()
        self._built = self._stamps[0]  # the file that is written when a run is built
        self._snapshot: Snapshot | None = read_segments(self._folder / CHANGES)
        changed = self._stamps[1]
        if changed is not None and time.time() - changed[0] / 1e9 < _OPENING:
            self._snapshot = None

    def look(self) -> bool:
        """Open the run again if it has changed, and return whether it has; one that cannot be opened stays as it was.

        As long as nothing changes, that costs three calls of the system.
        """
        stamps = self._stamped()
        if stamps == self._stamps and self._snapshot is not None:
            return False
        try:
            snapshot = read_segments(self._folder / CHANGES)
            rebuilt = stamps[0] != self._built
            if not rebuilt and snapshot == self._snapshot:
                self._stamps = stamps
                return False
            searcher = self._opened(rebuilt)
        except (KgxError, OSError) as error:
            # It is tried again when something has changed again.
            self._stamps, self._snapshot = stamps, self._snapshot or Snapshot(None, {}, 0, ())
            _log.warning("%s has changed and cannot be opened again: %s", self._folder, error)
            return False
        self._stamps, self._built, self._snapshot, self.searcher = stamps, stamps[0], snapshot, searcher
        return True

    def _opened(self, rebuilt: bool) -> Searcher:
        """Open the run; what it has in common with what was opened before is not read again."""
        before = self.searcher
        run = self._run()
        if not rebuilt:
            run = replace(run, root=before.run.root, centres=before.run.centres)
        if run.fingerprint == before.run.fingerprint:
            return Searcher(run, before.model, before.encoders) if rebuilt else before.over(run)
        model = open_model(run.model)
        if dict(model.encoder_ids) != dict(before.model.encoder_ids):
            raise ConfigError("its model has other encoders now; start the server again")
        return Searcher(run, model, before.encoders)

    def _run(self) -> OpenedRun:
        before = self.searcher.run
        try:
            return open_run(self._folder, mmap=before.mmap)
        except KgxError:  # its model may be where the server was told that it is
            return open_run(self._folder, model=before.model, mmap=before.mmap)

    def _stamped(self) -> tuple[_Stamp, _Stamp, _Stamp]:
        changes = self._folder / CHANGES
        return _stamp(self._folder / RUN_FORMAT.file), _stamp(changes), _stamp(changes / CURRENT)


def _stamp(path: Path) -> _Stamp:
    """Return what tells a file or a folder from what is there after a change; nothing where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
