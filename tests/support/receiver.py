"""A callback receiver whose behaviour can be switched; see contracts.testing.receiver."""

from contracts.testing.receiver import WAIT, Behaviour, Received, Receiver, answer

__all__ = ["WAIT", "Behaviour", "Received", "Receiver", "answer"]
