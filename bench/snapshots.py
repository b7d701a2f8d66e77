"""How long a snapshot and a restore of an account with 10,000 tasks of all vendors take: python -m bench.snapshots"""

import copy
import gc
import json
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.http import HttpResponse
from tests.support.aliyun_avatar import AliyunAvatar
from tests.support.guiji import Guiji
from tests.support.huawei_metastudio import MetaStudio
from tests.support.in_process import InProcessServer
from tests.support.softsugar import VIDEO
from tests.support.times import SAMPLE_TIME

TASKS = 10_000
# Seconds that a snapshot, a restore and another snapshot may take together.
BAR = 5.0
# Between the numbers of a task and of its copy.
_SHIFT = 1_000
Result = TypeVar("Result")
Json = dict[str, Any]


def _traffic(account: Account) -> None:
    guiji, huawei, aliyun = Guiji(account), MetaStudio(account), AliyunAvatar(account)
    for _ in range(5):
        guiji.synthesise(callbackUrl="http://127.0.0.1:9/callback")
        huawei.create()
        aliyun.submit()
    account.add_tasks("softsugar", "task", {"algoType": VIDEO}, count=5)


def _multiplied(document: Json) -> Json:
    """A snapshot in which each task is there many times."""
    copies = range(-(-TASKS // len(document["tasks"])))
    tasks = [_task(task, index * _SHIFT) for index in copies for task in document["tasks"]]
    deliveries = [_delivery(entry, index * _SHIFT) for index in copies for entry in document["deliveries"]]
    last = document["last_number"] + copies.stop * _SHIFT
    ordered = sorted(tasks, key=lambda task: int(task["number"]))
    return {**document, "tasks": ordered, "deliveries": deliveries, "last_number": last}


def _task(task: Json, shift: int) -> Json:
    copied = copy.deepcopy(task)
    copied["number"] += shift
    for follower in copied["runtime"].get("followers", ()):
        follower[0] += shift
    if "job" in copied["attributes"]:
        copied["attributes"]["job"] += shift
    if shift:
        key = task["key"]
        copied["key"] = str(int(key) + shift * _SHIFT) if key.isdigit() else str(uuid.uuid4())
    return copied


def _delivery(delivery: Json, shift: int) -> Json:
    return {**delivery, "task": delivery["task"] + shift, "id": str(uuid.uuid4()) if shift else delivery["id"]}


def _measured(name: str, act: Callable[[], Result]) -> Result:
    started, used = time.perf_counter(), time.process_time()
    result = act()
    wall, processor = time.perf_counter() - started, time.process_time() - used
    click.echo(f"{name:10} {wall:6.2f} s, of which on a processor {processor:.2f} s")
    return result


def _taken(account: Account) -> HttpResponse:
    response = account.control("GET", "/snapshot")
    if response.status != 200:
        raise RuntimeError(response.body.decode())
    return response


def main() -> None:
    """Measure, and print what it took."""
    # As in a server (process/server).
    gc.set_threshold(10_000, 20, 20)
    with tempfile.TemporaryDirectory() as folder:
        server = InProcessServer(Path(folder))
        account = Account(server, frozen_at=SAMPLE_TIME)
        _traffic(account)
        account.restore(_multiplied(account.snapshot()))
        started = time.perf_counter()
        first = _measured("snapshot", lambda: _taken(account))
        headers = {"Content-Type": "application/json"}
        path = f"{account.path}/snapshot"
        restored = _measured("restore", lambda: account.http.request("PUT", path, body=first.body, headers=headers))
        second = _measured("snapshot", lambda: _taken(account))
        seconds = time.perf_counter() - started
        before, after = ({**json.loads(response.body), "taken_at": 0} for response in (first, second))
        verdict = "equal" if before == after else "NOT EQUAL"
        click.echo(f"{len(before['tasks'])} tasks, {len(before['deliveries'])} callbacks, {len(first.body)} bytes")
        click.echo(f"status {restored.status}; {verdict}; {seconds:.2f} s in all (bar: at most {BAR:g})")
        server.close()


if __name__ == "__main__":
    main()
