"""The MD5 scheme against values that vendors publish."""

import pytest

from contracts.signatures import md5_template

# Application id, timestamp, key and signature of the worked example in SoftSugar's FAQ,
# https://aigc.softsugar.com/html/help/en-US/12-FAQ.html.
TEMPLATE = "{appId}{timestamp}{appKey}"
PARTS = {
    "appId": "c103af9ac77646ca9fb0122e75f30811",
    "timestamp": "1686730537",
    "appKey": "89f81a207e5e4a1297ed1255879191ee",
}
SIGNATURE = "f6ffecf33d2073d9b3b93ba157665cfc"


def test_the_vendors_worked_example_is_signed_as_published() -> None:
    assert md5_template.sign(TEMPLATE, PARTS) == SIGNATURE
    assert md5_template.verify(TEMPLATE, PARTS, SIGNATURE)


@pytest.mark.parametrize("part", PARTS)
def test_a_signature_of_other_parts_is_wrong(part: str) -> None:
    assert not md5_template.verify(TEMPLATE, {**PARTS, part: PARTS[part] + "0"}, SIGNATURE)


def test_a_template_with_an_unknown_part_cannot_be_signed() -> None:
    with pytest.raises(KeyError):
        md5_template.sign("{appId}{unknown}", PARTS)
