"""Debian's Chromium: where it is, and how it comes. As a program: bring it, or say what is missing."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping

PACKAGE = "chromium"
ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--mute-audio"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def executable() -> str | None:
    """The path of Chromium, if it is installed."""
    return shutil.which(PACKAGE)


def is_required(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether tests in a browser may not be left out: continuous integration sets CI."""
    return environment.get("CI", "").lower() not in ("", "0", "false")


def install() -> bool:
    """Install it if this user may; returns whether it is there afterwards."""
    if executable() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _say(f"{PACKAGE}, which tests in a browser need, is missing: installing it")
        command = "apt-get install --yes --quiet --quiet --no-install-recommends"
        if subprocess.run([*command.split(), PACKAGE], check=False).returncode:
            subprocess.run(["apt-get", "update", "--quiet", "--quiet"], check=False)
            subprocess.run([*command.split(), PACKAGE], check=False)
    return executable() is not None


def main() -> int:
    """Bring Chromium; fails only where tests in a browser are required."""
    if install():
        return 0
    _say(f"Tests in a browser need Chromium, which is missing. As root: apt-get install {PACKAGE}")
    if not is_required():
        _say("They are left out. With CI=1, this would be a failure.")
    return int(is_required())


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
