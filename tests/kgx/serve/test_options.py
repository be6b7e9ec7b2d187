"""Who may listen where, and what a token is."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from kgx.cli.app import app
from kgx.errors import ConfigError
from kgx.serve.options import ServerOptions, read_token
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
