"""Drawings rendered by processes of their own, which serve one drawing after the other until one goes too far.

The renderer (resvg) holds Python's lock while it draws, and a short drawing can ask for hours of it: no other thread
would run, nothing could end it. So it works in child processes, within limits of processor time and memory, that can
open no files. They are kept, as thousands of drawings are rendered in a row; one that a drawing has brought to an end
is replaced. What goes through the pipes is text one way and pixels the other.
"""

from __future__ import annotations

import atexit
import io
import os
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from typing import IO, TYPE_CHECKING, BinaryIO, Final, cast
from weakref import WeakSet

from graphs.confinement import confine, limit_processor_time, module_command, module_environment
from kgx.errors import KgxError, MediaError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Renderers"]

_MODULE: Final = "kgx.renderers"
_REQUEST: Final = struct.Struct(">IQ")  # longest side in pixels, bytes of the drawing; the drawing follows
_ANSWER: Final = struct.Struct(">III")  # width, height, bytes of a reason; the pixels or the reason follow
_READY: Final = b"\0"
_LONGEST_REASON: Final = 1 << 20  # bytes
_PATIENCE: Final = 6  # wall-clock time over processor time: the machine may be busy with other things
_START_SECONDS: Final = 300.0
# The renderer recurses, and allows a thousand nested elements; each takes some 32 kB of the stack.
_STACK_BYTES: Final = 64 << 20
_EMPTY: Final = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


class Renderers:
    """A pool of processes that render drawings; threads may share it.

    Args:
        seconds: of processor time for one drawing.
        memory: bytes of address space of one process.
        most: processes at once, beyond which callers wait; as many as processors, from 2 to 8, where left out.

    >>> with_pool = Renderers()
    >>> picture = with_pool.render('<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"/>', 40)
    >>> with_pool.close()
    >>> picture.size, picture.mode
    ((40, 20), 'RGBA')
    """

    def __init__(self, *, seconds: int = 10, memory: int = 1 << 30, most: int | None = None) -> None:
        self.seconds = seconds
        self.memory = memory
        self._most = most if most is not None else min(8, max(2, os.cpu_count() or 2))
        self._reset()
        _POOLS.add(self)

    def _reset(self) -> None:
        self._places = threading.Semaphore(self._most)
        self._lock = threading.Lock()
        self._idle: list[_Renderer] = []
        self._all: set[_Renderer] = set()

    def render(self, source: str, size: int) -> Image:
        """Render an SVG so that its longest side has ``size`` pixels; mode RGBA.

        Raises:
            MediaError: it is none, or takes too long or too much; the message names no file.
            KgxError: no process can be started.
        """
        from PIL import Image

        with self._places:
            renderer = self._taken()
            try:
                width, height, told = renderer.ask(source.encode("utf-8", "replace"), size)
            except BaseException:  # an interrupted one would answer the next question with this one's answer
                self._end(renderer)
                raise
            with self._lock:
                self._idle.append(renderer)
        if not width:
            raise MediaError(f"the drawing cannot be rendered ({told.decode('utf-8', 'replace')})")
        return Image.frombytes("RGBA", (width, height), told)

    def close(self) -> None:
        """End all processes; later drawings get new ones."""
        for renderer in list(self._all):
            self._end(renderer)

    def _taken(self) -> _Renderer:
        with self._lock:
            while self._idle:
                renderer = self._idle.pop()
                if renderer.process.poll() is None:
                    return renderer
                self._all.discard(renderer)
                renderer.end()
        renderer = _Renderer(self.seconds, self.memory)
        with self._lock:
            self._all.add(renderer)
        return renderer

    def _end(self, renderer: _Renderer) -> None:
        with self._lock:
            self._all.discard(renderer)
            if renderer in self._idle:
                self._idle.remove(renderer)
        renderer.end()

    def _forget(self) -> None:
        """Let go of processes that belong to the process that this one was forked from."""
        for renderer in self._all:
            renderer.forget()
        self._reset()


class _Renderer:
    """One process, as its parent sees it."""

    def __init__(self, seconds: int, memory: int) -> None:
        self._seconds = seconds
        self._memory = memory
        self.process = subprocess.Popen(
            module_command(_MODULE, [str(seconds), str(memory)]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=module_environment(),
        )
        self._pipes = cast("IO[bytes]", self.process.stdin), cast("IO[bytes]", self.process.stdout)
        self._answers = select.poll()
        self._answers.register(self._pipes[1], select.POLLIN)
        self._started = False

    def ask(self, source: bytes, size: int) -> tuple[int, int, bytes]:
        """Return width, height and pixels, or twice nothing and a reason."""
        if not self._started:
            self._await_start()
        deadline = time.monotonic() + _PATIENCE * self._seconds
        try:
            rest = memoryview(_REQUEST.pack(size, len(source)) + source)
            while rest:
                rest = rest[os.write(self._pipes[0].fileno(), rest) :]
            # Rounding makes some a pixel larger than asked; what is far larger is no answer of this module's.
            width, height, length = _ANSWER.unpack(self._received(_ANSWER.size, deadline))
            if max(width, height) > 2 * size or length > _LONGEST_REASON:
                raise EOFError
            return width, height, self._received(4 * width * height or length, deadline)
        except TimeoutError as error:
            raise self._too_long() from error
        except (EOFError, BrokenPipeError) as error:
            self.process.kill()
            status = self.process.wait()
            if status == -signal.SIGXCPU:
                raise self._too_long() from error
            raise MediaError(
                f"the drawing takes more than {self._memory >> 20} MB to render, or breaks the renderer "
                f"(status {status})"
            ) from error

    def _await_start(self) -> None:
        try:
            self._received(len(_READY), time.monotonic() + _START_SECONDS)
        except (EOFError, TimeoutError) as error:
            raise KgxError(
                f"the process that renders drawings does not start: try {sys.executable} -m {_MODULE} "
                f"{self._seconds} {self._memory}"
            ) from error
        self._started = True

    def _received(self, count: int, deadline: float) -> bytes:
        told = bytearray()
        while len(told) < count:
            if not self._answers.poll(max(0.0, deadline - time.monotonic()) * 1000):
                raise TimeoutError
            part = os.read(self._pipes[1].fileno(), count - len(told))
            if not part:
                raise EOFError
            told += part
        return bytes(told)

    def _too_long(self) -> MediaError:
        return MediaError(f"the drawing takes longer than {self._seconds} s to render")

    def end(self) -> None:
        self.process.kill()
        for pipe in self._pipes:
            pipe.close()
        self.process.wait()

    def forget(self) -> None:
        for pipe in self._pipes:
            pipe.close()
        self.process.returncode = 0  # it is the child of another process, and not to be waited for


_POOLS: Final[WeakSet[Renderers]] = WeakSet()


def _close_all() -> None:
    for pool in list(_POOLS):
        pool.close()


def _forget_all() -> None:
    for pool in list(_POOLS):
        pool._forget()


atexit.register(_close_all)
os.register_at_fork(after_in_child=_forget_all)


def _answer_all(requests: BinaryIO, answers: BinaryIO, seconds: int) -> None:
    """Answer requests until there are no more."""
    while head := requests.read(_REQUEST.size):
        size, length = _REQUEST.unpack(head)
        source = requests.read(length).decode()
        limit_processor_time(seconds)
        width, height, told = _answer(source, size)
        answers.write(_ANSWER.pack(width, height, 0 if width else len(told)))
        answers.write(told)
        answers.flush()


def _answer(source: str, size: int) -> tuple[int, int, bytes]:
    import resvg_py
    from PIL import Image

    try:
        # Of width and height the one that binds is kept, the other follows the aspect. At the library's
        # default of 0 dots per inch, sizes in points and millimetres vanish.
        png = resvg_py.svg_to_bytes(
            svg_string=source, width=size, height=size, dpi=96, skip_system_fonts=True
        )
    except BaseException as error:
        # A panic of the renderer arrives as an exception outside the usual tree.
        if not isinstance(error, ValueError) and type(error).__name__ != "PanicException":
            raise
        return 0, 0, str(error).encode("utf-8", "replace")[:_LONGEST_REASON]
    with Image.open(io.BytesIO(png)) as picture:
        return *picture.size, picture.convert("RGBA").tobytes()


def _main() -> None:
    seconds, memory = map(int, sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the parent, which ends this process
    _answer(_EMPTY, 1)  # loads whatever is loaded at first use
    confine(memory, files=False)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(_READY)
    answers.flush()
    threading.stack_size(_STACK_BYTES)
    thread = threading.Thread(target=_answer_all, args=(requests, answers, seconds))
    thread.start()
    thread.join()


if __name__ == "__main__":
    _main()
