"""YAML files, parsed once on a machine."""

from pathlib import Path

import pytest

from bodydouble.contracts.model import yaml_cache


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "bodydouble"


def test_the_result_is_cached_and_read_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = b"a: [1, '2025-03-10', 'x']"
    first = yaml_cache.read(raw)
    assert first == {"a": [1, "2025-03-10", "x"]}
    assert len(list(cache.iterdir())) == 1
    monkeypatch.setattr(yaml_cache, "_parse", lambda raw: pytest.fail("it was parsed a second time"))
    assert yaml_cache.read(raw) == first


def test_a_changed_file_is_parsed_anew(cache: Path) -> None:
    assert yaml_cache.read(b"a: 1") == {"a": 1}
    assert yaml_cache.read(b"a: 2") == {"a": 2}


def test_what_parsers_read_differently_is_refused_every_time(cache: Path) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="line 1: the key 1 is no text"):
            yaml_cache.read(b"{1: a}")
    assert not cache.exists()


def test_a_broken_cache_file_is_parsed_anew(cache: Path) -> None:
    assert yaml_cache.read(b"a: 1") == {"a": 1}
    for file in cache.iterdir():
        file.write_bytes(b"{")
    assert yaml_cache.read(b"a: 1") == {"a": 1}


def test_without_a_writable_cache_folder_it_is_parsed_every_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert yaml_cache.read(b"a: 1") == {"a": 1}
