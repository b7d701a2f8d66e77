"""Every YAML file reads the same in YAML 1.1 and 1.2, with and without libyaml, and in JavaScript."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ruamel.yaml import YAML

from bodydouble.contracts.core.json_mutations import nodes
from bodydouble.contracts.model import portable_yaml

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*ROOT.glob("specs/*/*.yaml"), *ROOT.glob("templates/vendor/spec/*.yaml")])
JS_YAML = ROOT / "tests/specs/tools/node_modules/js-yaml"
READ_ALL = """
const yaml = require(process.argv[1]), fs = require("fs");
process.stdout.write(JSON.stringify(process.argv.slice(2).map((file) => yaml.load(fs.readFileSync(file, "utf8")))));
"""
SAFE_INTEGER = 2**53 - 1


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def typed(content: Any) -> str:
    """A text that tells `1` from `1.0`, `true` from `1`, and one order of keys from another."""
    return json.dumps(content, ensure_ascii=False, default=repr)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_parser_reads_a_file_differently(path: Path) -> None:
    raw = path.read_text(encoding="utf-8")
    content = typed(portable_yaml.parse(raw.encode()))
    yaml_1_2 = YAML(typ="safe", pure=True)
    yaml_1_2.version = "1.2"
    assert typed(yaml.safe_load(raw)) == content
    assert typed(yaml_1_2.load(raw)) == content


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_numbers_beyond_those_of_javascript_are_only_bounds(path: Path) -> None:
    content = portable_yaml.parse(path.read_bytes())
    large = [where for where, node in nodes(content) if isinstance(node, int) and abs(node) > SAFE_INTEGER]
    assert [where for where in large if where[-1] not in ("minimum", "maximum")] == []


@pytest.mark.skipif(shutil.which("node") is None or not JS_YAML.is_dir(), reason="js-yaml comes with `make lint-specs`")
def test_javascript_reads_the_same() -> None:
    command = ["node", "-e", READ_ALL, str(JS_YAML), *map(str, FILES)]
    contents = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    # JavaScript has no integers beside its floating-point numbers: bounds of 64 bits are rounded, 1.0 is 1.
    assert rounded(contents) == rounded([portable_yaml.parse(path.read_bytes()) for path in FILES])


def rounded(content: Any) -> Any:
    return json.loads(json.dumps(content), parse_int=float)
