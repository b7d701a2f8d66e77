"""A browser without scripts: keeps cookies, follows redirects, and sends forms as pages have them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlencode

from bodydouble.mock_server.testing.http import HttpClient

_FORM = re.compile(r'<form\b[^>]*\baction="(?P<action>[^"]*)"[^>]*>(?P<fields>.*?)</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="(?P<name>[^"]*)" value="(?P<value>[^"]*)"')


@dataclass(frozen=True)
class Page:
    """A response; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str


class PageReader:
    """Reads pages.

    Args:
        http: of the server.
        headers: that every request has.
    """

    def __init__(self, http: HttpClient, headers: Mapping[str, str] | None = None) -> None:
        self._http, self._headers = http, {"Accept": "text/html", **(headers or {})}
        self.cookies: dict[str, str] = {}
        self.url = ""

    def get(self, url: str) -> Page:
        """Open a page; redirects are followed."""
        return self._follow(self.request("GET", url), url)

    def request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Page:
        """Send a request with the cookies; its response may be a redirect."""
        cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        sent = {**self._headers, **(cookies if self.cookies else {}), **(headers or {})}
        response = self._http.request(method, url, headers=sent, body=body)
        cookie = response.headers.get("set-cookie", "")
        if cookie:
            name, _, value = cookie.partition(";")[0].partition("=")
            if "Max-Age=0" in cookie:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        self.url = url
        return Page(response.status, response.headers, response.body.decode())

    def send(self, page: Page, action: str, **fields: str) -> Page:
        """Send the form of a page that has an action, with its hidden fields and some of one's own."""
        form = next(form for form in _FORM.finditer(page.text) if unescape(form["action"]) == action)
        hidden = {unescape(field["name"]): unescape(field["value"]) for field in _HIDDEN.finditer(form["fields"])}
        body = urlencode({**hidden, **fields}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._follow(self.request("POST", action, body, headers), action)

    def _follow(self, response: Page, url: str) -> Page:
        while response.status in (302, 303):
            url = response.headers["location"]
            response = self.request("GET", url)
        return response
