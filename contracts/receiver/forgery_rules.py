"""Callbacks that are not genuine, or not fresh, are refused."""

from collections.abc import Iterable

from bodydouble.contracts.receiver.context import Broken, NotApplicable, Promise, Session
from bodydouble.contracts.receiver.payloads import encode
from bodydouble.contracts.receiver.sender import CallbackExchange
from bodydouble.contracts.receiver.signature_variants import Stamp
from bodydouble.contracts.signatures.callbacks import covers_body, covers_url

# As long as a digest in hexadecimal, and never one.
_ZEROS = {"md5-template": "0" * 32, "mss-a": "0" * 64}
Forgery = tuple[str, Stamp]


def _hold(session: Session, forgeries: Iterable[Forgery]) -> str:
    tried = []
    for title, stamp in forgeries:
        _refused(session, title, stamp)
        tried.append(title.removeprefix("a callback "))
    return "refused: " + "; ".join(tried)


def _refused(session: Session, title: str, stamp: Stamp) -> None:
    payload = session.payloads.example(session.callback)
    before = session.probe().count if session.probe is not None else 0
    forged = session.courier.send(session.callback, payload, title, stamp)
    if forged.acknowledged:
        raise Broken(f"{title} is acknowledged", forged)
    if not forged.refused:
        raise Broken(f"{title} is not refused: {_breakdown(forged)}", forged)
    if session.probe is not None and session.probe().count != before:
        raise Broken(f"{title} is refused, but processed", forged)
    # Whoever refuses everything refuses no forgery; and a forgery must not keep out the genuine callback.
    genuine = session.courier.send(session.callback, payload, "the same callback, genuine")
    if not genuine.acknowledged:
        raise Broken(f"after {title}, the genuine one is not acknowledged: {genuine.problem}", forged, genuine)


def _breakdown(exchange: CallbackExchange) -> str:
    return exchange.problem if exchange.answer is None else f"answered {exchange.answer.status}"


def _wrong_signature(session: Session) -> str:
    signature = session.signed()
    zeros = _ZEROS[signature["scheme"]]
    return _hold(
        session,
        [
            ("a callback without signature", Stamp(omitted=frozenset({"signature", "timestamp"}))),
            ("a callback with a timestamp, but no signature", Stamp(omitted=frozenset({"signature"}))),
            ("a callback with a signature, but no timestamp", Stamp(omitted=frozenset({"timestamp"}))),
            ("a callback with an empty signature", Stamp(replaced="")),
            ("a callback with a signature of zeros", Stamp(replaced=zeros)),
            ("a callback signed with another key", Stamp(wrong_key=True)),
        ],
    )


def _changed_timestamp(session: Session) -> str:
    session.signed()
    return _hold(
        session, [("a callback with an old signature and a new timestamp", Stamp(signed_age=session.window / 2 + 2))]
    )


def _stale_timestamp(session: Session) -> str:
    session.signed()
    far = 2 * session.window + 60
    tried = _hold(
        session,
        [
            (f"a callback that was signed {far:g} seconds ago", Stamp(age=far)),
            (f"a callback that was signed {far:g} seconds in the future", Stamp(age=-far)),
        ],
    )
    return f"{tried} (a timestamp may be {session.window:g} seconds off)"


def _changed_body(session: Session) -> str:
    if not covers_body(session.signed()):
        raise NotApplicable(
            "the vendor's signature does not cover the body; ask the vendor's API where the content matters"
        )
    other = encode(session.payloads.example(session.callback))
    return _hold(session, [("a callback with another body than the signed one", Stamp(signed_body=other))])


def _changed_url(session: Session) -> str:
    if not covers_url(session.signed()):
        raise NotApplicable("the vendor's signature does not cover the URL")
    return _hold(session, [("a callback with a query parameter that was not signed", Stamp(late_query="added=1"))])


def _signature(session: Session) -> str:
    return f"{session.callback.pointer}/x-delivery" + ("/signature" if session.callback.delivery.signature else "")


PROMISES = (
    Promise(
        "refuses-wrong-signature",
        "A callback with a wrong signature, or none, is refused.",
        _signature,
        _wrong_signature,
    ),
    Promise(
        "refuses-changed-timestamp",
        "A callback whose timestamp is not the signed one is refused.",
        _signature,
        _changed_timestamp,
    ),
    Promise(
        "refuses-stale-timestamp",
        "A rightly signed callback of another time is refused.",
        _signature,
        _stale_timestamp,
    ),
    Promise(
        "refuses-changed-body", "A callback whose body is not the signed one is refused.", _signature, _changed_body
    ),
    Promise(
        "refuses-changed-url", "A callback to another URL than the signed one is refused.", _signature, _changed_url
    ),
)
