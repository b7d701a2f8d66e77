"""The testers' time: read in one place, and able to stand still."""

import re
from pathlib import Path

from bodydouble import contracts
from bodydouble.contracts.core import clock
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.signatures import acs3_hmac_sha256, rpc_hmac_sha1, sdk_hmac_sha256

FOLDER = Path(contracts.__file__).parent
REQUEST = WireRequest("GET", "/", "", {"host": "a"}, b"")


def test_nothing_else_in_the_testers_reads_the_real_time_or_waits() -> None:
    reading = re.compile(
        r"\btime\.(?:time|time_ns|monotonic|perf_counter|sleep)\b|gmtime\(\)|\.(?:now|utcnow|today)\((?:UTC)?\)$", re.M
    )
    # What a test needs of a server process waits for that process, in real time.
    # The lines that some modules write for readers run on the reader's clock.
    others = {"clock.py", "python_lines.py", "python_recipes.py"}
    modules = [path for path in FOLDER.rglob("*.py") if "testing" not in path.parts and path.name not in others]
    assert len(modules) > 60
    assert [path.name for path in modules if reading.search(path.read_text())] == []


def test_signatures_are_of_the_time_that_stands_still() -> None:
    aliyun = {"access_key_id": "a", "access_key_secret": "b"}
    with clock.frozen(0):
        signed = sdk_hmac_sha256.sign_request(REQUEST, {"access_key": "a", "secret_key": "b"})
        assert signed.headers["x-sdk-date"] == "19700101T000000Z"
        assert acs3_hmac_sha256.sign_request(REQUEST, aliyun).headers["x-acs-date"] == "1970-01-01T00:00:00Z"
        assert "Timestamp=1970-01-01T00%3A00%3A00Z" in rpc_hmac_sha1.sign_request(REQUEST, aliyun).query


def test_waiting_moves_the_time_and_real_time_comes_back() -> None:
    slept: list[float] = []
    with clock.frozen(100, on_sleep=slept.append) as standing:
        clock.sleep(2.5)
        assert clock.now() == clock.monotonic() == standing.at == 102.5
        assert clock.now_in_milliseconds() == 102_500
    assert slept == standing.slept == [2.5]
    assert clock.now() > 1_700_000_000
