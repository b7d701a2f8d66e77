"""A callback receiver whose behaviour can be switched; see bodydouble.contracts.testing.receiver."""

from bodydouble.contracts.testing.receiver import WAIT, Behaviour, Received, Receiver, answer

__all__ = ["WAIT", "Behaviour", "Received", "Receiver", "answer"]
