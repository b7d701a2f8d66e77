"""Fill an account with a million tasks of each vendor, and print how lists, counts, filters and quotas grow: README.md.

Usage: python -m bench.scale [--tasks NUMBER] [--states FOLDER] [VENDOR ...]
"""

import argparse
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from bench import changing
from bench.filling import FAILS, IN_WORK, SETTINGS, Existing, Filling
from bench.filling import fill as fill_state
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.vendor_api.local_time import local_text
from tests.support.aliyun_avatar import APP, LICENSE, AliyunAvatar
from tests.support.guiji import AUDIOS, TRAININGS, VIDEOS, VOICES, Guiji
from tests.support.huawei_metastudio import DRAFT, OWN_PICTURE, MetaStudio
from tests.support.in_process import InProcessServer
from tests.support.softsugar import ROOT, VIDEO, SoftSugar

FEW, MANY = 1_000, 1_000_000
PAGE, ROUNDS, LINEAR_ROUNDS = 10, 15, 1
# How the names of requests begin that read all tasks: no bar is set for them.
LINEAR = "linear: "
# How a device of Alibaba's is bound.
LICENSED = {"AppId": APP, "License": LICENSE, "DeviceType": "largeScreen"}
Request = Callable[[], Any]


@dataclass(frozen=True)
class Subject:
    """A vendor under measurement.

    Attributes:
        kinds: of the tasks that its create makes; each of them is copied.
        create: makes the tasks that are copied.
        requests: by name, what is measured, for a number of tasks.
        linear: what is known to read all tasks, for the reasons that docs/scaling.md has.
        vendor: None for that of the subject's name.
        change: what the account does with its tasks in the end.
    """

    kinds: tuple[str, ...]
    create: Callable[[Account], Any]
    requests: Callable[[Account, int], dict[str, Request]]
    linear: Callable[[Account], dict[str, Request]] = lambda _: {}
    vendor: str | None = None
    change: Callable[[Connection, str], None] = lambda connection, account_id: None


def _completed(size: int) -> int:
    """How many of the tasks have been completed."""
    return (size - IN_WORK) * (FAILS - 1) // FAILS


def guiji_requests(account: Account, size: int) -> dict[str, Request]:
    guiji = Guiji(account)
    last = size // PAGE

    def page(number: int, path: str = VIDEOS, **filters: Any) -> Request:
        return lambda: guiji.page(path, number, PAGE, **filters)

    return {
        "videos, page 1": page(1),
        "videos, middle": page(last // 2),
        "videos, last page": page(last),
        "audios, page 1": page(1, AUDIOS),
        "audios, last page": page(last, AUDIOS),
        "trainings, page 1": page(1, TRAININGS),
        "trainings, last page": page(last, TRAININGS),
        "voices, page 1": page(1, VOICES),
        "voices, last page": page(last, VOICES),
        "voices, ready": page(1, VOICES, status=3),
        "voices, by sex": page(1, VOICES, sex=1),
        "voices, by sex, last": page(last, VOICES, sex=1),
        "voices, by expiry": page(1, VOICES, expireStartTime="2000-01-01 00:00:00"),
        "voices, by expiry, last": page(last, VOICES, expireStartTime="2000-01-01 00:00:00"),
        "voices, by expiry and sex": page(1, VOICES, expireEndTime="2999-01-01 00:00:00", sex=1),
        "voices, none by expiry": page(1, VOICES, expireStartTime="2999-01-01 00:00:00"),
        "benefits": lambda: guiji.data("GET", "/openapi/user/v2/get"),
        "create": guiji.synthesise,
    }


def guiji_create(account: Account) -> None:
    guiji = Guiji(account)
    guiji.synthesise()
    guiji.speak()
    guiji.train()
    guiji.clone(sex=1)


def softsugar_requests(account: Account, size: int) -> dict[str, Request]:
    client = SoftSugar(account)

    def page(number: int, path: str = "listByAccount", **filters: Any) -> Request:
        body = {"algoType": VIDEO, "pageNo": number, "pageSize": PAGE, **filters}
        return lambda: client.data("POST", f"{ROOT}/task/{path}", body)

    def by_key(key: str) -> Any:
        return page(1, "listWithQueue", key=key)()

    return {
        "tasks, page 1": page(1),
        "tasks, last page": page(size // PAGE),
        "with queue, page 1": page(1, "listWithQueue"),
        "with queue, failed": page(1, "listWithQueue", status=9),
        "with queue, completed, last": page(_completed(size) // PAGE, "listWithQueue", status=5),
        "with queue, all, last": page(size // PAGE, "listWithQueue"),
        "with queue, by id": lambda: by_key("1000000500"),
        "with queue, by name": lambda: by_key("Opening film"),
        "with queue, by owner": page(1, "listWithQueue", userId=1),
        "bills, none of a time": lambda: client.bills(
            VIDEO, billStartTime="2001-01-01 00:00:00", billEndTime="2001-01-02 00:00:00"
        ),
        "bills of some seconds": lambda: client.bills(
            VIDEO, billStartTime=local_text(account.now() - 3_000), billEndTime=local_text(account.now())
        ),
        "bills, of all time": lambda: client.send("POST", "/api/assist/bill/list", client.bills_request(VIDEO)),
        "preheated files": lambda: client.data("GET", f"{ROOT}/material/file/warming/query", query={"fileIds": "a,b"}),
    }


def aliyun_create(account: Account) -> None:
    client = AliyunAvatar(account)
    client.create_avatar()
    client.start()
    client.submit()
    client.data("ClientAuth", **LICENSED, DeviceId="first")


def aliyun_requests(account: Account, size: int) -> dict[str, Request]:
    account.settings("aliyun-avatar", concurrent_videos=10**6)
    client = AliyunAvatar(account)

    def page(number: int, **filters: Any) -> Request:
        return lambda: client.tasks(PageNo=number, PageSize=PAGE, **filters)

    def bind() -> None:
        client.data("ClientAuth", **LICENSED, DeviceId="another")
        client.data("ClientUnbindDevice", DeviceId="another")

    def avatars(number: int) -> Request:
        return lambda: client.data("QueryAvatarList", ModelType="2d", PageNo=number, PageSize=PAGE)

    return {
        "videos, page 1": page(1),
        "videos, last page": page(size // PAGE),
        "videos, oldest first": page(1, OrderById="asc"),
        "videos, failed": page(1, Status=4),
        "videos, waiting": page(1, Status=1),
        "avatars, page 1": avatars(1),
        "avatars, last page": avatars(size // PAGE),
        "instances": client.running,
        "binding of a device": bind,
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
        "jobs, by time of change": jobs(sort_key="update_time"),
        "jobs, last changed first": jobs(sort_key="update_time", sort_dir="desc"),
        "jobs, by time of change, middle": jobs(sort_key="update_time", offset=last // 2),
        "assets, by time of change": assets(sort_key="update_time"),
        "assets, last changed first": assets(sort_key="update_time", sort_dir="desc"),
        "assets, by time of change, last": assets(sort_key="update_time", offset=last),
        "jobs, failed": jobs(state="FAILED"),
        "assets, page 1": assets(),
        "assets, last page": assets(offset=last),
        "assets, newest first": assets(sort_key="create_time", sort_dir="desc"),
        "assets, active": assets(asset_state="ACTIVED"),
        "assets, by place": assets(sort_key="asset_order"),
        "assets, by place, last": assets(sort_key="asset_order", offset=last),
        "assets, by type": assets(asset_type="VIDEO", sort_key="create_time", sort_dir="desc"),
        "assets, by type and tag": assets(asset_type="VIDEO", tag="News"),
        "assets, by user": assets(app_user_id="user"),
        "jobs, by place": jobs(sort_key="asset_order", sort_dir="desc"),
        "assets, by part of name": assets(name="tion 512."),
        "assets, by name": assets(name="Introduction 512.", accurate_query_field=["name"]),
        "assets, by id": assets(asset_id=["a"]),
        "scripts, by part of name": scripts(name="py 512."),
        "jobs, by name": jobs(asset_name="Introduction 512."),
        "jobs, by part of name": jobs(asset_name="tion 512.", fuzzy_query_field=["asset_name"]),
        "jobs, by script": jobs(script_id="a"),
        "jobs, by part of script": jobs(script_id="abc", fuzzy_query_field=["script_id"]),
        "jobs, by type": jobs(job_type="2D_DIGITAL_HUMAN_VIDEO"),
        "jobs, by ids": jobs(job_ids=["a", "b"]),
        "files of an asset": lambda: client.data("GET", f"/digital-assets/{OWN_PICTURE}"),
        "script with subtitles": lambda: client.data("GET", f"/digital-human-video-scripts/{DRAFT}"),
    }


def huawei_linear(account: Account) -> dict[str, Request]:
    client = MetaStudio(account)

    def listed(path: str, **query: Any) -> Request:
        return lambda: client.data("GET", path, query={"limit": PAGE, **query})

    return {
        "jobs, by part of id": listed("/digital-human-videos", job_id="no-such-id", fuzzy_query_field=["job_id"]),
    }


SUBJECTS = {
    "guiji": Subject(("video", "audio", "avatarTraining", "voiceClone"), guiji_create, guiji_requests),
    "softsugar": Subject(
        ("task",),
        lambda account: account.add_tasks("softsugar", "task", {"algoType": VIDEO}),
        softsugar_requests,
    ),
    "aliyun-avatar": Subject(("videoTask", "avatar", "device"), aliyun_create, aliyun_requests),
    "huawei-metastudio": Subject(
        ("videoJob", "asset"), lambda account: MetaStudio(account).create(), huawei_requests, huawei_linear
    ),
}


def bills_requests(account: Account, size: int) -> dict[str, Request]:
    requests = softsugar_requests(account, size)
    return {name: requests[name] for name in requests if name.startswith(("bills", "tasks"))}


def binned_requests(account: Account, size: int) -> dict[str, Request]:
    requests = huawei_requests(account, size)
    return {name: requests[name] for name in requests if name.startswith("assets, ") and "change" in name}


def edited_requests(account: Account, size: int) -> dict[str, Request]:
    requests = huawei_requests(account, size)
    return {name: requests[name] for name in requests if name.startswith(("assets", "jobs, by place"))}


# Accounts that have changed what they have: the exceptions of docs/scaling.md, and what is next to them.
CHANGED = {
    "softsugar-deleted": Subject(
        SUBJECTS["softsugar"].kinds,
        SUBJECTS["softsugar"].create,
        bills_requests,
        vendor="softsugar",
        change=changing.delete_some,
    ),
    "huawei-binned": Subject(
        SUBJECTS["huawei-metastudio"].kinds,
        SUBJECTS["huawei-metastudio"].create,
        binned_requests,
        vendor="huawei-metastudio",
        change=changing.bin_some,
    ),
    "huawei-edited": Subject(
        SUBJECTS["huawei-metastudio"].kinds,
        SUBJECTS["huawei-metastudio"].create,
        edited_requests,
        vendor="huawei-metastudio",
        change=changing.edit_some,
    ),
}
ALL = {**SUBJECTS, **CHANGED}


def control_requests(account: Account) -> dict[str, Request]:
    return {
        "control plane's tasks": lambda: account.tasks(),
        "control plane's task by key": lambda: account.tasks(key="1"),
        "control plane's account": account.describe,
        "control plane's deliveries": lambda: account.deliveries(),
        "control plane's pending deliveries": lambda: account.deliveries(state="pending"),
    }


def filling(vendor: str, size: int, **options: Any) -> Filling:
    """An account of a vendor with so many tasks."""
    subject = ALL[vendor]
    kinds, change = subject.kinds, subject.change
    return Filling(subject.vendor or vendor, kinds, subject.create, size, change=change, **options)


def fill(folder: Path, vendor: str, size: int) -> None:
    fill_state(folder, filling(vendor, size))


def measure(folders: Mapping[int, Path], vendor: str) -> Iterator[tuple[str, list[float]]]:
    """The median processor time of each request, in milliseconds, for each number of tasks, in interleaved rounds."""
    servers = [InProcessServer(folder, **SETTINGS) for folder in folders.values()]
    requests = []
    for server, size in zip(servers, folders, strict=True):
        account = Existing(server)
        linear = {f"{LINEAR}{name}": each for name, each in ALL[vendor].linear(account).items()}
        requests.append({**ALL[vendor].requests(account, size), **control_requests(account), **linear})
    for name in requests[0]:
        count = LINEAR_ROUNDS if name.startswith(LINEAR) else ROUNDS
        rounds = [[_time(each[name]) for each in requests] for _ in range(count)]
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
    parser.add_argument("vendors", nargs="*", default=list(ALL), help="of these only, of " + ", ".join(ALL))
    parser.add_argument("--tasks", type=int, default=MANY)
    parser.add_argument("--states", type=Path, help="folder in which the filled states stay for the next time")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compare(arguments.states or Path(folder), arguments.vendors, arguments.tasks)


def _mark(value: float, bar: float) -> str:
    return "[green]met[/green]" if value <= bar else "[red]missed[/red]"


def compare(states: Path, vendors: list[str], size: int) -> None:
    table = Table("vendor", "request", f"{FEW:,} tasks", f"{size:,} tasks", "ratio", "bar", "")
    for vendor in vendors:
        times, memory = measured(states, vendor, (FEW, size))
        for name, (few, many) in times.items():
            bar = 3 if "last" in name or "middle" in name else 2
            measured_times = (f"{few:.2f} ms", f"{many:.2f} ms", f"{many / few:.2f}")
            against_bar = ("", "") if name.startswith(LINEAR) else (f"<= {bar}", _mark(many / few, bar))
            table.add_row(vendor, name, *measured_times, *against_bar)
        table.add_row(vendor, "memory, proportional", "", f"{memory:.0f} MiB", "", "<= 150 MiB", _mark(memory, 150))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
