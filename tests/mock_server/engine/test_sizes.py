"""Sizes of pictures and videos."""

import pytest

from bodydouble.mock_server.engine.sizes import parse_size


def test_a_size_is_width_and_height() -> None:
    assert parse_size("1080x1920") == (1080, 1920)


@pytest.mark.parametrize("text", ["", "1080", "1080x", "1x2x3", "widexhigh"])
def test_any_other_form_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match=r"invalid literal|values to unpack"):
        parse_size(text)
