"""The guides, in the order in which they are shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate

_DOCUMENTS = files(__package__) / "documents"
_OTHERS = "More"
_MAX_SUMMARY_LENGTH = 340
# A guide that is in none of the groups stands in a last one.
_GROUPS = {
    "Run it": ("serving", "dashboard", "state", "scaling", "snapshots-and-seeds", "faults"),
    "Test with it": ("pytest-plugin", "client-tests", "receiver-tests", "check", "proxy"),
    "Look it up": ("specifications", "coverage", "glossary"),
}
_TITLE = re.compile(r"# (?P<title>.+)\n+(?P<summary>(?:(?!```|[#|]).+\n)*)")


@dataclass(frozen=True, slots=True)
class Guide:
    """A guide.

    Attributes:
        name: of its file, without the ending.
        title: its first heading.
        summary: how its first paragraph begins, as Markdown; empty if it begins with something else.
        text: all of it.
    """

    name: str
    title: str
    summary: str
    text: str


@cache
def guides() -> Mapping[str, Guide]:
    """All guides, by name."""
    texts = {path.name.removesuffix(".md"): path.read_text(encoding="utf-8") for path in _DOCUMENTS.iterdir()}
    return {name: _guide(name, text) for name, text in sorted(texts.items())}


def _guide(name: str, text: str) -> Guide:
    match = _TITLE.match(text)
    if match is None:
        return Guide(name, name, "", text)
    return Guide(name, match["title"].replace("`", ""), _beginning(" ".join(match["summary"].split())), text)


def _beginning(paragraph: str) -> str:
    """Its first sentences, without a last one that leads to what follows."""
    sentences = [sentence for sentence in re.split(r"(?<=\.) ", paragraph) if not sentence.endswith(":")]
    lengths = accumulate(len(sentence) + 1 for sentence in sentences)
    return " ".join(
        sentence for sentence, length in zip(sentences, lengths, strict=True) if length <= _MAX_SUMMARY_LENGTH
    )


@cache
def groups() -> Mapping[str, tuple[Guide, ...]]:
    """The guides by the names of their groups."""
    known = guides()
    others = tuple(name for name in known if not any(name in names for names in _GROUPS.values()))
    grouped = {
        label: tuple(known[name] for name in names if name in known)
        for label, names in (_GROUPS | {_OTHERS: others}).items()
    }
    return {label: entries for label, entries in grouped.items() if entries}
