"""At the end of a test session: how much of its traffic got a second opinion, from all workers of pytest-xdist."""

from collections import Counter
from typing import Any

import pytest

from tests.crosscheck.second_opinion import Judgement

_KEY = pytest.StashKey[Counter[str]]()
_SENT = "second_opinion"


def note(config: pytest.Config, judgement: Judgement) -> None:
    """Remember a judgement until the session ends."""
    counts = config.stash.setdefault(_KEY, Counter())
    counts.update({f"answers {vendor}": count for vendor, count in judgement.judged.items()})
    counts.update({f"requests {vendor}": count for vendor, count in judgement.requests.items()})
    counts.update(
        exchanges=sum(judgement.judged.values()) + judgement.sampled_out + judgement.foreign,
        disagreements=len(judgement.disagreements),
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a worker: send what was remembered."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_SENT] = dict(session.config.stash.get(_KEY, Counter()))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """In the controller: take in what a worker has sent."""
    counts = node.config.stash.setdefault(_KEY, Counter())
    counts.update(getattr(node, "workeroutput", {}).get(_SENT, {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it in one line."""
    counts = terminalreporter.config.stash.get(_KEY, Counter())
    if not counts:
        return
    vendors = sorted(name.removeprefix("answers ") for name in counts if name.startswith("answers "))
    judged = "; ".join(
        f"{vendor} {counts[f'answers {vendor}']} answers and {counts[f'requests {vendor}']} accepted requests"
        for vendor in vendors
    )
    terminalreporter.write_line(
        f"openapi-core's second opinion, of {counts['exchanges']} exchanges: {judged or 'none'}; "
        f"{counts['disagreements']} disagreements"
    )
