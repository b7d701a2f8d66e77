"""The server's processes: a parent that loads, and workers that are forked from it."""
