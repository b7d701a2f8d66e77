"""The curl lines of a receiver report compute only what they send, and are not repeated."""

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.receiver.curl import curl
from bodydouble.contracts.receiver.report import Check, Step, Verdict
from bodydouble.contracts.receiver.signature_variants import SignatureVariant


@pytest.mark.parametrize("vendor", ["softsugar", "huawei-metastudio"])
@pytest.mark.parametrize(
    ("variant", "assigned"),
    [
        (SignatureVariant(), ["timestamp", "signature"]),
        (SignatureVariant(omitted=frozenset({"signature", "timestamp"})), []),
        (SignatureVariant(omitted=frozenset({"signature"})), ["timestamp"]),
        (SignatureVariant(omitted=frozenset({"timestamp"})), ["timestamp", "signature"]),
        (SignatureVariant(replaced="0" * 32), ["timestamp"]),
        (SignatureVariant(signed_age=32.0), ["timestamp", "signed", "signature"]),
    ],
)
def test_a_line_computes_only_what_it_sends(vendor: str, variant: SignatureVariant, assigned: list[str]) -> None:
    callback = next(iter(load_contract(vendor).callbacks.values()))
    line = curl("POST", "http://127.0.0.1:9/x", {}, b'{"id": 1}', callback.delivery.signature, variant)
    assert [part.partition("=")[0] for part in line.split("; ")[:-1]] == assigned


def test_a_callback_that_was_sent_again_is_shown_once() -> None:
    steps = tuple(Step(f"copy {number}", "curl one", "response 200") for number in (1, 2, 3))
    text = str(
        Check("name", "description", Verdict.FAILED, "reason", "location", 4, (*steps, Step("other", "curl two", "no")))
    )
    assert text.count("curl one") == 1
    assert text.count("(the same line)") == 2
    assert "curl two" in text
