"""Small files in the user's cache folder."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bodydouble.contracts.core import user_cache


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "bodydouble"


def test_what_was_written_is_read(cache: Path) -> None:
    assert user_cache.read("name") is None
    user_cache.write("name", ["a", 1])
    assert user_cache.read("name") == ["a", 1]
    assert [file.name for file in cache.iterdir()] == ["name.json"]


def test_names_follow_from_the_parts_and_their_borders() -> None:
    assert user_cache.name_of([b"ab", b"c"]) == user_cache.name_of([b"ab", b"c"])
    assert user_cache.name_of([b"ab", b"c"]) != user_cache.name_of([b"a", b"bc"])


@pytest.mark.parametrize("part", ["folder", "file"])
@pytest.mark.parametrize("way", ["writable by a group", "writable by all", "of another user"])
def test_what_another_user_may_have_put_into_the_cache_is_not_read(
    cache: Path, monkeypatch: pytest.MonkeyPatch, part: str, way: str
) -> None:
    user_cache.write("name", {"a": 1})
    (file,) = cache.iterdir()
    assert user_cache.read("name") == {"a": 1}
    changed = cache if part == "folder" else file
    if way == "of another user":
        monkeypatch.setattr(user_cache, "_is_own", _except(changed))
    else:
        changed.chmod(changed.stat().st_mode | (0o020 if way == "writable by a group" else 0o002))
    assert user_cache.read("name") is None


def test_a_file_of_the_user_or_of_root_is_own_and_one_of_another_user_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "file").chmod(0o600)
    owner = (tmp_path / "file").stat().st_uid
    assert user_cache._is_own(tmp_path / "file")
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert user_cache._is_own(tmp_path / "file") == (owner == 0)


def _except(foreign: Path) -> Callable[[Path], bool]:
    return lambda path: path != foreign
