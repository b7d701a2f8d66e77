"""A callback receiver that acknowledges everything, some of it late, and counts by event."""

import json
import random
import threading
import time
from collections import defaultdict
from typing import Any, NamedTuple

from bodydouble.contracts.core.loopback_server import LoopbackHandler, LoopbackServer
from bodydouble.mock_server.testing.receiver import respond
from tests.support.guiji import ACKNOWLEDGEMENT

MAX_DELAY = 0.04
"""Seconds; long enough for a kill to come between the arrival of a callback and its record."""
_GUIJI_KINDS = {"tts-synthesis": "audio", "video-synthesis": "video"}


class Event(NamedTuple):
    """What a callback is about."""

    vendor: str
    kind: str
    key: str
    type: str


def _event(vendor: str, content: dict[str, Any]) -> Event | None:
    if vendor == "guiji":
        data = content["data"]
        # An audio has a status only.
        return Event(
            vendor,
            _GUIJI_KINDS[content["taskType"]],
            str(data["id"]),
            str(data["result"] if "result" in data else data["status"]),
        )
    if vendor == "softsugar":
        return Event(vendor, "task", str(content["taskId"]), str(content["status"]))
    if vendor == "huawei-metastudio":
        return Event(vendor, "videoJob", content["job_id"], content["result"])
    # The event that checks the receiver's address is about no task.
    data = content.get("data")
    return Event(vendor, "videoTask", data["taskUuid"], content["eventType"]) if data else None


class CountingReceiver:
    """Listens on loopback from its creation until it is closed.

    Attributes:
        bodies: the bodies of each event, as they came.
    """

    def __init__(self, seed: int) -> None:
        self._guard = threading.Lock()
        self.bodies: dict[Event, list[bytes]] = defaultdict(list)
        delays, receiver = random.Random(seed), self
        acknowledge = respond(200, ACKNOWLEDGEMENT)

        class Handler(LoopbackHandler):
            def do_POST(self) -> None:
                receiver.record(self.path.partition("?")[0].strip("/"), self.read_body())
                time.sleep(delays.uniform(0, MAX_DELAY))
                acknowledge(self)

        self._server = LoopbackServer(Handler)
        self._server.start()
        self.url = self._server.base_url

    def record(self, vendor: str, body: bytes) -> None:
        """Count a callback."""
        event = _event(vendor, json.loads(body))
        if event is not None:
            with self._guard:
                self.bodies[event].append(body)

    def events_of(self, vendor: str, kind: str, key: str) -> dict[str, list[bytes]]:
        """The bodies about a task, by the type of the event."""
        with self._guard:
            return {
                event.type: list(bodies)
                for event, bodies in self.bodies.items()
                if (event.vendor, event.kind, event.key) == (vendor, kind, key)
            }

    @property
    def repeated(self) -> int:
        """How many callbacks came that had come before."""
        with self._guard:
            return sum(len(bodies) - 1 for bodies in self.bodies.values())

    def close(self) -> None:
        """Stop listening."""
        self._server.stop()
