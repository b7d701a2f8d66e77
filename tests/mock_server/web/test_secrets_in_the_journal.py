"""Nothing secret stands in the journal or the log, wherever and however a client has sent it."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from bodydouble.mock_server.testing.account import ANONYMOUS, Account
from tests.support.guiji import Guiji
from tests.support.in_process import LoggingServer

SPEAK = "/openapi/speaker/v3/fastTts"
Send = Callable[[Guiji, str, str], Any]


def post(guiji: Guiji, path: str, body: bytes, **headers: str) -> None:
    guiji.account.http.request("POST", path, body=body, headers=headers)


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SENT: dict[str, Send] = {
    "a form": lambda guiji, token, secret: post(guiji, SPEAK, f"access_token={token}&secret={secret}".encode(), **FORM),
    "a form to an unknown path": lambda guiji, token, secret: post(
        guiji, "/unknown", f"accessToken={token}&appSecret={secret}".encode(), **FORM
    ),
    "a text": lambda guiji, token, secret: post(guiji, SPEAK, f"access_token: {token}\nsecret: {secret}".encode()),
    "several parts": lambda guiji, token, secret: post(
        guiji,
        SPEAK,
        "".join(
            f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in (("access_token", token), ("secret", secret))
        ).encode()
        + b"--x--\r\n",
        **{"Content-Type": "multipart/form-data; boundary=x"},
    ),
    "escaped names": lambda guiji, token, secret: guiji.send(
        "POST",
        SPEAK,
        body=f'{{"\\u0061ccess_token": "{token}", "s\\u0065cret": "{secret}"}}'.encode(),
        headers={"Content-Type": "application/json"},
    ),
    "a compressed body": lambda guiji, token, secret: post(
        guiji,
        SPEAK,
        gzip.compress(json.dumps({"access_token": token, "secret": secret}).encode(), 0),
        **{"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ),
    "an unknown path": lambda guiji, token, secret: guiji.account.http.get(
        f"/wrong?access_token={token}&secret={secret}"
    ),
    "a percent-encoded name": lambda guiji, token, secret: guiji.account.http.get(
        f"/openapi/user/v2/get?access%5Ftoken={token}&app%53ecret={secret}"
    ),
    "another vendor's header": lambda guiji, token, secret: guiji.account.http.get(
        "/_mock/nothing", headers={"X-Auth-Token": token, "Authorization": f"Bearer {secret}"}
    ),
    "the path": lambda guiji, token, secret: guiji.account.http.get(f"/openapi/{token}/{secret}"),
    "the path of the control plane": lambda guiji, token, secret: guiji.account.http.get(f"/_mock/{token}/{secret}"),
    "the path of an operation": lambda guiji, token, secret: guiji.send("GET", f"/openapi/video/v2/get/{token}"),
    "a parameter of another name": lambda guiji, token, secret: guiji.account.http.get(
        f"/openapi/user/v2/get?tok={token}&s={secret}"
    ),
    "a header of another name": lambda guiji, token, secret: guiji.account.http.get(
        "/openapi/user/v2/get", headers={"X-Something": token, "X-Other": secret}
    ),
    "an encoded URL": lambda guiji, token, secret: guiji.account.http.get(
        f"/unknown?next=http%3A%2F%2Flocalhost%2F%3Faccess_token%3D{token}%26secret%3D{secret}"
    ),
}


@pytest.mark.parametrize("kind", SENT)
def test_no_secret_is_in_the_journal_or_the_log(server: LoggingServer, account: Account, kind: str) -> None:
    guiji = Guiji(account)
    token, secret = guiji.token, account.credentials("guiji")["secret"]
    SENT[kind](guiji, token, secret)
    anonymous = account.http.get(ANONYMOUS, query={"limit": 1000}, headers=server.control_headers).json["entries"]
    recorded = json.dumps([account.journal(limit=1000), anonymous])
    assert token not in recorded
    assert secret not in recorded
    assert token not in server.log
    assert secret not in server.log
