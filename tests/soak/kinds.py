"""The kinds of tasks that are created under load, with what follows from each of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bodydouble.mock_server.testing.account import Account
from tests.support.aliyun_avatar import AliyunAvatar
from tests.support.guiji import Guiji
from tests.support.huawei_metastudio import MetaStudio
from tests.support.softsugar import SoftSugar

# More than any round creates.
PLENTY = 2**40
CHARACTERS = "Hello there."


class Clients:
    """The four vendors' clients of an account.

    Args:
        callbacks: the URL of the receiver; each vendor's callbacks go to a path of its own.
    """

    def __init__(self, account: Account, callbacks: str) -> None:
        self.account, self.callbacks = account, callbacks
        self.aliyun, self.guiji = AliyunAvatar(account), Guiji(account)
        self.softsugar, self.studio = SoftSugar(account), MetaStudio(account)
        account.settings(
            "aliyun-avatar", callback_url=f"{callbacks}/aliyun-avatar", concurrent_videos=PLENTY, concurrency=PLENTY
        )
        account.settings("softsugar", callback_url=f"{callbacks}/softsugar")


@dataclass(frozen=True)
class Kind:
    """A kind of task.

    Attributes:
        name: the control plane's.
        create: returns the key on the vendor's wire.
        read: returns the code of the state on the vendor's wire.
        codes: those of the states of a task that succeeds, in order.
        callbacks: how many a task that succeeds sends.
        quota: which one a task uses, if any.
    """

    vendor: str
    name: str
    create: Callable[[Clients], Any]
    read: Callable[[Clients, str], Any]
    codes: tuple[str, ...]
    callbacks: int = 1
    quota: str | None = None

    def __str__(self) -> str:
        return f"{self.vendor} {self.name}"


def _create_job(clients: Clients) -> str:
    return clients.studio.create(callback_config={"callback_url": f"{clients.callbacks}/huawei-metastudio"})


AUDIO = Kind(
    "guiji",
    "audio",
    lambda clients: clients.guiji.speak(CHARACTERS, callbackUrl=f"{clients.callbacks}/guiji"),
    lambda clients, key: clients.guiji.audio(int(key))["status"],
    ("0", "1", "2"),
    quota="ttsWordsAmount",
)
VIDEO_TASK = Kind(
    "aliyun-avatar",
    "videoTask",
    lambda clients: clients.aliyun.submit(Callback="true"),
    lambda clients, key: clients.aliyun.task(key)["Status"],
    ("1", "2", "3"),
    callbacks=2,
    quota="videos",
)
KINDS = (
    AUDIO,
    VIDEO_TASK,
    Kind(
        "guiji",
        "video",
        lambda clients: clients.guiji.synthesise(callbackUrl=f"{clients.callbacks}/guiji"),
        lambda clients, key: clients.guiji.video(int(key))["synthesisStatus"],
        ("1", "2", "3"),
        quota="fastDuration",
    ),
    Kind(
        "softsugar",
        "task",
        lambda clients: clients.softsugar.swap_face(),
        lambda clients, key: clients.softsugar.task(int(key))["status"],
        ("0", "1", "2", "5"),
    ),
    Kind(
        "huawei-metastudio",
        "videoJob",
        _create_job,
        lambda clients, key: clients.studio.job(key)["state"],
        ("WAITING", "PROCESSING", "SUCCEED"),
    ),
)
