"""MD5 of a text put together from parts, against what the vendors publish."""

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.signatures import md5_template

# The sample of SoftSugar's FAQ (aigc.softsugar.com, help page 12-FAQ).
PUBLISHED = {
    "appId": "c103af9ac77646ca9fb0122e75f30811",
    "timestamp": "1686730537",
    "appKey": "89f81a207e5e4a1297ed1255879191ee",
}
PUBLISHED_SIGNATURE = "f6ffecf33d2073d9b3b93ba157665cfc"


def test_the_vendors_published_sample_has_its_published_signature() -> None:
    signature = load_contract("softsugar").operations["createToken"].signature
    assert signature is not None
    assert md5_template.sign(signature["content"], PUBLISHED) == PUBLISHED_SIGNATURE


@pytest.mark.parametrize(
    ("content", "parts", "expected"),
    [
        ("{a}", {"a": ""}, "d41d8cd98f00b204e9800998ecf8427e"),
        ("{a}{b}", {"a": "mess", "b": "age digest"}, "f96b697d7cb7938d525a2f31aaf161d0"),
        ("{a}", {"a": "世界"}, "c086b3008aca0efa8f2ded065d6afb50"),
    ],
)
def test_parts_are_joined_in_the_templates_order_as_utf_8(content: str, parts: dict[str, str], expected: str) -> None:
    assert md5_template.sign(content, parts) == expected


def test_a_missing_part_is_an_error() -> None:
    with pytest.raises(KeyError):
        md5_template.sign("{appId}{secret}", {"appId": "a"})


def test_only_the_right_signature_verifies() -> None:
    content = "{appId}{timestamp}{appKey}"
    assert md5_template.verify(content, PUBLISHED, PUBLISHED_SIGNATURE)
    for wrong in ("", PUBLISHED_SIGNATURE.upper(), PUBLISHED_SIGNATURE[:-1], "ü" * 32, "\udcff"):
        assert not md5_template.verify(content, PUBLISHED, wrong)
