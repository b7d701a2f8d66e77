"""The cursors of events: what the contract allows is understood."""

from hypothesis import given
from hypothesis import strategies as st

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.services.clock_events import position_of

PATTERN = load_contract("control").document.content["components"]["schemas"]["ClockCursor"]["pattern"]


@given(st.from_regex(PATTERN, fullmatch=True))
def test_every_cursor_that_the_contract_allows_is_a_position(cursor: str) -> None:
    at, *_ = position_of(cursor)
    assert at == int(cursor.partition(".")[0])
