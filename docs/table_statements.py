"""Writes the statements that create the tables of a new SQLite file: `make docs`.

They are what SQLAlchemy makes from `mock_server/store/tables.py`. A test compares the files with what this would write.
"""

from sqlalchemy import MetaData, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from bodydouble.mock_server.store import tables
from bodydouble.mock_server.store.table_statements import SEPARATOR, file_of

PARTS = (tables.metadata, tables.journal_metadata)


def text(metadata: MetaData) -> str:
    """The content of the file of one part."""
    return "".join(statement + SEPARATOR for table in metadata.sorted_tables for statement in _statements(table))


def _statements(table: Table) -> list[str]:
    # SQLAlchemy has the indexes of a table in no order.
    return [_written(CreateTable(table)), *sorted(_written(CreateIndex(index)) for index in table.indexes)]


def _written(statement: ExecutableDDLElement) -> str:
    lines = str(statement.compile(dialect=sqlite.dialect())).strip().splitlines()
    return "\n".join(line.rstrip() for line in lines)


if __name__ == "__main__":
    for metadata in PARTS:
        file_of(metadata.info["part"]).write_text(text(metadata), encoding="utf-8")
