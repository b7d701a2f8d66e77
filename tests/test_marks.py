"""Every test that is left out on PostgreSQL says why, and how many there are is no accident."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
# Functions by file. A new one is about something that only files of SQLite have; what fails on PostgreSQL is a bug.
ABOUT_FILES = {
    "mock_server/delivery/test_quiet.py": 5,
    "mock_server/store/test_due_deliveries.py": 1,
    "mock_server/store/test_failures.py": 1,
    "mock_server/store/test_issued_values.py": 2,
    "mock_server/store/test_query_plans.py": 4,
    "mock_server/store/test_sizes.py": 1,
}


def marks() -> Iterator[tuple[str, ast.expr]]:
    """The decorators that leave a test out, each with its file."""
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            for decorator in getattr(node, "decorator_list", ()):
                if "mark.sqlite" in ast.unparse(decorator):
                    yield str(path.relative_to(TESTS)), decorator


def test_each_test_that_is_left_out_on_postgresql_has_a_reason() -> None:
    for file, mark in marks():
        assert isinstance(mark, ast.Call), file
        assert [type(argument) for argument in mark.args] == [ast.Constant], file
        assert len(str(ast.literal_eval(mark.args[0])).split()) > 3, file


def test_no_further_tests_are_left_out_on_postgresql() -> None:
    assert Counter(file for file, _ in marks()) == ABOUT_FILES
