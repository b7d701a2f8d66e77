"""`bodydouble proxy` as a user runs it: a process in front of a server, with its output, report and recording."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bodydouble.contracts.model.loader import load_contract


@dataclass
class Session:
    """A session through the command.

    Attributes:
        base_url: for clients.
        exit_code, printed, report, har: set when the process has ended.
    """

    vendor: str
    base_url: str
    har_path: Path
    exit_code: int | None = None
    printed: str = ""
    report: dict[str, Any] = field(default_factory=dict)
    har: str = ""

    def examples(self) -> list[dict[str, Any]]:
        """The examples that `bodydouble examples` extracts from the recording."""
        done = subprocess.run(
            [sys.executable, "-m", "bodydouble", "examples", self.vendor, str(self.har_path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        examples: list[dict[str, Any]] = yaml.safe_load(done.stdout)
        return examples

    def require_valid_examples(self) -> set[str]:
        """Require that every example is valid; returns the operations that have an example."""
        operations = load_contract(self.vendor).operations
        examples = self.examples()
        for example in examples:
            operation = operations[example["operation"]]
            if example["part"] == "request":
                body = operation.request_body
            else:
                response = operation.response(example["status"])
                assert response is not None, example["id"]
                body = response.body
            assert body is not None, example["id"]
            assert body.json is not None, example["id"]
            assert body.json.violations(example["value"]) == (), example["id"]
        return {example["operation"] for example in examples}


@contextmanager
def proxied(vendor: str, upstream: str, folder: Path, *options: str) -> Iterator[Session]:
    """Run the command, with further options, while the context lasts."""
    har, report = folder / "traffic.har", folder / "report.json"
    command = [sys.executable, "-m", "bodydouble", "proxy", vendor, "--upstream", upstream, "--port", "0"]
    outputs = ["--har", str(har), "--report", str(report), "--fail-on-drift", "--fail-on-misuse"]
    process = subprocess.Popen(
        [*command, *outputs, *options], stdout=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "200"}
    )
    assert process.stdout is not None
    session = Session(vendor, process.stdout.readline().split(" on ")[1].split(" -> ")[0], har)
    try:
        yield session
    finally:
        process.send_signal(signal.SIGINT)
        session.printed, _ = process.communicate(timeout=30)
    session.exit_code = process.returncode
    session.report, session.har = json.loads(report.read_text()), har.read_text()
