"""Every scheme that signs requests does it by the same two functions."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.documents import names, specifications
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.signatures.scheme import REQUEST_SCHEMES

CREDENTIALS = {"access_key_id": "id", "access_key_secret": "secret", "access_key": "id", "secret_key": "secret"}
HEADERS = {"host": "api.example", "x-acs-action": "GetThing", "x-acs-version": "2022-01-30"}
REQUEST = WireRequest("GET", "/v1/things", "page=1", HEADERS, b"")


@pytest.mark.parametrize("name", REQUEST_SCHEMES)
def test_a_signed_request_is_verified_with_its_own_secret_only(name: str) -> None:
    scheme = REQUEST_SCHEMES[name]
    signed = scheme.sign_request(REQUEST, CREDENTIALS)
    assert scheme.verify_request(signed, "secret")
    assert not scheme.verify_request(signed, "other")
    assert not scheme.verify_request(replace(signed, method="PUT"), "secret")


@pytest.mark.parametrize("name", ["acs3-hmac-sha256", "sdk-hmac-sha256"])
@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer abc"}])
def test_a_request_without_a_signature_of_the_scheme_cannot_be_verified(name: str, headers: Mapping[str, str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        REQUEST_SCHEMES[name].verify_request(replace(REQUEST, headers={**REQUEST.headers, **headers}), "secret")


def test_every_signed_security_scheme_of_a_contract_is_implemented() -> None:
    schemes = [scheme for name in names() for scheme in load_contract(name).security_schemes.values()]
    signed = {scheme.signature["scheme"] for scheme in schemes if scheme.signature is not None}
    assert signed == REQUEST_SCHEMES.keys()
    vocabulary = json.loads(specifications().joinpath("extensions.schema.json").read_bytes())
    known = set(vocabulary["$defs"]["signature"]["properties"]["scheme"]["enum"])
    assert signed < known


def test_verifying_a_signature_loads_no_shell_quoting() -> None:
    program = "import sys, bodydouble.contracts.signatures.scheme; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"bodydouble.contracts.core.shell", "bodydouble.contracts.core.curl"} & set(run.stdout.split())
