"""Refuses words that the glossary has better ones for: `python docs/words.py`; `--count` counts them in all folders.

In names: parts of identifiers. In comments, strings and Markdown: phrases, outside code spans. Files under specs/ quote
the vendors and are not read.
"""

import io
import re
import subprocess
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

# What is checked, by the beginnings of paths; "" is everything.
CLEAN = (
    "contracts/client/",
    "contracts/proxy/",
    "contracts/receiver/",
    "docs/client-tests.md",
    "docs/proxy.md",
    "docs/pytest-plugin.md",
    "docs/receiver-tests.md",
    "examples/",
    "mock_server/cli/",
    "mock_server/testing/",
    "tests/contracts/client/",
    "tests/contracts/proxy/",
    "tests/contracts/receiver/",
    "tests/docs/",
    "tests/mock_server/cli/test_proxy.py",
    "tests/mock_server/cli/test_receiver.py",
    "tests/mock_server/cli/test_value_files.py",
    "tests/mock_server/testing/",
    "tests/sdk/",
    "tests/support/proxied.py",
    "tests/test_public_names.py",
    "tests/test_wheel.py",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "bench/",
    "contracts/core/",
    "contracts/model/",
    "contracts/receiver/",
    "contracts/redaction/",
    "contracts/signatures/",
    "docs/architecture_table.py",
    "docs/check.md",
    "docs/coverage.",
    "docs/client-tests.md",
    "docs/glossary.md",
    "docs/pytest-plugin.md",
    "docs/receiver-tests.md",
    "mock_server/cli/main.py",
    "mock_server/cli/serve.py",
    "mock_server/clock.py",
    "mock_server/composition.py",
    "mock_server/engine/",
    "mock_server/media/",
    "mock_server/process/",
    "mock_server/services/retention.py",
    "mock_server/settings.py",
    "mock_server/store/",
    "mock_server/testing/",
    "mock_server/vendor_api/",
    "mock_server/vendors/",
    "src/",
    "templates/",
    "tests/contracts/core/",
    "tests/contracts/model/",
    "tests/contracts/redaction/",
    "tests/contracts/signatures/",
    "tests/docs/test_readme.py",
    "tests/specs/",
    "tests/support/specification.py",
    "tests/test_architecture.py",
)
# The vendors' own words; this list; and, until the seam is done, two modules of the store.
EXEMPT = ("specs/", "docs/words.py", "mock_server/store/deliveries.py", "mock_server/store/tasks.py")
PARTS = r"answer(s|ed)?|censor(ed)?|courier|departures?|judge(s|d|ment|ments)?|moment|promises?|shall|stamps?|whoever"
NAMES = re.compile(rf"(^|_)({PARTS})(_|$)|^_*(MOST|LONGEST|LARGEST)_|^(one|ones|found|made|wanted|kept)$")
PHRASES = re.compile(
    r"\b(whoever|shall|promis(e|es|ed)|couriers?|censor(s|ship)?|judge?ments?|departures?|besides"
    r"|(the|our|a local) double(?!d)|(an|another|each|every|her|his|its|no|one|our|that|the|their|this|your) answers?"
    r"|answers? (of|to an?|to the)|h(o|e)ld(s|ing)? (\w+ ){1,4}to (a|an|its|the|their))\b",
    re.IGNORECASE,
)
# Of schemathesis, and of a vendor.
ALLOWED = {"answers_after_reset", "invalidTimeStampExpired", "invalidTimeStampFormat"}


def _refused(path: str, text: str) -> Iterator[tuple[int, str]]:
    if path.endswith(".md"):
        yield from _phrases(1, re.sub(r"```.*?```", lambda block: "\n" * block[0].count("\n"), text, flags=re.DOTALL))
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME:
            name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", token.string)
            if token.string not in ALLOWED and (NAMES.search(name) or NAMES.search(name.lower())):
                yield token.start[0], token.string
        else:
            yield from _phrases(token.start[0], token.string)


def _phrases(line: int, text: str) -> Iterator[tuple[int, str]]:
    plain = re.sub(r"`[^`\n]*`", "``", text)
    for match in PHRASES.finditer(plain):
        yield line + plain.count("\n", 0, match.start()), " ".join(match[0].split())


def main(count: bool) -> int:
    """Print what is refused, or its number in each folder; the exit status."""
    paths = subprocess.run(
        ["git", "ls-files", "*.py", "*.md"], capture_output=True, text=True, check=True
    ).stdout.split()
    refused = [
        (path, line, word)
        for path in paths
        if not path.startswith(EXEMPT) and (count or path.startswith(CLEAN))
        for line, word in _refused(path, Path(path).read_text())
    ]
    if count:
        counted = Counter("/".join(Path(path).parts[:2]) for path, _, _ in refused)
        sys.stdout.writelines(f"{number:5} {folder}\n" for folder, number in sorted(counted.items()))
        return 0
    sys.stdout.writelines(f"{path}:{line}: say it otherwise: {word}\n" for path, line, word in refused)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(count="--count" in sys.argv))
