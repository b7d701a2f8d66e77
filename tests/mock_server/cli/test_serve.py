"""`bodydouble serve` over TLS, on any free port, and where it cannot start."""

import re
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bodydouble.mock_server.testing.receiver import WAIT

pytestmark = pytest.mark.process
COMMAND = [sys.executable, "-m", "bodydouble", "serve", "--workers", "1"]


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A self-signed certificate for localhost, and its key."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *files]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


@contextmanager
def started(*arguments: str) -> Iterator[str]:
    """A running server; its first line."""
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline()
        finally:
            process.terminate()
            process.wait(WAIT)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_with_a_certificate_speaks_https(
    tmp_path: Path, certificate: tuple[Path, Path], version: ssl.TLSVersion
) -> None:
    file, key = certificate
    port_file = tmp_path / "port"
    files = ["--tls-cert", str(file), "--tls-key", str(key), "--port-file", str(port_file)]
    with started("--port", "0", *files) as line:
        address = re.match(r"bodydouble on (https://127\.0\.0\.1:([0-9]+)): ", line)
        assert address is not None, line
        assert port_file.read_text() == f"{address[2]}\n"
        context = ssl.create_default_context(cafile=str(file))
        context.minimum_version = context.maximum_version = version
        with urllib.request.urlopen(f"{address[1]}/_mock/accounts/default", timeout=WAIT, context=context) as response:
            assert f'"base_url":"{address[1]}"'.encode() in response.read()


def test_a_port_file_that_cannot_be_written_ends_the_start_and_an_old_one_is_removed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for file in (tmp_path / "nosuch" / "port", tmp_path / "folder"):
        message = complaint("--port", "0", "--port-file", str(file))
        assert (len(message.splitlines()), str(file) in message) == (1, True), message
    old = tmp_path / "old"
    old.write_text("1\n")
    complaint("--port", "0", "--port-file", str(old), "--state", str(tmp_path))
    assert not old.exists()


def test_any_free_port_is_printed() -> None:
    with started("--port", "0") as line:
        address = re.match(r"bodydouble on (http://127\.0\.0\.1:([0-9]+)): ", line)
        assert address is not None, line
        assert int(address[2]) > 0
        with urllib.request.urlopen(f"{address[1]}/_mock/health", timeout=WAIT) as response:
            assert response.status == 200


def complaint(*arguments: str, status: int = 1) -> str:
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (status, "")
    return done.stderr


def test_a_certificate_without_its_key_is_refused(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    file, key = certificate
    assert "--tls-cert and --tls-key need each other" in complaint("--tls-cert", str(file), status=2)
    assert "No such file" in complaint("--tls-cert", str(file), "--tls-key", str(tmp_path / "none"))
    assert len(complaint("--tls-cert", str(key), "--tls-key", str(file)).splitlines()) == 1
    locked = tmp_path / "locked.pem"
    command = ["openssl", "rsa", "-aes256", "-passout", "pass:secret", "-in", str(key), "-out", str(locked)]
    subprocess.run(command, check=True, capture_output=True)
    assert "the key is encrypted" in complaint("--tls-cert", str(file), "--tls-key", str(locked))


@pytest.mark.linux
@pytest.mark.parametrize(("blocks", "message"), [(0, "No usable temporary"), (1, "the state cannot be used: ")])
def test_a_start_on_a_full_disk_is_reported_in_one_line(tmp_path: Path, blocks: int, message: str) -> None:
    # No file may grow beyond that, as on a full disk.
    command = " ".join([*COMMAND, "--port", "0", "--state", str(tmp_path / "state.db")])
    limited = ["bash", "-c", f"ulimit -f {blocks}; exec {command}"]
    done = subprocess.run(limited, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert message in done.stderr


def test_a_profile_is_planted_from_the_start_and_its_seed_needs_it() -> None:
    with started("--port", "0", "--profile", "throttled", "--fault-seed", "7") as line:
        address = line.split()[2].rstrip(":")
        with urllib.request.urlopen(f"{address}/_mock/accounts/default/scenarios", timeout=WAIT) as response:
            assert b'"profile":"throttled"' in (listed := response.read())
            assert b'"seed":7' in listed
    for arguments, problem in ((["--profile", "sunday"], "slow-vendor"), (["--fault-seed", "7"], "needs --profile")):
        refused = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)
        assert refused.returncode == 2
        assert problem in refused.stderr


def test_a_seed_is_loaded_at_the_start_and_a_wrong_one_is_one_line(tmp_path: Path) -> None:
    seed = tmp_path / "seed.yaml"
    seed.write_text("version: 1\naccounts:\n  - {id: team, seed: 7}\n")
    with started("--port", "0", "--seed", str(seed)) as line:
        address = line.split()[2].rstrip(":")
        with urllib.request.urlopen(f"{address}/_mock/accounts/team", timeout=WAIT) as response:
            assert b'"seed":7' in response.read()
    state = tmp_path / "state.db"
    for content, problem in (("a: &a []\n", "line 1, /a: the anchor or alias"), (None, "No such file")):
        seed.write_text(content) if content is not None else seed.unlink()
        arguments = [*COMMAND, "--port", "0", "--state", str(state), "--seed", str(seed)]
        refused = subprocess.run(arguments, capture_output=True, text=True, check=False)
        assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
        assert problem in refused.stderr
    assert not state.exists()
