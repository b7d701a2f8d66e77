"""Where callbacks may go, at the time of a request and at the time of sending."""

import socket
from typing import Any

import pytest

from bodydouble.mock_server.delivery.destination_policy import DestinationPolicy, DestinationRejected

LOOPBACK = [
    "http://127.0.0.1",
    "http://127.0.0.1:9000/path?query",
    "https://127.8.9.10/",
    "http://localhost:1/",
    "http://LOCALHOST./",
    "http://[::1]:9000/",
    "http://[::ffff:127.0.0.1]/",
    "http://user:password@127.0.0.1/",
]
STRANGERS = [
    "http://192.0.2.1/",
    "http://10.0.0.1/",
    "http://169.254.169.254/",
    "http://0.0.0.0/",
    "http://[::]/",
    "http://[2001:db8::1]/",
    "http://[::ffff:192.0.2.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[fe80::1]/",
    "http://127.0.0.1@192.0.2.1/",
    "http://192.0.2.1#@127.0.0.1/",
    "http://192.0.2.1\\@127.0.0.1:80@192.0.2.1/",
]
UNUSABLE = [
    "",
    "127.0.0.1",
    "//127.0.0.1/",
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:70/",
    "http://",
    "http:///path",
    "http://:80/",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:65536/",
    "http://127.0.0.1:port/",
    "http://[::1/",
    "http://[nonsense]/",
]


def resolving(monkeypatch: pytest.MonkeyPatch, names: dict[str, list[str]]) -> None:
    """Resolve names without a name server."""

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        if host not in names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in names[host]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.generated
@pytest.mark.parametrize("url", LOOPBACK)
def test_loopback_is_allowed_in_every_form(url: str) -> None:
    assert DestinationPolicy(()).objection(url) is None


@pytest.mark.parametrize("url", [url for url in LOOPBACK if "localhost" not in url.lower() and "ffff" not in url])
def test_a_loopback_address_is_used_unchanged(url: str) -> None:
    destination = DestinationPolicy(()).resolve(url)
    (address,) = destination.addresses
    assert address in url
    assert destination.authority == url.split("/")[2].rpartition("@")[2]


@pytest.mark.generated
@pytest.mark.parametrize("url", STRANGERS)
def test_any_other_address_is_rejected_with_the_option_that_allows_it(url: str) -> None:
    policy = DestinationPolicy(())
    objection = policy.objection(url)
    assert objection is not None
    assert "--callback-host" in objection
    with pytest.raises(DestinationRejected, match="--callback-host"):
        policy.resolve(url)


@pytest.mark.generated
@pytest.mark.parametrize("url", UNUSABLE)
def test_an_invalid_url_is_rejected(url: str) -> None:
    policy = DestinationPolicy(["0.0.0.0/0", "::/0"])
    assert policy.objection(url) is not None
    with pytest.raises(DestinationRejected, match="not "):
        policy.resolve(url)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "017700000001", "127.1"])
def test_an_unusual_address_notation_is_rejected_at_first_and_resolved_when_sending(host: str) -> None:
    assert DestinationPolicy(()).objection(f"http://{host}/") is not None
    assert DestinationPolicy(()).resolve(f"http://{host}/").addresses == ("127.0.0.1",)


@pytest.mark.parametrize("host", ["3221225985", "0xc0000201"])
def test_a_foreign_address_in_an_unusual_notation_is_rejected(host: str) -> None:
    with pytest.raises(DestinationRejected, match=r"192\.0\.2\.1"):
        DestinationPolicy(()).resolve(f"http://{host}/")


def test_a_host_name_is_rejected_at_once_unless_it_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_: object, **__: object) -> None:
        raise AssertionError("a request must not wait for a name server")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    policy = DestinationPolicy(["Receiver.Example."])
    assert policy.objection("http://other.example/") is not None
    assert policy.objection("http://receiver.example:8080/") is None
    assert policy.objection("http://RECEIVER.example./") is None
    assert policy.objection("http://sub.receiver.example/") is not None
    assert policy.objection("http://x.localhost/") is None


def test_a_host_name_is_evaluated_by_the_addresses_it_resolves_to(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {
        "here.localhost": ["127.0.0.1"],
        "there.localhost": ["192.0.2.1"],
        "both.localhost": ["127.0.0.1", "192.0.2.1"],
    }
    resolving(monkeypatch, names)
    policy = DestinationPolicy(())
    assert policy.resolve("http://here.localhost/").addresses == ("127.0.0.1",)
    for name in ("there", "both"):
        with pytest.raises(DestinationRejected, match=r"192\.0\.2\.1"):
            policy.resolve(f"http://{name}.localhost/")


def test_an_unresolvable_host_name_is_rejected_unless_it_is_below_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, {})
    policy = DestinationPolicy(["receiver.example"])
    with pytest.raises(DestinationRejected, match="cannot be resolved"):
        policy.resolve("http://receiver.example/")
    assert policy.resolve("http://nowhere.localhost/").addresses == ("127.0.0.1", "::1")


def test_every_address_of_a_host_name_is_returned_and_must_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, {"localhost": ["::1", "127.0.0.1", "127.0.0.1"], "mixed.localhost": ["::1", "192.0.2.1"]})
    assert DestinationPolicy(()).resolve("http://localhost/").addresses == ("::1", "127.0.0.1")
    with pytest.raises(DestinationRejected, match=r"192\.0\.2\.1"):
        DestinationPolicy(()).resolve("http://mixed.localhost/")


def test_an_allowed_host_name_may_resolve_to_any_address(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, {"receiver.example": ["192.0.2.1"], "other.example": ["192.0.2.1"]})
    policy = DestinationPolicy(["receiver.example"])
    destination = policy.resolve("https://receiver.example/path")
    assert (destination.addresses, destination.port, destination.host) == (("192.0.2.1",), 443, "receiver.example")
    with pytest.raises(DestinationRejected):
        policy.resolve("https://other.example/path")


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("192.0.2.1", "http://192.0.2.1:8080/"),
        ("192.0.2.0/24", "http://192.0.2.77/"),
        ("192.0.2.9/24", "http://192.0.2.77/"),
        ("192.0.2.0/24", "http://[::ffff:192.0.2.77]/"),
        ("2001:db8::/32", "http://[2001:db8::7]/"),
        ("10.0.0.0/8", "http://167772161/"),
    ],
)
def test_an_allowed_address_or_network_is_allowed(allowed: str, url: str) -> None:
    policy = DestinationPolicy([allowed])
    assert policy.resolve(url)
    with pytest.raises(DestinationRejected):
        policy.resolve("http://198.51.100.1/")


@pytest.mark.parametrize("network", ["10.0.0.0/99", "receiver.example/8", "/", "10.0.0.0/8/8"])
def test_an_unusable_network_is_an_error(network: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        DestinationPolicy([network])


@pytest.mark.parametrize(
    ("url", "port", "target"),
    [
        ("http://127.0.0.1", 80, "/"),
        ("https://127.0.0.1", 443, "/"),
        ("http://127.0.0.1:81?a=1", 81, "/?a=1"),
        ("http://127.0.0.1/a/../b;c?d=e&f=%20#part", 80, "/a/../b;c?d=e&f=%20"),
        ("http://127.0.0.1/%E5%9B%9E?x=%41", 80, "/%E5%9B%9E?x=%41"),
        ("http://127.0.0.1/回调?x=é", 80, "/%E5%9B%9E%E8%B0%83?x=%C3%A9"),
    ],
)
def test_the_target_is_the_original_path_and_query_in_ascii(url: str, port: int, target: str) -> None:
    destination = DestinationPolicy(()).resolve(url)
    assert (destination.port, destination.target) == (port, target)


OWN = [
    "http://127.0.0.1:8080/_mock/accounts",
    "http://localhost:8080/",
    "http://x.localhost:8080/",
    "http://[::1]:8080/",
]


@pytest.mark.parametrize("url", [*OWN, "http://127.8.9.10:8080/", "http://[::ffff:127.0.0.1]:8080/"])
def test_no_callback_goes_to_the_server_itself(url: str) -> None:
    policy = DestinationPolicy(["127.0.0.0/8"], 8080)
    objection = policy.objection(url)
    assert objection is not None
    assert "this mock server itself" in objection
    with pytest.raises(DestinationRejected, match="this mock server itself"):
        policy.resolve(url)
    elsewhere = url.replace("8080", "8081")
    assert policy.objection(elsewhere) is None
    assert policy.resolve(elsewhere).port == 8081


def test_no_callback_goes_to_the_server_by_an_allowed_name_that_means_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [entry])
    policy = DestinationPolicy(["receiver.example"], 80)
    assert policy.objection("http://receiver.example/") is None, "it is looked up when the callback is sent"
    with pytest.raises(DestinationRejected, match="this mock server itself"):
        policy.resolve("http://receiver.example/")
    assert policy.resolve("http://receiver.example:81/").port == 81


def test_the_port_of_the_server_is_allowed_on_other_machines() -> None:
    policy = DestinationPolicy(["192.0.2.1"], 8080)
    assert policy.objection("http://192.0.2.1:8080/") is None
    assert policy.resolve("http://192.0.2.1:8080/").addresses == ("192.0.2.1",)


def test_an_address_needs_no_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_: object, **__: object) -> None:
        raise AssertionError("a look-up")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    for _ in range(2):
        assert DestinationPolicy([]).resolve("http://127.0.0.1:9/x?y=z").addresses == ("127.0.0.1",)
        assert DestinationPolicy([]).resolve("http://[::1]:9/x").addresses == ("::1",)
    with pytest.raises(AssertionError, match="a look-up"):
        DestinationPolicy([]).resolve("http://[::1%25lo]:9/x")
