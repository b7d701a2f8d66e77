"""The line that a report prints sends the request again, signed anew, and shows the same violation."""

import json
import os
import subprocess
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest

from bodydouble.contracts.core.curl import curl
from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.core.shell import from_command, from_environment, word
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.endpoint.run import EndpointOptions, run
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.documents import Document
from bodydouble.contracts.model.loader import build_contract, load_contract
from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.contracts.redaction.known_values import KnownSecrets
from bodydouble.contracts.signatures import sdk_hmac_sha256
from bodydouble.contracts.signing.reproduction import Reproduction
from bodydouble.mock_server.testing.account import Account
from tests.support import specification
from tests.support.small_server import CREDENTIALS, TOKEN, SmallServer

NEVER_THERE = "fieldThatNobodySends"


def bash(line: str, variables: Mapping[str, str]) -> WireResponse:
    """The response that a line prints."""
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **variables}
    done = subprocess.run(["bash", "-c", line], env=environment, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr.decode()
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    return WireResponse(int(head.split()[1]), {"content-type": "application/json"}, body)


def demanding(vendor: str, operation: str) -> Contract:
    """A vendor's contract, but an operation's successes need a field that nobody sends."""
    contract = load_contract(vendor)
    content = deepcopy(contract.document.content)
    schema: dict[str, Any] = {"type": "object", "required": [NEVER_THERE]}
    if contract.envelope.success:
        code = contract.envelope.code
        succeeded = {"properties": {code: {"enum": list(contract.envelope.success)}}, "required": [code]}
        schema = {"type": "object", "if": succeeded, "then": schema}
    node = lookup(content, contract.operations[operation].pointer)
    node["responses"]["200"] = {"description": "Demanding.", "content": {"application/json": {"schema": schema}}}
    return build_contract(Document(vendor, content))


@pytest.mark.process
@pytest.mark.parametrize(
    ("vendor", "operation"),
    [
        ("guiji", "getAccessToken"),
        ("guiji", "listVideos"),
        ("softsugar", "createToken"),
        ("softsugar", "listTasks"),
        ("aliyun-avatar", "QueryAvatarList"),
        ("huawei-metastudio", "ListAssets"),
        ("huawei-metastudio", "CreateFile"),
    ],
)
def test_the_bash_line_signs_the_request_anew_and_shows_the_same_violation(
    account: Account, vendor: str, operation: str
) -> None:
    contract, credentials = demanding(vendor, operation), account.credentials(vendor)
    chosen = EndpointOptions(seed=2, examples=12, operations=frozenset({operation}))
    report = run(contract, account.base_url, credentials, chosen)
    findings = [
        finding for finding in report.findings if NEVER_THERE in finding.message and finding.check == "ResponsesConform"
    ]
    assert findings, str(report)
    response = bash(findings[0].curl, credentials)
    # Only a success breaks it: neither the credentials nor the signature were refused.
    (broken,) = contract.operations[operation].response_violations(response)
    assert NEVER_THERE in str(broken)
    shown = json.dumps(report.as_json()) + str(report)
    for name, value in credentials.items():
        assert value not in shown or not name.endswith(("secret", "key", "app_id")), name


def test_a_line_without_its_credentials_says_which_it_needs(account: Account) -> None:
    contract = demanding("huawei-metastudio", "ListAssets")
    secrets = KnownSecrets({}, FieldRedactor(()))
    credentials = {"access_key": "an-access-key", "secret_key": "a-secret-key"}
    request = sdk_hmac_sha256.sign_request(
        WireRequest("GET", "/v1/p/digital-assets", "", {"host": "127.0.0.1:9"}, b""), credentials
    )
    reproduction = Reproduction(contract, "http://127.0.0.1:9", credentials, secrets)
    line = reproduction.line(contract.operations["ListAssets"], request)
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert "secret_key: parameter null or not set" in done.stderr


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("no credentials needed", "succeeds without credentials"),
        ("any token", "succeeds with wrong credentials"),
        ("breaks down without a token", "gets internalError"),
    ],
)
def test_the_line_of_a_finding_about_credentials_omits_or_corrupts_them(fault: str, message: str) -> None:
    contract = specification.contract()
    server = SmallServer(contract, fault)
    try:
        report = run(
            contract,
            server.base_url,
            CREDENTIALS,
            EndpointOptions(seed=3, examples=5, operations=frozenset({"createThing"})),
        )
        (finding,) = [finding for finding in report.findings if finding.check == "RequiresCredentials"]
        assert message in finding.message
        response = bash(finding.curl, CREDENTIALS)
        query = server.last.query
    finally:
        server.close()
    assert json.loads(response.body)["code"] == json.loads(finding.response.partition(" ")[2])["code"]
    assert TOKEN not in query, "the good token was not sent"
    assert ("access_token=" in query) == ("wrong" in message)


ODD = [
    WireRequest("POST", "/a/../b", "x=[1-3]&y={a}", {"content-type": "text/plain"}, b'it\'s $HOME `x` \\ "q"\n\ttab'),
    WireRequest("POST", "/", "", {}, b"@file\xff\x00\n"),
    WireRequest("PUT", "/", "", {"x-empty": "", "x-odd": "!$a'b"}, "\u202e\u4e16".encode()),
    WireRequest("DELETE", "/%7B", "", {}, b""),
    WireRequest("HEAD", "/", "q=%00", {}, b""),
]


@pytest.mark.parametrize("sent", ODD, ids=lambda request: f"{request.method} {request.path}")
def test_a_line_sends_the_same_bytes_as_the_request(sent: WireRequest) -> None:
    server = SmallServer(specification.contract())
    try:
        bash(curl(server.base_url, sent), {})
    finally:
        server.close()
    came = server.last
    assert (came.method, came.path, came.query, came.body) == (sent.method, sent.path, sent.query, sent.body)
    assert came.headers.get("content-type") == sent.headers.get("content-type")
    assert sent.headers.items() <= came.headers.items()


def test_a_text_with_placeholders_becomes_one_word_of_bash() -> None:
    text = f"it's {from_environment('app-id')}\n$x `y` {from_command('date')}\\"
    done = subprocess.run(
        ["bash", "-c", f"date=now; printf %s {word(text)}"], env={"app_id": "me"}, capture_output=True, check=True
    )
    assert done.stdout.decode() == "it's me\n$x `y` now\\"


def test_known_secrets_are_taken_out_wherever_they_stand_and_however_they_are_written() -> None:
    secrets = KnownSecrets({"key": "se/cret+value"}, FieldRedactor({"token"}))
    request = WireRequest("POST", "/", "", {}, b'{"token": "my-own-token"}')
    secrets.remember_response(
        request, WireResponse(200, {}, b'{"token": "issued-token", "again": {"token": "my-own-token"}}')
    )
    line = secrets.with_placeholders("a=se%2Fcret%2Bvalue&b=issued-token&c=my-own-token")
    assert line == f"a={from_environment('key')}&b={from_environment('token')}&c=my-own-token"
    assert "se/cret" not in secrets.text("key se/cret+value and issued-token")
