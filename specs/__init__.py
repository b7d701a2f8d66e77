"""The specifications, as data. See README.md beside this file."""
