"""A real server in a process of its own; see bodydouble.contracts.testing.server."""

from bodydouble.contracts.testing.server import BOOT_TIMEOUT, Server, free_port

__all__ = ["BOOT_TIMEOUT", "Server", "free_port"]
