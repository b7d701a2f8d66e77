"""The client tester: it reports the mistakes of a fragile client, and a careful client passes."""

import asyncio
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import urllib3

from bodydouble.client import ClientContractError, ClientOptions, ClientReport, client_contract, run
from bodydouble.contracts.client.other_operations import ExampleResponses
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


# With 11 and 16, the longest response that the client handles has no duration. Other seeds failed in other ways.
@pytest.mark.parametrize("seed", [1, 11, 16])
def test_the_three_mistakes_of_the_fragile_client_are_reported_each_with_the_smallest_response(
    contract: Contract, clients: Any, seed: int
) -> None:
    fragile, _ = clients
    options = ClientOptions(allowed=(fragile.GuijiError,), seed=seed)
    report = run(contract, "getVideo", lambda base_url: fragile.Guiji(base_url, "app", "secret").video(-291), options)
    failures = {failure.place.partition("video: ")[2]: failure for failure in report.failures}
    data = {place: json.loads(failure.response.body)["data"] for place, failure in failures.items()}
    absent, null, member = 'url = data["videoUrl"]', "seconds = float(", "state = STATES["
    assert [place.startswith((absent, null, member)) for place in failures] == [True, True, True]
    for place, failure in failures.items():
        if place.startswith(absent):
            assert failure.error == "KeyError: 'videoUrl'"
            assert data[place].keys() == {"id", "synthesisStatus"}
        elif place.startswith(null):
            assert failure.error.startswith("TypeError: float() argument must be")
            assert data[place].keys() == {"id", "synthesisStatus", "videoUrl", "duration"}
            assert data[place]["duration"] is None
        else:
            status = data[place]["synthesisStatus"]
            assert failure.error == f"KeyError: {status}"
            assert status not in fragile.STATES
            assert data[place].keys() == {"id", "videoUrl", "synthesisStatus"}
    assert report.bad_requests == ()
    with pytest.raises(ClientContractError):
        report.require()


def test_the_careful_client_passes_and_has_seen_every_documented_error(contract: Contract, clients: Any) -> None:
    _, careful = clients
    options = ClientOptions(allowed=(careful.GuijiError,))
    report = run(contract, "getVideo", lambda base_url: careful.Guiji(base_url, "app", "secret").video(-291), options)
    assert report.passed, report
    operation = contract.operations["getVideo"]
    cases = {*operation.errors, *contract.conditions.values()}
    documented = {case.name for case in cases if str(case.status) in operation.responses}
    assert documented <= set(report.responses)
    assert report.responses["success"] > 100


def _get_video(base_url: str, query: str = "?access_token=t") -> Any:
    return urllib3.request("GET", f"{base_url}/openapi/video/v2/get/-291{query}", retries=False).json()


def _run(contract: Contract, call: Callable[[str], object], **options: Any) -> ClientReport:
    return run(contract, "getVideo", call, ClientOptions(**{"examples": 10, "changes": 40, **options}))


def test_a_report_shows_the_response_as_on_the_wire(contract: Contract) -> None:
    def call(base_url: str) -> None:
        assert _get_video(base_url)["success"], "rejected"

    report = _run(contract, call)
    assert [failure.error.splitlines()[0] for failure in report.failures] == ["AssertionError: rejected"]
    lines = [line.strip() for line in str(report).splitlines()]
    assert "GET /openapi/video/v2/get/-291?access_token=[redacted] got this response (failure):" in lines
    start = lines.index("HTTP/1.1 200 OK")
    assert lines[start + 1] == "Content-Type: application/json"
    assert json.loads(lines[start + 4])["success"] is False


def test_every_response_conforms_to_the_contract(contract: Contract) -> None:
    operation = contract.operations["getVideo"]

    def call(base_url: str) -> None:
        response = urllib3.request("GET", f"{base_url}/openapi/video/v2/get/-291?access_token=t", retries=False)
        headers = {name.lower(): value for name, value in response.headers.items()}
        assert operation.response_violations(WireResponse(response.status, headers, response.data)) == ()
        assert ("allow" in headers) == (response.status == 405)

    assert _run(contract, call, faults=False).passed


def test_the_same_seed_generates_the_same_responses(contract: Contract) -> None:
    def bodies(seed: int) -> list[Any]:
        seen: list[Any] = []
        _run(contract, lambda base_url: seen.append(_get_video(base_url)), seed=seed)
        return seen

    assert bodies(7) == bodies(7)
    assert bodies(7) != bodies(8)


def test_the_number_of_changed_responses_is_the_option(contract: Contract) -> None:
    def count(changes: int) -> int:
        seen: list[Any] = []
        _run(contract, lambda base_url: seen.append(_get_video(base_url)), examples=2, changes=changes)
        return len(seen)

    assert count(7) - count(0) == 7


def test_a_request_that_violates_the_contract_is_reported_once(contract: Contract) -> None:
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


def test_a_client_that_never_stops_asking_is_stopped_and_reported(contract: Contract) -> None:
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

    report = _run(contract, call, max_requests=10, examples=30)
    assert [failure.error for failure in report.failures] == [
        "EndlessRequestsError: more than 10 requests for one response"
    ]


def test_other_calls_get_the_examples_of_the_contract(contract: Contract) -> None:
    def call(base_url: str) -> None:
        response = urllib3.request("GET", f"{base_url}/openapi/user/v2/get?access_token=t", retries=False)
        assert response.json()["code"] == "0"
        _get_video(base_url)

    assert _run(contract, call).passed


@pytest.mark.parametrize("vendor", ["aliyun-avatar", "guiji", "huawei-metastudio", "softsugar"])
def test_every_operation_has_an_example_that_succeeds(vendor: str) -> None:
    contract = load_contract(vendor)
    examples, request = ExampleResponses(contract), WireRequest("GET", "/", "", {}, b"")
    for operation in contract.operations.values():
        assert not classify(contract, examples(operation, request), None).failed


@pytest.mark.process
def test_other_calls_can_go_to_the_mock_server(contract: Contract, account: Account) -> None:
    token = Guiji(account).token
    seen = set()

    def call(base_url: str) -> None:
        response = urllib3.request("GET", f"{base_url}/openapi/user/v2/get?access_token={token}").json()
        seen.add(response["data"]["account"]["fastDuration"])
        _get_video(base_url)

    assert _run(contract, call, forward=account.base_url).passed
    assert seen == {account.describe()["vendors"]["guiji"]["quotas"]["fastDuration"]["remaining"]}


def test_json_inside_strings_is_generated_from_its_own_schema() -> None:
    softsugar = load_contract("softsugar")
    operation = next(
        candidate
        for candidate in softsugar.operations.values()
        if any(
            response.body and response.body.json and response.body.json.inner
            for response in candidate.responses.values()
        )
    )
    body = operation.responses["200"].body
    assert body is not None
    validator = body.json
    assert validator is not None
    texts: list[str] = []

    def call(base_url: str) -> None:
        path = operation.path.replace("{", "").replace("}", "")
        response = urllib3.request(operation.method, base_url + path, retries=False)
        for inner in validator.inner:
            texts.extend(text for _, text in inner.strings(response.json()))

    report = run(softsugar, operation.id, call, ClientOptions(examples=10, changes=10))
    assert report.failures == ()
    assert any(text for text in texts)


def test_a_chunked_body_is_rejected_with_the_reason(contract: Contract) -> None:
    def call(base_url: str) -> None:
        urllib3.request("POST", f"{base_url}/openapi/video/v3/simpleCreate", body=iter([b"{}"]), retries=False)

    with pytest.raises(ValueError, match="without Content-Length"):
        _run(contract, call)


def test_the_stub_server_stops_after_the_run(contract: Contract) -> None:
    urls: set[str] = set()

    def call(base_url: str) -> None:
        urls.add(base_url)
        _get_video(base_url)

    _run(contract, call)
    port = int(urls.pop().rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


@client_contract("guiji", "getVideo", examples=10)
def test_a_decorated_test_can_take_fixtures(tmp_path: Path, base_url: str) -> None:
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


def test_every_member_of_an_enumeration_is_tried(contract: Contract) -> None:
    seen: set[Any] = set()

    def call(base_url: str) -> None:
        data = _get_video(base_url).get("data")
        seen.add(data.get("synthesisStatus") if isinstance(data, dict) else None)

    for seed in (1, 2, 3):
        seen.clear()
        assert run(contract, "getVideo", call, ClientOptions(seed=seed)).passed
        assert seen >= {-1, 1, 2, 3, 4, 6, 7}


def test_a_document_that_may_be_encoded_once_or_twice_comes_in_both_forms() -> None:
    seen: set[str] = set()

    def call(base_url: str) -> None:
        body = json.dumps({"ids": [1]}).encode()
        headers = {"Content-Type": "application/json", "Access-Token": "t"}
        content = urllib3.request(
            "POST", f"{base_url}/api/2dvh/v1/task/info", body=body, headers=headers, retries=False
        )
        for task in content.json().get("data") or []:
            if task.get("productParam"):
                seen.add(type(json.loads(task["productParam"])).__name__)

    run(load_contract("softsugar"), "getTasks", call, ClientOptions(allowed=(Exception,), examples=30, changes=0))
    assert seen == {"dict", "str"}


def test_a_client_that_retries_for_ever_is_interrupted_and_reported(contract: Contract) -> None:
    def call(base_url: str) -> None:
        while True:
            try:
                if _get_video(base_url)["data"]["synthesisStatus"] == "done":
                    return
            except Exception:
                continue

    report = _run(contract, call, examples=2, changes=0, max_requests=5)
    assert {failure.error for failure in report.failures} == {
        "EndlessRequestsError: more than 5 requests for one response"
    }


def test_a_client_that_hangs_is_interrupted_and_reported(contract: Contract) -> None:
    calls: list[int] = []

    def call(base_url: str) -> None:
        _get_video(base_url)
        calls.append(1)
        threading.Event().wait()

    report = _run(contract, call, timeout=0.2)
    assert [failure.error for failure in report.failures] == [
        "TimeLimitError: no end within 0.2 s; the client sent 1 request"
    ]
    assert len(calls) == 1


def test_a_coroutine_that_hangs_is_interrupted_and_reported_where_it_hangs() -> None:
    @client_contract("guiji", "getVideo", examples=2, changes=0, timeout=1)
    async def test(base_url: str) -> None:
        await asyncio.to_thread(_get_video, base_url)
        await asyncio.Event().wait()

    with pytest.raises(ClientContractError) as caught:
        test()
    assert "TimeLimitError: no end within 1 s; the client sent 1 request\n" in str(caught.value)
    assert "in test: await asyncio.Event().wait()\n" in str(caught.value)


def test_a_coroutine_function_is_run_to_its_end() -> None:
    seen: list[Any] = []

    @client_contract("guiji", "getVideo", examples=2, changes=0)
    async def test(base_url: str) -> None:
        seen.append(await asyncio.to_thread(_get_video, base_url))

    test()
    assert len(seen) > 2


def test_a_method_of_a_test_class_can_be_decorated() -> None:
    class Tests:
        called = 0

        @client_contract("guiji", "getVideo", examples=2, changes=0)
        def test_video(self, base_url: str) -> None:
            self.called += 1
            _get_video(base_url)

    tests = Tests()
    tests.test_video()
    assert tests.called > 2


@pytest.mark.parametrize("module", ["bodydouble.client", "bodydouble.check"])
def test_without_the_extra_an_import_says_how_to_install_it(module: str) -> None:
    code = f"import sys; sys.modules['hypothesis'] = sys.modules['schemathesis'] = None; import {module}"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "is missing: pip install 'bodydouble[contract-tests]'" in process.stderr.splitlines()[-1]
