"""The line that a report prints sends the request again, signed anew, and shows the same broken promise."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import replace

import pytest

from contracts.contract import Contract
from contracts.curl import curl
from contracts.endpoint import Options, Report, run
from contracts.known_secrets import Secrets
from contracts.loading import build_contract, load_contract
from contracts.documents import Document
from contracts.messages import WireRequest, WireResponse
from contracts.pointers import lookup
from contracts.redaction import Redactor
from contracts.reproduction import Reproduction
from contracts.shell_text import given, made, word
from tests.support import specification
from tests.support.account import Account
from tests.support.small_server import CREDENTIALS, TOKEN, SmallServer

NEVER_THERE = "fieldThatNobodySends"


def bash(line: str, variables: Mapping[str, str]) -> WireResponse:
    """The answer that a line prints."""
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **variables}
    done = subprocess.run(["bash", "-c", line], env=environment, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr.decode()
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    return WireResponse(int(head.split()[1]), {"content-type": "application/json"}, body)


def demanding(vendor: str, operation: str) -> Contract:
    """A vendor's contract, but an operation's answers need a field that nobody sends."""
    content = json.loads(json.dumps(load_contract(vendor).document.content))
    node = lookup(content, load_contract(vendor).operations[operation].pointer)
    schema = {"type": "object", "required": [NEVER_THERE]}
    node["responses"]["200"] = {"description": "Demanding.", "content": {"application/json": {"schema": schema}}}
    return build_contract(Document(vendor, content))


@pytest.mark.parametrize(
    ("vendor", "operation"),
    [
        ("guiji", "getAccessToken"),
        ("guiji", "listVideos"),
        ("softsugar", "listTasks"),
        ("softsugar", "getTaskPhases"),
        ("softsugar", "createToken"),
        ("aliyun-avatar", "QueryAvatarList"),
        ("huawei-metastudio", "ListAssets"),
        ("huawei-metastudio", "CreateFile"),
    ],
)
def test_a_line_signs_anew_and_shows_the_same_broken_promise(account: Account, vendor: str, operation: str) -> None:
    contract, credentials = demanding(vendor, operation), account.credentials(vendor)
    report = run(
        contract, account.base_url, credentials, Options(seed=2, examples=12, operations=frozenset({operation}))
    )
    findings = [one for one in report.findings if NEVER_THERE in one.message and one.check == "AnswersConform"]
    assert findings, str(report)
    line = findings[0].curl
    for value in credentials.values():
        assert value not in json.dumps(report.as_json()) or len(value) < 6
    answer = bash(line, credentials)
    broken = contract.operations[operation].response_violations(answer)
    assert [NEVER_THERE in str(one) for one in broken] == [True], (line, answer.body)
    # It was not refused for its credentials, nor for its signature.
    succeeded = findings[0].answer.startswith("200") and '"message":"success"' in findings[0].answer
    assert not succeeded or json.loads(answer.body).get("message") == "success"
