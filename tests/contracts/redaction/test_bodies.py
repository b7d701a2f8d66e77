"""Secrets are taken out of bodies in every form in which a client may send them."""

import gzip
import json
import time
import zlib
from collections.abc import Callable, Mapping
from urllib.parse import quote

import brotli
import pytest

from bodydouble.contracts.redaction.fields import REPLACEMENT, FieldRedactor

REDACTOR = FieldRedactor(["access_token", "secret", "X-Auth-Token", "password"])
HIDDEN = "hush-0123456789"
RANDOM = "5ecrkq83hd72mxp04"
JSON_TYPE = {"content-type": "application/json"}


def shown(body: bytes | str, headers: Mapping[str, str] | None = None) -> str:
    raw = body.encode() if isinstance(body, str) else body
    return REDACTOR.body(raw, headers or {})


@pytest.mark.parametrize(
    "body",
    [
        f"access_token={HIDDEN}&secret={HIDDEN}&page=1",
        f"page=1&Access_Token={HIDDEN}",
        f"page=1;secret={HIDDEN}",
        f"access%5Ftoken={HIDDEN}",
        f"access%255Ftoken={HIDDEN}",
        f"%61ccess_token={HIDDEN}",
        f"secret%3D{HIDDEN}",
        f"user[password]={HIDDEN}",
        f"user.password={HIDDEN}&page=1",
        f"url={quote(f'https://example.com/a?access_token={HIDDEN}', safe='')}",
        f"url=https://example.com/a#access_token={HIDDEN}",
        f"secret= {HIDDEN}",
        f"secret=a {HIDDEN}",
        f"secret={HIDDEN} and more",
    ],
)
def test_forms(body: str) -> None:
    assert HIDDEN not in shown(body)
    assert REPLACEMENT in shown(body)


def test_what_is_not_secret_stays_as_it_was() -> None:
    body = "page=1&name=a%20b&note=secrets%20are%20kept&my_secret=1"
    assert shown(body) == body
    assert shown('{"page": 1, "note": "the secret is out"}') == '{"page": 1, "note": "the secret is out"}'
    assert shown(f"secret={HIDDEN}&page=1") == f"secret={REPLACEMENT}&page=1"


def multipart(name: str, eol: str = "\r\n", value: str = HIDDEN) -> str:
    parts = ["--xyz", 'Content-Disposition: form-data; name="page"', "", "1"]
    parts += ["--xyz", f"Content-Disposition: form-data; {name}", "Content-Type: text/plain", "", value, "--xyz--", ""]
    return eol.join(parts)


@pytest.mark.parametrize(
    "name",
    [
        'name="secret"',
        "name=secret",
        'name="SECRET"',
        'filename="a.txt"; name="secret"',
        'name="secret"; filename="a.txt"',
        "name*=utf-8''access%5Ftoken",
        'name="access%5Ftoken"',
    ],
)
@pytest.mark.parametrize("eol", ["\r\n", "\n"])
def test_parts_of_a_form(name: str, eol: str) -> None:
    text = shown(multipart(name, eol), {"content-type": "multipart/form-data; boundary=xyz"})
    assert HIDDEN not in text
    assert text.count("--xyz") == 3


def test_a_part_with_several_lines_and_one_with_json() -> None:
    assert HIDDEN not in shown(multipart('name="secret"', value=f"a\r\nb{HIDDEN}\r\n\r\nc{HIDDEN}"))
    assert HIDDEN not in shown(multipart('name="data"', value=json.dumps({"secret": HIDDEN})))


@pytest.mark.parametrize(
    "body",
    [
        f"access_token: {HIDDEN}",
        f"page: 1\nsecret: {HIDDEN}\nmore: 2",
        f"secret = {HIDDEN}",
        f"- secret: a {HIDDEN}",
        f"X-Auth-Token: {HIDDEN}",
        f"Authorization: Bearer {HIDDEN}",
        f"the secret='{HIDDEN}' is here",
        f'the secret="a {HIDDEN}"',
        f"{{secret: '{HIDDEN}'}}",
        f"{{'secret': 'a {HIDDEN}', 'page': 1}}",
        f"secret => {HIDDEN}",
        f"<login><secret>{HIDDEN}</secret></login>",
        f"<a:secret type='text'>\n{HIDDEN}\n</a:secret>",
        f"<secret><![CDATA[<{HIDDEN}>]]></secret>",
        f'<login secret="{HIDDEN}"/>',
    ],
)
def test_lines_assignments_and_elements(body: str) -> None:
    assert HIDDEN not in shown(body)


@pytest.mark.parametrize(
    "name",
    ["secret", "SECRET", r"s\u0065cret", r"\u0073\u0065\u0063\u0072\u0065\u0074", r"access\u005ftoken", r"s\u0065CRET"],
)
@pytest.mark.parametrize(
    "template",
    [
        '{{"page": 1, "{name}": "{value}"}}',
        '{{"page": 1, "{name}": "{value}"',
        '{{"page": 1, "{name}": "{value}"}}, ',
        '{{"page": 01, "{name}": ["{value}", 1]}}',
        '{{"page": 01, "{name}": {{"a": "{value}"}}}}',
        '\ufeff{{"{name}": "{value}"}}',
        '{{"{name}": ["{value}"]}}',
        '{{"{name}": "{value}"}}\n{{"{name}": "{value}"}}\n',
        '{{"a": "1", "a": "2", "{name}": "x", "{name}": "{value}"}}',
    ],
)
def test_names_of_json_however_they_are_written(name: str, template: str) -> None:
    assert HIDDEN not in shown(template.format(name=name, value=HIDDEN), JSON_TYPE)


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_escaped_names_in_json_inside_strings(levels: int) -> None:
    text = '{"s\\u0065cret": "' + HIDDEN + '"}'
    for _ in range(levels):
        text = json.dumps({"param": text})
    assert HIDDEN not in shown(text)
    assert HIDDEN not in shown(text + "}")


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "gzip, gzip": lambda body: gzip.compress(gzip.compress(body)),
    "GZIP": lambda body: gzip.compress(body, 0),
}


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("body", [json.dumps({"secret": HIDDEN}), f"secret={HIDDEN}"])
def test_compressed_bodies(coding: str, body: str) -> None:
    text = shown(CODINGS[coding](body.encode()), {"content-encoding": coding})
    assert HIDDEN not in text
    assert REPLACEMENT in text


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress, lambda body: gzip.compress(body, 0)])
def test_compressed_bodies_of_which_no_header_tells(compress: Callable[[bytes], bytes]) -> None:
    assert REPLACEMENT in shown(compress(f"secret={HIDDEN}".encode()))


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (gzip.compress(f"secret={HIDDEN}".encode(), 0)[:-9], "gzip"),
        (b"\xff\x00" + HIDDEN.encode(), "snappy"),
        (b"\xff\x00" + HIDDEN.encode(), "gzip"),
    ],
    ids=["cut", "unknown", "not gzip"],
)
def test_a_body_that_cannot_be_decoded_is_only_described(body: bytes, coding: str) -> None:
    text = shown(body, {"content-encoding": coding})
    assert HIDDEN not in text
    assert text.startswith(f"[{len(body)} bytes: ")


def test_a_text_with_a_wrong_content_encoding_is_a_text() -> None:
    assert shown(f"secret={HIDDEN}&page=1", {"content-encoding": "gzip"}) == f"secret={REPLACEMENT}&page=1"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "utf-7"])
def test_other_character_encodings(encoding: str) -> None:
    body = json.dumps({"secret": HIDDEN}).encode(encoding)
    assert HIDDEN not in shown(body, {"content-type": f"application/json; charset={encoding}"})
    assert HIDDEN.encode("utf-16-le").decode("latin-1") not in shown(body)


def test_a_bomb_is_not_unpacked() -> None:
    text = shown(gzip.compress(bytes(64 * 1024 * 1024)), {"content-encoding": "gzip"})
    assert "more than" in text


@pytest.mark.parametrize(
    "body",
    [
        "a" * 200_000,
        "a=" * 100_000,
        '"a":' * 50_000,
        "<a>" * 50_000 + "</a>",
        "%" * 200_000,
        "\\" * 200_000,
        " : " * 50_000,
        "content-disposition: form-data;" * 6_000,
        "x=" + "%25" * 60_000,
        '{"a":' * 30_000,
        "secret" * 30_000,
        "content-disposition: form-data; name=a\n" * 5_000,
        "\\" * 100_000 + "u0061",
        "secret: x " * 20_000,
    ],
)
def test_large_bodies_take_little_time(body: str) -> None:
    started = time.process_time()
    shown(body)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "content",
    [
        {"url": f"http://example.com/p?access_token={HIDDEN}"},
        {"url": f"http://user:{HIDDEN}@example.com/p"},
        {"command": f"curl -H 'X-Auth-Token: {HIDDEN}' http://example.com"},
        {"xml": f"<secret>{HIDDEN}</secret>"},
        {"key": f"-----BEGIN PRIVATE KEY-----\n{HIDDEN}\n-----END PRIVATE KEY-----"},
        {"form": "a=" + quote(f'{{"access_token": "{HIDDEN}"}}')},
        [{"name": "X-Auth-Token", "value": HIDDEN}, {"key": "secret", "value": [HIDDEN]}],
        [["access_token", HIDDEN]],
    ],
)
def test_texts_and_pairs_in_json(content: object) -> None:
    assert HIDDEN.removeprefix("hush-") not in shown(json.dumps(content), JSON_TYPE)


@pytest.mark.parametrize(
    "body",
    [
        f"secret: |\n  {RANDOM}\n",
        f"secret:\n  - {RANDOM}\n",
        f"id,secret\n1,{RANDOM}\n",
        f"my secret is {RANDOM}",
        f"<a><secr&#101;t>{RANDOM}</secr&#101;t></a>",
        f"<param name='secret'>{RANDOM}</param>",
        f"<secret>{RANDOM}",
        f'{{"secret": /* mine */ "{RANDOM}"}}',
        f'{{"secret": [[1], "{RANDOM}"',
        f"--x\r\nContent-Disposition: form-data; name='secret'\r\n\r\n{RANDOM}\r\n--x--",
        f'--x\r\nContent-Disposition: form-data; name="secret"; filename="{RANDOM}"\r\n\r\na\r\n--x--',
        b"\x81\xa6secret\xb8" + RANDOM.encode(),
    ],
)
def test_what_looks_like_a_secret_in_a_body_of_no_known_form_that_has_a_sensitive_name(body: bytes | str) -> None:
    assert RANDOM not in shown(body)


def test_a_text_with_numbers_and_no_sensitive_name_stays_as_it_was() -> None:
    body = f"my number is {RANDOM}, see http://example.com:8080/a?b={RANDOM}"
    assert shown(body) == body
    assert json.loads(shown(json.dumps([body]), JSON_TYPE)) == [body]


@pytest.mark.parametrize(
    "piece",
    [
        *("a1-", "a/", "a=", "a=;", "a=%;", "a=b?", "secret=a;", "access%255ftoken=a;", "://", "://u:", "secret=x "),
        *(
            "secret: x ",
            "secret: x\n",
            "-----BEGIN PRIVATE KEY-----",
            "&#",
            "&#9",
            "\\",
            '\\"secret\\":\\"',
            '"secret":{',
        ),
        *("<a ", "<secret>", "content-disposition:", "content-disposition: form-data; name=name=name=", "a.a."),
    ],
)
def test_ten_times_the_length_takes_about_ten_times_the_time(piece: str) -> None:
    def seconds(length: int) -> float:
        text = "secret " + piece * (length // len(piece))
        started = time.process_time()
        shown(text)
        REDACTOR.body_text(text, lambda value: value)
        return time.process_time() - started

    # Its square would be 100 times. Below a tenth of a second, the clock says little.
    assert seconds(200_000) < 40 * max(seconds(20_000), 0.01)


def test_a_number_of_more_digits_than_python_converts_is_no_letter_of_xml() -> None:
    assert shown("secret &#" + "9" * 5_000 + ";").startswith("secret &#9")
