"""Bad days by name: scenarios that are planted together."""

from collections.abc import Mapping
from typing import Any


def _fault(kind: str, probability: float = 1.0, **parameters: Any) -> dict[str, Any]:
    return {"vendor": "*", "operation": "*", "fault": {"kind": kind, **parameters}, "probability": probability}


PROFILES: Mapping[str, Mapping[str, Any]] = {
    "slow-vendor": {
        "description": "Every response takes its time, and some take long.",
        "scenarios": [
            _fault("latency", distribution="lognormal", median_milliseconds=400, sigma=0.8),
        ],
    },
    "flaky-network": {
        "description": "One request in four does not get through as it should; the others are a little slow.",
        "scenarios": [
            _fault("latency", 0.5, distribution="uniform", min_milliseconds=5, max_milliseconds=50),
            _fault("reset", 0.06, at="before"),
            _fault("reset", 0.05, at="header"),
            _fault("reset", 0.05, at="body"),
            _fault("emptyReply", 0.04),
            _fault("truncated", 0.04, length="whole"),
            _fault("gateway", 0.04, status=502),
        ],
    },
    "outage": {
        "description": "The vendor's gateway is up, what is behind it is not.",
        "scenarios": [
            _fault("gateway", 0.2, status=504),
            _fault("gateway", 0.5, status=502),
            _fault("gateway", status=503),
        ],
    },
    "throttled": {
        "description": "Two calls of an operation in a second, five at once; more are too many.",
        "scenarios": [_fault("rateLimit", per_second=2, burst=5)],
    },
    "hostile-callbacks": {
        "description": "Callbacks get lost, come early, late, twice and out of order, and some are forged.",
        "scenarios": [
            _fault("early", 0.1, seconds=5),
            _fault("late", 0.15, seconds=60),
            _fault("reordered", 0.15, seconds=30),
            _fault("lost", 0.05),
            _fault("unknownField", 0.3),
            _fault("staleTimestamp", 0.05, seconds=3600),
            _fault("wrongSignature", 0.05),
            _fault("changedBody", 0.05),
            _fault("doubled", 0.2, copies=2),
        ],
    },
}
