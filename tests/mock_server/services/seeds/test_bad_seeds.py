"""Seeds that are refused: each with file, line and field, and nothing of them is done."""

import json
from pathlib import Path
from typing import Any

import pytest

from bodydouble.contracts.core.json_pointer import parts
from bodydouble.contracts.model.documents import load, specifications
from bodydouble.mock_server.services.seeds.document import MAX_BYTES, SeedError, read
from tests.support.in_process import InProcessServer

HEAD = "version: 1\naccounts:\n  - id: team\n"
VIDEO = "    tasks:\n      - vendor: guiji\n        kind: video\n"


def problems_of(tmp_path: Path, text: str | bytes) -> str:
    """The message about a seed; without the path of the file."""
    path = tmp_path / "seed.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(SeedError) as caught:
        InProcessServer(tmp_path, seed=str(path))
    message = str(caught.value)
    assert all(line.startswith((str(path), "and ")) for line in message.splitlines()), message
    return message.replace(f"{path}, ", "").replace(f"{path}: ", "")


@pytest.mark.generated
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{HEAD}    pace: 2\n    pace: 3\n", "line 5, /accounts/0/pace: the key 'pace' is there already"),
        (f"{HEAD}\tpace: 2\n", "line 4: the character '\\t'"),
        ("a: &a [1]\nb: *a\n", "line 1, /a: the anchor or alias 'a'; repeat the value"),
        ("a: !!python/object:os.system [ls]\n", "line 1, /a: the tag"),
        ("version: 1\naccounts: [\n", "line 3: did not find expected node content"),
        ("version: 1\naccounts: 2026-01-01\n", "line 2, /accounts: 2026-01-01 is text to some parsers"),
        (b"\xff\xfe", "'utf-8' codec can't decode"),
        ("[" * 100_000, "line 1: exceeded maximum nesting depth"),
        ("", "line 1, /: the value is not of type"),
        ("accounts: []\n", "line 1, /version: required, but missing"),
        ("version: 2\naccounts:\n  - id: team\n", "line 1, /version: "),
        ("version: 1\naccounts: []\n", "line 2, /accounts: the value has less than 1 item"),
        (f"{HEAD}    colour: red\n", "line 4, /accounts/0/colour: there is no such field"),
        (f"{HEAD}    pace: fast\n", '/accounts/0/pace: the value is not of type "number"'),
        (f"{HEAD}    clock: {{frozen_at: tomorrow}}\n", "line 4, /accounts/0/clock/frozen_at: no time: "),
        (
            f"{HEAD}    clock: {{frozen_at: '9999-01-01'}}\n",
            "/clock/frozen_at: no time: must be between 1970 and the year 3000",
        ),
        (f"{HEAD}    clock: {{frozen_at: '1969-01-01'}}\n", "/clock/frozen_at: no time: must be between 1970"),
        (f"{HEAD}    clock: {{offset: -2000000000}}\n", "/accounts/0/clock/offset: the value is less than the minimum"),
        (f"{HEAD}    clock: {{frozen_at: 1, offset: 2}}\n", "line 4, /accounts/0/clock: "),
        (f"{HEAD}    tasks:\n      - vendor: guiji\n", "line 5, /accounts/0/tasks/0: needs kind or operation"),
        (
            f"{HEAD}    credentials: {{guiji: {{secret: 'a b'}}}}\n",
            "line 4, /accounts/0/credentials/guiji/secret: the value",
        ),
    ],
)
def test_a_file_of_another_form_is_refused_with_its_place(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert message in problems_of(tmp_path, text)


def test_an_anchor_bomb_is_refused_at_once(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 40)]
    message = problems_of(tmp_path, "\n".join(lines))
    assert "line 1, /a0: the anchor or alias 'a0'" in message
    assert len(message) < 2_000


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(500 * MAX_BYTES)
    with pytest.raises(SeedError, match="larger than 16777216 bytes"):
        read(str(path))


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        read(str(tmp_path / "seed.yaml"))


@pytest.mark.generated
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{HEAD}  - id: team\n", "line 4, /accounts/1/id: there already"),
        (f"{HEAD}    credentials: {{nobody: {{a: b}}}}\n", "/accounts/0/credentials/nobody: there is no such vendor"),
        (
            f"{HEAD}    credentials: {{guiji: {{key: b}}}}\n",
            "/credentials/guiji/key: cannot be chosen; app_id, secret can",
        ),
        (f"{HEAD}    credentials: {{huawei-metastudio: {{project_id: b}}}}\n", "/project_id: cannot be chosen"),
        (
            f"{HEAD}    credentials: {{guiji: {{app_id: b}}}}\n  - id: b\n    credentials: {{guiji: {{app_id: b}}}}\n",
            "line 6, /accounts/1/credentials/guiji: another account has the same key",
        ),
        (
            f"{HEAD}    credentials: {{guiji: {{app_id: guiji-app-id-default}}}}\n",
            "/credentials/guiji: another account has the same key",
        ),
        (f"{HEAD}    settings: {{softsugar: {{colour: red}}}}\n", "/settings/softsugar/colour: unknown; softsugar has"),
        (
            f"{HEAD}    settings: {{softsugar: {{callback_url: 'http://example.com'}}}}\n",
            "/settings/softsugar/callback_url",
        ),
        (f"{HEAD}    quotas: {{guiji: {{films: 1}}}}\n", "/quotas/guiji/films: there is no such quota; guiji has"),
        (
            f"{HEAD}    quotas: {{guiji: {{fastDuration: {{total: 1, used: 2}}}}}}\n",
            "/fastDuration/used: more than the total",
        ),
        (
            f"{HEAD}    profile: sunday\n",
            "line 4, /accounts/0/profile: there is no such profile; there are slow-vendor",
        ),
        (
            f"{HEAD}    scenarios:\n      - {{vendor: guiji, operation: createFilm, outcome: failed}}\n",
            "line 5, /accounts/0/scenarios/0/operation: guiji has no operation createFilm",
        ),
        (
            f"{HEAD}    scenarios: [{{vendor: '*', operation: '*', fault: {{kind: drip, bytes_per_second: 0}}}}]\n",
            "line 4, /accounts/0/scenarios/0/fault/bytes_per_second: ",
        ),
        (
            f"{HEAD}    tasks:\n      - {{vendor: nobody, kind: video}}\n",
            "/tasks/0/vendor: there is no such vendor; there are",
        ),
        (
            f"{HEAD}    tasks:\n      - {{vendor: guiji, kind: film}}\n",
            "/tasks/0/kind: cannot be made: guiji's operations make",
        ),
        (f"{HEAD}    tasks:\n      - {{vendor: guiji, operation: getVideo}}\n", "/tasks/0/operation: cannot be made"),
        (f"{HEAD}    tasks:\n      - {{vendor: softsugar, kind: preheatedFile}}\n", "/tasks/0/kind: cannot be made"),
        (f"{HEAD}{VIDEO}        state: done\n", "line 7, /accounts/0/tasks/0/state: video has no state 'done'; it has"),
        (f"{HEAD}{VIDEO}        state: editing\n", "/tasks/0/state: nothing leads to the state 'editing'"),
        (f"{HEAD}{VIDEO}        outcome: great\n", "line 7, /accounts/0/tasks/0/outcome: video has no outcome 'great'"),
        (f"{HEAD}{VIDEO}        state: failed\n        outcome: success\n", "/tasks/0/state: nothing leads to"),
        (f"{HEAD}{VIDEO}        request: {{colour: red}}\n", "/tasks/0/request/colour: createVideo has no such field"),
        (
            f"{HEAD}{VIDEO}        request: {{text: 7}}\n",
            "line 7, /accounts/0/tasks/0/request/text: type: expected string",
        ),
        (f"{HEAD}{VIDEO}        fields: {{text: a}}\n", "/tasks/0/fields: operations of guiji make every task"),
        (f"{HEAD}{VIDEO}        count: 3\n        age: 10\n        every: 6\n", "/tasks/0/every: the last of them"),
        (f"{HEAD}    tasks: [{{vendor: guiji, kind: audio, name: a}}]\n", "/tasks/0/name: createAudio takes no name"),
        (
            f"{HEAD}    catalogue: [{{vendor: huawei-metastudio, operation: CreateVideoScripts, state: ready}}]\n",
            "/catalogue/0/state: it has no states",
        ),
    ],
)
def test_what_breaks_a_rule_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    assert message in problems_of(tmp_path, text)


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        ("[{vendor: guiji, kind: video, request: {sceneId: '7'}}]", "/tasks/0: avatarNotFound"),
        ("[{vendor: softsugar, kind: task, fields: {algoType: a}}]", "/tasks/0/fields/algoType: "),
        (
            "[{vendor: guiji, kind: video}, {vendor: guiji, kind: video, age: 9, count: 3}]",
            "/tasks/1: insufficientBalance",
        ),
        ("[{vendor: guiji, kind: video, age: 86400}]", "/tasks/0/age: it would have been created before 1970"),
    ],
)
def test_what_a_vendor_rejects_undoes_the_whole_seed(tmp_path: Path, tasks: str, message: str) -> None:
    path = tmp_path / "seed.yaml"
    first = "version: 1\naccounts:\n  - id: first\n    tasks: [{vendor: guiji, kind: video}]\n"
    clock = "    clock: {frozen_at: 7}\n" if "1970" in message else ""
    path.write_text(f"{first}  - id: team\n{clock}    quotas: {{guiji: {{fastDuration: 3500}}}}\n    tasks: {tasks}\n")
    with pytest.raises(SeedError, match=f"{path}, line [678], /accounts/1{message}"):
        InProcessServer(tmp_path, seed=str(path))
    server = InProcessServer(tmp_path)
    assert server.http.get("/_mock/accounts").json == {"accounts": ["default"]}
    server.close()


def test_ten_problems_are_listed_and_the_others_counted(tmp_path: Path) -> None:
    message = problems_of(tmp_path, HEAD + "".join(f"    field{number}: 1\n" for number in range(13)))
    assert message.splitlines()[-1] == "and 3 more"
    assert len(message.splitlines()) == 11


def test_no_value_is_shown(tmp_path: Path) -> None:
    assert "hunter 2" not in problems_of(tmp_path, f"{HEAD}    credentials: {{guiji: {{secret: hunter 2}}}}\n")


def in_control(content: Any) -> Any:
    """A schema of the control plane as a seed has it."""
    if isinstance(content, dict):
        schema = {name: in_control(value) for name, value in content.items() if name not in ("x-sensitive", "example")}
        return schema | ({"$ref": f"#/$defs/{parts(content['$ref'])[-1]}"} if "$ref" in content else {})
    return [in_control(entry) for entry in content] if isinstance(content, list) else content


def test_the_schema_takes_scenarios_as_the_control_plane_does() -> None:
    schema = json.loads(specifications().joinpath("seed.schema.json").read_bytes())["$defs"]
    control = load("control").content["components"]["schemas"]
    assert schema["Fault"] == in_control(control["Fault"])
    assert schema["NewScenario"] == {**in_control(control["NewScenario"]), "additionalProperties": False}
    for name in ("pace", "callback_clock"):
        component = control["NewAccount"]["properties"][name]["$ref"]
        assert schema["Account"]["properties"][name] == in_control(control[parts(component)[-1]])
