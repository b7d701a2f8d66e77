"""A callback receiver that follows every rule: it verifies signatures, processes each event once, and keeps the order.

Run it with the keys that the vendor signs with, and test it:

    python examples/receiver_correct.py --port 9000 authKey=secret tenantId=9185
    bodydouble receiver aliyun-avatar videoTaskFinished --url http://127.0.0.1:9000/aliyun-avatar \
        --probe http://127.0.0.1:9000/processed --key authKey=secret --key tenantId=9185
"""

import argparse
import hashlib
import hmac
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, abort, jsonify, request

Keys = dict[str, str]
FRESH_FOR = 300


@dataclass(frozen=True)
class Event:
    """What a callback says, in the same form for every vendor.

    Attributes:
        identity: the same for every delivery of the event.
        time: when it happened, epoch milliseconds; None if the vendor does not say.
        final: whether no other event of this task may follow.
    """

    identity: Any
    task: str
    state: Any
    time: int | None
    final: bool


def same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())


def fresh(seconds: float, window: int = FRESH_FOR) -> bool:
    return abs(time.time() - seconds) <= window


def guiji_genuine(keys: Keys) -> bool:
    return True  # Nothing is signed: keep the URL secret.


def guiji_event(payload: dict[str, Any]) -> Event:
    data = payload["data"]
    task = f"{payload['taskType']} {data['id']}" if "id" in data else data["speakerId"]
    state, at = data.get("result", data.get("status")), data.get("updateTime")
    return Event((task, state, at), str(data.get("id", task)), state, at, final=True)


def softsugar_genuine(keys: Keys) -> bool:
    timestamp, signature = request.headers.get("X-Timestamp", ""), request.headers.get("X-Signature", "")
    if not timestamp.isdecimal() or not fresh(int(timestamp) / 1000):
        return False
    return same(hashlib.md5(f"{timestamp}{keys['authKey']}".encode()).hexdigest(), signature)


def softsugar_event(payload: dict[str, Any]) -> Event:
    task, status = payload["taskId"], payload["status"]
    # A task that ended in error (9) may be restarted, and end again.
    return Event((task, status), str(task), status, None, final=status != 9)


def aliyun_genuine(keys: Keys) -> bool:
    timestamp, signature = request.headers.get("VH-TIMESTAMP", ""), request.headers.get("VH-SIGNATURE", "")
    if not timestamp.isdecimal() or not fresh(int(timestamp) / 1000):
        return False
    text = f"{keys['tenantId']}|{timestamp}|{keys['authKey']}"
    return same(hashlib.md5(text.encode()).hexdigest(), signature)


def aliyun_event(payload: dict[str, Any]) -> Event:
    data = payload.get("data", {})
    task = data.get("taskUuid") or data.get("code") or data.get("uniqueCode") or ""
    state = data.get("status") or data.get("makeStatus") or data.get("phase")
    return Event(payload["eId"], task, state, payload["eventTime"], final=False)


def huawei_genuine(keys: Keys) -> bool:
    added = ("secret=", "time_stamp=")
    pairs = request.query_string.decode().split("&")
    query = "&".join(sorted(pair for pair in pairs if pair and not pair.startswith(added)))
    timestamp, secret = request.args.get("time_stamp", ""), request.args.get("secret", "")
    try:
        if not fresh(int(timestamp, 16), window=60):
            return False
    except ValueError:
        return False
    text = request.host + request.path + (f"?{query}" if query else "") + timestamp
    return same(hmac.new(keys["key"].encode(), text.encode(), hashlib.sha256).hexdigest(), secret)


def huawei_event(payload: dict[str, Any]) -> Event:
    job, result = payload["job_id"], payload["result"]
    return Event((job, result), job, result, None, final=True)


VENDORS: dict[str, tuple[Callable[[Keys], bool], Callable[[dict[str, Any]], Event], dict[str, Any]]] = {
    "guiji": (guiji_genuine, guiji_event, {"code": "0", "success": True, "message": "Request successful"}),
    "softsugar": (softsugar_genuine, softsugar_event, {}),
    "aliyun-avatar": (aliyun_genuine, aliyun_event, {}),
    "huawei-metastudio": (huawei_genuine, huawei_event, {}),
}


class Tasks:
    """The tasks as the callbacks report them; in a real receiver, two tables and a transaction."""

    def __init__(self) -> None:
        self.processed = 0
        self.latest: dict[str, Event] = {}
        self._seen: set[Any] = set()
        self._lock = threading.Lock()

    def record(self, event: Event) -> None:
        with self._lock:
            if event.identity in self._seen:
                return
            self._seen.add(event.identity)
            self.processed += 1
            before = self.latest.get(event.task)
            if before is None or self._newer(event, before):
                self.latest[event.task] = event

    @staticmethod
    def _newer(event: Event, before: Event) -> bool:
        if event.time is not None and before.time is not None:
            return event.time > before.time
        # Without times, an ended task stays as it is: a failure that comes late does not undo a success.
        return not before.final


def create_app(keys: Keys) -> Flask:
    """The receiver: `POST /<vendor>`, and the probe `GET /processed`."""
    app = Flask(__name__)
    tasks = Tasks()

    @app.post("/<vendor>")
    def receive(vendor: str) -> Response:
        if vendor not in VENDORS:
            abort(404)
        genuine, event, acknowledgement = VENDORS[vendor]
        if not genuine(keys):
            abort(401)
        tasks.record(event(request.get_json()))
        return jsonify(acknowledgement)

    @app.get("/processed")
    def processed() -> Response:
        states = {task: event.state for task, event in tasks.latest.items()}
        return jsonify(processed=tasks.processed, tasks=states)

    return app


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="A callback receiver.")
    arguments.add_argument("--port", type=int, default=9000)
    arguments.add_argument("keys", nargs="*", metavar="NAME=VALUE")
    chosen = arguments.parse_args()
    create_app(dict(key.split("=", 1) for key in chosen.keys)).run(port=chosen.port, threaded=True)
