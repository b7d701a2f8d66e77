"""Live instances: one for each BizId, listed while they run, limited in number."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server
from tests.support.aliyun_avatar import APP, AliyunAvatar

STREAMING_ONLY, VIDEO_ONLY = "ALIPUB5E03A96712548", "ALIPUB2D60C41987302"


def test_a_started_instance_has_what_a_client_needs_to_pull_its_stream(account: Account) -> None:
    client = AliyunAvatar(account)
    content = client.content("StartInstance", client.of_tenant({"App": {"AppId": APP}}))
    assert "RequestId" not in content
    data = content["Data"]
    assert len(data["SessionId"]) == 32
    assert data["RequestId"]
    assert data["Token"]
    assert data["Channel"]["Type"] == "6"
    assert int(data["Channel"]["ExpiredTime"]) > account.now()
    assert data["Channel"]["Gslb"]


def test_an_rtmp_stream_uses_the_callers_own_channel(account: Account) -> None:
    client = AliyunAvatar(account)
    channel = {"Type": "RTMP", "ReqConfig": {"url": "rtmp://live.example.com/app/stream"}}
    assert "Channel" not in client.data("StartInstance", App={"AppId": APP}, Channel=channel)
    assert "Channel" in client.data("StartInstance", App={"AppId": APP}, Channel={"Type": "DingRTC"})
    code, message = client.rejection("StartInstance", App={"AppId": APP}, Channel={"Type": "RTMP"})
    assert code == "10010001"
    assert "Channel.ReqConfig.url" in message


def test_the_same_biz_id_opens_only_one_instance(account: Account) -> None:
    client = AliyunAvatar(account)
    first = client.start(BizId="order-1")
    assert client.start(BizId="order-1") == first
    assert client.start(BizId="order-2") != first
    assert client.start(BizId="order-1", App={"AppId": STREAMING_ONLY}) != first
    assert len(client.running()) == 2


def test_concurrent_starts_do_not_exceed_the_limit_of_instances(account: Account) -> None:
    client = AliyunAvatar(account)
    account.settings("aliyun-avatar", concurrency=3)
    requests = [{"App": {"AppId": APP}, "BizId": "one"}] * 4 + [{"App": {"AppId": APP}}] * 8
    with ThreadPoolExecutor(6) as pool:
        responses = list(pool.map(lambda request: client.content("StartInstance", client.of_tenant(request)), requests))
    started = [response["Data"].get("SessionId") for response in responses]
    assert len({session for session in started if session}) == len(client.running()) == 3
    assert {response["Code"] for response in responses} == {"0", "10010031"}
    assert len({session for session in started[:4] if session}) <= 1


def test_a_biz_id_can_be_reused_once_its_instance_is_stopped(account: Account) -> None:
    client = AliyunAvatar(account)
    first = client.start(BizId="order-1")
    client.data("StopInstance", SessionId=first)
    assert client.start(BizId="order-1") != first


def test_running_instances_are_listed_newest_first_with_their_user(account: Account) -> None:
    client = AliyunAvatar(account)
    user = {"UserId": "1", "UserName": "测试 用户"}
    sessions = [client.start(User=user), client.start()]
    rows = client.data("QueryRunningInstance", App={"AppId": APP})
    assert [row["SessionId"] for row in rows] == sessions[::-1]
    assert rows[1]["User"] == user
    assert "User" not in rows[0]


def test_at_most_100_running_instances_are_listed(account: Account) -> None:
    client = AliyunAvatar(account)
    account.settings("aliyun-avatar", concurrency=101)
    sessions = [client.start() for _ in range(101)]
    assert client.running() == sessions[:0:-1]


def test_the_list_can_be_filtered_by_session_id(account: Account) -> None:
    client = AliyunAvatar(account)
    first, second = client.start(), client.start()
    assert client.running(SessionId=first) == [first]
    assert client.running(SessionId="unknown") == []
    client.data("StopInstance", SessionId=second)
    assert client.running(SessionId=second) == []


def test_a_stopped_instance_is_no_longer_listed_and_cannot_be_stopped_again(account: Account) -> None:
    client = AliyunAvatar(account)
    session = client.start()
    content = client.content("StopInstance", client.of_tenant({"SessionId": session}))
    assert content["Data"]["SessionId"] == session
    assert content["Data"]["RequestId"]
    assert client.running() == []
    again = client.content("StopInstance", client.of_tenant({"SessionId": session}))
    assert (again["Code"], again["Success"], list(again["Data"])) == ("10010014", False, ["RequestId"])


def test_concurrent_instances_per_application_are_limited_to_the_number_bought(account: Account) -> None:
    client = AliyunAvatar(account)
    account.settings("aliyun-avatar", concurrency=2)
    first = client.start()
    client.start()
    code, message = client.rejection("StartInstance", App={"AppId": APP})
    assert code == "10010031"
    assert "2 were bought" in message
    client.start(App={"AppId": STREAMING_ONLY})
    client.data("StopInstance", SessionId=first)
    client.start()


@pytest.mark.parametrize(
    ("parameters", "missing"),
    [({}, "App"), ({"App": {}}, "App.AppId")],
)
def test_the_error_for_an_incomplete_start_names_the_missing_parameter(
    account: Account, parameters: dict[str, object], missing: str
) -> None:
    code, message = AliyunAvatar(account).rejection("StartInstance", **parameters)
    assert code == "10010001"
    assert message == f"{missing}参数不能为空: {missing}: required, but missing"


def test_the_service_rejects_a_missing_tenant_where_the_metadata_does_not_require_it(account: Account) -> None:
    client = AliyunAvatar(account)
    for action in ("StartInstance", "StopInstance", "SendMessage", "ClientUnbindDevice"):
        content = client.content(action, {})
        assert content["Code"] == "10010001"
        assert content["Message"] == "TenantId参数不能为空: TenantId: required, but missing"
    assert "SessionId" in client.rejection("StopInstance")[1]


def test_only_a_streaming_application_can_start_instances(account: Account) -> None:
    client = AliyunAvatar(account)
    assert client.rejection("StartInstance", App={"AppId": VIDEO_ONLY})[0] == "10010033"
    client.start(App={"AppId": client.credentials["app_id_2d"]})
    client.start(App={"AppId": client.credentials["app_id_3d"]})


def test_tenant_and_applications_of_another_account_are_rejected(account: Account, server: Server) -> None:
    client, other = AliyunAvatar(account), AliyunAvatar(Account(server))
    code, message = client.rejection("StartInstance", TenantId=other.credentials["tenant_id"], App={"AppId": APP})
    assert code == "10010003"
    assert "TenantId" in message
    for name in ("app_id_2d", "app_id_3d"):
        code, message = client.rejection("StartInstance", App={"AppId": other.credentials[name]})
        assert code == "10010003"
        assert "AppId" in message


def test_an_instance_belongs_to_its_account(account: Account, server: Server) -> None:
    client, other = AliyunAvatar(account), AliyunAvatar(Account(server))
    session = client.start()
    assert other.running() == []
    assert other.rejection("StopInstance", SessionId=session)[0] == "10010014"
    assert client.running() == [session]


def test_the_same_seed_and_calls_give_the_same_session(server: Server) -> None:
    account = Account(server, seed=7, id="seeded-sessions")
    first = AliyunAvatar(account).start()
    server.http.post("/_mock/accounts/seeded-sessions/reset")
    assert AliyunAvatar(account).start() == first
