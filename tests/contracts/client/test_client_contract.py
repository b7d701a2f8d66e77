"""The tests of clients: what they find in a fragile one, and that a careful one passes."""

import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import urllib3

from bodydouble.contracts.client import ClientContractError, ClientOptions, ClientReport, client_contract, run
from bodydouble.contracts.client.other_operations import Examples
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.response_classifier import classify
from bodydouble.mock_server.testing.account import Account
from tests.support.guiji import Guiji

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract("guiji")


@pytest.fixture(scope="module")
def clients() -> Any:
    """The example clients."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLES))
        import careful_client
        import fragile_client

        yield fragile_client, careful_client
    del sys.modules["careful_client"], sys.modules["fragile_client"]


def test_the_three_mistakes_of_the_fragile_client_are_found_each_with_the_smallest_answer(
    contract: Contract, clients: Any
) -> None:
    fragile, _ = clients
    options = ClientOptions(allowed=(fragile.GuijiError,))
    report = run(contract, "getVideo", lambda base_url: fragile.Guiji(base_url, "app", "secret").video(-291), options)
    found = {failure.place.partition("video: ")[2]: failure for failure in report.failures}
    data = {place: json.loads(failure.answer.body)["data"] for place, failure in found.items()}
    absent, null, member = 'url = data["videoUrl"]', "seconds = float(", "state = STATES["
    assert [place.startswith((absent, null, member)) for place in found] == [True, True, True]
    for place, failure in found.items():
        if place.startswith(absent):
            assert failure.error == "KeyError: 'videoUrl'"
            assert data[place] == {"id": 0}
        elif place.startswith(null):
            assert failure.error.startswith("TypeError: float() argument must be")
            assert data[place].keys() == {"id", "videoUrl", "duration"}
            assert data[place]["duration"] is None
        else:
            status = data[place]["synthesisStatus"]
            assert failure.error == f"KeyError: {status}"
            assert status not in fragile.STATES
            assert data[place].keys() == {"id", "videoUrl", "synthesisStatus"}
    assert report.bad_requests == ()
    with pytest.raises(ClientContractError):
        report.require()


def test_the_careful_client_passes_and_has_met_every_documented_case(contract: Contract, clients: Any) -> None:
    _, careful = clients
    options = ClientOptions(allowed=(careful.GuijiError,))
    report = run(contract, "getVideo", lambda base_url: careful.Guiji(base_url, "app", "secret").video(-291), options)
    assert report.passed, report
    operation = contract.operations["getVideo"]
    cases = {*operation.errors, *contract.conditions.values()}
    documented = {case.name for case in cases if str(case.status) in operation.responses}
    assert documented <= set(report.answers)
    assert report.answers["success"] > 100


def _get_video(base_url: str, query: str = "?access_token=t") -> Any:
    answer = urllib3.request("GET", f"{base_url}/openapi/video/v2/get/-291{query}", retries=False)
    return answer.json()


def _run(contract: Contract, call: Callable[[str], object], **options: Any) -> ClientReport:
    return run(contract, "getVideo", call, ClientOptions(**{"examples": 10, "changes": 40, **options}))


def test_a_report_shows_the_answer_as_the_wire_sees_it(contract: Contract) -> None:
    def call(base_url: str) -> None:
        assert _get_video(base_url)["success"], "refused"

    report = _run(contract, call)
    assert [failure.error.splitlines()[0] for failure in report.failures] == ["AssertionError: refused"]
    lines = [line.strip() for line in str(report).splitlines()]
    assert "GET /openapi/video/v2/get/-291?access_token=[redacted] was answered (failure):" in lines
    start = lines.index("HTTP/1.1 200 OK")
    assert lines[start + 1] == "Content-Type: application/json"
    assert json.loads(lines[start + 4])["success"] is False


def test_every_answer_keeps_the_contract_and_is_of_its_kind(contract: Contract) -> None:
    operation = contract.operations["getVideo"]

    def call(base_url: str) -> None:
        answer = urllib3.request("GET", f"{base_url}/openapi/video/v2/get/-291?access_token=t", retries=False)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        assert operation.response_violations(WireResponse(answer.status, headers, answer.data)) == ()
        assert ("allow" in headers) == (answer.status == 405)

    assert _run(contract, call).passed


def test_the_same_seed_makes_the_same_answers(contract: Contract) -> None:
    def bodies(seed: int) -> list[Any]:
        seen: list[Any] = []
        _run(contract, lambda base_url: seen.append(_get_video(base_url)), seed=seed)
        return seen

    assert bodies(7) == bodies(7)
    assert bodies(7) != bodies(8)


def test_so_many_answers_are_changed_in_single_places_as_may_be(contract: Contract) -> None:
    def given(changes: int) -> int:
        seen: list[Any] = []
        _run(contract, lambda base_url: seen.append(_get_video(base_url)), examples=2, changes=changes)
        return len(seen)

    assert given(7) - given(0) == 7


def test_a_request_that_breaks_the_contract_is_reported_once(contract: Contract) -> None:
    def call(base_url: str) -> None:
        urllib3.request("GET", f"{base_url}/openapi/video/v2/get/first?access_token=secret", retries=False)
        urllib3.request("GET", f"{base_url}/openapi/video/v9/get", retries=False)

    report = _run(contract, call)
    assert not report.passed
    assert [(bad.operation, bad.violation.rule) for bad in report.bad_requests] == [
        ("getVideo", "type"),
        (None, "operation"),
    ]
    assert "secret" not in str(report)
    assert 'got "first", expected integer' in str(report)


def test_a_client_that_never_calls_the_operation_has_not_passed(contract: Contract) -> None:
    report = _run(contract, lambda base_url: None)
    assert not report.passed
    assert "the client never called getVideo: nothing was tested" in str(report)


def test_a_client_that_asks_for_ever_is_stopped_and_reported(contract: Contract) -> None:
    def call(base_url: str) -> None:
        for _ in range(50):
            try:
                state = _get_video(base_url)["data"]["synthesisStatus"]
            except urllib3.exceptions.HTTPError:
                return
            except (KeyError, TypeError):
                return
            if state == 3:
                return

    report = _run(contract, call, most_requests=10, examples=30)
    assert [failure.error for failure in report.failures] == [
        "EndlessRequestsError: more than 10 requests on one answer"
    ]


def test_other_calls_are_answered_with_examples_of_the_contract(contract: Contract) -> None:
    def call(base_url: str) -> None:
        answer = urllib3.request("GET", f"{base_url}/openapi/user/v2/get?access_token=t", retries=False)
        assert answer.json()["code"] == "0"
        _get_video(base_url)

    assert _run(contract, call).passed


@pytest.mark.parametrize("vendor", ["aliyun-avatar", "guiji", "huawei-metastudio", "softsugar"])
def test_every_operation_has_an_example_that_succeeds(vendor: str) -> None:
    contract = load_contract(vendor)
    examples, request = Examples(contract), WireRequest("GET", "/", "", {}, b"")
    for operation in contract.operations.values():
        answer = examples(operation, request)
        assert not classify(contract, answer).failed


def test_other_calls_may_be_answered_by_the_double(contract: Contract, account: Account) -> None:
    token = Guiji(account).token
    seen = set()

    def call(base_url: str) -> None:
        answer = urllib3.request("GET", f"{base_url}/openapi/user/v2/get?access_token={token}").json()
        seen.add(answer["data"]["account"]["fastDuration"])
        _get_video(base_url)

    assert _run(contract, call, forward=account.base_url).passed
    assert seen == {account.describe()["vendors"]["guiji"]["quotas"]["fastDuration"]["remaining"]}


def test_json_inside_strings_is_made_from_its_own_schema() -> None:
    softsugar = load_contract("softsugar")
    operation = next(
        one
        for one in softsugar.operations.values()
        if any(response.body and response.body.json and response.body.json.inner for response in one.responses.values())
    )
    validator = operation.responses["200"].body.json  # type: ignore[union-attr]
    assert validator is not None
    texts: list[str] = []

    def call(base_url: str) -> None:
        path = operation.path.replace("{", "").replace("}", "")
        answer = urllib3.request(operation.method, base_url + path, retries=False)
        for inner in validator.inner:
            texts.extend(text for _, text in inner.strings(answer.json()))

    report = run(softsugar, operation.id, call, ClientOptions(examples=10, changes=10))
    assert report.failures == ()
    assert any(text for text in texts)


def test_a_body_in_chunks_is_refused_with_the_reason(contract: Contract) -> None:
    def call(base_url: str) -> None:
        urllib3.request("POST", f"{base_url}/openapi/video/v3/simpleCreate", body=iter([b"{}"]), retries=False)

    with pytest.raises(ValueError, match="without Content-Length"):
        _run(contract, call)


def test_the_stub_is_gone_afterwards(contract: Contract) -> None:
    urls: set[str] = set()

    def call(base_url: str) -> None:
        urls.add(base_url)
        _get_video(base_url)

    _run(contract, call)
    port = int(urls.pop().rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


@client_contract("guiji", "getVideo", examples=10)
def test_a_decorated_test_takes_fixtures_besides_the_base_url(tmp_path: Path, base_url: str) -> None:
    assert tmp_path.is_dir()
    _get_video(base_url)


def test_a_decorated_test_fails_with_the_report() -> None:
    @client_contract("guiji", "getVideo", examples=10)
    def fragile(base_url: str) -> None:
        _get_video(base_url)["data"]["videoUrl"]

    with pytest.raises(ClientContractError, match="KeyError: 'videoUrl'"):
        fragile()


def test_a_decorated_function_must_take_the_base_url() -> None:
    with pytest.raises(TypeError, match="does not take base_url"):
        client_contract("guiji", "getVideo")(lambda: None)
