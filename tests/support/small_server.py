"""A server of the small specification that conforms to it, or violates it in one chosen way."""

import contextlib
import json
import socket
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.signatures import md5_template

CREDENTIALS = {"app_id": "me", "secret": "key"}
TOKEN = "a-good-token"
STATUSES = {"unknownPath": 404, "wrongMethod": 405, "bodyTooLarge": 413, "unsupportedMediaType": 415}


class Rejected(Exception):
    """The response is an error case."""

    def __init__(self, case: str) -> None:
        super().__init__(case)
        self.case = case


class _Server(ThreadingHTTPServer):
    """A server that can close the connections that its clients keep open, and so end the threads that serve them."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self._connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        """Close the open connections."""
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class SmallServer:
    """On loopback, in a thread.

    Args:
        contract: of the small specification.
        fault: the way in which it violates the contract, or the empty string.
        base_path: below which it has the contract's paths.
    """

    def __init__(self, contract: Contract, fault: str = "", base_path: str = "") -> None:
        self.contract = contract
        self.fault = fault
        self.last = WireRequest("", "", "", {}, b"")
        self.received: list[bytes] = []
        self.things: set[int] = set()
        self.numbers = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Headers and body leave in one piece; in two, the second one would wait for an acknowledgement.
            wbufsize = -1

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                url = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                # What is not below its path, it does not know.
                path = url.path.removeprefix(base_path) if url.path.startswith(base_path) else "/elsewhere"
                server.respond(self, WireRequest(self.command, path, url.query, headers, body))

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_TRACE = do_QUERY = handle_any

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.base_url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server.end_connections()
        self._thread.join()

    def respond(self, handler: BaseHTTPRequestHandler, request: WireRequest) -> None:
        self.last = request
        self.received.append(request.body)
        headers: dict[str, str] = {}
        try:
            status, content = 200, {"code": 0, "data": self._act(request, headers)}
        except Rejected as rejection:
            case = self.contract.errors[rejection.case]
            status, content = case.status, {"code": case.code, "message": case.message}
        if self.fault == "unlisted code" and content["code"] == self.contract.errors["thingNotFound"].code:
            content["code"] = 54321
        headers["X-Remaining"] = "few" if self.fault == "header of a wrong type" else "5"
        body = b"" if request.method == "HEAD" else json.dumps(content).encode()
        handler.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    def _act(self, request: WireRequest, headers: dict[str, str]) -> Any:
        fitting = [
            (operation, values)
            for operation in self.contract.operations.values()
            if (values := operation.path_values(request.path)) is not None
        ]
        if not fitting:
            raise Rejected("unknownPath")
        operation, values = next((entry for entry in fitting if request.method in self._methods(entry[0])), (None, {}))
        if operation is None:
            if self.fault == "other methods succeed":
                return None
            if self.fault != "no Allow":
                headers["Allow"] = ", ".join(method for entry, _ in fitting for method in self._methods(entry))
            raise Rejected("wrongMethod")
        self._authenticate(operation, request)
        if self.fault == "any content type":
            request = replace(request, headers={**request.headers, "content-type": "application/json"})
        parsed = operation.parse(request, values)
        if parsed.condition is not None and not self._overlooks(parsed.violations[0].pointer):
            raise Rejected("".join(self.contract.conditions[parsed.condition].name))
        return self._handle(operation.id, parsed.query, parsed.path, parsed.body)

    def _methods(self, operation: Operation) -> tuple[str, ...]:
        return (operation.method,) if self.fault == "one method only" else operation.methods

    def _overlooks(self, pointer: str) -> bool:
        if self.fault == "inner documents unchecked":
            return pointer.startswith("/script")
        if self.fault == "pages unchecked":
            return pointer == "/page"
        return self.fault == "bodies unchecked" and pointer.startswith("/name")

    def _authenticate(self, operation: Operation, request: WireRequest) -> None:
        if operation.public or self.fault == "no credentials needed":
            return
        token = parse_qs(request.query).get("access_token", [""])[0]
        if self.fault == "any token" and token:
            return
        if token != TOKEN:
            raise Rejected("internalError" if self.fault == "breaks down without a token" else "tokenInvalid")

    def _handle(self, operation: str, query: Any, path: Any, body: Any) -> Any:
        if operation == "getToken":
            parts = {"a": query["appId"], "b": query["timestamp"], "c": CREDENTIALS["secret"]}
            if query["appId"] != CREDENTIALS["app_id"] or query["sign"] != md5_template.sign("{a}{b}{c}", parts):
                raise Rejected("signatureInvalid")
            return {"access_token": TOKEN}
        if operation == "createThing":
            if self.fault == "rejects what is allowed" and "callbackUrl" in body:
                raise Rejected("invalidParameter")
            if self.fault == "breaks down" and "callbackUrl" in body:
                raise Rejected("internalError")
            self.numbers += 1
            self.things.add(self.numbers)
            return {"id": str(self.numbers) if self.fault == "wrong type" else self.numbers}
        if "id" in path and path["id"] not in self.things:
            raise Rejected("thingNotFound")
        if operation == "deleteThing":
            if self.fault != "deleted things stay":
                self.things.discard(path["id"])
            return None
        return {"state": 0}
