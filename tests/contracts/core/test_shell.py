"""Texts as words of a bash command."""

import subprocess

import pytest

from bodydouble.contracts.core.shell import word


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "it's \\ two",
        "right to left \u202e it's \\n \u2028 \U0001f469\u200d\U0001f467 \x07 数字人",
        "",
        "\u202e",
    ],
)
def test_a_quoted_text_reaches_the_command_unchanged_and_holds_no_control_characters(text: str) -> None:
    quoted = word(text)
    assert quoted.isprintable()
    for locale in ("C", "C.UTF-8"):
        done = subprocess.run(
            ["bash", "-c", f"printf %s {quoted}"], capture_output=True, env={"LC_ALL": locale}, timeout=20, check=True
        )
        assert done.stdout == text.encode()
