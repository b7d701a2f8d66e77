"""Values that exist at the double, for the contract tests: without them no generated request would find anything."""

from bodydouble.mock_server.testing.account import Account
from tests.support.aliyun_avatar import (
    APP,
    AVATAR_2D,
    AVATAR_3D,
    LICENSE,
    SWITCHED_OFF,
    SWITCHED_ON,
    AliyunAvatar,
)
from tests.support.guiji import Guiji
from tests.support.huawei_metastudio import (
    AVATAR,
    DRAFT,
    FIRST_FILE,
    MUSIC,
    OWN_CLIP,
    OWN_PICTURE,
    PICTURE,
    READY,
    TEMPLATE,
    VOICE,
    MetaStudio,
)
from tests.support.softsugar import WHOLE_TASK, SoftSugar

# Nobody listens there: the callback is refused or fails, but the request is good.
CALLBACK_URL = "http://127.0.0.1:9/callback"
# Seconds, at the default pace, in which the making of an Alibaba avatar ends.
WHOLE_MAKING = 11
# More instances and videos than a test makes.
MANY = 100_000
_SPEAKERS = (
    ("Text", "2D", AVATAR_2D),
    ("Audio", "2D", AVATAR_2D),
    ("Text", "3D", AVATAR_3D),
    ("Audio", "3D", AVATAR_3D),
)
# The algoType of SoftSugar's synthesised videos.
VIDEO = 14


def guiji_values(account: Account) -> dict[str, list[object]]:
    """Ids of the catalogue and of one task of each kind, finished and not."""
    guiji = Guiji(account)
    finished = {"training": guiji.train(), "video": guiji.synthesise(), "audio": guiji.speak()}
    speaker = guiji.clone()
    account.advance(10)
    scene = guiji.training(finished["training"])["sceneId"]
    running = [guiji.train(), guiji.synthesise(), guiji.speak()]
    return {
        "id": [*finished.values(), *running],
        "sceneId": ["-101", 109, scene],
        "speakerId": ["C_101", "C_120", speaker, guiji.clone()],
        "callbackUrl": [CALLBACK_URL],
    }


def softsugar_values(account: Account) -> dict[str, list[object]]:
    """The account's number and application, materials, and tasks that can still be cancelled, repeated or deleted."""
    softsugar = SoftSugar(account)
    failed: list[object] = [softsugar.add_task(VIDEO, outcome="failed") for _ in range(10)]
    ended: list[object] = [softsugar.swap_face() for _ in range(20)]
    softsugar.preheat("file-1", "file-2")
    account.advance(WHOLE_TASK)
    running: list[object] = [softsugar.swap_face() for _ in range(10)]
    return {
        "appId": [account.credentials("softsugar")["app_id"]],
        "owner": [softsugar.owner],
        "ids": [[13, 16], [ended[0], running[0]]],
        "id": [ended[0], failed[0], running[0]],
        "fileIds": [["file-1"], ["file-1", "file-2"]],
        "callbackUrl": [CALLBACK_URL],
        "cancelTask.id": running,
        "restartTask.id": failed,
        "deleteTask.id": ended[:10],
        "deleteTaskByPath.id": ended[10:],
    }


def huawei_values(account: Account) -> dict[str, list[object]]:
    """Jobs, assets, files and scripts, and enough of those that a request uses up."""
    studio = MetaStudio(account)
    outputs = [str(studio.finished_video()["asset_id"]) for _ in range(30)]
    deleted, kept = outputs[:15], outputs[15:]
    for asset_id in deleted:
        studio.delete_asset(asset_id)
    subtitles: list[object] = [studio.subtitles(DRAFT), studio.subtitles(DRAFT)]
    jobs: list[object] = [studio.create(), studio.create()]
    account.advance(READY)
    return {
        "job_id": jobs,
        "ShowSubtitleFile.job_id": subtitles,
        "Cancel2DDigitalHumanVideo.job_id": [studio.create() for _ in range(20)],
        "asset_id": [OWN_PICTURE, OWN_CLIP],
        "DeleteAsset.asset_id": [*kept],
        "RestoreAsset.asset_id": [*deleted],
        "model_asset_id": [AVATAR],
        "voice_asset_id": [VOICE],
        "music_asset_id": [MUSIC],
        "background_asset_id": [PICTURE],
        "script_id": [DRAFT, TEMPLATE],
        "UpdateVideoScript.script_id": [DRAFT, studio.copy_script(TEMPLATE)],
        "DeleteVideoScript.script_id": [*(studio.copy_script(DRAFT) for _ in range(15)), TEMPLATE],
        "file_id": [*(studio.upload() for _ in range(20)), FIRST_FILE],
        "callback_url": [CALLBACK_URL],
    }


def aliyun_values(account: Account) -> dict[str, list[object]]:
    """Applications, avatars at every stage, videos, instances and devices, in an account of wide limits."""
    # The address comes with an event, and the later ones have nobody to go to either.
    account.settings(
        "aliyun-avatar", callback_url=CALLBACK_URL, concurrency=MANY, concurrent_videos=MANY, training_confirmation=True
    )
    aliyun = AliyunAvatar(account)
    finished = aliyun.submit()
    awaiting: list[object] = [aliyun.create_avatar() for _ in range(20)]
    account.settings("aliyun-avatar", training_confirmation=False)
    trained: list[object] = [aliyun.create_avatar() for _ in range(20)]
    account.scenario("aliyun-avatar", "Create2dAvatar", outcome="failure", times=20)
    failed: list[object] = [aliyun.create_avatar() for _ in range(20)]
    account.advance(WHOLE_MAKING)
    devices: list[object] = [f"device-{number}" for number in range(20)]
    for device in devices:
        application = {"AppId": APP, "License": LICENSE, "DeviceType": "largeScreen"}
        aliyun.data("ClientAuth", DeviceId=device, **application)
    running: list[object] = [aliyun.start() for _ in range(21)]
    return {
        "TenantId": [int(aliyun.credentials["tenant_id"])],
        "AppId": [APP],
        "Voice": ["yunqi"],
        "License": [LICENSE],
        "SessionId": running[:1],
        "StopInstance.SessionId": running[1:],
        "Vaml": ["<vaml>你好</vaml>", "<vaml><break/></vaml>"],
        "TaskUuid": [finished, aliyun.submit()],
        "CancelVideoTask.TaskUuid": [aliyun.submit() for _ in range(20)],
        **{f"Submit{source}To{model}AvatarVideoTask.Code": [code] for source, model, code in _SPEAKERS},
        "characterCode": [AVATAR_2D, AVATAR_3D],
        "QueryAvatar.Code": [AVATAR_2D, AVATAR_3D, trained[0], failed[0]],
        "ConfirmAvatar2dTrain.Code": awaiting,
        "Update2dAvatar.Code": failed,
        "DeleteAvatar.Code": trained[1:],
        "Render3dAvatar.Code": [AVATAR_3D],
        "ClientUnbindDevice.DeviceId": devices,
        "InstanceId": [SWITCHED_ON, SWITCHED_OFF],
        "StartTimedResetOperate.InstanceId": [SWITCHED_OFF],
        "CloseTimedResetOperate.InstanceId": [SWITCHED_ON],
    }


def control_values(account: Account) -> dict[str, list[object]]:
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
    elsewhere = ("deleteAccount", "resetAccount", "advanceClock", "advanceClockTo", "runClock", "clearScenarios")
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
