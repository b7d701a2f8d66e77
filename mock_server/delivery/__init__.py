"""Delivers callbacks, with the outbox's workers. At least once, never on a request's thread, every attempt a record."""
