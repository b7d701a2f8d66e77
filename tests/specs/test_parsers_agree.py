"""Every YAML file reads the same in YAML 1.1 and 1.2, with and without libyaml.

For JavaScript see `tools/javascript_reads_the_same.py`.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ruamel.yaml import YAML

from bodydouble.contracts.core.json_mutations import nodes
from bodydouble.contracts.model import portable_yaml

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*ROOT.glob("specs/*/*.yaml"), *ROOT.glob("templates/vendor/spec/*.yaml")])
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
