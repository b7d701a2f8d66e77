"""Refuses words that the glossary has better ones for: `python docs/words.py`; `--count` counts them in all folders.

In names: parts of identifiers. In comments, strings and Markdown: phrases, outside code spans. The specification of the
control plane and the vocabulary of extensions are our own text, and are read as a whole. The vendors' folders under
specs/ quote the vendors and are not read.
"""

import io
import re
import subprocess
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

# The vendors' own words, licences of others, and this list.
EXEMPT = re.compile(r"specs/(?!control/)[^/]+/|docs/words\.py$|mock_server/pages/THIRD_PARTY\.md$")
PARTS = (
    r"answer(s|ed)?|censor(ed)?|courier|departures?|judge(s|d|ment|ments)?|moment|promises?"
    r"|refusals?|shall|stamps?|whoever"
)
NAMES = re.compile(rf"(^|_)({PARTS})(_|$)|^_*(MOST|LONGEST|LARGEST)_|^(one|ones|found|made|wanted|kept)$")
PHRASES = re.compile(
    r"\b(whoever|shall|promis(e|es|ed)|refusals?|couriers?|censor(s|ship)?|judge?ments?|departures?|besides"
    r"|(the|our|a local) double(?!d)|(an|another|each|every|her|his|its|no|one|our|that|the|their|this|your) answers?"
    r"|answers? (of|to an?|to the)|h(o|e)ld(s|ing)? (\w+ ){1,4}to (a|an|its|the|their))\b",
    re.IGNORECASE,
)
# What a specification is tempted to say; outside of it, these have their uses.
OF_SPECIFICATIONS = re.compile(r"\b(answer(s|ed|ing)?|announc(e|es|ed|ing))\b", re.IGNORECASE)
# Of schemathesis, and of a vendor.
ALLOWED = {"answers_after_reset", "invalidTimeStampExpired", "invalidTimeStampFormat"}


def _refused(path: str, text: str) -> Iterator[tuple[int, str]]:
    if path.endswith(".md"):
        yield from _phrases(1, re.sub(r"```.*?```", lambda block: "\n" * block[0].count("\n"), text, flags=re.DOTALL))
    if path.startswith("specs/"):
        yield from _matches(OF_SPECIFICATIONS, 1, text)
    if path.endswith((".yaml", ".json")):
        yield from _phrases(1, text)
    if not path.endswith(".py"):
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME:
            name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", token.string)
            if token.string not in ALLOWED and (NAMES.search(name) or NAMES.search(name.lower())):
                yield token.start[0], token.string
        else:
            yield from _phrases(token.start[0], token.string)


def _phrases(line: int, text: str) -> Iterator[tuple[int, str]]:
    yield from _matches(PHRASES, line, text)


def _matches(phrases: re.Pattern[str], line: int, text: str) -> Iterator[tuple[int, str]]:
    plain = re.sub(r"`[^`\n]*`", "``", text)
    for match in phrases.finditer(plain):
        yield line + plain.count("\n", 0, match.start()), " ".join(match[0].split())


def main(count: bool) -> int:
    """Print what is refused, or its number in each folder; the exit status."""
    paths = subprocess.run(
        ["git", "ls-files", "*.py", "*.md", "specs/*.yaml", "specs/*.json"], capture_output=True, text=True, check=True
    ).stdout.split()
    refused = [
        (path, line, word)
        for path in paths
        if not EXEMPT.match(path)
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
