"""The packages, read back with the standard library."""

import io
import os
import time
import zipfile

import pytest

from bodydouble.mock_server.media import zip_package


def test_the_package_contains_the_files_sorted_by_name() -> None:
    with zipfile.ZipFile(io.BytesIO(zip_package({"b/é.srt": b"1\n", "a.mp4": b"\0\1\2", "c": b""}))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["a.mp4", "b/é.srt", "c"]
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "a.mp4": b"\0\1\2",
            "b/é.srt": b"1\n",
            "c": b"",
        }


def test_a_package_without_files_is_an_empty_archive() -> None:
    with zipfile.ZipFile(io.BytesIO(zip_package({}))) as archive:
        assert archive.namelist() == []


def test_the_package_depends_neither_on_the_time_nor_on_the_order_nor_on_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    package = zip_package({"a": b"1", "b": b"2"})
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    monkeypatch.setattr("sys.platform", "win32")

    assert zip_package({"b": b"2", "a": b"1"}) == package


def test_unpacked_files_are_readable_by_everybody() -> None:
    with zipfile.ZipFile(io.BytesIO(zip_package({"a": b"1"}))) as archive:
        (entry,) = archive.infolist()

    assert entry.create_system == 3, "the system whose file modes these are"
    assert entry.external_attr >> 16 == 0o100644
    assert entry.date_time == (1980, 1, 1, 0, 0, 0)


@pytest.mark.parametrize(
    "name", ["", "/a", "a/", "a//b", ".", "./a", "..", "../a", "a/../b", "a\\b", "a\0b", "\ud800"], ids=ascii
)
def test_a_name_that_is_not_safe_to_unpack_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a safe name for a file in a package"):
        zip_package({"good": b"", name: b""})


@pytest.mark.parametrize("name", ["..a", "a..b", "a.", "?", "结果.mp4"])
def test_an_unusual_but_safe_name_is_kept(name: str, tmp_path: os.PathLike[str]) -> None:
    with zipfile.ZipFile(io.BytesIO(zip_package({name: b"1"}))) as archive:
        archive.extractall(tmp_path)

    assert os.listdir(tmp_path) == [name]
