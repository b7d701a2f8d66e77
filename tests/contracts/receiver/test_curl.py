"""The lines of a receiver's report: they say no more than is needed, and cannot garble the terminal."""

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.receiver.curl import curl
from bodydouble.contracts.receiver.report import Check, Step, Verdict
from bodydouble.contracts.receiver.signature_variants import Stamp


@pytest.mark.parametrize("vendor", ["softsugar", "huawei-metastudio"])
@pytest.mark.parametrize(
    ("stamp", "assigned"),
    [
        (Stamp(), ["timestamp", "signature"]),
        (Stamp(omitted=frozenset({"signature", "timestamp"})), []),
        (Stamp(omitted=frozenset({"signature"})), ["timestamp"]),
        (Stamp(omitted=frozenset({"timestamp"})), ["timestamp", "signature"]),
        (Stamp(replaced="0" * 32), ["timestamp"]),
        (Stamp(signed_age=32.0), ["timestamp", "signed", "signature"]),
    ],
)
def test_a_line_makes_only_what_it_sends(vendor: str, stamp: Stamp, assigned: list[str]) -> None:
    callback = next(iter(load_contract(vendor).callbacks.values()))
    line = curl("POST", "http://127.0.0.1:9/x", {}, b'{"id": 1}', callback.delivery.signature, stamp)
    assert [part.partition("=")[0] for part in line.split("; ")[:-1]] == assigned


def test_a_callback_that_was_sent_again_is_shown_once() -> None:
    steps = tuple(Step(f"copy {number}", "curl one", "answered 200") for number in (1, 2, 3))
    text = str(Check("name", "words", Verdict.FAILED, "why", "where", 4, (*steps, Step("other", "curl two", "no"))))
    assert text.count("curl one") == 1
    assert text.count("(the same line)") == 2
    assert "curl two" in text
