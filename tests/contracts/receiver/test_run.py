"""The receiver tester, over HTTP, against a receiver that follows every rule and one that follows none."""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from flask import Flask, abort, jsonify, request

from bodydouble.contracts.core.json_mutations import UNKNOWN_FIELD
from bodydouble.contracts.model import documents
from bodydouble.contracts.model.contract import Callback, Contract
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.receiver.probe import ProbeError, Processed, http_probe, processed
from bodydouble.contracts.receiver.report import ReceiverReport, Verdict
from bodydouble.contracts.receiver.run import CannotRun, ReceiverOptions, run
from bodydouble.contracts.receiver.sender import ReceiverUnreachable
from bodydouble.contracts.signatures import callbacks
from bodydouble.contracts.signatures.callbacks import SignatureRejected
from bodydouble.mock_server.testing.server import free_port
from bodydouble.mock_server.testing.serving import serving
from examples import receiver_correct, receiver_naive
from tests.support.instances import Instances

KEYS = {"authKey": "EXAMPLE_AUTH_KEY", "tenantId": "9185", "key": "EXAMPLE_HUAWEI_KEY"}
PASSED, FAILED, NOT_APPLICABLE = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_APPLICABLE
EVERYWHERE = {"acknowledges-valid", "acknowledges-unusual", "processes-unknown-fields"} | {
    "processes-duplicates-once",
    "processes-simultaneous-duplicates-once",
}
# Where the payload says when the event happened.
DATED = {"processes-late"}
SIGNED = {"rejects-wrong-signature", "rejects-changed-timestamp", "rejects-stale-timestamp"}
# The rules that apply, by vendor and callback.
APPLICABLE = {
    ("guiji", "videoResult"): EVERYWHERE | DATED | {"keeps-ends"},
    ("guiji", "audioResult"): EVERYWHERE | {"keeps-ends"},
    ("guiji", "voiceCloneResult"): EVERYWHERE | {"keeps-ends"},
    ("guiji", "avatarTrainingResult"): EVERYWHERE | DATED | {"keeps-order"},
    ("softsugar", "taskCompleted"): EVERYWHERE | SIGNED | {"keeps-order", "keeps-ends"},
    ("aliyun-avatar", "videoTaskFinished"): EVERYWHERE | DATED | SIGNED | {"keeps-order", "keeps-ends"},
    ("aliyun-avatar", "videoTaskStarted"): EVERYWHERE | DATED | SIGNED | {"keeps-order"},
    ("aliyun-avatar", "avatarTrainingFinished"): EVERYWHERE | DATED | SIGNED | {"keeps-order"},
    ("aliyun-avatar", "messageFeedback"): EVERYWHERE | DATED | SIGNED | {"keeps-order"},
    ("aliyun-avatar", "callbackUrlValidation"): EVERYWHERE | DATED | SIGNED,
    ("huawei-metastudio", "videoResult"): EVERYWHERE | SIGNED | {"rejects-changed-url", "keeps-ends"},
    ("huawei-metastudio", "subtitleResult"): EVERYWHERE | SIGNED | {"rejects-changed-url", "keeps-ends"},
}
NAIVE = [target for target in APPLICABLE if target[1] in ("videoResult", "taskCompleted", "videoTaskFinished")]


def callbacks_of(vendors: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, callback) for name in vendors for callback in load_contract(name).callbacks]


def test_the_rules_are_known_of_every_callback_that_the_example_receiver_processes() -> None:
    assert set(callbacks_of(receiver_correct.VENDORS)) == set(APPLICABLE)


@pytest.mark.parametrize(("vendor", "callback"), callbacks_of(documents.names()))
def test_some_rules_apply_to_every_callback_of_every_vendor(vendor: str, callback: str) -> None:
    """The receiver knows of the vendor what acknowledges a callback, and that equal bodies are of one event."""
    contract = load_contract(vendor)
    bodies: set[bytes] = set()
    app = Flask("any vendor")

    @app.post("/")
    def receive() -> Any:
        bodies.add(request.get_data())
        return acknowledgement(contract, contract.callbacks[callback])

    with serving(app) as base:
        options = ReceiverOptions(keys_of(contract.callbacks[callback]), examples=1, seed=1, settle=0.2)
        report = run(contract, callback, base + "/", lambda: Processed(len(bodies), {}), options)
    assert {name for name, verdict in report.verdicts.items() if verdict is PASSED} >= EVERYWHERE, str(report)


def acknowledgement(contract: Contract, callback: Callback) -> Any:
    body = next(iter(callback.acknowledgements.values())).body
    if body is None or body.json is None:
        return ""
    values = Instances(contract.document, Random(1)).of(body.json.schema, 100)
    return jsonify(next(value for value in values if body.json.is_valid(value)))


def keys_of(callback: Callback) -> dict[str, str]:
    signature = callback.delivery.signature
    parts = () if signature is None else callbacks.required_parts(signature)
    return dict.fromkeys((*callback.event.account.values(), *parts), "1")


def run_against(app: Flask, vendor: str, callback: str, **chosen: Any) -> ReceiverReport:
    with serving(app) as base:
        options = ReceiverOptions(KEYS, **{"examples": 15, "seed": 1, "settle": 2.0, **chosen})
        return run(load_contract(vendor), callback, f"{base}/{vendor}", http_probe(f"{base}/processed"), options)


@pytest.mark.parametrize(("vendor", "callback"), APPLICABLE)
def test_a_correct_receiver_passes_all_that_applies(vendor: str, callback: str) -> None:
    report = run_against(receiver_correct.create_app(KEYS), vendor, callback)
    assert report.failures == (), str(report)
    assert {name for name, verdict in report.verdicts.items() if verdict is PASSED} == APPLICABLE[vendor, callback]


@pytest.mark.parametrize(("vendor", "callback"), NAIVE)
def test_a_naive_receiver_fails_all_that_applies(vendor: str, callback: str) -> None:
    report = run_against(receiver_naive.create_app({}), vendor, callback)
    assert {check.name for check in report.failures} == APPLICABLE[vendor, callback]
    for check in report.failures:
        assert check.steps, check
        assert check.location.startswith(f"specs/{vendor}/openapi.yaml#/")
    assert not any(secret in str(report) + str(report.as_json()) for secret in (KEYS["authKey"], KEYS["key"]))


def is_late(payload: Any) -> bool:
    return bool(payload["eventTime"] / 1000 < time.time() - 300)


def is_of_a_later_version(payload: Any) -> bool:
    return UNKNOWN_FIELD in payload["data"]


@pytest.mark.parametrize(
    ("ignores", "rule"), [(is_late, "processes-late"), (is_of_a_later_version, "processes-unknown-fields")]
)
def test_a_receiver_that_acknowledges_and_ignores_is_reported(ignores: Callable[[Any], bool], rule: str) -> None:
    app = receiver_correct.create_app(KEYS)

    @app.before_request
    def acknowledge() -> Any:
        return jsonify({}) if request.method == "POST" and ignores(request.get_json()) else None

    report = run_against(app, "aliyun-avatar", "videoTaskStarted", examples=1)
    assert [check.name for check in report.failures] == [rule]
    assert "is acknowledged, but has no effect" in report.failures[0].reason


def test_signature_rules_do_not_apply_to_unsigned_callbacks_and_say_why() -> None:
    report = run_against(receiver_correct.create_app(KEYS), "guiji", "audioResult")
    reasons = {check.name: check.reason for check in report.checks if check.verdict is NOT_APPLICABLE}
    for name in (*SIGNED, "rejects-changed-body", "rejects-changed-url"):
        assert reasons[name] == "the vendor does not sign this callback: anyone who knows the URL can send one"


def test_a_changed_body_is_not_tested_where_the_signature_does_not_cover_it() -> None:
    report = run_against(receiver_correct.create_app(KEYS), "aliyun-avatar", "videoTaskStarted")
    check = next(check for check in report.checks if check.name == "rejects-changed-body")
    assert check.verdict is NOT_APPLICABLE
    assert "does not cover the body" in check.reason
    assert check.location.endswith("/x-delivery/signature")


def test_the_failing_callback_is_the_smallest_one() -> None:
    report = run_against(receiver_naive.create_app({}), "guiji", "videoResult", examples=30)
    step = next(check for check in report.failures if check.name == "acknowledges-valid").steps[0]
    assert step.curl.endswith("""'{"data":{"id":0,"result":"fail"},"taskType":"video-synthesis"}'""")


COVERING = {
    "scheme": "md5-template",
    "content": "{timestamp}.{body}.{authKey}",
    "timestamp": {"in": "query", "name": "t", "unit": "seconds"},
    "signature": {"in": "header", "name": "X-Sign"},
    "window": 120,
}


@pytest.fixture(params=[True, False], ids=["whole", "without the body"])
def covered(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_a_receiver_that_does_not_verify_the_signed_body_is_reported(covered: bool) -> None:
    app = Flask("own signature")
    count = [0]

    @app.post("/guiji")
    def receive() -> Any:
        body = request.get_data()
        signed = callbacks.sign(COVERING, KEYS, "", int(request.args.get("t", "0")) * 1000, body)
        if covered or not request.headers.get("X-Sign", "").strip("0"):
            headers = {name.lower(): value for name, value in request.headers.items()}
            try:
                callbacks.verify(COVERING, KEYS, request.url, headers, body, time.time_ns() // 1_000_000)
            except SignatureRejected:
                abort(403)
        count[0] += len(signed.headers)
        return {"code": "0", "success": True, "message": "Request successful"}

    with serving(app) as base:
        options = ReceiverOptions(KEYS, signature=COVERING, examples=5, seed=1)
        report = run(load_contract("guiji"), "videoResult", f"{base}/guiji", None, options)
    expected = PASSED if covered else FAILED
    assert report.verdicts["rejects-changed-body"] is expected, str(report)
    assert report.verdicts["processes-duplicates-once"] is NOT_APPLICABLE


def test_a_receiver_that_rejects_everything_does_not_detect_forgeries() -> None:
    app = Flask("rejects")
    app.post("/<vendor>")(lambda vendor: ("", 403))
    with serving(app) as base:
        report = run(
            load_contract("softsugar"), "taskCompleted", f"{base}/softsugar", None, ReceiverOptions(KEYS, seed=1)
        )
    assert report.verdicts["rejects-wrong-signature"] is FAILED
    assert "the genuine one is not acknowledged" in str(report)


def test_a_receiver_that_never_responds_in_time_is_reported_soon() -> None:
    app = Flask("hangs")
    released = threading.Event()

    @app.post("/")
    def receive() -> Any:
        released.wait(20)
        return ""

    with serving(app) as base:
        contract = load_contract("softsugar")
        callback = contract.callbacks["taskCompleted"]
        hasty = replace(callback, delivery=replace(callback.delivery, timeout=0.1))
        try:
            report = run(
                replace(contract, callbacks={"taskCompleted": hasty}),
                "taskCompleted",
                base + "/",
                None,
                ReceiverOptions({}),
            )
        finally:
            released.set()
    assert report.verdicts["acknowledges-valid"] is FAILED
    assert "no response within 0.1 seconds" in str(report)


@pytest.fixture
def naive() -> Iterator[str]:
    with serving(receiver_naive.create_app({})) as base:
        yield base


@pytest.mark.parametrize(
    ("vendor", "callback"),
    [("softsugar", "taskCompleted"), ("aliyun-avatar", "videoTaskFinished"), ("huawei-metastudio", "videoResult")],
)
def test_the_curl_lines_of_a_report_do_the_same_again(naive: str, vendor: str, callback: str) -> None:
    """The correct receiver rejects the forgeries that the naive receiver accepts, and accepts the rest."""
    options = ReceiverOptions(KEYS, examples=5, seed=1)
    report = run(load_contract(vendor), callback, f"{naive}/{vendor}", http_probe(f"{naive}/processed"), options)
    with serving(receiver_correct.create_app(KEYS)) as correct:
        for check in report.failures:
            if check.name == "processes-simultaneous-duplicates-once":
                continue
            for step in check.steps:
                status = 401 if check.name.startswith("rejects") else 200
                assert (
                    shell_status(step.curl.replace(naive.partition("//")[2], correct.partition("//")[2])) == status
                ), step.curl


def shell_status(line: str) -> int:
    environment = {"PATH": os.environ["PATH"], **KEYS}
    done = subprocess.run(["bash", "-c", line], env=environment, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[1])


def test_a_receiver_that_is_not_running_cannot_be_tested() -> None:
    with pytest.raises(ReceiverUnreachable, match="nothing listens"):
        run(load_contract("guiji"), "videoResult", f"http://127.0.0.1:{free_port()}/", None, ReceiverOptions({}))


def test_a_missing_key_an_unknown_callback_and_an_invalid_signature_are_reported_before_anything_is_sent() -> None:
    with pytest.raises(CannotRun, match="missing keys: authKey, tenantId"):
        run(load_contract("aliyun-avatar"), "videoTaskFinished", "http://127.0.0.1:1/", None, ReceiverOptions({}))
    with pytest.raises(CannotRun, match="there are: audioResult"):
        run(load_contract("guiji"), "nothing", "http://127.0.0.1:1/", None, ReceiverOptions({}))
    with pytest.raises(CannotRun, match="not an x-signature"):
        run(
            load_contract("guiji"),
            "videoResult",
            "http://127.0.0.1:1/",
            None,
            ReceiverOptions({}, signature={"scheme": "x"}),
        )


def test_where_an_account_may_have_no_key_callbacks_are_unsigned_without_one() -> None:
    with serving(receiver_naive.create_app({})) as base:
        report = run(
            load_contract("softsugar"), "taskCompleted", f"{base}/softsugar", None, ReceiverOptions({}, seed=1)
        )
    assert report.verdicts["rejects-wrong-signature"] is NOT_APPLICABLE
    assert "only for accounts with a key" in next(check.reason for check in report.checks if "wrong" in check.name)


def test_a_probe_may_be_a_function_and_must_keep_its_form() -> None:
    app = receiver_correct.create_app(KEYS)

    def probe() -> Processed:
        return processed(app.test_client().get("/processed").get_json())

    with serving(app) as base:
        options = ReceiverOptions({**KEYS, "auth_key": KEYS["authKey"]}, examples=5, seed=1)
        report = run(load_contract("softsugar"), "taskCompleted", f"{base}/softsugar", probe, options)
        assert report.failures == (), str(report)
        with pytest.raises(ProbeError, match="must respond"):
            processed([])
        with pytest.raises(ProbeError, match="404"):
            http_probe(f"{base}/nowhere/at/all")()
    with pytest.raises(ProbeError, match="does not respond"):
        http_probe(base)()
