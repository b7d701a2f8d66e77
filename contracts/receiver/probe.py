"""How a receiver tells what it has processed.

A probe is a function without arguments. Over HTTP it is a URL that answers a GET with JSON:

    {"processed": 2, "tasks": {"913318": 5}}

`processed` counts the callbacks that had an effect (a repeated one has none); `tasks` shows, by the id of the task as
text, the state in which the receiver takes it to be, in whatever form the receiver keeps it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import urllib3

from bodydouble.contracts.core.strict_json import JsonTextError, parse

TIMEOUT = 10.0


class ProbeError(RuntimeError):
    """The probe gives no usable answer; the message says why."""


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


def http_probe(url: str) -> Probe:
    """A probe that asks a URL.

    The function raises ProbeError if there is no answer, or one of another form.
    """
    pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT)

    def ask() -> Processed:
        try:
            answer = pool.request("GET", url, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise ProbeError(f"the probe does not answer: {type(error).__name__}") from error
        if answer.status != 200:
            raise ProbeError(f"the probe answers {answer.status}, not 200")
        try:
            return processed(parse(answer.data))
        except JsonTextError as error:
            raise ProbeError(f"the probe does not answer JSON: {error}") from error

    return ask


def processed(content: Any) -> Processed:
    """Read the JSON of a probe.

    Raises:
        ProbeError: it is of another form.
    """
    count = content.get("processed") if isinstance(content, dict) else None
    tasks = content.get("tasks", {}) if isinstance(content, dict) else None
    if not isinstance(count, int) or isinstance(count, bool) or not isinstance(tasks, dict):
        raise ProbeError('the probe must answer {"processed": <integer>, "tasks": {<id>: <state>}}')
    return Processed(count, tasks)
