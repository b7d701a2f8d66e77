"""The last step before a request is sent: inner documents go into their strings, then it gets its credentials."""

import json
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from bodydouble.contracts.endpoint.wire_messages import sent_body, wire_request
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.inner_documents import encode_request
from bodydouble.contracts.signing.request_signer import RequestSigner


class SigningAuth(AuthBase):
    """Prepares the requests to one operation, as an `auth` of the library `requests`."""

    def __init__(self, operation: Operation, signer: RequestSigner, base_path: str = "") -> None:
        self._operation = operation
        self._signer = signer
        self._base_path = base_path

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        """Change a request in place."""
        self._encode(prepared)
        request = wire_request(prepared, self._base_path)
        signed = self._signer.sign(self._operation, request)
        if signed.query != request.query:
            prepared.url = urlsplit(prepared.url or "")._replace(query=signed.query).geturl()
        for name, value in signed.headers.items():
            if value != request.headers.get(name):
                prepared.headers[name] = value
        return prepared

    def _encode(self, prepared: requests.PreparedRequest) -> None:
        if not self._operation.has_inner_documents or not prepared.body:
            return
        try:
            body = json.loads(sent_body(prepared))
        except ValueError:
            return
        encoded = encode_request(self._operation, body)
        if encoded != body:
            prepared.prepare_body(json.dumps(encoded).encode(), None)
