"""Reading `Retry-After`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bodydouble.mock_server.delivery.retry_after import retry_after_ms

# Sun, 06 Nov 1994 08:49:37 GMT.
EXAMPLE = 784_111_777_000


@pytest.mark.generated
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", 0),
        (" 120 ", 120_000),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 7_000),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 7_000),
        ("Sun Nov  6 08:49:37 1994", 7_000),
        ("Sun, 06 Nov 1994 08:49:29 GMT", 0),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("9" * 5000, None),
        ("Sun, 99 Nov 1994 08:49:37 GMT", None),
    ],
)
def test_seconds_and_dates_are_read(value: str, expected: int | None) -> None:
    assert retry_after_ms(value, EXAMPLE - 7_000) == expected


@given(st.text())
def test_no_value_is_an_error(value: str) -> None:
    delay = retry_after_ms(value, EXAMPLE)
    assert delay is None or delay >= 0
