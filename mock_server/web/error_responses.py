"""Errors that no operation's pipeline meets: no operation, a body that cannot be read. In the form of the vendor."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.path_router import PathRouter
from bodydouble.mock_server.vendor_api.response import Response
from bodydouble.mock_server.web.failures import told
from bodydouble.mock_server.web.pipeline import Pipeline
from bodydouble.mock_server.web.request_body import (
    BodiesExhausted,
    BodyTooLarge,
    IncompleteBody,
    UnreadableBody,
    request_body,
)
from bodydouble.mock_server.web.vendor_paths import VendorPaths
from bodydouble.mock_server.web.wsgi import decoded_path, read_request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Encoded = tuple[Response, bytes]
_CLOSE = {"Connection": "close"}


class ErrorResponses:
    """Responds to errors as the vendor does that the request is meant for.

    Args:
        paths: which vendor a path belongs to.
        routers: of all paths, each with its vendor's pipeline.
        control: rejects what is no vendor's.
        max_body_bytes: of a request.
    """

    def __init__(
        self,
        paths: VendorPaths[Pipeline],
        routers: Sequence[tuple[Pipeline, PathRouter[Operation]]],
        control: Pipeline,
        max_body_bytes: int,
    ) -> None:
        self._paths, self._routers, self._control = paths, routers, control
        self._max_body_bytes = max_body_bytes

    def not_routed(self, environ: "WSGIEnvironment", methods: Sequence[str]) -> Encoded:
        """The response to a request that no route takes.

        Args:
            methods: of the path; empty for an unknown one.
        """
        try:
            # The body is of no interest, but left unread it would cost the client its connection.
            wire = read_request(environ, request_body(environ, self._max_body_bytes))
        except UnreadableBody as error:
            return self.unreadable(environ, error)
        pipeline = self._pipeline(environ, read_request(environ, b""))
        return reject_method_or_path(pipeline, wire, sorted(set(methods) - {"HEAD"}))

    def unreadable(self, environ: "WSGIEnvironment", error: UnreadableBody) -> Encoded:
        """The response to a request whose body cannot be read."""
        if isinstance(error, BodyTooLarge):
            return self._reject(environ, "body-too-large", str(error), _CLOSE)
        if isinstance(error, BodiesExhausted):
            return self._reject(environ, "unavailable", str(error), _CLOSE)
        headers = _CLOSE if isinstance(error, IncompleteBody) else {}
        return self._reject(environ, "malformed-body", str(error), headers)

    def failed(self, environ: "WSGIEnvironment", error: BaseException) -> Encoded:
        """The response to a request that the server failed to serve."""
        return self._reject(environ, *told(error), {})

    def _pipeline(self, environ: "WSGIEnvironment", wire: WireRequest) -> Pipeline:
        # A request that names an operation belongs to that operation's vendor even where its path is wrong.
        named = (pipeline for pipeline, router in self._routers if router.names(wire))
        return self._paths.owner_of("/" + decoded_path(environ).lstrip("/")) or next(named, None) or self._control

    def _reject(self, environ: "WSGIEnvironment", condition: str, detail: str, headers: Mapping[str, str]) -> Encoded:
        # The body is left out: it may be what cannot be read.
        wire = read_request(environ, b"")
        return self._pipeline(environ, wire).reject(condition, detail, wire, headers)


def reject_method_or_path(pipeline: Pipeline, wire: WireRequest, allowed: Sequence[str]) -> Encoded:
    """Respond to a request for a path, or a method of a path, that the vendor does not have.

    Args:
        allowed: the methods of the path; empty for an unknown one.
    """
    detail = f"{wire.method} {wire.path}"
    if not allowed:
        return pipeline.reject("unknown-path", detail, wire, {})
    methods = ", ".join(allowed)
    return pipeline.reject("wrong-method", f"{detail}: allowed is {methods}", wire, {"Allow": methods})
