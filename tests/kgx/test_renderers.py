"""Drawings in processes of their own: bounds of time and memory, and what becomes of the processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from kgx import renderers
from kgx.errors import KgxError, MediaError
from kgx.renderers import Renderers

SVG = 'xmlns="http://www.w3.org/2000/svg"'
RED = f'<svg {SVG} width="50" height="20"><rect width="50" height="20" fill="#f00"/></svg>'
FILTERS = "".join(
    f'<filter id="f{number}"><feTurbulence baseFrequency=".9" numOctaves="9"/><feMorphology radius="40"/></filter>'
    f'<rect width="1000" height="1000" filter="url(#f{number})"/>'
    for number in range(300)
)
SLOW = f'<svg {SVG} width="1000" height="1000">{FILTERS}</svg>'


@pytest.fixture(scope="module")
def pool() -> Iterator[Renderers]:
    made = Renderers(seconds=1, memory=300 << 20, most=2)
    yield made
    made.close()


def processes(pool: Renderers) -> set[int]:
    return {renderer.process.pid for renderer in pool._all}


def test_one_process_serves_one_drawing_after_the_other(pool: Renderers) -> None:
    pictures = [pool.render(RED, size) for size in (10, 1000, 50)]
    assert [picture.size for picture in pictures] == [(10, 4), (1000, 400), (50, 20)]
    assert {picture.getpixel((3, 2)) for picture in pictures} == {(255, 0, 0, 255)}
    first = processes(pool)
    with pytest.raises(MediaError, match="cannot be rendered"):
        pool.render("<svg", 10)
    assert pool.render(RED, 50).size == (50, 20)
    assert processes(pool) == first
    assert len(first) == 1


def test_threads_have_a_process_each_up_to_a_limit(pool: Renderers) -> None:
    with ThreadPoolExecutor(6) as threads:
        sizes = list(threads.map(lambda size: pool.render(RED, size).width, range(10, 70)))
    assert sizes == list(range(10, 70))
    assert len(processes(pool)) <= 2


def test_a_drawing_that_takes_too_long_is_ended(pool: Renderers) -> None:
    pool.render(RED, 10)
    before = processes(pool)
    with pytest.raises(MediaError, match="longer than 1 s to render"):
        pool.render(SLOW, 1000)
    assert len(processes(pool) & before) == len(before) - 1
    assert not [pid for pid in before - processes(pool) if Path(f"/proc/{pid}").exists()]  # nor a zombie
    assert pool.render(RED, 50).size == (50, 20)


def test_a_drawing_that_takes_too_much_is_ended(pool: Renderers) -> None:
    with pytest.raises(MediaError, match="more than 300 MB to render"):
        pool.render(RED, 20_000)
    assert pool.render(RED, 50).size == (50, 20)


def test_a_drawing_opens_no_file(pool: Renderers, tmp_path: Path) -> None:
    Image.new("RGB", (20, 20), (0, 255, 0)).save(tmp_path / "secret.png")
    source = f'<svg {SVG} width="20" height="20"><image width="20" height="20" href="{tmp_path}/secret.png"/></svg>'
    assert pool.render(source, 20).getpixel((10, 10)) == (0, 0, 0, 0)


def test_a_process_that_was_ended_meanwhile_is_replaced(pool: Renderers) -> None:
    pool.render(RED, 10)
    for renderer in pool._all:
        os.kill(renderer.process.pid, signal.SIGKILL)
        os.waitid(os.P_PID, renderer.process.pid, os.WEXITED | os.WNOWAIT)
    assert pool.render(RED, 50).size == (50, 20)


def test_a_fork_has_processes_of_its_own(pool: Renderers) -> None:
    pool.render(RED, 10)
    before = processes(pool)
    child = os.fork()
    if not child:
        try:
            right = pool.render(RED, 50).size == (50, 20) and not processes(pool) & before
            pool.close()
        finally:
            os._exit(0 if right else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert pool.render(RED, 50).size == (50, 20)
    assert processes(pool) == before


def test_a_process_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renderers, "_MODULE", "kgx.absent")
    with pytest.raises(KgxError, match=r"does not start: try .* -m kgx\.absent") as caught:
        Renderers().render(RED, 10)
    assert not isinstance(caught.value, MediaError)  # it is not the drawing's fault


def test_a_panic_of_the_renderer_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        pass

    def panic(**options: object) -> bytes:
        raise PanicException("called `Option::unwrap()` on a `None` value")

    monkeypatch.setattr("resvg_py.svg_to_bytes", panic)
    width, height, reason = renderers._answer(RED, 50)
    assert (width, height) == (0, 0)
    assert reason.startswith(b"called")
