"""An endpoint that does not respond, or not as a whole, is a finding, and the run goes on."""

import gzip
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import pytest

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.run import CannotRun, EndpointOptions, EndpointReport, run
from tests.support import specification
from tests.support.small_server import CREDENTIALS, SmallServer

CONTRACT = specification.contract()
OPTIONS = EndpointOptions(seed=3, examples=5, scenarios=2, known={"id": [1, 2]}, timeout=0.3, shrink=5)
# Does something else with a request, and says whether it did.
Fault = Callable[[BaseHTTPRequestHandler, WireRequest], bool]


class UnhappyServer(SmallServer):
    """Responds to some requests as networks and gateways do."""

    def __init__(self, fault: Fault) -> None:
        self.does_something_else = fault
        self.arrived: Counter[str] = Counter()
        super().__init__(CONTRACT)
        self.things.add(1)

    def respond(self, handler: BaseHTTPRequestHandler, request: WireRequest) -> None:
        self.arrived[request.path] += 1
        if not self.does_something_else(handler, request):
            super().respond(handler, request)


@contextmanager
def serving(fault: Fault) -> Iterator[UnhappyServer]:
    server = UnhappyServer(fault)
    try:
        yield server
    finally:
        server.close()


def report_of(fault: Fault, options: EndpointOptions = OPTIONS) -> EndpointReport:
    with serving(fault) as server:
        return run(CONTRACT, server.base_url, CREDENTIALS, options)


def is_read(request: WireRequest) -> bool:
    return request.method == "GET" and request.path.startswith("/things/")


def stall(handler: BaseHTTPRequestHandler, request: WireRequest) -> bool:
    if not is_read(request):
        return False
    time.sleep(0.5)
    handler.close_connection = True
    return True


def close(handler: BaseHTTPRequestHandler, request: WireRequest) -> bool:
    if is_read(request):
        handler.close_connection = True
    return is_read(request)


def send(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), "Content-Type": "application/json", **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def cut(handler: BaseHTTPRequestHandler, request: WireRequest) -> bool:
    if not is_read(request):
        return False
    send(handler, 200, {"Content-Length": "500"}, b'{"code": 0, ')
    handler.close_connection = True
    return True


def page(handler: BaseHTTPRequestHandler, request: WireRequest) -> bool:
    if is_read(request):
        send(handler, 502, {"Content-Type": "text/html"}, b"<html>Bad Gateway</html>")
    return is_read(request)


def mislabel(handler: BaseHTTPRequestHandler, request: WireRequest) -> bool:
    if is_read(request):
        send(handler, 200, {"Content-Encoding": "gzip"}, b'{"code": 0, "data": {"state": 0}}')
    return is_read(request)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (stall, "no response within 0.3 seconds"),
        (close, "the connection was closed without a response"),
        (cut, "the connection was cut in the middle of the response"),
        (page, "HTTP 502, which is the response of a gateway and not of the operation"),
    ],
)
def test_an_operation_without_responses_is_one_finding_and_the_others_are_tested(fault: Fault, message: str) -> None:
    report = report_of(fault)
    assert [(finding.check, finding.operation, finding.message) for finding in report.findings] == [
        ("IsAvailable", "getThing", message)
    ], str(report)
    assert report.errors == ()
    assert report.verdict("getThing") == "failed"
    assert report.verdict("createThing") == report.verdict("getToken") == "passed"
    assert report.findings[0].curl
    assert "a-good-token" not in str(report)


def test_an_operation_that_stays_silent_is_left_for_the_rest_of_a_phase() -> None:
    report = report_of(stall, replace(OPTIONS, examples=100, scenarios=0))
    tested = report.operations["getThing"]
    assert tested.requests["fuzzing"] == 3
    assert tested.responses["no response"] <= 9


def test_a_body_that_is_not_what_its_encoding_says_breaks_the_contract() -> None:
    report = report_of(mislabel)
    (finding,) = report.findings
    assert (finding.check, finding.operation) == ("ResponsesConform", "getThing")
    assert "Content-Encoding" in finding.message


def test_a_body_that_is_what_its_encoding_says_is_decoded() -> None:
    def compress(handler: BaseHTTPRequestHandler, request: WireRequest) -> bool:
        if is_read(request):
            body = gzip.compress(b'{"code": 0, "data": {"state": 0}}')
            send(handler, 200, {"Content-Encoding": "gzip", "X-Remaining": "5"}, body)
        return is_read(request)

    report = report_of(compress, replace(OPTIONS, examples=1, scenarios=0))
    assert not [finding for finding in report.findings if finding.check == "ResponsesConform"], str(report)


def test_the_run_ends_after_a_number_of_failures_in_a_row_and_says_so() -> None:
    with serving(lambda handler, request: server.arrived.total() > 5 and close_now(handler)) as server:
        report = run(CONTRACT, server.base_url, CREDENTIALS, replace(OPTIONS, max_failures=4))
    assert report.errors == ("ended early: 4 requests in a row got no response",)
    assert {finding.check for finding in report.findings} == {"IsAvailable"}
    assert sum(result.responses.get("no response", 0) for result in report.operations.values()) <= 4


def close_now(handler: BaseHTTPRequestHandler) -> bool:
    handler.close_connection = True
    return True


def test_a_connection_that_is_closed_between_two_requests_is_no_finding() -> None:
    # The server responds, and closes without a word: the next request on that connection is sent once more.
    def close_after(handler: BaseHTTPRequestHandler, request: WireRequest) -> bool:
        handler.close_connection = True
        return False

    report = report_of(close_after)
    assert report.findings == (), str(report)


def test_an_endpoint_that_does_not_respond_to_the_sign_in_ends_the_run() -> None:
    with pytest.raises(CannotRun, match="while signing in"):
        report_of(lambda handler, request: request.path == "/token" and close_now(handler))
