"""Reasons for which a request is not sent."""

from unittest import SkipTest


class NotSent(SkipTest):
    """A request was not sent, and none of its kind should follow; test engines skip the rest."""
