"""Which uses of names the compiled code of a module shows."""

from enum import Enum
from types import ModuleType

import pytest

from bodydouble.mock_server.vendor_api.name_uses import unknown_uses

Errors = Enum("Errors", "taskNotFound")

USES = {
    "function": "def use():\n    return Errors.{0}",
    "argument": "def use():\n    return print(1, Errors.{0}, names.TASK)",
    "second use": "def use():\n    return Errors.taskNotFound, Errors.{0}",
    "call": "def use():\n    return Errors.{0}()",
    "member of a member": "def use():\n    return Errors.{0}.name",
    "errors of the module names": "def use():\n    return names.Errors.{0}",
    "another name": "from_names = Errors\ndef use():\n    return from_names.{0}",
    "inner function": "def use():\n    return [lambda: Errors.{0}]",
    "method": "class Use:\n    def use(self):\n        return Errors.{0}",
    "property": "class Use:\n    @property\n    def use(self):\n        return Errors.{0}",
    "class method": "class Use:\n    @classmethod\n    def use(cls):\n        return Errors.{0}",
    "cached property": (
        "import functools\nclass Use:\n    @functools.cached_property\n    def use(self):\n        return Errors.{0}"
    ),
    "cached function": "import functools\n@functools.cache\ndef use():\n    return Errors.{0}",
    "function of many names": "def use():\n    {1}\n    return Errors.{0}",
}


def uses_in(text: str) -> list[str]:
    names, module = ModuleType("package.names"), ModuleType("package.tasks")
    vars(names).update(Errors=Errors, TASK="task")
    vars(module).update(Errors=Errors, names=names)
    exec(text, vars(module))
    return unknown_uses({"names": names, "tasks": module}, names, Errors)


@pytest.mark.parametrize("text", USES.values(), ids=USES)
def test_a_misspelt_error_case_is_seen_in_every_kind_of_code(text: str) -> None:
    many = "; ".join(f"variable_{number}" for number in range(600))
    assert not uses_in(text.format("taskNotFound", many))
    [problem] = uses_in(text.format("taskNotFuond", many))
    assert problem.startswith("unknown error case taskNotFuond in tasks.")


def test_a_misspelt_name_of_the_module_is_seen() -> None:
    assert uses_in("def use():\n    return names.TASKS") == ["unknown name names.TASKS in tasks.use"]


def test_attributes_of_other_objects_are_not_compared() -> None:
    assert not uses_in(
        "def use(task):\n    return task.taskNotFuond, Errors, task.names.TASKS, len(names.TASK.strip())"
    )
