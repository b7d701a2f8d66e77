"""Every YAML file reads the same in JavaScript. Run by `make lint-specs`, which installs js-yaml."""

import json
import subprocess
from pathlib import Path
from typing import Any

from bodydouble.contracts.model import portable_yaml
from tests.specs.test_parsers_agree import FILES

JS_YAML = Path(__file__).parent / "node_modules/js-yaml"
READ_ALL = """
const yaml = require(process.argv[1]), fs = require("fs");
process.stdout.write(JSON.stringify(process.argv.slice(2).map((file) => yaml.load(fs.readFileSync(file, "utf8")))));
"""


def test_javascript_reads_the_same() -> None:
    command = ["node", "-e", READ_ALL, str(JS_YAML), *map(str, FILES)]
    contents = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    # JavaScript has no integers beside its floating-point numbers: bounds of 64 bits are rounded, 1.0 is 1.
    assert rounded(contents) == rounded([portable_yaml.parse(path.read_bytes()) for path in FILES])


def rounded(content: Any) -> Any:
    return json.loads(json.dumps(content), parse_int=float)
