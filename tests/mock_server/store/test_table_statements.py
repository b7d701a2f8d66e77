"""The statements for a new SQLite file are what SQLAlchemy makes from the tables."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine

from bodydouble.mock_server.store import table_statements
from docs import table_statements as generator


@pytest.mark.parametrize("metadata", generator.PARTS, ids=lambda metadata: str(metadata.info["part"]))
def test_the_files_are_up_to_date(metadata: MetaData) -> None:
    written = table_statements.file_of(metadata.info["part"]).read_text(encoding="utf-8")
    assert written == generator.text(metadata), "run `make docs`"


@pytest.mark.parametrize("metadata", generator.PARTS, ids=lambda metadata: str(metadata.info["part"]))
def test_they_make_the_same_tables_and_indexes(tmp_path: Path, metadata: MetaData) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'of_sqlalchemy.db'}")
    metadata.create_all(engine)
    engine.dispose()
    with sqlite3.connect(tmp_path / "of_texts.db") as connection:
        for statement in table_statements.statements(metadata.info["part"]):
            connection.execute(statement)
    connection.close()
    assert _described(tmp_path / "of_texts.db") == _described(tmp_path / "of_sqlalchemy.db")


def _described(path: Path) -> dict[str, str]:
    connection = sqlite3.connect(path)
    rows = connection.execute("select name, sql from sqlite_master where sql is not null").fetchall()
    connection.close()
    return {name: " ".join(sql.split()) for name, sql in rows}
