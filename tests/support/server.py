"""A real server in a process of its own; see contracts.testing.server."""

from contracts.testing.server import BOOT_TIMEOUT, Server, free_port

__all__ = ["BOOT_TIMEOUT", "Server", "free_port"]
