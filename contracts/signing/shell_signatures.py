"""Request signatures in bash: the commands that sign a request when they run, and what they fill in.

A recipe takes a request that was signed some time ago, which may hold placeholders (see `core.shell`).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bodydouble.contracts.core.shell import (
    assignment_of_output,
    from_command,
    from_environment,
    has_placeholders,
    hmac_sha256,
    sha256,
)
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.signatures import acs3_hmac_sha256, sdk_hmac_sha256

Recipe = Callable[[WireRequest], tuple[list[str], WireRequest]]


def _acs3_hmac_sha256(request: WireRequest) -> tuple[list[str], WireRequest]:
    """A request that `acs3-hmac-sha256` signs."""
    names = acs3_hmac_sha256.Authorization.from_text(request.headers["authorization"]).signed_headers
    steps = [
        assignment_of_output("date", "date -u +%Y-%m-%dT%H:%M:%SZ"),
        assignment_of_output("nonce", "openssl rand -hex 16"),
    ]
    headers = {**request.headers, "x-acs-date": from_command("date"), "x-acs-signature-nonce": from_command("nonce")}
    body = request.body.decode("utf-8", "surrogateescape")
    if has_placeholders(body):
        steps.append(assignment_of_output("content_hash", sha256(body)))
        headers[acs3_hmac_sha256.CONTENT_HASH_HEADER] = from_command("content_hash")
    prepared = replace(request, headers=headers)
    steps.append(assignment_of_output("digest", sha256(acs3_hmac_sha256.canonical_request(prepared, names))))
    signed = f"{acs3_hmac_sha256.ALGORITHM}\n{from_command('digest')}"
    steps.append(assignment_of_output("signature", hmac_sha256(signed, from_environment("access_key_secret"))))
    authorization = acs3_hmac_sha256.Authorization(from_environment("access_key_id"), names, from_command("signature"))
    return steps, replace(prepared, headers={**headers, "authorization": authorization.to_text()})


def _sdk_hmac_sha256(request: WireRequest) -> tuple[list[str], WireRequest]:
    """A request that `sdk-hmac-sha256` signs."""
    names = sdk_hmac_sha256.Authorization.from_text(request.headers["authorization"]).signed_headers
    dated = replace(request, headers={**request.headers, sdk_hmac_sha256.DATE_HEADER: from_command("date")})
    text = sdk_hmac_sha256.canonical_request(dated, names)
    steps = [assignment_of_output("date", "date -u +%Y%m%dT%H%M%SZ")]
    body = request.body.decode("utf-8", "surrogateescape")
    if has_placeholders(body):
        steps.append(assignment_of_output("content_hash", sha256(body)))
        text = text.rpartition("\n")[0] + "\n" + from_command("content_hash")
    steps.append(assignment_of_output("digest", sha256(text)))
    signed = f"{sdk_hmac_sha256.ALGORITHM}\n{from_command('date')}\n{from_command('digest')}"
    steps.append(assignment_of_output("signature", hmac_sha256(signed, from_environment("secret_key"))))
    authorization = sdk_hmac_sha256.Authorization(from_environment("access_key"), names, from_command("signature"))
    return steps, replace(dated, headers={**dated.headers, "authorization": authorization.to_text()})


RECIPES: Mapping[str, Recipe] = {"acs3-hmac-sha256": _acs3_hmac_sha256, "sdk-hmac-sha256": _sdk_hmac_sha256}
