"""A real browser for tests: each visit is a new profile, and anything that a page complains about is a failure."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect, sync_playwright

from tests.support.chromium import ARGUMENTS, executable

# Milliseconds that a page has for anything: it shares two cores with the other tests.
PATIENCE = 30_000
# The browser writes these to the console, so that they cannot be missed.
_WATCH = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error("content security policy: " + event.violatedDirective + " " + event.blockedURI);
});
"""
# Contrast takes axe longer than all its other rules. It follows from colours, sizes and opacity, so that axe looks at a
# few of all elements that have them in common.
_AXE = """async () => {
  const above = (element) => element.parentElement ? [element, ...above(element.parentElement)] : [element];
  const kind = (element) => {
    const styles = above(element).map((other) => getComputedStyle(other)), own = styles[0];
    const clear = (style) => style.backgroundColor === "rgba(0, 0, 0, 0)" && style.backgroundImage === "none";
    const behind = styles.find((style) => !clear(style));
    const opacity = styles.reduce((product, style) => product * style.opacity, 1);
    const ground = behind ? behind.backgroundColor + behind.backgroundImage : "";
    return [element.tagName, own.color, own.fontSize, own.fontWeight, own.textShadow, own.fill, opacity, ground].join();
  };
  const seen = new Map(), alike = [], looked = new Set();
  for (const element of document.body.querySelectorAll("*")) {
    if (![...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())) continue;
    const key = kind(element), count = (seen.get(key) || 0) + 1;
    seen.set(key, count);
    if (count > 3) alike.push(element);
    else for (const other of above(element)) looked.add(other);
  }
  const options = { resultTypes: ["violations"] }, exclude = alike.filter((element) => !looked.has(element));
  const reports = [
    await axe.run({ ...options, rules: { "color-contrast": { enabled: false } } }),
    await axe.run({ include: [document], exclude }, { ...options, runOnly: ["color-contrast"] }),
  ];
  return reports.flatMap((report) => report.violations.map((v) => [v.id, v.nodes.map((n) => n.html).slice(0, 5)]));
}"""


@dataclass
class Visit:
    """Someone who looks at a server's pages.

    Attributes:
        context: the browser's profile.
        page: the tab.
        base_url: of the server.
        problems: what should not have happened so far.
    """

    context: BrowserContext
    page: Page
    base_url: str
    problems: list[str] = field(default_factory=list)
    _allowed: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Take note of every problem from now on."""
        self.context.set_default_timeout(PATIENCE)
        self.context.add_init_script(_WATCH)
        self.context.on("console", lambda message: self._note(message.type == "error", f"console: {message.text}"))
        self.context.on("weberror", lambda error: self._note(True, f"script: {error.error}"))
        self.context.on("dialog", self._accept)
        self.context.on("request", lambda request: self._note(self._foreign(request.url), f"request: {request.url}"))

    def _accept(self, dialog: Dialog) -> None:
        self._note(True, f"dialog: {dialog.message}")
        dialog.accept()

    def _note(self, is_problem: bool, text: str) -> None:
        if is_problem and not any(re.search(pattern, text) for pattern in self._allowed):
            self.problems.append(text)

    def _foreign(self, url: str) -> bool:
        return urlsplit(url).scheme != "data" and urlsplit(url).netloc != urlsplit(self.base_url).netloc

    def take_problems(self) -> list[str]:
        """The problems so far; those to come are counted anew."""
        taken, self.problems = self.problems, []
        return taken

    def allow(self, pattern: str) -> None:
        """Expect problems that fit a regular expression."""
        self._allowed.append(pattern)

    def open(self, path: str) -> Page:
        """Open a page of the server."""
        self.page.goto(self.base_url + path)
        return self.page

    def width_beyond(self) -> int:
        """How many pixels the page is wider than the window."""
        width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.page.evaluate(width))

    def accessibility(self) -> list[Any]:
        """What axe says of the page: rules that it breaks, with elements that do."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(axe_source())
        violations: list[Any] = self.page.evaluate(_AXE)
        return violations


# Begins a visit, with options of the browser's profile.
Visiting = Callable[..., Visit]


@cache
def axe_source() -> str:
    """The script of axe-core, as the package axe-playwright-python carries it."""
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


@contextmanager
def running_browser(*options: str) -> Iterator[Browser]:
    """Chromium, without a window, with further options of its command line."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=[*ARGUMENTS, *options])
        expect.set_options(timeout=PATIENCE)
        yield browser
        browser.close()


@contextmanager
def visit(browser: Browser, base_url: str, **options: Any) -> Iterator[Visit]:
    """A visit to a server; at its end, there must have been no problem.

    Args:
        options: of the browser's profile: `viewport`, `color_scheme`, `java_script_enabled`.
    """
    # Colours that are changing have the contrast of neither.
    usual = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
    context = browser.new_context(**{**usual, **options})
    visitor = Visit(context, context.new_page(), base_url)
    visitor.watch()
    yield visitor
    context.close()
    assert visitor.problems == [], visitor.problems
