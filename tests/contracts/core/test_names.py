"""Names that mean the same in different styles."""

import pytest

from bodydouble.contracts.core.names import PlainNames, plain_name


@pytest.mark.parametrize("name", ["taskId", "task_id", "Task-Id", "TASKID"])
def test_a_name_compares_equal_in_every_naming_style(name: str) -> None:
    assert plain_name(name) == "taskid"
    texts = PlainNames({"taskid": "7"})
    assert texts[name] == "7"
    assert name in texts
    assert "other" not in texts
