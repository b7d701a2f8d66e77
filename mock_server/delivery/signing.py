"""Signing callbacks as their `x-delivery` says: the contract's own scheme, under the name that deliveries use."""

from contracts.signatures.callbacks import Signed, sign, timestamp_text

__all__ = ["Signed", "sign", "timestamp_text"]
