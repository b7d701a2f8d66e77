"""The client tester's faults of the network: what is sent, and what it reports of a client under them."""

import itertools
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import urllib3

from bodydouble.client import ClientOptions, ClientReport, run
from bodydouble.contracts.client.other_operations import ExampleResponses
from bodydouble.contracts.client.response_faults import FAULTS, ResponseFault
from bodydouble.contracts.client.stub_server import StubServer
from bodydouble.contracts.core.wire import WireResponse
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.engine.faults import KINDS, StruckFault, Target
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server
from bodydouble.mock_server.web.faults.planted import is_processed
from tests.support.guiji import Guiji

EXAMPLES = Path(__file__).parents[3] / "examples"
BROKEN = (urllib3.exceptions.HTTPError, ValueError)
# As the mock server is told them.
PARAMETERS: dict[str, Callable[[str], dict[str, Any]]] = {
    "reset": lambda parameter: {"at": parameter},
    "truncated": lambda parameter: {"length": parameter},
    "gateway": lambda parameter: {"status": int(parameter)},
    "drip": lambda parameter: {"bytes_per_second": 2000},
}


class RejectedError(Exception):
    """Guiji has rejected a call."""


class NoResponseError(Exception):
    """There was no usable response."""


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract("guiji")


@pytest.fixture(scope="module")
def clients() -> Iterator[Any]:
    """The example clients."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLES))
        import careful_client
        import fragile_client

        yield fragile_client, careful_client
    del sys.modules["careful_client"], sys.modules["fragile_client"]


def get_video(base_url: str, **options: Any) -> Any:
    """A read, as a careful client does it."""
    url = f"{base_url}/openapi/video/v2/get/-291?access_token=t"
    content = urllib3.request("GET", url, retries=False, **options).json()
    if not content["success"]:
        raise RejectedError
    return content["data"]


def create_video(base_url: str) -> Any:
    """A create, once."""
    order = {"videoName": "v", "sceneId": -101, "speakerId": "C_101", "text": "t"}
    url = f"{base_url}/openapi/video/v3/simpleCreate?access_token=t"
    content = urllib3.request("POST", url, json=order, retries=False).json()
    if not content["success"]:
        raise RejectedError
    return content["data"]


def run_few(contract: Contract, call: Callable[[str], object], operation: str = "getVideo", **options: Any) -> Any:
    chosen = {"examples": 3, "changes": 0, "allowed": (RejectedError,), **options}
    return run(contract, operation, call, ClientOptions(**chosen))


def summary(report: ClientReport) -> list[tuple[str, tuple[str, ...]]]:
    """The type of each failure, with its faults."""
    return [(failure.error.partition(":")[0], failure.faults) for failure in report.failures]


def names(selects: Callable[[ResponseFault], bool]) -> tuple[str, ...]:
    return tuple(fault.name for fault in FAULTS if selects(fault))


def repeating(create: Callable[[str], Any], between: Callable[[str], object]) -> Callable[[str], Any]:
    """A client that tries a create twice."""

    def call(base_url: str) -> Any:
        try:
            return create(base_url)
        except BROKEN:
            between(base_url)
            return create(base_url)

    return call


# --- the faults themselves


def seen(url: str, body: bytes) -> str:
    """What urllib3 sees of a response."""
    try:
        response = urllib3.request("GET", url, retries=False)
    except urllib3.exceptions.ProtocolError as error:
        return "reset" if "reset" in str(error) else type(error.args[1]).__name__
    kind = "page" if "text/html" in response.headers["Content-Type"] else "text"
    with suppress(ValueError):
        kind = f"JSON, whole: {json.loads(response.data) == json.loads(body)}"
    return f"{response.status} {kind}"


@pytest.mark.process
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_that_of_the_mock_server(contract: Contract, process_server: Server, fault: ResponseFault) -> None:
    assert KINDS[fault.kind].target is Target.RESPONSE
    parameters: dict[str, Any] = PARAMETERS[fault.kind](fault.parameter) if fault.kind in PARAMETERS else {}
    assert fault.processed == is_processed([StruckFault(1, fault.kind, parameters)])
    guiji = Guiji(Account(process_server))
    path = f"/openapi/user/v2/get?access_token={guiji.token}"
    response = guiji.send("GET", "/openapi/user/v2/get")
    guiji.account.fault(fault.kind, **parameters)
    operation = contract.operations["getAccountBenefits"]
    with StubServer(contract, operation, ExampleResponses(contract), 10) as stub:
        stub.begin(WireResponse(200, {"Content-Type": "application/json"}, response.body), fault, 1)
        here = seen(stub.base_url + path, response.body)
        assert stub.whole_responses == fault.whole
        assert (stub.tested_requests, seen(stub.base_url + path, response.body)) == (1, "200 JSON, whole: True")
    assert here == seen(process_server.base_url + path, response.body)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if not fault.needs_body], ids=lambda fault: fault.name)
def test_a_response_without_a_body_is_struck_as_well(fault: ResponseFault) -> None:
    sent = b"".join(fault.transmission(WireResponse(204, {"X-Request-Id": "7"})).pieces)
    assert sent.startswith(b"HTTP/1.1 ") or fault.name in ("reset before", "emptyReply")
    assert fault.kind == "gateway" or b"\r\n\r\n" not in sent


# --- clients under them


def test_the_mistake_that_only_faults_show_is_reported(contract: Contract, clients: Any) -> None:
    fragile, careful = clients

    def report(client: Any, *, faults: bool) -> ClientReport:
        def call(base_url: str) -> object:
            return client.Guiji(base_url, "app", "secret").create_video("Hello")

        return run(contract, "createVideo", call, ClientOptions(allowed=(client.GuijiError,), faults=faults))

    assert report(careful, faults=True).passed
    assert report(fragile, faults=False).passed
    struck = report(fragile, faults=True)
    expected = names(lambda fault: fault.processed and not fault.whole)
    assert summary(struck) == [("CreatedTwiceError", expected)]
    assert struck.responses["under faults"] == 2 * len(FAULTS) - 1
    assert str(struck) == str(report(fragile, faults=True))


def test_a_client_that_lets_every_error_through_passes(contract: Contract) -> None:
    report = run_few(contract, get_video)
    assert report.passed, report
    assert report.responses["under faults"] == len(FAULTS)


def test_only_the_errors_of_the_client_are_allowed_where_it_says_which(contract: Contract) -> None:
    def clear(base_url: str) -> Any:
        try:
            return get_video(base_url)
        except BROKEN as error:
            raise NoResponseError from error

    assert run_few(contract, clear, fault_errors=(NoResponseError,)).passed
    report = run_few(contract, get_video, fault_errors=(NoResponseError,))
    assert {fault for _, faults in summary(report) for fault in faults} == set(names(lambda fault: not fault.whole))


def test_an_error_that_says_nothing_is_reported_once_with_all_its_faults(contract: Contract) -> None:
    def call(base_url: str) -> Any:
        try:
            content = get_video(base_url)
        except BROKEN:
            content = None
        return content["synthesisStatus"]

    report = run_few(contract, call)
    assert summary(report) == [("TypeError", names(lambda fault: not fault.whole))]
    assert "in call: return content" in str(report)
    assert "got this response (fault: reset before, also with: reset header, " in str(report)
    assert "(nothing)" in str(report)


def unlucky(base_url: str, instead: object) -> object:
    """Reads, and returns something else where there is no usable response."""
    try:
        return get_video(base_url)
    except BROKEN:
        return instead


def test_a_success_without_a_whole_response_is_reported(contract: Contract) -> None:
    report = run_few(contract, lambda base_url: unlucky(base_url, {}))
    assert summary(report) == [("IncompleteSuccessError", names(lambda fault: not fault.whole))]


def test_a_result_that_says_that_there_is_none_is_not(contract: Contract) -> None:
    assert run_few(contract, lambda base_url: unlucky(base_url, None)).passed


def test_nothing_is_said_of_the_results_of_a_client_that_returns_failures(contract: Contract) -> None:
    def call(base_url: str) -> dict[str, Any]:
        try:
            return {"video": get_video(base_url)}
        except (*BROKEN, RejectedError) as error:
            return {"problem": repr(error)}

    assert run_few(contract, call).passed


def test_a_client_that_tries_for_ever_is_reported(contract: Contract) -> None:
    def call(base_url: str) -> Any:
        while True:
            try:
                return get_video(base_url)
            except BROKEN:
                continue

    report = run_few(contract, call, max_requests=5)
    assert [kind for kind, _ in summary(report)] == ["EndlessRequestsError"]
    assert run_few(contract, call, max_requests=5, faults=False).passed


def test_a_client_that_hangs_under_a_fault_is_reported_and_not_called_again(contract: Contract) -> None:
    def call(base_url: str) -> Any:
        try:
            return get_video(base_url)
        except BROKEN:
            return threading.Event().wait()

    # A machine under load takes a while for a call that does not hang.
    report = run_few(contract, call, examples=1, timeout=2.0)
    assert summary(report) == [("TimeLimitError", ("reset before",))]
    assert report.responses["under faults"] == 1


def test_a_retry_of_what_costs_nothing_is_right(contract: Contract) -> None:
    assert run_few(contract, repeating(get_video, lambda base_url: None)).passed


def test_a_create_that_is_repeated_is_reported(contract: Contract) -> None:
    report = run_few(contract, repeating(create_video, lambda base_url: None), "createVideo")
    assert summary(report) == [("CreatedTwiceError", names(lambda fault: fault.processed and not fault.whole))]


def test_a_sign_in_before_the_repetition_does_not_excuse_it(contract: Contract) -> None:
    def sign_in(base_url: str) -> None:
        urllib3.request("GET", f"{base_url}/openapi/oauth/token?appId=a", retries=False)

    report = run_few(contract, repeating(create_video, sign_in), "createVideo")
    assert [kind for kind, _ in summary(report)] == ["CreatedTwiceError"]


def test_a_client_that_first_looks_whether_it_has_created_may_create_again(contract: Contract) -> None:
    def look(base_url: str) -> None:
        url = f"{base_url}/openapi/video/v2/pageList?access_token=t"
        urllib3.request("POST", url, json={"page": 1, "size": 10}, retries=False)

    assert run_few(contract, repeating(create_video, look), "createVideo").passed


def test_a_call_that_creates_several_is_no_repetition(contract: Contract) -> None:
    def both(base_url: str) -> None:
        for _ in range(2):
            create_video(base_url)

    def both_whatever_happens(base_url: str) -> None:
        problems = 0
        for _ in range(2):
            try:
                create_video(base_url)
            except BROKEN:
                problems += 1
        if problems:
            raise NoResponseError

    for call in (both, both_whatever_happens):
        report = run_few(contract, call, "createVideo")
        assert report.passed, report
        assert report.responses["under faults"] == len(FAULTS)


@pytest.mark.parametrize(
    ("own_id", "expected"), [("&BizId=mine", []), ("&BizId=mine{}", ["CreatedTwiceError"]), ("", ["CreatedTwiceError"])]
)
def test_a_create_with_an_identifier_of_the_callers_own_can_be_repeated(own_id: str, expected: list[str]) -> None:
    number = itertools.count()

    def create(base_url: str) -> Any:
        url = f"{base_url}/?Action=StartInstance{own_id.format(next(number))}"
        response = urllib3.request("POST", url, retries=False)
        if response.status >= 400:
            raise NoResponseError if "html" in response.headers["Content-Type"] else RejectedError
        return response.json()

    aliyun = load_contract("aliyun-avatar")
    report = run_few(aliyun, repeating(create, lambda base_url: None), "StartInstance", fault_errors=(Exception,))
    assert [kind for kind, _ in summary(report)] == expected
