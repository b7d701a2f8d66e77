"""What tables are made of: the two parts of the state, and columns and indexes that several tables have alike."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Integer,
    MetaData,
    Text,
    event,
)

# The application id of a SQLite file: the letters BDst and BDjr.
metadata = MetaData(info={"part": "state", "application_id": 0x42447374})
journal_metadata = MetaData(info={"part": "journal", "application_id": 0x42446A72})

# SQLite numbers rows by itself only for INTEGER; other databases need the wide type.
Identity = BigInteger().with_variant(Integer, "sqlite")
# Compared by its bytes, as SQLite compares all texts.
Bytewise = Text().with_variant(Text(collation="C"), "postgresql")


# The place of a partial index's condition, for databases other than SQLite.
_WHERE = "where"


def partial(where: ColumnElement[bool]) -> dict[str, Any]:
    """What makes an index a partial one: for rows that satisfy a condition."""
    # To name PostgreSQL would load all that SQLAlchemy has of it: a tenth of a server's start.
    return {"sqlite_where": where, "info": {_WHERE: where}}


def make_partial(target: MetaData, connection: Connection, **_: Any) -> None:
    """Let the partial indexes of tables be created as such, on whatever database."""
    if connection.dialect.name == "postgresql":
        for index in (index for table in target.tables.values() for index in table.indexes):
            index.dialect_options["postgresql"][_WHERE] = index.info.get(_WHERE)


event.listen(metadata, "before_create", make_partial)
event.listen(journal_metadata, "before_create", make_partial)


def account_column(*, primary_key: bool = False) -> Column[str]:
    """The column that says to which account a row belongs, with which it is deleted."""
    return Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, primary_key=primary_key)
