"""The container's files, which CI does not build, name options that exist."""

import re
from pathlib import Path

import yaml

from bodydouble.mock_server.cli.serve import serve

ROOT = Path(__file__).parents[3]
VARIABLES = {
    name
    for option in serve.params
    for name in ([option.envvar] if isinstance(option.envvar, str) else option.envvar or [])
}


def test_the_image_and_the_composition_set_variables_of_serve() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    composition = yaml.safe_load((ROOT / "compose.yaml").read_text())
    named = set(re.findall(r"BODYDOUBLE_[A-Z_]+", dockerfile))
    named |= set(composition["services"]["bodydouble"]["environment"])
    assert named <= VARIABLES
    assert "HEALTHCHECK" in dockerfile


def test_the_health_check_of_the_image_is_a_program() -> None:
    match = re.search(r'CMD \["python", "-c", "(.*)"\]', (ROOT / "Dockerfile").read_text())
    assert match is not None
    compile(match[1].replace('\\"', '"'), "healthcheck", "exec")


def test_what_the_image_leaves_out_is_not_needed_to_build_it() -> None:
    ignored = set((ROOT / ".dockerignore").read_text().split())
    assert not ignored & {"src", "specs", "contracts", "mock_server", "pyproject.toml", "README.md", "LICENSE"}
