"""Nothing secret stands in the journal or the log, wherever and however a client has sent it."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from bodydouble.mock_server.testing.account import ANONYMOUS, Account
from tests.support.guiji import Guiji
from tests.support.in_process import LoggingServer
from tests.support.secret_forms import FORMS

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
    "a header of a request that succeeds": lambda guiji, token, secret: guiji.send(
        "GET", "/openapi/user/v2/get", headers={"X-Something": token, "User-Agent": f"app/1.0 ({secret})"}
    ),
    "a text of a request that succeeds": lambda guiji, token, secret: guiji.speak(text=f"Say {token} and {secret}."),
    "an address in JSON": lambda guiji, token, secret: guiji.speak(
        callbackUrl=f"http://127.0.0.1:9/x?k={token}&u={secret}"
    ),
    "a piece of a path": lambda guiji, token, secret: guiji.account.http.get(f"/openapi/x-{token}-y;t={secret}/z"),
    "a body in no known form": lambda guiji, token, secret: guiji.send(
        "POST",
        SPEAK,
        body=f"access_token: |\n  {token}\nsecret:\n  - {secret}\n".encode(),
        headers={"Content-Type": "application/json"},
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


CODED = (
    *("percent-encoded", "percent-encoded twice", "escapes of JSON", "escapes of XML", "base64"),
    *("base64 for URLs, of base64", "hexadecimal digits", "capital letters", "within a word"),
)
PLACES: dict[str, Send] = {
    "a header": lambda guiji, token, secret: guiji.send(
        "GET", "/openapi/user/v2/get", headers={"X-Something": token, "X-Other": secret}
    ),
    "a header of another account": lambda guiji, token, secret: guiji.account.http.get(
        "/_mock/accounts", headers={"X-Something": token, "X-Other": secret}
    ),
    "a query": lambda guiji, token, secret: guiji.send("GET", f"/openapi/user/v2/get?x={token}&y={secret}"),
    "a body": lambda guiji, token, secret: guiji.send(
        "POST", SPEAK, body=f"{token}|{secret}".encode(), headers={"Content-Type": "text/plain"}
    ),
    "a property's name": lambda guiji, token, secret: guiji.send(
        "POST", SPEAK, body=f'{{"{token}": 1, "{secret}": 2}}'.encode(), headers={"Content-Type": "application/json"}
    ),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("coding", CODED)
def test_no_issued_value_is_in_the_journal_in_a_coded_form(
    server: LoggingServer, account: Account, coding: str, place: str
) -> None:
    guiji, written = Guiji(account), FORMS[coding]
    token, secret = written(guiji.token), written(account.credentials("guiji")["secret"])
    PLACES[place](guiji, token, secret)
    anonymous = account.http.get(ANONYMOUS, query={"limit": 1000}, headers=server.control_headers).json["entries"]
    recorded = json.dumps([account.journal(limit=1000), anonymous])
    for value in (token, secret):
        assert value not in recorded
        assert json.dumps(value)[1:-1] not in recorded


def test_an_issued_token_in_the_name_of_a_header_is_not_in_the_journal(account: Account) -> None:
    guiji = Guiji(account)
    guiji.send("GET", "/openapi/user/v2/get", headers={f"X-{guiji.token}": "1"})
    assert guiji.token not in json.dumps(account.journal(limit=1000))


def test_what_a_client_names_openly_stays_in_the_journal(account: Account) -> None:
    guiji = Guiji(account)
    app_id = account.credentials("guiji")["app_id"]
    guiji.send("GET", "/openapi/user/v2/get", headers={"X-Something": app_id, "X-Digest": "0123456789abcdef" * 2})
    entry = account.journal()[-1]
    assert entry["request_headers"]["x-something"] == app_id
    assert entry["request_headers"]["x-digest"] == "0123456789abcdef" * 2


SHORT_FORMS = ("as it is", "percent-encoded", "percent-encoded twice", "escapes of JSON", "escapes of XML")


@pytest.mark.parametrize(
    ("key", "coding"),
    [
        *(("k3y-of-the-callbacks_0123", coding) for coding in [*CODED, "as it is"]),
        *(("a b&c/d9", coding) for coding in SHORT_FORMS),
    ],
)
def test_a_secret_setting_is_not_in_the_journal(server: LoggingServer, account: Account, coding: str, key: str) -> None:
    guiji, written = Guiji(account), FORMS[coding](key)
    # The journal has looked before, so it must learn of the change.
    guiji.send("GET", "/openapi/user/v2/get")
    account.journal()
    account.settings("softsugar", auth_key=key)
    guiji.send("POST", SPEAK, body=f"x|{written}|y".encode(), headers={"Content-Type": "text/plain"})
    recorded = json.dumps(account.journal(limit=1000))
    assert written not in recorded
    assert json.dumps(written)[1:-1] not in recorded


def test_a_token_is_not_in_the_journal_right_after_it_was_issued(account: Account) -> None:
    guiji = Guiji(account)
    for _ in range(3):
        token = Guiji(account).token
        guiji.send("GET", "/openapi/user/v2/get", headers={"X-Something": token})
        assert token not in json.dumps(account.journal(limit=1000))
