"""The control plane's part of the suite's conventions: see vendor_support."""

from bodydouble.mock_server.testing.account import Account
from tests.support.guiji import Guiji
from tests.support.vendor_support import CALLBACK_URL


def known_values(account: Account) -> dict[str, list[object]]:
    """An account with tasks and deliveries to work on; what ends an account, or its time, goes to the default one."""
    guiji = Guiji(account)
    guiji.synthesise(callbackUrl=CALLBACK_URL)
    account.advance(10)

    def tasks(count: int, *, hold: bool = False) -> list[object]:
        keys = [guiji.synthesise() for _ in range(count)]
        for key in keys if hold else ():
            account.act(key, "hold")
        return [account.task(key)["id"] for key in keys]

    scenarios = [account.scenario("guiji", "createAudio", outcome="failed")["id"] for _ in range(10)]
    elsewhere = (
        *("deleteAccount", "resetAccount", "restoreSnapshot"),
        *("advanceClock", "advanceClockTo", "runClock", "clearScenarios"),
    )
    return {
        "accountId": [account.id],
        "vendor": ["guiji"],
        "operation": ["createVideo"],
        "quota": ["fastDuration"],
        "time": [4_102_444_800_000],
        "taskId": tasks(3),
        "releaseTask.taskId": tasks(10, hold=True),
        "stepTask.taskId": tasks(10),
        "finishTask.taskId": tasks(20),
        "failTask.taskId": tasks(20),
        "scenarioId": scenarios,
        "deliveryId": [delivery["id"] for delivery in account.deliveries()],
        **{f"{operation}.accountId": ["default"] for operation in elsewhere},
    }
