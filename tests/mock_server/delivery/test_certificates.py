"""Certificates of receivers and endpoints: one option and one variable for every command, and clear words."""

import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bodydouble.contracts.core.tls import Trust
from bodydouble.mock_server.delivery import http
from bodydouble.mock_server.delivery.connections import Connections
from bodydouble.mock_server.delivery.destination_policy import DestinationPolicy
from bodydouble.mock_server.delivery.http import HttpExchange
from bodydouble.mock_server.delivery.receiver_tls import ReceiverTls
from tests.support.https import certificate, https_server

pytestmark = pytest.mark.usefixtures("network")
VARIABLES = ("BODYDOUBLE_CA", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def port(pem: Path) -> Iterator[int]:
    with https_server(pem) as port:
        yield port


def send(port: int, tls: ReceiverTls, host: str = "localhost") -> HttpExchange:
    destination = DestinationPolicy([]).resolve(f"https://{host}:{port}/cb")
    return http.send(destination, "POST", "/cb", {"Host": destination.authority}, b"{}", 5, Connections(tls))


def test_a_callback_says_what_is_wrong_with_a_certificate_and_what_would_help(port: int) -> None:
    exchange = send(port, ReceiverTls())
    assert (exchange.status, exchange.failure) == (None, "connection")
    assert exchange.error == (
        "its certificate is not trusted: self-signed certificate "
        "(--callback-ca FILE trusts further certificates, --callback-insecure any on loopback)"
    )


@pytest.mark.parametrize("name", VARIABLES[1:])
def test_the_variables_of_other_programs_name_trusted_certificates(
    port: int, pem: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, str(pem))
    assert send(port, ReceiverTls()).status == 200


def test_a_trusted_certificate_must_be_for_the_receivers_name(port: int, pem: Path) -> None:
    assert send(port, ReceiverTls(str(pem))).status == 200
    exchange = send(port, ReceiverTls(str(pem)), "127.0.0.1")
    assert exchange.error is not None
    assert "its certificate is not trusted: IP address mismatch" in exchange.error


def test_receivers_on_loopback_need_no_certificate_if_the_operator_says_so(port: int) -> None:
    tls = ReceiverTls(insecure=True)
    assert [send(port, tls, host).status for host in ("localhost", "127.0.0.1")] == [200, 200]
    assert tls.context_for("192.0.2.1").verify_mode == ssl.CERT_REQUIRED
    assert tls.context_for("::1").verify_mode == ssl.CERT_NONE


def test_an_unusable_file_of_certificates_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    for path in (empty, tmp_path / "missing.pem"):
        with pytest.raises(OSError, match=r"\.pem has no certificates in PEM"):
            Trust(path).context()
    with pytest.raises(OSError, match="has no certificates in PEM"):
        ReceiverTls(str(empty)).require_usable()


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bodydouble", *arguments]
    environment = {**os.environ, **variables}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)


@pytest.fixture(params=["receiver", "check"])
def command(request: pytest.FixtureRequest, port: int, tmp_path: Path) -> list[str]:
    """A command against the server."""
    base = f"https://localhost:{port}"
    if request.param == "receiver":
        return ["receiver", "guiji", "audioResult", "--url", f"{base}/cb", "--examples", "2"]
    credentials = tmp_path / "credentials.json"
    credentials.write_text('{"app_id": "a", "secret": "b"}')
    return [
        "check",
        "guiji",
        "--url",
        base,
        "--credentials",
        str(credentials),
        "--operation",
        "getAccessToken",
        "--examples",
        "1",
    ]


@pytest.mark.process
def test_a_command_says_what_is_wrong_with_a_certificate_and_that_nothing_was_tested(command: list[str]) -> None:
    done = run(*command)
    assert done.returncode == 2
    assert "its certificate is not trusted: self-signed certificate" in done.stderr


@pytest.mark.process
@pytest.mark.parametrize("variable", ["BODYDOUBLE_CA", "SSL_CERT_FILE", None, "insecure"])
def test_every_command_trusts_the_same_certificates(command: list[str], pem: Path, variable: str | None) -> None:
    if variable is None:
        done = run(*command, "--ca", str(pem))
    elif variable == "insecure":
        done = run(*command, "--insecure")
    else:
        done = run(*command, **{variable: str(pem)})
    assert "certificate" not in done.stderr, done.stderr[-3000:]
    assert done.returncode in (0, 1), done.stderr
