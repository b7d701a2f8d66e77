"""A request as a bash line that sends it again, signed anew; what is secret in it comes from shell variables."""

from bodydouble.contracts.core.shell import has_placeholders, raw_bytes, word
from bodydouble.contracts.core.tls import SYSTEM_TRUST, Trust
from bodydouble.contracts.core.wire import WireRequest

# What curl writes by itself, and what only says which library has sent the request.
_OMITTED = frozenset({"host", "content-length", "connection", "accept-encoding", "user-agent"})
_BY_DEFAULT = {"accept": "*/*"}
_MARKS = ("x-schemathesis-",)


def curl(
    base_url: str,
    request: WireRequest,
    *,
    show_headers: bool = True,
    joint: str = " ",
    trust: Trust = SYSTEM_TRUST,
) -> str:
    """The command.

    Args:
        base_url: scheme, host, port and path prefix.
        request: may have placeholders (see `shell`).
        show_headers: whether it writes the response's status and headers, too.
        joint: stands before each header and before the body.
        trust: which certificates of the server are trusted.
    """
    target = base_url.rstrip("/") + request.path + (f"?{request.query}" if request.query else "")
    words = ["curl", "-sS", *(["-i"] if show_headers else []), *_trusting(trust)]
    # Brackets and dots in a URL stay as they are.
    words += ["-g", "--path-as-is"]
    words += ["--head"] if request.method == "HEAD" else ["-X", word(request.method)]
    words.append(word(target))
    groups = [words]
    for name, value in request.headers.items():
        if name in _OMITTED or name.startswith(_MARKS) or _BY_DEFAULT.get(name) == value:
            continue
        groups.append(["-H", word(f"{name}: {value}" if value else f"{name};")])
    if request.body:
        # Else curl would name a type of its own.
        if "content-type" not in request.headers:
            groups.append(["-H", word("content-type:")])
        groups.append(_data(request.body))
    return joint.join(" ".join(group) for group in groups)


def _trusting(trust: Trust) -> list[str]:
    if not trust.verify:
        return ["-k"]
    return [] if trust.ca is None else ["--cacert", word(str(trust.ca))]


def _data(body: bytes) -> list[str]:
    text = body.decode("utf-8", "surrogateescape")
    if b"\0" in body and not has_placeholders(text):
        return ["--data-binary", "@" + raw_bytes(body)]
    return ["--data-raw", word(text)]
