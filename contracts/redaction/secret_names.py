"""Names that say that they hold a secret, in every style of writing, whatever a contract says of them."""

import functools
import re
from collections.abc import Iterable
from itertools import chain

# Each as the words of a name: `access token` is `access_token`, `accessToken`, `X-Access-Token` and so on.
EVIDENT_NAMES = (
    *("secret", "app secret", "client secret", "secret key", "access key secret", "private key"),
    *(
        "password",
        "passwd",
        "pwd",
        "passphrase",
        "credential",
        "credentials",
        "jwt",
        "api key",
        "auth key",
        "app key",
        "authorization",
    ),
    *("token", "access token", "refresh token", "auth token", "id token", "session token", "security token"),
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def spellings(names: Iterable[str]) -> frozenset[str]:
    """Names in all styles of writing: themselves, snake, kebab, camel and Pascal case, and with `X-` in front.

    Args:
        names: in any style, or as words.
    """
    return frozenset(chain.from_iterable(map(_spellings, names)))


# The names of the contracts come again and again at a server's start: the evident ones for each of them.
@functools.lru_cache(maxsize=4096)
def _spellings(name: str) -> frozenset[str]:
    words = [word.lower() for word in _WORD.findall(name)]
    if words[:1] == ["x"]:
        words = words[1:]
    styles = [style for prefixed in (words, ["x", *words]) for style in _styles(prefixed)]
    return frozenset({name, *styles})


def _styles(words: list[str]) -> list[str]:
    titles = [word.capitalize() for word in words]
    lower = [joint.join(words) for joint in ("_", "-", "")]
    return [*lower, "_".join(words).upper(), "-".join(titles), "".join(titles), "".join([*words[:1], *titles[1:]])]
