"""The state, in a relational database through SQLAlchemy Core: one module for each kind of record."""
