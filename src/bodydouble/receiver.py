"""Test a callback receiver against a contract, and verify callbacks in one.

For every receiver:

- `verify`: check the signature of a callback.
- `SignatureRejected`: the callback is not genuine, or not fresh.

For tests; these need the extra `contract-tests`:

- `run`: test a receiver.
- `ReceiverOptions`: how a receiver is tested.
- `ReceiverReport`: the result of a run.
- `Check`: the result of one rule.
- `Step`: one callback that was sent, with a line that sends it again.
- `Verdict`: whether a rule was kept.
- `Probe`: the type of a function that tells what the receiver has processed.
- `Processed`: what a probe returns.
- `http_probe`: a probe that asks a URL.
- `ProbeError`: the probe gave no usable response.
- `CannotRun`: the run cannot begin; the message says why.
- `ReceiverUnreachable`: nothing listens at the receiver's URL.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from bodydouble.contracts.core.extras import needs_contract_tests
from bodydouble.contracts.signatures.callbacks import SignatureRejected, verify

if TYPE_CHECKING:
    from bodydouble.contracts.receiver.probe import Probe, ProbeError, Processed, http_probe
    from bodydouble.contracts.receiver.report import Check, ReceiverReport, Step, Verdict
    from bodydouble.contracts.receiver.run import CannotRun, ReceiverOptions, run
    from bodydouble.contracts.receiver.sender import ReceiverUnreachable

__all__ = [
    "CannotRun",
    "Check",
    "Probe",
    "ProbeError",
    "Processed",
    "ReceiverOptions",
    "ReceiverReport",
    "ReceiverUnreachable",
    "SignatureRejected",
    "Step",
    "Verdict",
    "http_probe",
    "run",
    "verify",
]


if not TYPE_CHECKING:
    _MODULES = {
        **dict.fromkeys(("Probe", "ProbeError", "Processed", "http_probe"), "probe"),
        **dict.fromkeys(("Check", "ReceiverReport", "Step", "Verdict"), "report"),
        **dict.fromkeys(("CannotRun", "ReceiverOptions", "run"), "run"),
        "ReceiverUnreachable": "sender",
    }

    def __getattr__(name):
        # A receiver in production verifies signatures without the libraries of the tests.
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        with needs_contract_tests():
            return getattr(import_module(f"bodydouble.contracts.receiver.{_MODULES[name]}"), name)
