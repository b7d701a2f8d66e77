"""The endpoint's certificate is verified, by the system's authorities and by those that the user names."""

import json
import ssl
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.proxy.server import Proxy
from bodydouble.mock_server.cli.proxy import proxy as command
from tests.support.raw_endpoint import RawEndpoint, exchange, response

OK = json.dumps({"code": "40001", "success": False, "message": "Resource not found", "data": None}).encode()
REQUEST = b"GET /openapi/user/v2/get?access_token=tttttttt HTTP/1.1\r\nHost: h\r\n\r\n"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody has signed, with its key."""
    path = tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"),
            *("-keyout", str(tmp_path / "key.pem"), "-out", str(path)),
        ],
        check=True,
        capture_output=True,
    )
    path.write_text(path.read_text() + (tmp_path / "key.pem").read_text())
    return path


def endpoint_with(certificate: Path) -> RawEndpoint:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return RawEndpoint(lambda _: response(OK), context)


def test_a_certificate_that_nobody_has_signed_is_a_502_that_says_so(certificate: Path) -> None:
    with endpoint_with(certificate) as endpoint, Proxy(load_contract("guiji"), endpoint.base_url) as proxy:
        received = exchange(proxy.base_url, REQUEST)
        (entry,) = proxy.report().drift
    assert received.startswith(b"HTTP/1.1 502 ")
    assert b"certificate is not trusted: self-signed certificate" in received or b"self signed" in received
    assert (entry.rule, entry.part) == ("unreachable", "connection")
    assert endpoint.requests == []


def test_a_certificate_that_the_user_names_is_trusted(certificate: Path) -> None:
    with (
        endpoint_with(certificate) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url, ca=certificate) as proxy,
    ):
        assert exchange(proxy.base_url, REQUEST).endswith(OK)
        assert proxy.report().drift == ()


def test_a_certificate_that_ssl_cert_file_names_is_trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with endpoint_with(certificate) as endpoint, Proxy(load_contract("guiji"), endpoint.base_url) as proxy:
        assert exchange(proxy.base_url, REQUEST).endswith(OK)


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_without_verification_every_certificate_is_trusted(certificate: Path) -> None:
    with (
        endpoint_with(certificate) as endpoint,
        Proxy(load_contract("guiji"), endpoint.base_url, verify=False) as proxy,
    ):
        assert exchange(proxy.base_url, REQUEST).endswith(OK)


@pytest.mark.parametrize("by", ["option", "variable"])
def test_a_file_without_certificates_ends_the_command(tmp_path: Path, by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "no.pem"
    path.write_text("nothing")
    arguments = ["guiji", "--upstream", "https://127.0.0.1:9", "--port", "0"]
    if by == "variable":
        monkeypatch.setenv("BODYDOUBLE_CA", str(path))
    done = CliRunner().invoke(command, [*arguments, *(["--ca", str(path)] if by == "option" else [])])
    assert done.exit_code == 2
    assert "no.pem" in done.output
