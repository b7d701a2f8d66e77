"""Files with values for a command."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bodydouble.mock_server.cli.check import check
from bodydouble.mock_server.cli.receiver import receiver
from bodydouble.mock_server.cli.value_files import credentials_of

KEYS = {"app_id": "me", "secret": "s"}


@pytest.mark.parametrize("command", [[check, "guiji"], [receiver, "guiji", "videoResult"]], ids=["check", "receiver"])
@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[1, 2]", b"{"], ids=["not text", "a list", "truncated"])
def test_an_unusable_file_is_an_error_with_its_name(command: list[Any], content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "values.json"
    path.write_bytes(content)
    function, *arguments = command
    done = CliRunner().invoke(
        function,
        [*map(str, arguments), "--url", "http://127.0.0.1:1", "--credentials", str(path)],
        env={"COLUMNS": "300"},
    )
    assert done.exit_code == 2
    assert "values.json" in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    "content", [KEYS, {"guiji": KEYS}, {"id": "a", "vendors": {"guiji": {"base_url": "http://a", "credentials": KEYS}}}]
)
def test_credentials_are_read_by_name_by_vendor_or_from_an_account(content: dict[str, object]) -> None:
    assert credentials_of("guiji", content) == KEYS
