"""Faults of result files, as curl and urllib3 see them."""

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import urllib3

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server
from tests.support.guiji import Guiji

pytestmark = pytest.mark.process
PARTIAL = 18


@pytest.fixture
def account(process_server: Server) -> Account:
    return Account(process_server)


@pytest.fixture
def url(account: Account) -> str:
    guiji = Guiji(account)
    video = guiji.synthesise()
    account.finish(video)
    return str(guiji.video(video)["videoUrl"])


def curl(url: str, file: Path, *options: str) -> tuple[int, str, bytes]:
    """Exit code, status and the file."""
    command = ["curl", "-sS", "--max-time", "20", "-o", str(file), "-w", "%{http_code}", *options, url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, file.read_bytes() if file.exists() else b""


def test_a_file_is_cut_off(account: Account, url: str, tmp_path: Path) -> None:
    code, status, whole = curl(url, tmp_path / "whole")
    assert (code, status) == (0, "200")
    account.fault("cutOffFile")
    assert curl(url, tmp_path / "half") == (PARTIAL, "200", whole[: len(whole) // 2])
    account.clear_scenarios()
    account.fault("cutOffFile", bytes=100)
    assert curl(url, tmp_path / "part") == (PARTIAL, "200", whole[:100])
    assert curl(url, tmp_path / "range", "--range", "10-299") == (PARTIAL, "206", whole[10:110])
    with urllib3.PoolManager() as pool, pytest.raises(urllib3.exceptions.ProtocolError, match="IncompleteRead"):
        pool.request("GET", url, retries=False)
    assert [scenario["struck"] for scenario in account.scenarios()] == [3]


def test_a_file_comes_slowly_and_whole(account: Account, url: str, tmp_path: Path) -> None:
    _, _, whole = curl(url, tmp_path / "whole")
    account.fault("slowFile", bytes_per_second=4 * len(whole))
    started = time.monotonic()
    assert curl(url, tmp_path / "slow") == (0, "200", whole)
    assert time.monotonic() - started >= 0.2


def test_urllib3_gets_a_slow_file_whole(account: Account, url: str) -> None:
    with urllib3.PoolManager() as pool:
        whole = pool.request("GET", url, retries=False).data
        account.fault("slowFile", bytes_per_second=4 * len(whole))
        started = time.monotonic()
        assert pool.request("GET", url, retries=False).data == whole
        assert time.monotonic() - started >= 0.2


def test_a_file_of_several_megabytes_comes_slowly_and_whole_or_is_cut_off(account: Account, tmp_path: Path) -> None:
    guiji = Guiji(account)
    audio = guiji.speak("A sentence of many. " * 100)
    account.finish(audio)
    url = str(guiji.audio(audio)["ttsUrl"])
    _, _, whole = curl(url, tmp_path / "whole")
    assert len(whole) > 2_000_000
    account.fault("slowFile", bytes_per_second=4 * len(whole))
    assert curl(url, tmp_path / "slow") == (0, "200", whole)
    account.clear_scenarios()
    account.fault("cutOffFile", bytes=len(whole) - 1)
    assert curl(url, tmp_path / "cut") == (PARTIAL, "200", whole[:-1])


@pytest.mark.parametrize(
    ("kind", "parameters", "status"), [("missingFile", {}, "404"), ("forbiddenFile", {"seconds": 3600}, "403")]
)
def test_curl_sees_a_missing_and_a_forbidden_file_by_their_status(
    account: Account, url: str, tmp_path: Path, kind: str, parameters: dict[str, Any], status: str
) -> None:
    account.fault(kind, **parameters)
    assert curl(url, tmp_path / "file")[:2] == (0, status)


def test_a_missing_and_a_forbidden_file_keep_the_connection(account: Account, url: str) -> None:
    account.fault("missingFile", times=1)
    account.fault("forbiddenFile", seconds=3600, times=2)
    with urllib3.connection_from_url(account.server.base_url, maxsize=1) as pool:
        assert [pool.request("GET", url, retries=False).status for _ in range(3)] == [404, 403, 200]
        assert pool.num_connections == 1
