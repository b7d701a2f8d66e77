"""Options of `bodydouble serve` from the command line, from the environment, and from a file."""

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from bodydouble.mock_server.cli.addresses import base_url, origins
from bodydouble.mock_server.cli.configured import ConfiguredCommand
from bodydouble.mock_server.cli.serve import serve


@click.command(cls=ConfiguredCommand)
@click.option("--port", default=8080, type=click.IntRange(0, 65535))
@click.option("--pace", default=60.0, type=float)
@click.option("--trust-proxy", is_flag=True)
@click.option("--base-url", callback=base_url)
@click.option("--cors", multiple=True, callback=origins)
@click.option("--control-token", envvar="BODYDOUBLE_CONTROL_TOKEN")
def command(**options: Any) -> None:
    """Print the options."""
    click.echo(repr(sorted((name, value) for name, value in options.items() if value not in (None, (), False))))


def run(*arguments: str, expected: int = 0, variables: Mapping[str, str] | None = None) -> str:
    result = CliRunner().invoke(command, list(arguments), env=variables)
    assert result.exit_code == expected, result.output
    return result.output


def options(*arguments: str, **variables: str) -> dict[str, Any]:
    return dict(ast.literal_eval(run(*arguments, variables=variables)))


TOML = """
port = 9000
pace = 2.5
trust-proxy = true
cors = ["http://localhost:3000", "https://a.example"]
control_token = "secret"
"""
YAML = """
port: 9000
pace: 2.5
trust_proxy: true
cors: [http://localhost:3000, https://a.example]
control-token: secret
"""
JSON = """{"port": 9000, "pace": 2.5, "trust-proxy": true, "control-token": "secret",
           "cors": ["http://localhost:3000", "https://a.example"]}"""


@pytest.mark.parametrize(("name", "content"), [("a.toml", TOML), ("a.yaml", YAML), ("a.yml", YAML), ("a.json", JSON)])
def test_every_option_can_stand_in_a_file(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    expected = {
        "port": 9000,
        "pace": 2.5,
        "trust_proxy": True,
        "cors": ("http://localhost:3000", "https://a.example"),
        "control_token": "secret",
    }
    assert options("--config", str(tmp_path / name)) == expected
    assert options(BODYDOUBLE_CONFIG=str(tmp_path / name)) == expected


def test_the_command_line_comes_before_the_environment_and_that_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("{port: 1, pace: 2}")
    variables = {"BODYDOUBLE_CONFIG": str(file), "BODYDOUBLE_PORT": "3"}
    assert options(**variables) == {"port": 3, "pace": 2.0}
    assert options("--port", "4", **variables) == {"port": 4, "pace": 2.0}


def test_every_option_of_serve_has_a_variable() -> None:
    for option in serve.params:
        assert isinstance(option, click.Option)
        flag = next(name for name in option.opts if name.startswith("--"))
        if flag != "--help":
            names = [option.envvar] if isinstance(option.envvar, str) else option.envvar
            assert names is not None
            assert names[0] == "BODYDOUBLE_" + flag.removeprefix("--").upper().replace("-", "_")


def test_a_repeatable_option_has_a_variable_with_several_values() -> None:
    assert options(BODYDOUBLE_CORS="http://a:1 http://b:2")["cors"] == ("http://a:1", "http://b:2")
    assert options(BODYDOUBLE_TRUST_PROXY="1")["trust_proxy"] is True


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{prot: 1}", "there is no option prot; there are base-url, control-token, cors, pace, port, trust-proxy"),
        ("{1: 1}", "there is no option 1"),
        ("{config: a}", "there is no option config"),
        ("{port: true}", "port must be a text or a number"),
        ("{port: [1]}", "port must be a text or a number"),
        ("{port: null}", "port must be a text or a number"),
        ("{port: 1.5}", "'1.5' is not a valid integer"),
        ("{port: 70000}", "not in the range"),
        ("{port: {a: 1}}", "port must be a text or a number"),
        ("{trust-proxy: 'yes'}", "trust-proxy must be true or false"),
        ("{cors: [[a]]}", "cors must be a text or a number"),
        ("{cors: ['localhost:3000']}", "localhost:3000: must be * or like http://localhost:3000"),
        ("{base-url: mock.example}", "mock.example: must be like https://mock.example/prefix"),
        ("{base-url: a, base_url: b}", "base-url occurs twice"),
        ("port: 1\nport: 2\n", "repeated: port"),
        ("[port]", "must be a mapping of options to values"),
        ("port: [", "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "a.yaml").write_text(content)
    output = run("--config", str(tmp_path / "a.yaml"), expected=2)
    assert message in re.sub(r"\s+", " ", output)


def test_a_file_that_is_missing_or_broken_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("port = ")
    assert "cannot be read: No such file" in run("--config", str(tmp_path / "none.yaml"), expected=2)
    assert "cannot be read: Invalid value" in run("--config", str(tmp_path / "a.toml"), expected=2)
    (tmp_path / "empty.yaml").write_text("")
    assert options("--config", str(tmp_path / "empty.yaml")) == {"port": 8080, "pace": 60.0}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://mock.example/mock/", "https://mock.example/mock"),
        ("HTTP://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("http://[::1]:80/", "http://[::1]:80"),
    ],
)
def test_an_address_of_the_server_is_written_in_one_way(text: str, expected: str) -> None:
    assert options("--base-url", text)["base_url"] == expected


@pytest.mark.parametrize(
    "text", ["ftp://a", "//a", "http://", "http://a b", "http://a?b", "http://a#b", "http://u@a", "http://a:99999", ""]
)
def test_what_is_no_address_of_a_server_is_refused(text: str) -> None:
    assert "must be like" in run("--base-url", text, expected=2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://Localhost:3000/", "http://localhost:3000"),
        ("https://a.example:443", "https://a.example"),
        ("*", "*"),
        ("null", "null"),
        ("capacitor://localhost", "capacitor://localhost"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(text: str, expected: str) -> None:
    assert options("--cors", text)["cors"] == (expected,)


@pytest.mark.parametrize("text", ["localhost", "http://a/b", "http://a:b", "http://*.a.example", "http://"])
def test_what_is_no_origin_is_refused(text: str) -> None:
    assert "like http://localhost:3000" in run("--cors", text, expected=2)
