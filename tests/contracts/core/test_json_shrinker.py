"""What the shrinker leaves of a document."""

from typing import Any

import pytest

from bodydouble.contracts.core.json_shrinker import shrink


@pytest.mark.parametrize("text", ["\x88\x1eM" + 18 * "*", "\U0001f469" * 21, "abc" * 9])
def test_a_text_whose_length_matters_becomes_as_few_zeros_as_are_needed(text: str) -> None:
    def still(document: Any) -> bool:
        return isinstance(document, dict) and len(document.get("name") or "") > 20

    assert shrink({"name": text, "note": "gone"}, still) == {"name": 21 * "0"}
