"""The statements that create the tables of a new SQLite file, as texts.

SQLAlchemy would make them from `tables` at every start, which takes a fortieth of it. `make docs` writes them with
docs/table_statements.py, and a test compares.
"""

from pathlib import Path

SEPARATOR = ";\n"


def file_of(part: str) -> Path:
    """Where the statements of a part (`state`, `journal`) stand."""
    return Path(__file__).with_name(f"tables_of_{part}.sql")


def statements(part: str) -> list[str]:
    """The statements for the tables and indexes of a part, in their order."""
    return file_of(part).read_text(encoding="utf-8").removesuffix(SEPARATOR).split(SEPARATOR)
