"""docs/faults.md: its commands run, its tables name every kind with its parameters, and curl ends as they say."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bodydouble.mock_server.engine.faults import KINDS, Target
from bodydouble.mock_server.engine.profiles import PROFILES
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server
from tests.support.guiji import Guiji

pytestmark = pytest.mark.process

PAGE = (Path(__file__).parents[2] / "docs" / "faults.md").read_text()
# Kind, parameters, effect; and curl's exit code, of faults that it sees.
ROWS = re.findall(r"^\| `(\w+)` \| ?(.*?) ?\| (.*?) \|(?: ([0-9; ]+) \|)?$", PAGE, re.MULTILINE)
PARAMETERS = {kind: parameters for kind, parameters, _, _ in ROWS}
EXIT_CODES = {kind: codes for kind, _, _, codes in ROWS if codes}
SEEN_BY_CURL = [name for name, kind in KINDS.items() if kind.target in (Target.RESPONSE, Target.FILE)]
# Of every fault with an exit code of curl, in the order of the page.
SAMPLES: Mapping[str, list[dict[str, Any]]] = {
    "latency": [{"distribution": "fixed", "milliseconds": 20}],
    "rateLimit": [{"per_second": 1, "burst": 1}],
    "gateway": [{"status": 502}],
    "emptyReply": [{}],
    "reset": [{"at": "before"}],
    "malformedJson": [{}],
    "truncated": [{"length": "whole"}, {"length": "sent"}],
    "drip": [{"bytes_per_second": 10_000}],
    "slowFile": [{"bytes_per_second": 1_000_000_000}],
    "cutOffFile": [{}],
    "missingFile": [{}],
    "forbiddenFile": [{"seconds": 3600}],
}


def commands() -> list[str]:
    """The calls of curl on the page."""
    blocks = "\n".join(re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)).replace("\\\n", " ")
    return [line[2:] for line in blocks.splitlines() if line.startswith("$ curl")]


def curl(url: str) -> int:
    return subprocess.run(["curl", "-s", "--max-time", "20", url], capture_output=True, check=False).returncode


def test_the_commands_run_one_after_the_other(process_server: Server) -> None:
    account = Account(process_server)
    for command in commands():
        here = command.replace("http://127.0.0.1:8080", process_server.base_url).replace("/default/", f"/{account.id}/")
        done = subprocess.run(["bash", "-c", f"{here} -f"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr or command
        assert not done.stdout or json.loads(done.stdout)
    kinds = [scenario["fault"]["kind"] for scenario in account.scenarios()]
    assert kinds == ["reset", "cutOffFile"]


def test_each_kind_stands_in_one_table_and_curl_sees_those_of_responses_and_files() -> None:
    assert sorted(kind for kind, *_ in ROWS) == sorted(KINDS)
    assert list(EXIT_CODES) == SEEN_BY_CURL


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_shows_every_kind_with_its_parameters(kind: str) -> None:
    named = set(re.findall(r"`(\w+)`", PARAMETERS[kind]))
    assert KINDS[kind].required | KINDS[kind].optional <= named


@pytest.mark.parametrize("kind", SEEN_BY_CURL)
def test_curl_ends_as_the_table_says(process_server: Server, kind: str) -> None:
    guiji = Guiji(Account(process_server))
    if KINDS[kind].target is Target.FILE:
        video = guiji.synthesise()
        guiji.account.finish(video)
        url = guiji.video(video)["videoUrl"]
    else:
        url = f"{process_server.base_url}/openapi/user/v2/get?access_token={guiji.token}"
    for parameters, code in zip(SAMPLES[kind], EXIT_CODES[kind].split(";"), strict=True):
        guiji.account.clear_scenarios()
        guiji.account.fault(kind, **parameters)
        assert curl(url) == int(code)


def test_the_page_names_the_profiles() -> None:
    assert [name for name in PROFILES if f"`{name}`" not in PAGE] == []
