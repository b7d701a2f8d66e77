"""The fixture `check_receiver`."""

from typing import TYPE_CHECKING

import pytest

from examples import receiver_correct, receiver_naive
from tests.support.web import serving

if TYPE_CHECKING:
    from contracts.testing.receiver_fixture import CheckReceiver

pytest_plugins = ["contracts.testing.receiver_fixture"]


def test_the_fixture_gives_the_report_of_a_good_receiver(check_receiver: "CheckReceiver") -> None:
    with serving(receiver_correct.create_app({})) as base:
        report = check_receiver("guiji", "audioResult", f"{base}/guiji", probe=f"{base}/processed", examples=5)
    assert report.failures == ()


def test_the_fixture_fails_the_test_of_a_bad_receiver_with_a_line_to_repeat_it(check_receiver: "CheckReceiver") -> None:
    with (
        serving(receiver_naive.create_app({})) as base,
        pytest.raises(pytest.fail.Exception, match=r"(?s)FAILED acknowledges-valid.*curl -sS"),
    ):
        check_receiver("guiji", "videoResult", f"{base}/guiji", examples=5)
