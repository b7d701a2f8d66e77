"""Lines of code for every operation: generated from the contracts alone, and run against a server."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bodydouble.contracts.core.tls import Trust
from bodydouble.contracts.core.wire import WireResponse
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.response_classifier import classify
from bodydouble.contracts.signing.bash_lines import bash_lines
from bodydouble.contracts.signing.example_request import cheap_read, example_request
from bodydouble.contracts.signing.snippets import Caller, snippets
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server
from tests.support.https import certificate, https_server

VENDORS = ("aliyun-avatar", "guiji", "huawei-metastudio", "softsugar")
OPERATIONS = [(vendor, name) for vendor in (*VENDORS, "control") for name in load_contract(vendor).operations]
# For each vendor and scheme: what signs, what needs a token, what has a body or a path.
SAMPLE = [
    ("aliyun-avatar", "StartInstance"),
    ("aliyun-avatar", "QueryAvatarList"),
    ("guiji", "getAccessToken"),
    ("guiji", "createVideo"),
    ("guiji", "getVideo"),
    ("huawei-metastudio", "CreateFile"),
    ("huawei-metastudio", "ShowAsset"),
    ("softsugar", "createToken"),
    ("softsugar", "refreshToken"),
    ("softsugar", "deleteTaskByPath"),
]
# The names of the error cases of clients whose credentials or signature are wrong.
SIGNATURE_ERROR = re.compile("sign|token|accessKey|credential", re.IGNORECASE)


def caller(account: Account, vendor: str) -> Caller:
    return Caller(account.base_url, account.credentials(vendor), account.id)


def code(contract: Contract, of: Caller, operation: Operation) -> dict[str, str]:
    return {snippet.form: snippet.code for snippet in snippets(contract, of, operation)}


def run(*command: str, home: Path | None = None) -> str:
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "NO_PROXY": "127.0.0.1", "HOME": str(home or "/")}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def is_signed(contract: Contract, operation: Operation, status: int, body: str) -> bool:
    result = classify(contract, WireResponse(status, {}, body.encode()), operation)
    return not result.failed or SIGNATURE_ERROR.search(result.name or "") is None


@pytest.mark.process
@pytest.mark.parametrize("vendor", VENDORS)
def test_lines_with_wrong_credentials_are_refused_as_such(account: Account, vendor: str) -> None:
    contract = load_contract(vendor)
    operation = cheap_read(contract)
    assert operation is not None
    known = {name: f"{value}x" for name, value in account.credentials(vendor).items()}
    forms = code(contract, Caller(account.base_url, known), operation)
    done = subprocess.run([sys.executable, "-c", forms["python"]], capture_output=True, text=True, check=False)
    status, _, body = done.stdout.partition(" ")
    assert done.returncode != 0 or not is_signed(contract, operation, int(status), body), body


@pytest.mark.parametrize(("vendor", "name"), OPERATIONS)
def test_the_lines_of_every_operation_can_be_read_by_their_interpreters(vendor: str, name: str) -> None:
    contract = load_contract(vendor)
    forms = code(contract, Caller.unknown(contract), contract.operations[name])
    compile(forms["python"], name, "exec")
    subprocess.run(["bash", "-n"], input=forms["curl"].encode(), check=True, capture_output=True)
    assert ("sdk" in forms) == (contract.sdk is not None)
    compile(forms.get("sdk", ""), name, "exec")


@pytest.mark.process
@pytest.mark.parametrize(("vendor", "name"), SAMPLE)
def test_the_lines_call_the_server_and_their_signature_is_accepted(account: Account, vendor: str, name: str) -> None:
    contract = load_contract(vendor)
    forms = code(contract, caller(account, vendor), contract.operations[name])
    head, _, body = run("bash", "-c", forms["curl"]).replace("\r", "").partition("\n\n")
    assert is_signed(contract, contract.operations[name], int(head.split()[1]), body), body
    status, _, body = run(sys.executable, "-c", forms["python"]).partition(" ")
    assert is_signed(contract, contract.operations[name], int(status), body), body


@pytest.mark.process
def test_a_path_prefix_of_the_server_is_called_and_signed(tmp_path: Path) -> None:
    server = Server(tmp_path, "--base-url", "http://127.0.0.1/mock")
    try:
        account = Account(server)
        for vendor in VENDORS:
            contract = load_contract(vendor)
            operation = cheap_read(contract)
            assert operation is not None
            forms = code(contract, Caller(f"{server.base_url}/mock", account.credentials(vendor)), operation)
            for command in (("bash", "-c", forms["curl"]), (sys.executable, "-c", forms["python"])):
                assert server.base_url in command[-1]
                run(*command)
        entries = [entry for entry in account.journal() if "oken" not in entry["operation"]]
        assert [(entry["vendor"], entry["error"]) for entry in entries] == [
            (name, None) for name in VENDORS for _ in "ab"
        ]
    finally:
        server.stop()


@pytest.mark.process
def test_a_certificate_of_the_servers_own_making_is_trusted(tmp_path: Path) -> None:
    contract, pem = load_contract("control"), certificate(tmp_path)
    operation = contract.operations["listAccounts"]
    with https_server(pem) as port:
        for base_url, trust in (
            (f"https://localhost:{port}/mock", Trust(pem)),
            (f"https://127.0.0.1:{port}", Trust(verify=False)),
        ):
            forms = code(contract, Caller(base_url, {}, trust=trust), operation)
            assert run("bash", "-c", forms["curl"]).startswith("HTTP/1.0 200")
            assert run(sys.executable, "-c", forms["python"]).startswith("200 ")


@pytest.mark.process
@pytest.mark.parametrize("vendor", VENDORS)
def test_the_lines_of_the_cheap_read_succeed(account: Account, vendor: str) -> None:
    contract = load_contract(vendor)
    operation = cheap_read(contract)
    assert operation is not None
    assert operation.cost == "free"
    status, _, body = run(sys.executable, "-c", code(contract, caller(account, vendor), operation)["python"]).partition(
        " "
    )
    assert not classify(contract, WireResponse(int(status), {}, body.encode()), operation).failed, body


@pytest.mark.process
@pytest.mark.parametrize(
    ("vendor", "name"),
    [
        ("aliyun-avatar", "StartInstance"),
        ("aliyun-avatar", "QueryAvatarList"),
        ("huawei-metastudio", "CreateFile"),
        ("huawei-metastudio", "ShowAsset"),
    ],
)
def test_the_lines_of_the_vendors_sdk_succeed(account: Account, vendor: str, name: str, tmp_path: Path) -> None:
    contract = load_contract(vendor)
    forms = code(contract, caller(account, vendor), contract.operations[name])
    run(sys.executable, "-c", forms["sdk"], home=tmp_path)
    (entry, *_) = account.journal()
    assert (entry["operation"], entry["status"], entry["error"]) == (name, 200, None)


def test_the_sdk_has_a_method_for_every_operation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    from alibabacloud_avatar20220130.client import Client
    from huaweicloudsdkmetastudio.v1 import MetaStudioClient

    for vendor, client, mark in (
        ("aliyun-avatar", Client, "(config)."),
        ("huawei-metastudio", MetaStudioClient, "client."),
    ):
        contract = load_contract(vendor)
        for operation in contract.operations.values():
            text = code(contract, Caller.unknown(contract), operation)["sdk"]
            method = text.rpartition(mark)[2].partition("(")[0]
            assert hasattr(client, method), method


def test_the_credentials_are_assigned_before_they_are_used() -> None:
    contract = load_contract("huawei-metastudio")
    known = Caller("http://127.0.0.1:9", {"access_key": "it's", "secret_key": 'a"b$c`d', "project_id": "project-1"})
    forms = code(contract, known, contract.operations["ShowAsset"])
    assert "secret_key='a\"b$c`d'" in forms["curl"].splitlines()[:3]
    assert 'secret_key = "a\\"b$c`d"' in forms["python"]
    assert "{base_url}/v1/{project_id}/digital-assets/" in forms["python"]


def test_a_request_of_the_journal_is_signed_anew(account: Account) -> None:
    contract = load_contract("aliyun-avatar")
    operation = contract.operations["QueryAvatarList"]
    query = (
        "ModelType=2d&AccessKeyId=[redacted]&Signature=%5Bredacted%5D&SignatureNonce=1&Timestamp=2020-01-01T00:00:00Z"
    )
    known = account.credentials("aliyun-avatar")
    wire = example_request(contract, operation, known).wire("127.0.0.1:9")
    lines = bash_lines(contract, account.base_url, known, operation, type(wire)("POST", "/", query, wire.headers, b""))
    assert "redacted" not in lines
    assert "SignatureNonce" not in lines
    assert "ModelType=2d" in lines
