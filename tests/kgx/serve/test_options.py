"""Who may listen where, and what a token is."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kgx.cli.app import app
from kgx.errors import ConfigError
from kgx.serve.options import Limits, ServerOptions, read_token
from kgx.serve.server import listen


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org"])  # noqa: S104
def test_others_can_only_connect_with_a_token(host: str) -> None:
    with pytest.raises(ConfigError, match="expected a token to listen on"):
        ServerOptions(host=host)
    assert ServerOptions(host=host, token="t" * 20).protects_reading


def test_on_this_machine_reading_is_open() -> None:
    options = ServerOptions(token="t" * 20)
    assert not options.protects_reading
    assert options.checks_names
    assert ServerOptions(token="t" * 20, protect_reading=True).protects_reading
    with pytest.raises(ConfigError, match="to protect reading"):
        ServerOptions(protect_reading=True)


@pytest.mark.parametrize("content", [b"", b"short", b"with blanks " * 4, b"\xff" * 30, b"\n" + b"t" * 30])
def test_what_is_no_token(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(ConfigError, match="token"):
        read_token(tmp_path / "token")


def test_a_token_is_the_first_line(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t" * 32 + "\r\nnot this\n")
    assert read_token(tmp_path / "token") == "t" * 32
    with pytest.raises(ConfigError, match="cannot be read"):
        read_token(tmp_path / "none")


def test_a_port_that_is_taken() -> None:
    with listen(ServerOptions(port=0)) as taken, pytest.raises(ConfigError, match="cannot listen on 127"):
        listen(ServerOptions(port=taken.getsockname()[1]))


def test_the_command_refuses_to_be_open_to_all(tiny_run: Path) -> None:
    told = CliRunner().invoke(app, ["serve", str(tiny_run), "--host", "0.0.0.0"])  # noqa: S104
    assert isinstance(told.exception, ConfigError)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tiny_run: Path) -> Any:
    """Ask for a server on the command line; get the options that it would run with, and what was printed."""

    def start(*arguments: str) -> tuple[ServerOptions | None, str]:
        found: list[ServerOptions] = []
        monkeypatch.setattr("kgx.serve.server.serve", lambda _, options, **__: found.append(options))
        told = CliRunner().invoke(app, ["serve", str(tiny_run), *arguments], env={"COLUMNS": "200"})
        return (found or [None])[0], told.output

    return start


def test_every_limit_can_be_set(started: Any) -> None:
    told = {
        "--body-size": "0.5", "--head-size": "8", "--megapixels": "2.5", "--sound-seconds": "7.5", "--most-hits": "50",
        "--connections": "99", "--requests": "9", "--workers": "3", "--head-seconds": "1.5", "--body-seconds": "2.5",
        "--answer-seconds": "3.5", "--write-seconds": "4.5", "--idle-seconds": "5", "--shutdown-seconds": "6",
    }  # fmt: skip
    options, _ = started(*(part for pair in told.items() for part in pair))
    assert options.limits == Limits(
        body_bytes=512 << 10,
        head_bytes=8 << 10,
        pixels=2_500_000,
        sound_seconds=7.5,
        hits=50,
        connections=99,
        requests=9,
        workers=3,
        head_seconds=1.5,
        body_seconds=2.5,
        answer_seconds=3.5,
        write_seconds=4.5,
        idle_seconds=5,
        shutdown_seconds=6,
    )
    assert started()[0].limits == Limits()
    different = {one.name for one in fields(Limits) if getattr(options.limits, one.name) != one.default}
    assert different == {one.name for one in fields(Limits)}


def test_every_limit_tells_its_default_and_its_range() -> None:
    told = CliRunner().invoke(app, ["serve", "--help"], env={"COLUMNS": "300"}).output
    limits = [line for line in told.partition(" Limits ")[2].splitlines() if line.startswith("│ --")]
    assert len(limits) == len(fields(Limits))
    for line in limits:
        assert "<=x<=" in line
        assert "[default: " in line


@pytest.mark.parametrize(
    "arguments",
    [
        ("--body-size", "0"),
        ("--megapixels", "65"),
        ("--most-hits", "23"),
        ("--most-hits", "1001"),
        ("--answer-seconds", "nan"),
        ("--idle-seconds", "0"),
        ("--connections", "7"),
    ],
)
def test_what_is_out_of_range_is_refused(started: Any, arguments: tuple[str, str]) -> None:
    options, told = started(*arguments)
    assert options is None
    assert arguments[0] in told


def test_impossible_limits() -> None:
    with pytest.raises(ConfigError, match="expected a limit above 0, got body_bytes of 0"):
        Limits(body_bytes=0)
    with pytest.raises(ConfigError, match="expected hits from 24 to 1000, got 2000"):
        Limits(hits=2000)
