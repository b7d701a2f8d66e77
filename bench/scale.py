"""Fill an account with a million tasks of each vendor, and print how lists, counts, filters and quotas grow: README.md.

Usage: scale.py [--tasks NUMBER] [--states FOLDER] [VENDOR ...]
"""

import argparse
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

sys.path.insert(0, str(Path(__file__).parent.parent))

from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME
from bodydouble.mock_server.engine import plans
from bodydouble.mock_server.engine.plans import Tempo
from bodydouble.mock_server.store import phases, reservations, tables, totals, triggers
from bodydouble.mock_server.store.phases import TaskPhases
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.vendors import load_vendors
from tests.support.aliyun_avatar import AliyunAvatar
from tests.support.guiji import Guiji
from tests.support.huawei_metastudio import MetaStudio
from tests.support.in_process import InProcessServer
from tests.support.softsugar import ROOT, VIDEO, SoftSugar
from tests.support.times import SAMPLE_TIME

FEW, MANY, AT_ONCE = 1_000, 1_000_000, 2_000
# How many tasks are in work at a time, and one of how many fails.
IN_WORK, FAILS = 300, 100
PAGE, ROUNDS = 10, 15
# No account has as many: nothing is dropped while it is measured.
SETTINGS: dict[str, Any] = {"max_tasks_per_account": 10**9, "max_resources_per_account": 10**9}
ACCOUNT = "scale"
Request = Callable[[], Any]


class Existing(Account):
    """The account that was filled."""

    def __init__(self, server: InProcessServer) -> None:
        self.server, self.http, self.base_url = server, server.http, server.base_url
        self.id, self.path = ACCOUNT, f"/_mock/accounts/{ACCOUNT}"
        self._returned, self._planted_at = set(), float("inf")
        self.description = self.describe()


@dataclass(frozen=True)
class Subject:
    """A vendor under measurement.

    Attributes:
        kinds: of the tasks that its create makes; each of them is copied.
        create: makes the tasks that are copied.
        requests: by name, what is measured, for a number of tasks.
    """

    kinds: tuple[str, ...]
    create: Callable[[Account], Any]
    requests: Callable[[Account, int], dict[str, Request]]


def guiji_requests(account: Account, size: int) -> dict[str, Request]:
    guiji = Guiji(account)
    last = size // PAGE

    def page(number: int) -> Request:
        return lambda: guiji.data("POST", "/openapi/video/v2/pageList", {"page": number, "size": PAGE})

    return {
        "videos, page 1": page(1),
        "videos, middle": page(last // 2),
        "videos, last page": page(last),
        "benefits": lambda: guiji.data("GET", "/openapi/user/v2/get"),
        "create": guiji.synthesise,
    }


def softsugar_requests(account: Account, size: int) -> dict[str, Request]:
    client = SoftSugar(account)

    def page(number: int, path: str = "listByAccount", **filters: Any) -> Request:
        body = {"algoType": VIDEO, "pageNo": number, "pageSize": PAGE, **filters}
        return lambda: client.data("POST", f"{ROOT}/task/{path}", body)

    return {
        "tasks, page 1": page(1),
        "tasks, last page": page(size // PAGE),
        "with queue, page 1": page(1, "listWithQueue"),
        "with queue, failed": page(1, "listWithQueue", status=9),
        "with queue, completed, last": page(max(1, size // PAGE * 9 // 10), "listWithQueue", status=5),
    }


def aliyun_requests(account: Account, size: int) -> dict[str, Request]:
    account.settings("aliyun-avatar", concurrent_videos=10**6)
    client = AliyunAvatar(account)

    def page(number: int, **filters: Any) -> Request:
        return lambda: client.tasks(PageNo=number, PageSize=PAGE, **filters)

    return {
        "videos, page 1": page(1),
        "videos, last page": page(size // PAGE),
        "videos, oldest first": page(1, OrderById="asc"),
        "videos, failed": page(1, Status=4),
        "videos, waiting": page(1, Status=1),
        "create": client.submit,
    }


def huawei_requests(account: Account, size: int) -> dict[str, Request]:
    client = MetaStudio(account)

    def jobs(**query: Any) -> Request:
        return lambda: client.data("GET", "/digital-human-videos", query={"limit": PAGE, **query})

    def assets(**query: Any) -> Request:
        return lambda: client.data("GET", "/digital-assets", query={"limit": PAGE, **query})

    def scripts(**query: Any) -> Request:
        return lambda: client.data("GET", "/digital-human-video-scripts", query={"limit": PAGE, **query})

    last = size // PAGE - 1
    return {
        "scripts, page 1": scripts(),
        "scripts, last page": scripts(offset=last),
        "jobs, page 1": jobs(),
        "jobs, last page": jobs(offset=last),
        "jobs, newest first": jobs(sort_key="create_time", sort_dir="desc"),
        "jobs, failed": jobs(state="FAILED"),
        "assets, page 1": assets(),
        "assets, last page": assets(offset=last),
        "assets, newest first": assets(sort_key="create_time", sort_dir="desc"),
        "assets, active": assets(asset_state="ACTIVED"),
    }


SUBJECTS = {
    "guiji": Subject(("video",), lambda account: Guiji(account).synthesise(), guiji_requests),
    "softsugar": Subject(
        ("task",),
        lambda account: account.add_tasks("softsugar", "task", {"algoType": VIDEO}),
        softsugar_requests,
    ),
    "aliyun-avatar": Subject(("videoTask",), lambda account: AliyunAvatar(account).submit(), aliyun_requests),
    "huawei-metastudio": Subject(("videoJob", "asset"), lambda account: MetaStudio(account).create(), huawei_requests),
}


def control_requests(account: Account) -> dict[str, Request]:
    return {"control plane's tasks": lambda: account.tasks(), "control plane's account": account.describe}


def fill(folder: Path, vendor: str, size: int) -> None:
    """Copy what a create makes, as often as is asked for, over the time that it takes to work on that many."""
    server = InProcessServer(folder, **SETTINGS)
    account = Account(server, id=ACCOUNT, frozen_at=SAMPLE_TIME)
    SUBJECTS[vendor].create(account)
    with server.services.state.main.write() as connection:
        triggers.drop(connection)
        for table in (tables.task_blocks, tables.resource_blocks):
            connection.execute(table.delete())
        for kind in SUBJECTS[vendor].kinds:
            _copy(connection, vendor, kind, size)
        _copy_resources(connection, vendor, size)
        connection.exec_driver_sql(
            "UPDATE accounts SET last_number = (SELECT max(number) FROM tasks) WHERE id = ?", (ACCOUNT,)
        )
        totals.count_all(connection)
        triggers.create(connection)
    server.services.state.checkpoint()
    server.close()


def _copy(connection: Connection, vendor: str, kind: str, size: int) -> None:
    row = dict(
        connection.execute(
            tables.tasks.select().where(tables.tasks.c.kind == kind).order_by(tables.tasks.c.number.desc())
        )
        .mappings()
        .first()
        or {}
    )
    lifecycle = load_vendors()[vendor].contract.lifecycles[kind]
    outcomes = [DEFAULT_OUTCOME, lifecycle.failure or DEFAULT_OUTCOME]
    chosen_plans = [plans.make(lifecycle, 0, Tempo(60), outcome) for outcome in outcomes]
    works = max(1, chosen_plans[0].steps[-1].at if len(chosen_plans[0].steps) < 3 else chosen_plans[0].steps[2].at)
    first = SAMPLE_TIME - works * size // IN_WORK
    columns = [column.name for column in tables.tasks.c if column.name != "id"]
    insert = f"INSERT INTO tasks ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    has_phases = bool(connection.execute(tables.task_phases.select().where(tables.task_phases.c.kind == kind)).first())
    reserved = orjson.loads(row["runtime"]).get("reserved", {})
    base = row["number"]
    rows: list[tuple[Any, ...]] = []
    copies: list[TaskPhases] = []
    for index in range(size):
        plan = chosen_plans[index % FAILS == 0]
        created_at = first + works * index // IN_WORK
        steps = [[step.at + created_at, step.state] for step in plan.steps]
        number = base + 1 + index
        content = {"outcome": plan.outcome, "steps": steps}
        success = plans.succeeds_at(plan, lifecycle)
        charged_at = None if success is None or not reserved else created_at + success
        copy = {
            **row,
            "number": number,
            "key": str(number) if row["key"].isdigit() else f"{kind}-{number}",
            "created_at": created_at,
            "settles_at": steps[-1][0],
            "charged_at": charged_at,
            "works_until": created_at + plans.works_until(plan, lifecycle) if reserved else None,
            "plan": orjson.dumps(content).decode(),
        }
        rows.append(tuple(copy[name] for name in columns))
        if has_phases:
            copies.append(TaskPhases(ACCOUNT, vendor, kind, number, row["category"], steps))
        if charged_at is not None and charged_at > SAMPLE_TIME:
            reservations.add(connection, ACCOUNT, vendor, charged_at, reserved)
        if len(rows) == AT_ONCE or index == size - 1:
            connection.exec_driver_sql(insert, rows)
            phases.add(connection, copies)
            rows, copies = [], []


def _copy_resources(connection: Connection, vendor: str, size: int) -> None:
    # As many of what a new account has, if it has any.
    of_account = tables.resources.select().where(tables.resources.c.account_id == ACCOUNT)
    first = connection.execute(of_account.where(tables.resources.c.vendor == vendor)).mappings().first()
    if first is not None:
        values = {name: value for name, value in first.items() if name != "id"}
        for start in range(0, size, AT_ONCE):
            keys = range(start, min(size, start + AT_ONCE))
            connection.execute(tables.resources.insert(), [{**values, "key": f"copy-{key}"} for key in keys])


def measure(folders: Mapping[int, Path], vendor: str) -> Iterator[tuple[str, list[float]]]:
    """The median processor time of each request, in milliseconds, for each number of tasks, in interleaved rounds."""
    servers = [InProcessServer(folder, **SETTINGS) for folder in folders.values()]
    requests = []
    for server, size in zip(servers, folders, strict=True):
        account = Existing(server)
        requests.append({**SUBJECTS[vendor].requests(account, size), **control_requests(account)})
    for name in requests[0]:
        rounds = [[_time(each[name]) for each in requests] for _ in range(ROUNDS)]
        yield name, [statistics.median(times) * 1000 for times in zip(*rounds, strict=True)]
    for server in servers:
        server.close()


def _time(request: Request) -> float:
    started = time.process_time()
    request()
    return time.process_time() - started


def resident_memory() -> float:
    """MiB of this process."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))


def _run(folders: Mapping[int, Path], vendor: str, results: Any) -> None:
    results.put((dict(measure(folders, vendor)), resident_memory()))


def in_child(function: Callable[..., None], *arguments: Any) -> None:
    process = multiprocessing.get_context("spawn").Process(target=function, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{function.__name__}{arguments[1:3]} failed")


def measured(states: Path, vendor: str, sizes: tuple[int, int]) -> tuple[Mapping[str, list[float]], float]:
    folders = {size: states / f"{vendor}-{size}" for size in sizes}
    for size, folder in folders.items():
        if not folder.exists():
            folder.mkdir(parents=True)
            in_child(fill, folder, vendor, size)
    results = multiprocessing.get_context("spawn").SimpleQueue()
    in_child(_run, folders, vendor, results)
    times, memory = results.get()
    return times, memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vendors", nargs="*", default=list(SUBJECTS), help="of these vendors only")
    parser.add_argument("--tasks", type=int, default=MANY)
    parser.add_argument("--states", type=Path, help="folder in which the filled states stay for the next time")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compare(arguments.states or Path(folder), arguments.vendors, arguments.tasks)


def compare(states: Path, vendors: list[str], size: int) -> None:
    table = Table("vendor", "request", f"{FEW:,} tasks", f"{size:,} tasks", "ratio", "bar")
    for vendor in vendors:
        times, memory = measured(states, vendor, (FEW, size))
        for name, (few, many) in times.items():
            bar = "3" if "last" in name or "middle" in name else "2"
            table.add_row(vendor, name, f"{few:.2f} ms", f"{many:.2f} ms", f"{many / few:.2f}", f"<= {bar}")
        table.add_row(vendor, "memory, proportional", "", f"{memory:.0f} MiB", "", "<= 150 MiB")
    Console().print(table)


if __name__ == "__main__":
    main()
