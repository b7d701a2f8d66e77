"""How one callback is signed: correctly, or wrongly in one respect."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bodydouble.contracts.core.wire import query_joint
from bodydouble.contracts.signatures import callbacks
from bodydouble.contracts.signatures.callbacks import Signed

# What a forger signs with.
WRONG_KEY = "not-the-key"


@dataclass(frozen=True, slots=True)
class SignatureVariant:
    """How a callback is signed; correctly, unless a field says otherwise.

    Attributes:
        age: seconds by which the timestamp lies in the past.
        signed_age: the age that is signed, if it differs from the one that is sent.
        replaced: a text in place of the signature.
        omitted: `signature` and `timestamp`, as far as they are left out.
        wrong_key: whether the signature is made with other keys.
        signed_body: the body that is signed, if it differs from the one that is sent.
        late_query: query parameters that are appended after the URL was signed.
    """

    age: float = 0.0
    signed_age: float | None = None
    replaced: str | None = None
    omitted: frozenset[str] = frozenset()
    wrong_key: bool = False
    signed_body: bytes | None = None
    late_query: str = ""

    def parts(self, names: Iterable[str]) -> Mapping[str, str]:
        """The parts that are used in place of the account's own."""
        return dict.fromkeys(sorted(names), WRONG_KEY) if self.wrong_key else {}

    def query_after(self, url: str) -> str:
        """What is appended to a URL after it was signed."""
        if not self.late_query:
            return ""
        return self.late_query if url.endswith(("?", "&")) else query_joint(url) + self.late_query

    def sign(self, signature: Mapping[str, Any], keys: Mapping[str, str], url: str, now: int, body: bytes) -> Signed:
        """What is added to a callback.

        Args:
            now: epoch milliseconds.
        """
        keys = {**keys, **self.parts(callbacks.required_parts(signature))}
        sent = self._timestamp(signature, self.age, now)
        signed = sent if self.signed_age is None else self._timestamp(signature, self.signed_age, now)
        value = self.replaced
        if value is None:
            value = callbacks.value(
                signature, keys, url, signed, body if self.signed_body is None else self.signed_body
            )
        return callbacks.place(
            signature, None if "timestamp" in self.omitted else sent, None if "signature" in self.omitted else value
        )

    @staticmethod
    def _timestamp(signature: Mapping[str, Any], age: float, now: int) -> str:
        return callbacks.timestamp_text(now - round(age * 1000), callbacks.unit(signature))


VALID = SignatureVariant()
