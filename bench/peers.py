"""The servers that are compared: this project's on two databases, Prism, and two references."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.rows import CONSOLE
from bench.subjects import BODY, CREATE, HERE, Subject, ask
from bodydouble.testing import free_port

SPECIFICATION = HERE.parent / "specs" / "guiji" / "openapi.yaml"
_PACKAGES = (["node@26", "@stoplight/prism-cli@5.16"], ["@stoplight/prism-cli@5.14.2"])


def bodydouble(name: str = "Bodydouble", *options: str) -> Subject:
    """This server, with its defaults but for the options."""
    port = free_port()
    command = [_program("bodydouble"), "serve", "--port", str(port), *options]
    return Subject(name, command, port, "/_mock/health", is_ours=True)


def filled(folder: Path, name: str = "Bodydouble") -> Subject:
    """This server over a state that was filled; it drops no tasks, however many there are."""
    port = free_port()
    command = [sys.executable, "-m", "bench.serve_filled", str(folder / "state.db"), str(port)]
    return Subject(name, command, port, "/_mock/health", is_ours=True)


def reference(name: str, module: str) -> Subject:
    """An application of this folder, on the same server with as many workers as this server has."""
    port = free_port()
    options = ["--interface", "wsgi", "--workers", str(os.cpu_count() or 1), "--blocking-threads", "1"]
    ready = "/openapi/video/v2/get/291?access_token=11111111-1111-1111-1111-111111111111"
    return Subject(name, [_program("granian"), *options, "--port", str(port), f"bench.{module}:app"], port, ready)


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def prism() -> Subject | None:
    """Prism, installed beside this file on first use; None if it cannot be."""
    program = HERE / "node_modules" / ".bin" / "prism"
    node = HERE / "node_modules" / ".bin" / "node"
    if not program.exists() and not _install_prism():
        CONSOLE.print("Prism is not installed: its rows are left empty. It needs npm (Debian: apt-get install npm)")
        return None
    runner = str(node) if node.exists() else "node"
    version = json.loads((HERE / "node_modules" / "@stoplight" / "prism-cli" / "package.json").read_text())["version"]
    port = free_port()
    command = [runner, str(program.resolve()), "mock", "-v", "error", "-p", str(port), str(SPECIFICATION)]
    return Subject(f"Prism {version}", command, port, "/openapi/video/v2/get/291?access_token=x")


def _install_prism() -> bool:
    if shutil.which("npm") is None:
        return False
    CONSOLE.print("installing Prism into bench/node_modules ...")
    install = ["npm", "install", "--prefix", str(HERE), "--no-save", "--no-audit", "--no-fund", "--silent"]
    return any(
        subprocess.run([*install, *packages], check=False, stdout=subprocess.DEVNULL).returncode == 0
        for packages in _PACKAGES
    )


@contextmanager
def on_postgresql() -> Iterator[Subject | None]:
    """This server on PostgreSQL, which runs within the block; None if it cannot be had."""
    try:
        from tests.support.postgresql import PostgresqlServer

        server = PostgresqlServer()
    except ImportError:
        CONSOLE.print("PostgreSQL is not installed: its rows are left empty. It comes with the extra of the tests")
        yield None
        return
    try:
        yield bodydouble("PostgreSQL", "--state", server.new_database())
    finally:
        server.stop()


def sign_in(subject: Subject) -> None:
    """Get a token, a large quota and a video to read."""
    credentials = ask(f"{subject.base_url}/_mock/accounts/default")["vendors"]["guiji"]["credentials"]
    ask(f"{subject.base_url}/_mock/accounts/default/quotas/guiji/fastDuration", "PUT", {"total": 2**52})
    timestamp = str(time.time_ns() // 1_000_000)
    text = credentials["app_id"] + timestamp + credentials["secret"]
    signature = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    query = f"grant_type=sign&appId={credentials['app_id']}&timestamp={timestamp}&sign={signature}"
    subject.token = ask(f"{subject.base_url}/openapi/oauth/token?{query}")["data"]["access_token"]
    subject.video_id = ask(subject.url(CREATE), "POST", BODY)["data"]["videoId"]
