"""What an earlier start has verified is not verified again, as long as everything that it depends on is the same."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from bodydouble.contracts.model import documents, extensions, loader, validators, verification
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.documents import Document, SpecificationError
from bodydouble.contracts.model.inner_documents import inner_documents
from tests.support import specification


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "bodydouble"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The schemas that are compiled, in their order."""
    references: list[str] = []

    class Library:
        Registry = jsonschema_rs.Registry
        ValidationError = jsonschema_rs.ValidationError

        @staticmethod
        def Draft202012Validator(schema: Any, **options: Any) -> Any:
            references.append(schema["$ref"])
            return jsonschema_rs.Draft202012Validator(schema, **options)

    monkeypatch.setattr(validators, "jsonschema_rs", Library)
    return references


def _load(monkeypatch: pytest.MonkeyPatch, content: dict[str, Any], raw: bytes) -> Contract:
    monkeypatch.setattr(documents, "load", lambda name: Document(name, content))
    monkeypatch.setattr(documents, "raw", lambda name: raw)
    return loader.load_contract.__wrapped__("small")


def test_a_second_start_compiles_a_schema_when_it_is_used(monkeypatch: pytest.MonkeyPatch, compiled: list[str]) -> None:
    first = _load(monkeypatch, specification.content(), b"1")
    assert len(compiled) == first.validator_count
    compiled.clear()
    second = _load(monkeypatch, specification.content(), b"1")
    assert compiled == []
    assert second.validator_count == first.validator_count
    assert second.sensitive == first.sensitive
    for contract in (first, second, second):
        body = next(operation.request_body for operation in contract.operations.values() if operation.request_body)
        assert body.json is not None
        assert body.json.violations(7)
        assert not body.json.is_valid(7)
    assert len(compiled) == 1


def test_a_second_start_does_not_check_the_extensions(monkeypatch: pytest.MonkeyPatch) -> None:
    _load(monkeypatch, specification.content(), b"1")
    monkeypatch.setattr(extensions, "check", lambda document: pytest.fail("they were checked a second time"))
    _load(monkeypatch, specification.content(), b"1")


def test_a_changed_document_is_verified_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    _load(monkeypatch, specification.content(), b"1")
    content = specification.content() | {"x-unknown": 1}
    with pytest.raises(SpecificationError, match="unknown extension"):
        _load(monkeypatch, content, b"2")


def test_what_is_wrong_is_refused_every_time(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    for _ in range(2):
        with pytest.raises(SpecificationError, match="unknown extension"):
            _load(monkeypatch, specification.content() | {"x-unknown": 1}, b"1")
    assert not cache.exists()


def test_a_schema_that_was_not_compiled_then_is_compiled_at_once(
    monkeypatch: pytest.MonkeyPatch, compiled: list[str]
) -> None:
    contract = _load(monkeypatch, specification.content(), b"1")
    verified = contract.schemas.compiled()
    missing, _ = verified.popitem()
    verification.record(b"1", verification.Verification(verified, contract.sensitive))
    compiled.clear()
    _load(monkeypatch, specification.content(), b"1")
    assert compiled == [f"urn:bodydouble:small{missing}"]
    compiled.clear()
    _load(monkeypatch, specification.content(), b"1")
    assert compiled == []


@pytest.mark.parametrize("changed", [0, 1, 2, 3])
def test_other_code_or_another_library_verifies_anew(
    monkeypatch: pytest.MonkeyPatch, compiled: list[str], changed: int
) -> None:
    contract = _load(monkeypatch, specification.content(), b"1")
    means = list(verification._means())
    assert len(means) == 4
    means[changed] += b"!"
    monkeypatch.setattr(verification, "_means", lambda: tuple(means))
    compiled.clear()
    _load(monkeypatch, specification.content(), b"1")
    assert len(compiled) == contract.validator_count


def test_documents_in_texts_are_validated_after_a_second_start() -> None:
    first, second = (loader.load_contract.__wrapped__("softsugar") for _ in range(2))
    assert True in first.schemas.compiled().values()
    assert second.schemas.compiled() == first.schemas.compiled()
    for name, operation in first.operations.items():
        assert _texts(second.operations[name]) == _texts(operation)


def _texts(operation: Operation) -> list[tuple[str, ...]]:
    return [inner.path for inner in inner_documents(operation)]
