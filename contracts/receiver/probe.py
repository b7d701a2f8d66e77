"""How a receiver tells what it has processed.

A probe is a function without arguments. Over HTTP it is a URL that responds to a GET with JSON:

    {"processed": 2, "tasks": {"913318": 5}}

`processed` counts the callbacks that had an effect (a repeated one has none). `tasks` maps the id of each task, as
text, to its state as the receiver sees it, in any form.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import urllib3

from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.tls import SYSTEM_TRUST, Trust, certificate_problem, pool_options

TIMEOUT = 10.0


class ProbeError(RuntimeError):
    """The probe gives no usable response; the message says why."""


@dataclass(frozen=True, slots=True)
class Processed:
    """What a receiver has processed.

    Attributes:
        count: of callbacks that had an effect.
        tasks: the state of each task by its id as text.
    """

    count: int
    tasks: Mapping[str, Any]


Probe = Callable[[], Processed]


def http_probe(url: str, trust: Trust = SYSTEM_TRUST) -> Probe:
    """A probe that asks a URL.

    Args:
        trust: which certificates are trusted.

    The function raises ProbeError if there is no response, or one of another form.
    """
    pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT, **pool_options(trust))

    def ask() -> Processed:
        try:
            response = pool.request("GET", url, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise ProbeError(
                f"the probe does not respond: {certificate_problem(error) or type(error).__name__}"
            ) from error
        if response.status != 200:
            raise ProbeError(f"the probe responds with {response.status}, not 200")
        try:
            return processed(parse(response.data))
        except JsonTextError as error:
            raise ProbeError(f"the probe does not respond with JSON: {error}") from error

    return ask


def processed(content: Any) -> Processed:
    """Read the JSON of a probe.

    Raises:
        ProbeError: it is of another form.
    """
    count = content.get("processed") if isinstance(content, dict) else None
    tasks = content.get("tasks", {}) if isinstance(content, dict) else None
    if not isinstance(count, int) or isinstance(count, bool) or not isinstance(tasks, dict):
        raise ProbeError('the probe must respond with {"processed": <integer>, "tasks": {<id>: <state>}}')
    return Processed(count, tasks)
