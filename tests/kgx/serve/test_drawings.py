"""A short drawing that would take hours is refused, and the server answers others meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from kgx import drawing
from kgx.encoders.base import EncoderWrapper, Encoding, Value
from kgx.encoders.prefetch import decode_batches
from kgx.media import load_image
from kgx.renderers import Renderers
from kgx.search import Searcher
from kgx.serve.options import Limits, ServerOptions

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="1000">'
FILTERS = "".join(
    f'<filter id="f{number}"><feTurbulence baseFrequency=".9" numOctaves="9"/><feMorphology radius="40"/></filter>'
    f'<rect width="1000" height="1000" filter="url(#f{number})"/>'
    for number in range(200)
)
SLOW = f"{SVG}{FILTERS}</svg>".encode()


class DecodingEncoder(EncoderWrapper):
    """Decodes what its encoder would only read."""

    def encode(self, values: Sequence[Value], modality: str) -> Encoding:
        failures: dict[int, str] = {}
        for _ in decode_batches(values, load_image, batch=1, workers=1, failures=failures):
            pass
        return replace(self.encoder.encode(values, modality), failures=failures)


@pytest.fixture
def drawing_server(serving: Any, tiny_searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    pool = Renderers(seconds=1)
    monkeypatch.setattr(drawing, "_RENDERERS", pool)
    pool.render(f"{SVG}</svg>", 10)
    encoders = {**tiny_searcher.encoders, "image": DecodingEncoder(tiny_searcher.encoders["image"])}
    limits = Limits(body_bytes=200_000, answer_seconds=60.0)
    with serving(replace(tiny_searcher, encoders=encoders), ServerOptions(port=0, limits=limits)) as server:
        yield server
    pool.close()


def test_a_slow_drawing_is_refused_while_others_are_answered(drawing_server: Any) -> None:
    told: list[Any] = []
    asking = threading.Thread(
        target=lambda: told.append(drawing_server.form("/v1/search", [("image", SLOW), ("k", "1")]))
    )
    asking.start()
    answered = 0
    while asking.is_alive():
        assert drawing_server.ask("GET", "/healthz").status == 200
        answered += not told
        time.sleep(0.05)
    assert answered > 1
    assert 400 <= told[0].status < 500, told[0]
    assert "longer than 1 s to render" in told[0].json["detail"]
