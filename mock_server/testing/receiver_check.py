"""Tests a callback receiver within a test; the plugin's fixture `bodydouble_check_receiver` returns this function."""

from collections.abc import Mapping
from typing import Any, Protocol

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.receiver.probe import Probe, http_probe
from bodydouble.contracts.receiver.report import ReceiverReport
from bodydouble.contracts.receiver.run import ReceiverOptions, run

# The same payloads in every run of a test.
SEED = 1


class CheckReceiver(Protocol):
    """The type of the fixture `bodydouble_check_receiver`."""

    def __call__(
        self,
        vendor: str,
        callback: str,
        url: str,
        *,
        keys: Mapping[str, str] | None = None,
        probe: Probe | str | None = None,
        **options: Any,
    ) -> ReceiverReport:
        """Fail the test if the receiver violates a rule, with lines that reproduce it; otherwise return the report.

        Args:
            vendor: a folder of the specifications (`guiji`).
            callback: operationId of the callback (`videoResult`).
            url: the receiver's.
            keys: the values from which signatures are made, by name.
            probe: tells what the receiver has processed: a function, or a URL.
            options: further fields of bodydouble.receiver.ReceiverOptions.
        """


def check_receiver(
    vendor: str,
    callback: str,
    url: str,
    *,
    keys: Mapping[str, str] | None = None,
    probe: Probe | str | None = None,
    **options: Any,
) -> ReceiverReport:
    """Test a receiver; see CheckReceiver."""
    __tracebackhide__ = True
    function = http_probe(probe) if isinstance(probe, str) else probe
    report = run(
        load_contract(vendor), callback, url, function, ReceiverOptions(keys or {}, **{"seed": SEED, **options})
    )
    if report.failures:
        pytest.fail(str(report), pytrace=False)
    return report
