"""`bodydouble docs`."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from bodydouble.contracts.model import documents
from bodydouble.mock_server.cli.main import main


def test_a_folder_with_other_files_ends_the_command_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    result = CliRunner().invoke(main, ["docs", str(tmp_path)])
    assert result.exit_code == 2
    assert "has files that are not of a site written here; name an empty folder" in result.output


def test_a_folder_that_cannot_be_made_ends_the_command_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(main, ["docs", str(tmp_path / "file" / "site")])
    assert result.exit_code == 2
    assert "cannot be written" in result.output


def test_the_command_says_where_the_site_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "names", lambda: ["guiji"])
    result = CliRunner().invoke(main, ["docs", str(tmp_path / "site")])
    assert result.exit_code == 0, result.output
    assert f"pages; open {tmp_path / 'site' / 'index.html'}" in result.output
    assert (tmp_path / "site" / "index.html").is_file()
