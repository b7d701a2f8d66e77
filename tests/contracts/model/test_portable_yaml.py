"""YAML that some parser would read differently is refused, with its line."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bodydouble import load_contract
from bodydouble.contracts.model import documents, portable_yaml
from bodydouble.contracts.model.portable_yaml import UnportableYamlError


@pytest.fixture(params=["CSafeLoader", "SafeLoader"], autouse=True)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With libyaml, and as if it were absent."""
    monkeypatch.setattr(portable_yaml, "Loader", getattr(yaml, request.param))


AMBIGUOUS = [
    *(
        "0123",
        "0000001000586737",
        "-01",
        "00",
        "09",
        "007.5",
        "+1",
        "1_000",
        "0x1F",
        "0o17",
        "0b101",
        "0X1f",
        "1e3",
        "1.5E+3",
    ),
    *(".5", "1.", "-.5", ".inf", "-.INF", ".NaN", "12:30", "1:20:30", "-1:20", "1:20.5"),
    *("y", "Y", "n", "N", "yes", "Yes", "NO", "on", "On", "OFF", "off", "True", "TRUE", "False", "Null", "NULL", "~"),
    *(
        "2025-03-10",
        "2025-3-1",
        "2022-01-04T16:00Z",
        "2025-03-10 12:00:00",
        "2025-03-10t12:00:00.5+08:00",
        "=",
        "<<",
        "",
    ),
]


@pytest.mark.parametrize("value", AMBIGUOUS)
def test_a_plain_value_that_is_text_to_some_parsers_only_is_refused(value: str) -> None:
    for place in ("--- {}", "a: {}", "- {}", "a:\n  - b: {}"):
        with pytest.raises(UnportableYamlError, match=r"line [12]: .*quote it"):
            portable_yaml.parse(place.replace("{}", value).encode())


@pytest.mark.parametrize("key", [key for key in AMBIGUOUS if key] + ["1", "200", "-1", "1.5", "true", "false", "null"])
def test_a_key_that_is_text_to_some_parsers_only_is_refused(key: str) -> None:
    for place in ("{}: a", "{ {}: a }", "- {}: a", "b: 1\n{}: a"):
        with pytest.raises(UnportableYamlError, match=r"line [12]: .*quote it"):
            portable_yaml.parse(place.replace("{}", key).encode())


@pytest.mark.parametrize("value", [value for value in AMBIGUOUS if value] + ["1", "true", "null", "a?", "a:b", "? a"])
def test_quotes_make_it_text(value: str) -> None:
    for text in (f"'{value}'", f'"{value}"'):
        assert portable_yaml.parse(f"[{{{text}: {text}}}]".encode()) == [{value: value}]


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("[1, 0, -1, 1.5, -0.5, true, false, null]", [1, 0, -1, 1.5, -0.5, True, False, None]),
        (
            "[yesterday, no way, 3.1.0, 127.0.0.1, 1st, 2025-03, a-1, onto, nullable, 1 2]",
            ["yesterday", "no way", "3.1.0", "127.0.0.1", "1st", "2025-03", "a-1", "onto", "nullable", "1 2"],
        ),
        ("a: Is it ready? http://a.example:8080/b?c=d", {"a": "Is it ready? http://a.example:8080/b?c=d"}),
        ("a: |\n  x: 0123\n  y\nb: >-\n  c\n  d\n", {"a": "x: 0123\ny\n", "b": "c d"}),
        (r'a: "\"\\\b\f\n\r\t\u4f60\\x\x41\N"', {"a": '"\\\b\f\n\r\t你\\xA\x85'}),
        ("a: 数字人 😀\nb:\n- c  # a comment: {x?}\n", {"a": "数字人 😀", "b": ["c"]}),
        ("---\na: {b: [c, {d: e}], f: {}}\n", {"a": {"b": ["c", {"d": "e"}], "f": {}}}),
        ("? a\n: b", {"a": "b"}),
        ("a:\n- b\nc:\n  'd'\ne:\n  [f]\n", {"a": ["b"], "c": "d", "e": ["f"]}),
        ("[\na, # c\n b\n]", ["a", "b"]),
        ("a: [ # c#d\n   b#c,\n c\n ]\n#e\n", {"a": ["b#c", "c"]}),
        ("a:\n- {b: 1,\n c: 'd\n  e'}", {"a": [{"b": 1, "c": "d e"}]}),
        ("a: |-\n  b# c\n  #d\n#e\nf: '#'", {"a": "b# c\n#d", "f": "#"}),
        ("a: 9223372036854775807", {"a": 2**63 - 1}),
    ],
)
def test_the_rest_is_read_as_everywhere(text: str, content: Any) -> None:
    assert portable_yaml.parse(text.encode()) == content


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: 1\nb: 2\na: 3", "line 3: the key 'a' is there already"),
        ("- {a: 1, b: {a: 2}, 'a': 3}", "line 1: the key 'a' is there already"),
        ("a: &x 1", "line 1: the anchor or alias 'x'"),
        ("a: &x [1]\nb: *x", "line 2: the anchor or alias 'x'"),
        ("a: !!str 1", "line 1: the tag"),
        ("a: ! 1", "line 1: the tag '!'"),
        ("a: !!set {}", "line 1: the tag"),
        ("%YAML 1.1\n---\na: b", "a directive"),
        ("? [a]\n: b", "line 1: a key that is no text"),
        ("[a: b]", "line 1: a pair in a list"),
        ("a: 9223372036854775808", "line 1: 9223372036854775808 has more than 64 bits"),
        ("a:\tb", r"line 1: the character '\\t'"),
        ("a: b\r\nc: d", r"line 1: the character '\\r'"),
        ("a: b\n\n# \u2028", r"line 3: the character '\\u2028'"),
        ("a: b\u0085c", r"line 1: the character '\\x85'"),
        ("\ufeffa: b", r"line 1: the character '\\ufeff'"),
        (r'a: "\/"', r"line 1: the escape \\/"),
        (r'a: "\\\/"', r"line 1: the escape \\/"),
        (":a: b", "line 1: ':a' begins with ':'; quote it"),
        ("a: [-]", "line 1: '-' alone; quote it"),
        ("a: {b: -, c: 1}", "line 1: '-' alone; quote it"),
        ("a: {?b: 1}", "line 1: the key 'b' follows a '\\?' at once"),
        ("{?'b': 1}", "line 1: the key 'b' follows a '\\?' at once"),
        ("a: 'x'# c", "a comment without a blank before it"),
        ("a: [b]# c\nd: 1", "a comment without a blank before it"),
        ("a: ['b'#c\n  ]", "a comment without a blank before it"),
        ("a: {#c\n  b: 1}", "a comment without a blank before it"),
        ("a: [\n1,\n2\n]", "line 4: a line between brackets, braces or quotes that is not indented"),
        ("a:\n  b: {\n  c: 1\n  }", "line 4: a line between brackets, braces or quotes that is not indented"),
        ("- - [a,\n  b]", "a line between brackets, braces or quotes that is not indented"),
        ("a: 'b\n\nc'", "line 1: a line between brackets, braces or quotes that is not indented"),
        ('a:\n  b: "c\n  d"', "line 2: a line between brackets, braces or quotes that is not indented"),
        ("a: |\n \n    b", "line 1: a text behind [|] or > that begins with a line of blanks"),
        (" --- a: b", "line 1: '--- a' begins with '-'; quote it"),
        ("c: #a\n|\n", "line 2: a value that is not indented"),
        ("|2\n   a", "line 1: a number behind [|] or >"),
        ("a: >-1\n   b", "line 1: a number behind [|] or >"),
    ],
)
def test_what_not_every_parser_knows_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(UnportableYamlError, match=complaint):
        portable_yaml.parse(text.encode())


@pytest.mark.parametrize(
    "text", ["{a: b?}", "[is it ready?, b]", "{a: b:c}", "{a:1}", "[?a]", "a: ?b", "{url: http://a.example}", "{a?: b}"]
)
def test_a_question_mark_or_a_colon_in_a_flow_is_refused(text: str) -> None:
    with pytest.raises(UnportableYamlError):
        portable_yaml.parse(text.encode())


@pytest.mark.parametrize(
    "raw", [b"a: [", b"a: b: c", b"\xff", b"a: 1\n---\nb: 2", b"a: %x\n b\nc", rb'a: "\ud83d\ude00"']
)
def test_what_is_no_yaml_is_refused(raw: bytes) -> None:
    with pytest.raises(UnportableYamlError):
        portable_yaml.parse(raw)


def test_every_place_is_reported() -> None:
    with pytest.raises(UnportableYamlError) as caught:
        portable_yaml.parse(b"a: 01\nb: [y, 2]\n")
    assert [line[:8] for line in str(caught.value).splitlines()] == ["line 1: ", "line 2: "]


@pytest.mark.process
@pytest.mark.parametrize("absent", ["", "del yaml.CSafeLoader, yaml.CLoader; "])
def test_a_contract_is_loaded_with_and_without_libyaml(tmp_path: Path, absent: str) -> None:
    load = "from bodydouble import load_contract; print(len(load_contract('guiji').operations))"
    done = subprocess.run(
        [sys.executable, "-c", f"import yaml; {absent}{load}"],
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
        check=True,
        capture_output=True,
    )
    assert int(done.stdout) == len(load_contract("guiji").operations)


def test_a_file_that_parsers_read_differently_is_refused_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "openapi.yaml").write_text("openapi: 3.1.0\ninfo: {version: 2025-03-10}\n")
    monkeypatch.setattr(documents, "specifications", lambda: tmp_path)
    with pytest.raises(documents.SpecificationError, match=r"acme/openapi.yaml: line 2: 2025-03-10 is text to some"):
        documents.read_yaml("acme", "openapi.yaml")


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from([value for value in AMBIGUOUS if value]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=9) | st.sampled_from(AMBIGUOUS), inner, max_size=3)
    ),
    max_leaves=6,
)


# The fixtures that all tests have know nothing of the values.
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=JSON_VALUES)
def test_what_is_written_is_read_back(content: Any) -> None:
    text = portable_yaml.dump([content])
    yaml_1_2 = YAML(typ="safe", pure=True)
    yaml_1_2.version = "1.2"
    assert portable_yaml.parse(text.encode()) == yaml.safe_load(text) == yaml_1_2.load(text) == [content]
