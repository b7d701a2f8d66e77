"""Only the loader, the module that derives documents for engines, and the reference for people read a specification."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MODEL = "contracts/model"
READERS = {
    f"{MODEL}/{name}.py"
    for name in ("documents", "loader", "validators", "extensions", "yaml_cache", "derived_document")
}
# What a document can be asked for.
READS = {"content", "resolve", "locate", "follow", "path_of", "holds"}
# What the module of documents has that hands one out.
ENTRANCES = {"Document", "load"}
# The contract names the file of a report's finding by asking whether a reference leads somewhere.
EXCEPTIONS = {(f"{MODEL}/contract.py", "Document"), (f"{MODEL}/contract.py", "holds")}


def modules() -> list[str]:
    paths = (path for folder in ("contracts", "mock_server") for path in (ROOT / folder).rglob("*.py"))
    return sorted(path.relative_to(ROOT).as_posix() for path in paths)


def called(node: ast.expr) -> str:
    """The last name of an expression: `_contract` of `self._contract`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Call):
        return called(node.func)
    return node.id if isinstance(node, ast.Name) else ""


def reads_of(source: str) -> Iterator[str]:
    """What a module takes from a document, or the document itself from a contract or from the loader."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            owner = called(node.value).lower().lstrip("_")
            if owner == "document" and node.attr in READS:
                yield node.attr
            elif node.attr == "document" and owner.endswith("contract"):
                yield "document"
            elif owner == "documents" and node.attr in ENTRANCES:
                yield node.attr
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.endswith("model.documents"):
            yield from (name.name for name in node.names if name.name in ENTRANCES)


def test_no_module_outside_the_loader_and_the_reference_reads_a_document() -> None:
    reads = {
        (module, read)
        for module in modules()
        if module not in READERS and not module.startswith("contracts/reference/")
        for read in reads_of((ROOT / module).read_text())
    }
    assert reads - EXCEPTIONS == set()


@pytest.mark.parametrize(
    "line",
    [
        "contract.document.content",
        "self._contract.document",
        "load_contract('guiji').document",
        "self._document.resolve(node)",
        "documents.load(name).content",
        "from bodydouble.contracts.model.documents import Document",
        "from bodydouble.contracts.model.documents import load",
    ],
)
def test_every_way_to_the_document_is_noticed(line: str) -> None:
    assert list(reads_of(line))
