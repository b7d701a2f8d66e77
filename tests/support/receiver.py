"""A callback receiver whose behaviour can be switched; see bodydouble.mock_server.testing.receiver."""

from bodydouble.mock_server.testing.receiver import WAIT, Behaviour, ReceivedCallback, Receiver, respond

__all__ = ["WAIT", "Behaviour", "ReceivedCallback", "Receiver", "respond"]
