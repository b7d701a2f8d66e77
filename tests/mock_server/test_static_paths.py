"""Which operation a request is for."""

import pytest

from tests.support.account import Account
from tests.support.guiji import Guiji


def test_a_path_without_variables_wins_over_a_template_even_when_it_lacks_the_method(account: Account) -> None:
    reply = Guiji(account).send("GET", "/openapi/speaker/v2/tts/pageList")
    assert reply.status == 405
    assert reply.json["code"] == "49405"
    assert reply.headers["allow"] == "POST"


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PROPFIND", "GET"])
def test_a_method_that_a_path_does_not_have_is_refused_with_those_that_it_has(account: Account, method: str) -> None:
    reply = account.http.request(method, "/openapi/video/v3/simpleCreate")
    assert reply.status == 405
    assert reply.headers["allow"] == "POST"
