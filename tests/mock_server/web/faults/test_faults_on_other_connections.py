"""Faults of responses on connections of IPv6, and where only the server underneath can write: TLS and HTTP/2."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import RunningServer, Server, free_port
from tests.support.guiji import Guiji
from tests.support.https import certificate

pytestmark = [pytest.mark.process, pytest.mark.linux]
PARTIAL, EMPTY, BROKEN = 18, 52, 56
# What a fault is for curl on a connection that can be reset.
FAULTS: list[tuple[dict[str, Any], int]] = [
    ({"kind": "emptyReply"}, EMPTY),
    ({"kind": "reset", "at": "before"}, BROKEN),
    ({"kind": "reset", "at": "header"}, BROKEN),
    ({"kind": "reset", "at": "body", "bytes": 4}, BROKEN),
    ({"kind": "truncated", "length": "whole", "bytes": 4}, PARTIAL),
    ({"kind": "truncated", "length": "sent", "bytes": 4}, 0),
    ({"kind": "drip", "bytes_per_second": 2000}, 0),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Listens on all addresses."""
    server = Server(
        tmp_path_factory.mktemp("addresses"), "--host", "::", "--control-token", "the-token", token="the-token"
    )
    yield server
    server.stop()
    assert server.errors == [], server.log


def target(account: Account) -> str:
    return f"/openapi/user/v2/get?access_token={Guiji(account).token}"


def curl(url: str, *options: str) -> tuple[int, bytes]:
    """The exit code, and the body."""
    command = ["curl", "-sS", "-g", "-k", "--max-time", "20", *options, url]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize(("fault", "code"), FAULTS)
def test_a_connection_of_ipv6_is_struck_as_one_of_ipv4(server: Server, fault: dict[str, Any], code: int) -> None:
    account = Account(server)
    path = target(account)
    account.scenario("guiji", "getAccountBenefits", fault=fault)
    for host in ("[::1]", "127.0.0.1"):
        assert curl(f"http://{host}:{server.port}{path}")[0] == code


@pytest.mark.parametrize(("fault", "code"), FAULTS)
def test_within_http_2_a_response_breaks_off_without_a_reset_of_the_connection(
    server: Server, fault: dict[str, Any], code: int
) -> None:
    account = Account(server)
    path = target(account)
    account.scenario("guiji", "getAccountBenefits", fault=fault)
    seen, _ = curl(f"http://127.0.0.1:{server.port}{path}", "--http2-prior-knowledge")
    assert bool(seen) == bool(code), seen
    assert seen not in (EMPTY, BROKEN)


def test_within_tls_a_response_breaks_off_without_a_reset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem, port = certificate(tmp_path), free_port()
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    command = [sys.executable, "-m", "bodydouble", "serve", "--port", str(port), "--state", str(tmp_path / "state.db")]
    files = ["--tls-cert", str(pem), "--tls-key", str(pem.with_suffix(".key"))]
    with subprocess.Popen([*command, *files], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            url = f"https://localhost:{port}"
            assert curl(f"{url}/_mock/health", "--retry", "60", "--retry-connrefused", "--retry-delay", "1")[0] == 0
            account = Account(RunningServer(url))
            path = target(account)
            for fault, code in FAULTS:
                account.scenario("guiji", "getAccountBenefits", fault=fault)
                seen, _ = curl(url + path, "--http1.1")
                assert bool(seen) == bool(code), (seen, fault)
                account.clear_scenarios()
        finally:
            process.terminate()


def test_a_file_that_is_slow_or_cut_off_has_its_head_at_once(server: Server) -> None:
    account = Account(server)
    guiji = Guiji(account)
    video = guiji.synthesise()
    account.finish(video)
    url = urlsplit(str(guiji.video(video)["videoUrl"]))
    for fault in ({"kind": "cutOffFile"}, {"kind": "slowFile", "bytes_per_second": 1}):
        account.fault(**fault)
        code, head = curl(f"http://[::1]:{server.port}{url.path}", "-I")
        assert (code, head[:15]) == (0, b"HTTP/1.1 200 OK")
        account.clear_scenarios()
