"""The log: one JSON object on each line, with the id of the request and without secrets."""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.mock_server.process import logs
from bodydouble.mock_server.process.logs import JsonFormatter, RedactingFormatter
from bodydouble.mock_server.web import request_log
from bodydouble.mock_server.web.request_log import begin_request, request_id
from bodydouble.testing import Account, Server
from tests.support.guiji import Guiji

OPTIONS = ("--log-format", "json", "--log-level", "info")


def record(message: str, *arguments: object, **attributes: Any) -> logging.LogRecord:
    result = logging.LogRecord(
        "bodydouble.x", logging.ERROR, __file__, 1, message, arguments, attributes.pop("exc", None)
    )
    result.__dict__.update(attributes)
    return result


def in_new_thread(act: Any) -> None:
    thread = threading.Thread(target=act)
    thread.start()
    thread.join()


def test_a_record_is_one_object_on_one_line() -> None:
    try:
        raise ValueError("two\nlines and a \udcff")
    except ValueError:
        line = JsonFormatter().format(
            record("a %s", "b\nc", exc=sys.exc_info(), fields={"vendor": "guiji", "task": None})
        )
    assert "\n" not in line
    content = json.loads(line)
    assert (content["level"], content["logger"], content["message"]) == ("ERROR", "bodydouble.x", "a b\nc")
    assert content["vendor"] == "guiji"
    assert "task" not in content
    assert "Traceback" in content["exception"]
    assert content["time"].endswith("+00:00")


@pytest.mark.parametrize("formatter", [JsonFormatter(), RedactingFormatter()], ids=["json", "text"])
def test_secrets_are_taken_out_of_messages_and_exceptions(formatter: RedactingFormatter) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)
    try:
        logs.redact_logs([FieldRedactor(["access_token"]), FieldRedactor(["secret"])], ["the-control-token"])
    finally:
        logging.getLogger().removeHandler(handler)
    try:
        raise ValueError("/a?secret=hidden-1&b=shown")
    except ValueError:
        line = formatter.format(
            record('GET /x?access_token=hidden-2, {"secret": "hidden-3"} the%2Dcontrol-token', exc=sys.exc_info())
        )
    assert "shown" in line
    assert "control" not in line
    assert "hidden" not in line


@pytest.mark.parametrize(
    ("supplied", "is_used"),
    [("0af7651916cd43dd8448eb211c80319c", True), ("a b", False), ("x" * 65, False), ("Bearer=x", False), (None, False)],
)
def test_the_id_is_the_one_that_a_proxy_has_chosen_or_a_random_one(supplied: str | None, is_used: bool) -> None:
    def serve() -> None:
        assert request_id() is None
        begin_request({"HTTP_X_REQUEST_ID": supplied} if supplied is not None else {})
        first = request_id()
        assert first == request_id()
        assert (first == supplied) is is_used
        begin_request({})
        assert request_id() not in (None, first)
        seen.append(first)

    seen: list[str | None] = []
    in_new_thread(serve)
    assert len(seen) == 1


@pytest.fixture
def logging_server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path, *OPTIONS, workers=1)
    yield server
    server.stop()


@pytest.mark.process
def test_every_line_of_a_server_is_an_object_and_each_request_has_one(logging_server: Server) -> None:
    account = Account(logging_server)
    guiji = Guiji(account)
    headers = {"X-Request-Id": "from-the-proxy-1"}
    guiji.send("GET", "/openapi/video/v2/get/0", headers=headers)
    logging_server.http.get("/openapi/video/v2/get/0?access_token=very-secret-token")
    logging_server.stop()
    lines = [json.loads(line) for line in logging_server.log.splitlines()]
    requests = [line for line in lines if line["logger"] == request_log.__name__]
    (named,) = [line for line in requests if line["request_id"] == "from-the-proxy-1"]
    assert (named["vendor"], named["operation"], named["status"]) == ("guiji", "getVideo", 200)
    assert (named["error"], named["account"]) == ("resourceNotFound", account.id)
    assert named["duration_ms"] > 0
    assert len({line["request_id"] for line in requests}) == len(requests) >= 4
    assert "very-secret-token" not in logging_server.log
    assert guiji.token not in logging_server.log


@pytest.mark.process
def test_what_keeps_a_server_from_starting_is_a_line_of_json(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bodydouble", "serve", *OPTIONS, "--tls-cert", str(tmp_path), "--tls-key", "x"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    content = json.loads(done.stderr)
    assert (content["level"], content["message"][:10]) == ("CRITICAL", "--tls-cert")
