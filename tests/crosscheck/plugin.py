"""The pytest plugin of the second opinion: records a session's traffic, has it validated, and fails the session.

Every server of a session appends its exchanges to one file (one for each worker of pytest-xdist). At the end, when all
servers have stopped, each worker has its own file validated; the process that the user started adds up what they
report, prints it, and gives the session an exit code of failure if anything disagrees. No test is blamed.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

VARIABLE = "BODYDOUBLE_RECORD"
SDK_OPERATIONS = Path(__file__).parents[2] / "docs" / "sdk-operations.txt"
_TESTS = Path(__file__).parents[1]
_SDK_TESTS = _TESTS / "sdk"
_OPTION = "--write-sdk-operations"
_SENT = "second_opinion"
# Of the violations of laws; one defect may show in many exchanges.
MAX_SHOWN = 20


@dataclass
class Findings:
    """The findings of a session's traffic.

    Attributes:
        counts: of exchanges, and of validated messages by vendor.
        problems: why the session fails, a line each.
        sdk_operations: operations that SDKs have called, `vendor operationId`.
    """

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    sdk_operations: set[str] = field(default_factory=set)

    def add(self, other: dict[str, Any]) -> None:
        """Add the findings of a worker, in the form of `sent`."""
        self.counts.update(other["counts"])
        self.problems += other["problems"]
        self.sdk_operations.update(other["sdk_operations"])

    def sent(self) -> dict[str, Any]:
        """The findings in a form that pytest-xdist can carry."""
        return {
            "counts": dict(self.counts),
            "problems": self.problems,
            "sdk_operations": sorted(self.sdk_operations),
        }

    def summary(self) -> str:
        """The findings in one line."""
        vendors = sorted(name.removeprefix("responses ") for name in self.counts if name.startswith("responses "))
        validated = "; ".join(
            f"{vendor} {self.counts[f'responses {vendor}']} responses and "
            f"{self.counts[f'requests {vendor}']} accepted requests"
            for vendor in vendors
        )
        return (
            f"openapi-core's second opinion, of {self.counts['exchanges']} exchanges: {validated or 'none'}; "
            f"disagreements: {self.counts['disagreements']}; laws between requests, of {self.counts['watched']} "
            f"exchanges: {self.counts['broken laws']} violated"
        )


_FINDINGS = pytest.StashKey[Findings]()
_RECORDING = pytest.StashKey[Path]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(_OPTION, action="store_true", help=f"Write {SDK_OPERATIONS.name} after a run of the SDK tests.")


def pytest_configure(config: pytest.Config) -> None:
    """Name the file of this process's traffic, for all servers that it will start."""
    config.stash[_FINDINGS] = Findings()
    folder = tempfile.TemporaryDirectory(prefix="bodydouble-recording-")
    config.add_cleanup(folder.cleanup)
    config.stash[_RECORDING] = Path(folder.name) / "exchanges.jsonl"
    if not _is_controller(config):
        os.environ[VARIABLE] = str(config.stash[_RECORDING])
        config.add_cleanup(_stop_recording)


@pytest.fixture(scope="session")
def recording(request: pytest.FixtureRequest) -> Path:
    """The file to which every server of the session appends its exchanges."""
    return request.config.stash[_RECORDING]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Have the recording validated, and fail the session if anything disagrees."""
    config = session.config
    findings = config.stash[_FINDINGS]
    if not _is_controller(config):
        _validate(config.stash[_RECORDING], findings, whole_suite=_ran_all(config, _TESTS))
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output[_SENT] = findings.sent()
        return
    if session.exitstatus == pytest.ExitCode.OK:
        findings.problems += _sdk_problems(config, findings.sdk_operations)
    if session.exitstatus == pytest.ExitCode.OK and findings.problems:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """In the process that the user started: add the findings of a worker."""
    sent = getattr(node, "workeroutput", {}).get(_SENT)
    if sent is not None:
        node.config.stash[_FINDINGS].add(sent)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the findings in one line, and each problem in another."""
    findings = terminalreporter.config.stash[_FINDINGS]
    if findings.counts:
        terminalreporter.write_line(findings.summary())
    if findings.problems:
        terminalreporter.section("second opinion", red=True)
        for problem in findings.problems:
            terminalreporter.write_line(problem, red=True)


def _stop_recording() -> None:
    os.environ.pop(VARIABLE, None)


def _is_controller(config: pytest.Config) -> bool:
    """Whether workers of pytest-xdist run the tests, and this process only hands them out."""
    return bool(getattr(config.option, "tx", None)) and not hasattr(config, "workerinput")


def _validate(recording: Path, findings: Findings, *, whole_suite: bool) -> None:
    if not recording.exists():
        return
    # Takes long to import, which sessions without a server do not need.
    from tests.crosscheck.laws import broken_laws
    from tests.crosscheck.second_opinion import evaluate
    from tests.support.recordings import read_lines

    exchanges = list(read_lines(recording))
    evaluation = evaluate(exchanges)
    # A few chosen tests may send nothing that can be validated; all of them together cannot.
    if not evaluation.responses and whole_suite:
        findings.problems.append("a server ran, but none of its responses was validated")
    findings.problems += map(str, evaluation.disagreements)
    broken, findings.counts["watched"] = broken_laws(exchanges)
    findings.counts["broken laws"] = len(broken)
    findings.problems += map(str, broken[:MAX_SHOWN])
    findings.counts.update({f"responses {vendor}": count for vendor, count in evaluation.responses.items()})
    findings.counts.update({f"requests {vendor}": count for vendor, count in evaluation.requests.items()})
    findings.counts["exchanges"] += sum(evaluation.responses.values()) + evaluation.sampled_out + evaluation.foreign
    findings.counts["disagreements"] += len(evaluation.disagreements)
    findings.sdk_operations.update(f"{vendor} {operation}" for vendor, operation in evaluation.sdk_operations)


def _sdk_problems(config: pytest.Config, called: set[str]) -> Iterator[str]:
    """What the list of operations that SDKs have called says wrongly, if this session has run all SDK tests."""
    if not _ran_all(config, _SDK_TESTS):
        return
    if config.getoption(_OPTION):
        SDK_OPERATIONS.write_text("".join(f"{operation}\n" for operation in sorted(called)))
    listed = set(SDK_OPERATIONS.read_text().splitlines())
    for operation in sorted(listed ^ called):
        fault = "no SDK has called it" if operation in listed else "it is not listed, but an SDK has called it"
        yield f"docs/{SDK_OPERATIONS.name}: {operation}: {fault}; run: pytest tests/sdk {_OPTION}"


def _ran_all(config: pytest.Config, tests: Path) -> bool:
    """Whether this session runs all tests below a folder."""
    option = config.option
    if any((option.keyword, option.markexpr, option.collectonly, option.deselect, getattr(option, "lf", False))):
        return False
    chosen = [Path(config.invocation_params.dir, argument).resolve() for argument in config.args]
    return any(path == tests or path in tests.parents for path in chosen)
