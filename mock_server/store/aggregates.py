"""Aggregate functions that databases call by different names."""

from typing import Any

from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class Lines(GenericFunction[str]):
    """The texts of all rows, each in a line; NULL without rows.

    SQLAlchemy's own `aggregate_strings` cannot be prepared: it has its separator as a value of each execution.
    """

    type = Text()
    inherit_cache = True


@compiles(Lines)
def _on_server(element: Lines, compiler: SQLCompiler, **options: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **options)}, chr(10))"


@compiles(Lines, "sqlite")
def _on_file(element: Lines, compiler: SQLCompiler, **options: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **options)}, char(10))"
