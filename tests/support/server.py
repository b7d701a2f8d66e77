"""A real server in a process of its own; see bodydouble.mock_server.testing.server."""

from bodydouble.mock_server.testing.server import BOOT_TIMEOUT, Server, free_port

__all__ = ["BOOT_TIMEOUT", "Server", "free_port"]
